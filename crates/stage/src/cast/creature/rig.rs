//! A species row to bones and chains.

use glam::Vec3;

use super::crawl::{self, StiltRig};
use super::field::{BodyPart, Chain, Field, Segment, Station, segments, sweep};
use super::flame;
use super::sail::{self, SailRig};
use super::species::{Foot, Leg, Plan, Species, Wing};
use super::tentacle::{self, ArmRig};

/// A joint and the joint it hangs from.
#[derive(Clone, Debug)]
pub(crate) struct Bone {
    pub(crate) parent: Option<usize>,
    pub(crate) rest: Vec3,
}

/// A leg: four bones between five joints.
#[derive(Clone, Debug)]
pub(crate) struct LegRig {
    pub(crate) bones: [usize; 4],
    pub(crate) rest: [Vec3; 5],
    pub(crate) fore: bool,
    pub(crate) side: f32,
    pub(crate) foot: Foot,
}

/// A wing: three arm bones, and one bone per flight feather so that it can fold.
#[derive(Clone, Debug)]
pub(crate) struct WingRig {
    pub(crate) arm: [usize; 3],
    pub(crate) side: f32,
    pub(crate) feathers: Vec<Feather>,
}

/// A flight feather: rest direction, and its place on the hand or arm (0..1).
#[derive(Clone, Debug)]
pub(crate) struct Feather {
    pub(crate) bone: usize,
    pub(crate) dir: Vec3,
    pub(crate) primary: bool,
    pub(crate) at: f32,
}

/// All bones of a creature and what they are for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rig {
    pub(crate) bones: Vec<Bone>,
    pub(crate) spine: Vec<usize>,
    pub(crate) neck: Vec<usize>,
    pub(crate) head: usize,
    pub(crate) jaw: usize,
    pub(crate) ears: Vec<usize>,
    pub(crate) tail: Vec<usize>,
    pub(crate) trunk: Vec<usize>,
    pub(crate) legs: Vec<LegRig>,
    pub(crate) wings: Vec<WingRig>,
    pub(crate) sails: Vec<SailRig>,
    pub(crate) stilts: Vec<StiltRig>,
    pub(crate) flames: Vec<usize>,
    pub(crate) arms: Vec<ArmRig>,
    pub(crate) mouth: Vec3,
}

impl Rig {
    pub(crate) fn bone(&mut self, parent: Option<usize>, rest: Vec3) -> usize {
        self.bones.push(Bone { parent, rest });
        self.bones.len() - 1
    }

    /// A chain of `count` bones through points (centre, half width, half depth), hanging from `parent`.
    fn limb(
        &mut self,
        parent: usize,
        points: &[(Vec3, f32, f32)],
        count: usize,
    ) -> (Vec<Segment>, Vec<usize>) {
        let mut lengths = vec![0.0];
        for w in points.windows(2) {
            lengths.push(lengths[lengths.len() - 1] + w[0].0.distance(w[1].0));
        }
        let total = lengths[lengths.len() - 1];
        let stations: Vec<Station> = points
            .iter()
            .zip(&lengths)
            .map(|(p, l)| Station {
                centre: p.0,
                rx: p.1,
                ry: p.2,
                u: 0.8 + (count as f32 + 0.2) * l / total,
            })
            .collect();
        let at = |l: f32| {
            let i = lengths.partition_point(|x| *x < l).clamp(1, lengths.len() - 1);
            points[i - 1].0.lerp(points[i].0, (l - lengths[i - 1]) / (lengths[i] - lengths[i - 1]))
        };
        let mut bones = vec![parent];
        for i in 0..count {
            let rest = at(total * (0.2 + i as f32) / (count as f32 + 0.2));
            bones.push(self.bone(bones.last().copied(), rest));
        }
        (sweep(&stations, 3), bones)
    }
}

/// The head's own axes: s along the skull, up, side; all in head lengths.
#[derive(Clone, Copy)]
pub(crate) struct HeadFrame {
    pub(crate) origin: Vec3,
    pub(crate) forward: Vec3,
    pub(crate) up: Vec3,
    pub(crate) len: f32,
}

impl HeadFrame {
    pub(crate) fn of(s: &Species) -> HeadFrame {
        let (sin, cos) = s.head.pitch.to_radians().sin_cos();
        HeadFrame {
            origin: Vec3::new(0.0, s.head.at[1], s.head.at[0]),
            forward: Vec3::new(0.0, -sin, cos),
            up: Vec3::new(0.0, cos, sin),
            len: s.head.len,
        }
    }

    pub(crate) fn at(&self, s: f32, up: f32, side: f32) -> Vec3 {
        self.origin + self.dir(s, up, side) * self.len
    }

    pub(crate) fn dir(&self, s: f32, up: f32, side: f32) -> Vec3 {
        self.forward * s + self.up * up + Vec3::X * side
    }
}

/// Lays out bones and chains; a part that the row lacks is simply absent.
pub(crate) fn skeleton(s: &Species) -> (Rig, Field) {
    let mut rig = Rig::default();
    let mut chains = vec![];
    let (pelvis, chest) = torso(&mut rig, s, &mut chains);
    head(&mut rig, s, chest, &mut chains);
    for hump in &s.humps {
        let [z, y, half_length, half_height, half_width] = *hump;
        let station = |dz: f32, k: f32| Station {
            centre: Vec3::new(0.0, y, z + dz * half_length),
            rx: half_width * k,
            ry: half_height * k,
            u: 0.0,
        };
        let bones = vec![if z > 0.0 { chest } else { rig.spine[1] }];
        let segments = segments(&[station(-0.6, 0.75), station(0.0, 1.0), station(0.6, 0.75)]);
        chains.push(Chain {
            part: BodyPart::Torso,
            segments,
            bones,
            soft: 0.5,
            blend: 0.10,
            side: 0,
            flow: -1.0,
        });
    }
    if !s.tail.pts.is_empty() {
        let points: Vec<_> = s.tail.pts.iter().map(|p| (Vec3::new(0.0, p[1], p[0]), p[2], p[2])).collect();
        let (segments, bones) = rig.limb(pelvis, &points, 5);
        rig.tail = bones[1..].to_vec();
        let blend = s.blend * 0.5;
        chains.push(Chain { part: BodyPart::Tail, segments, bones, soft: 0.5, blend, side: 0, flow: 1.0 });
    }
    for (fore, leg) in [(false, &s.hind), (true, &s.fore)] {
        if leg.joints.len() == 5 {
            for side in [1.0f32, -1.0] {
                chains.push(limb_of(&mut rig, leg, if fore { chest } else { pelvis }, side, fore, s.blend));
            }
        }
    }
    if let Some(wing) = &s.wing {
        for side in [1.0f32, -1.0] {
            wing_rig(&mut rig, wing, chest, side, &mut chains);
        }
    }
    sail::rig(&mut rig, s, chest);
    let middle = rig.spine[rig.spine.len() / 2];
    crawl::rig(&mut rig, s, middle);
    flame::rig(&mut rig, s);
    tentacle::rig(&mut rig, s, pelvis);
    (rig, Field { chains })
}

/// The spine and the torso round it. Returns pelvis and chest.
fn torso(rig: &mut Rig, s: &Species, chains: &mut Vec<Chain>) -> (usize, usize) {
    let zs: Vec<f32> = s.torso.iter().map(|t| t[0]).collect();
    let (z0, z1) = (zs[0], zs[zs.len() - 1]);
    let middle = |z: f32, share: f32| {
        let i = zs.partition_point(|x| *x < z).clamp(1, zs.len() - 1);
        let t = (z - zs[i - 1]) / (zs[i] - zs[i - 1]);
        let y = |k: usize| s.torso[k][2] + (s.torso[k][1] - s.torso[k][2]) * share;
        y(i - 1) + (y(i) - y(i - 1)) * t
    };
    let fish = matches!(s.plan, Plan::Fish | Plan::Serpent);
    let count = match s.plan {
        Plan::Fish => 7,
        Plan::Serpent => 30,
        Plan::Quadruped | Plan::Bird | Plan::Crawler => 3,
    };
    let (zh, zc) = match s.plan {
        Plan::Quadruped => (s.hind.joints[0][0], s.fore.joints[0][0]),
        _ => (z0, z1),
    };
    let joint = |i: usize| zh + (zc - zh) * i as f32 / count as f32;
    for i in 0..count {
        // A fish's root is its head, so that the wave travels back from it.
        let z = joint(if fish { count - i } else { i });
        let parent = rig.spine.last().copied();
        let bone = rig.bone(parent, Vec3::new(0.0, middle(z, if fish { 0.5 } else { 0.65 }), z));
        rig.spine.push(bone);
    }
    let coordinate = |z: f32| {
        if z <= joint(1) {
            (z - z0) / (joint(1) - z0)
        } else if z >= joint(count - 1) {
            count as f32 - 1.0 + (z - joint(count - 1)) / (z1 - joint(count - 1))
        } else {
            1.0 + (z - joint(1)) / (joint(2) - joint(1))
        }
    };
    let stations: Vec<Station> = s
        .torso
        .iter()
        .map(|t| Station {
            centre: Vec3::new(0.0, f32::midpoint(t[1], t[2]), t[0]),
            rx: t[3],
            ry: (t[1] - t[2]) / 2.0,
            u: coordinate(t[0]),
        })
        .collect();
    let bones = if fish { rig.spine.iter().rev().copied().collect() } else { rig.spine.clone() };
    let segments = sweep(&stations, if s.plan == Plan::Quadruped { 6 } else { 10 });
    chains.push(Chain {
        part: BodyPart::Torso,
        segments,
        bones,
        soft: 0.5,
        blend: 0.05,
        side: 0,
        flow: -1.0,
    });
    if fish { (rig.spine[count - 1], rig.spine[0]) } else { (rig.spine[0], rig.spine[count - 1]) }
}

fn head(rig: &mut Rig, s: &Species, chest: usize, chains: &mut Vec<Chain>) {
    let frame = HeadFrame::of(s);
    if !s.neck.is_empty() {
        let points: Vec<_> = s.neck.iter().map(|p| (Vec3::new(0.0, p[1], p[0]), p[3], p[2])).collect();
        let (segments, bones) = rig.limb(chest, &points, 3);
        rig.neck = bones[1..].to_vec();
        let blend = s.blend * 1.5;
        chains.push(Chain { part: BodyPart::Neck, segments, bones, soft: 0.5, blend, side: 0, flow: -1.0 });
    }
    let poll = *rig.neck.last().unwrap_or(&chest);
    rig.head = if matches!(s.plan, Plan::Fish | Plan::Serpent) {
        chest
    } else {
        rig.bone(Some(poll), frame.at(0.05, 0.0, 0.0))
    };
    let head = rig.head;
    if !s.head.prof.is_empty() {
        let stations: Vec<Station> = s
            .head
            .prof
            .iter()
            .map(|p| Station {
                centre: frame.at(p[0], f32::midpoint(p[1], p[2]), 0.0),
                rx: p[3] * frame.len,
                ry: (p[1] - p[2]) / 2.0 * frame.len,
                u: 1.0 + p[0].clamp(0.0, 1.0),
            })
            .collect();
        let chain = |segments: Vec<Segment>, soft: f32, blend: f32, side: i32| Chain {
            part: BodyPart::Head,
            segments,
            bones: vec![poll, head],
            soft,
            blend,
            side,
            flow: -1.0,
        };
        chains.push(chain(sweep(&stations, 4), 0.12, s.blend * 0.8, 0));
        if s.head.brow > 0.0 {
            let e = s.head.eye;
            let r = s.head.brow * frame.len;
            for side in [1.0f32, -1.0] {
                let ridge = segments(&[
                    Station {
                        centre: frame.at(e[0] - 0.09, e[1] + 0.025, side * (e[2] - 0.03)),
                        rx: r,
                        ry: r,
                        u: 1.4,
                    },
                    Station {
                        centre: frame.at(e[0] + 0.04, e[1] + 0.04, side * (e[2] - 0.035)),
                        rx: r * 0.8,
                        ry: r * 0.8,
                        u: 1.5,
                    },
                ]);
                chains.push(chain(ridge, 0.1, 0.1 * frame.len, side as i32));
            }
        }
    }
    let hinge = if s.plan == Plan::Serpent { frame.at(0.95, -0.05, 0.0) } else { frame.at(0.25, -0.1, 0.0) };
    rig.jaw = rig.bone(Some(head), hinge);
    if !s.head.jaw.is_empty() {
        let stations: Vec<Station> = s
            .head
            .jaw
            .iter()
            .map(|p| Station {
                centre: frame.at(p[0], p[1], 0.0),
                rx: p[3] * frame.len,
                ry: p[2] * frame.len,
                u: 1.0 + p[0],
            })
            .collect();
        let bones = vec![head, rig.jaw];
        let segments = sweep(&stations, 3);
        // A small union radius keeps the line between the lips.
        chains.push(Chain {
            part: BodyPart::Jaw,
            segments,
            bones,
            soft: 0.12,
            blend: 0.012,
            side: 0,
            flow: -1.0,
        });
    }
    rig.mouth = frame.at(1.0, -0.12, 0.0);
    if s.ear.len > 0.0 {
        for side in [1.0, -1.0] {
            let root = frame.at(s.ear.at[0], s.ear.at[1], s.ear.at[2] * side);
            let ear = rig.bone(Some(head), root);
            rig.ears.push(ear);
        }
    }
    if !s.trunk.is_empty() {
        let points: Vec<_> = s.trunk.iter().map(|p| (Vec3::new(0.0, p[1], p[0]), p[2], p[2])).collect();
        let (segments, bones) = rig.limb(head, &points, 6);
        rig.trunk = bones[1..].to_vec();
        chains.push(Chain {
            part: BodyPart::Trunk,
            segments,
            bones,
            soft: 0.5,
            blend: 0.06,
            side: 0,
            flow: 1.0,
        });
    }
}

fn limb_of(rig: &mut Rig, leg: &Leg, parent: usize, side: f32, fore: bool, blend: f32) -> Chain {
    let joints: [Vec3; 5] = std::array::from_fn(|i| {
        let f = (i as f32 / 2.0).min(1.0);
        Vec3::new(side * (leg.x_top + (leg.x - leg.x_top) * f), leg.joints[i][1], leg.joints[i][0])
    });
    let mut bones = vec![parent];
    for joint in &joints[..4] {
        bones.push(rig.bone(bones.last().copied(), *joint));
    }
    let mut stations = vec![];
    for i in 0..4 {
        for k in 0..4 {
            let t = k as f32 / 4.0;
            // Flesh sits near the upper joint of the upper segments; cannon bones are waisted.
            let f = if i < 2 { t.powf(0.8) } else { t };
            let waisted = i == 2 && leg.foot != Foot::Column;
            let waist = if waisted { 1.0 - 0.16 * (t * std::f32::consts::PI).sin() } else { 1.0 };
            let mix = |c: usize| (leg.joints[i][c] + (leg.joints[i + 1][c] - leg.joints[i][c]) * f) * waist;
            stations.push(Station {
                centre: joints[i].lerp(joints[i + 1], t),
                rx: mix(3),
                ry: mix(2),
                u: 1.0 + i as f32 + t,
            });
        }
    }
    stations.push(Station { centre: joints[4], rx: leg.joints[4][3], ry: leg.joints[4][2], u: 5.0 });
    let mut all = segments(&stations);
    all.extend(foot(leg, joints[4]));
    let bone = [bones[1], bones[2], bones[3], bones[4]];
    rig.legs.push(LegRig { bones: bone, rest: joints, fore, side, foot: leg.foot });
    let part = if fore { BodyPart::Fore } else { BodyPart::Hind };
    Chain { part, segments: all, bones, soft: 0.28, blend, side: side as i32, flow: 1.0 }
}

/// The soft part of a foot.
fn foot(leg: &Leg, toe: Vec3) -> Vec<Segment> {
    let [length, height, half_width] = leg.pad;
    let station = |x: f32, y: f32, z: f32, rx: f32, ry: f32, u: f32| Station {
        centre: Vec3::new(toe.x + x, y, toe.z + z),
        rx,
        ry,
        u,
    };
    match leg.foot {
        Foot::Paw => {
            let y = height * 0.5;
            let mut all = segments(&[
                station(0.0, y, -length * 0.35, half_width * 0.8, y, 4.6),
                station(0.0, y, length * 0.2, half_width, y * 1.05, 4.8),
            ]);
            for k in 0..4 {
                let a = (k as f32 - 1.5) / 1.5;
                let (x, z, r) = (a * half_width * 0.68, length * (0.42 - 0.10 * a * a), half_width * 0.3);
                all.extend(segments(&[
                    station(x, y * 0.85, z - length * 0.2, r, y * 0.75, 4.8),
                    station(x, y * 0.85, z, r, y * 0.7, 5.0),
                ]));
            }
            all
        }
        Foot::Column => segments(&[
            station(0.0, height, 0.0, half_width * 0.9, half_width * 0.9, 4.6),
            station(0.0, height * 0.1, length, half_width, half_width, 5.0),
        ]),
        _ => vec![],
    }
}

/// Arm bones, one bone per flight feather, and a thin soft arm.
fn wing_rig(rig: &mut Rig, wing: &Wing, chest: usize, side: f32, chains: &mut Vec<Chain>) {
    let mirror = |v: Vec3| Vec3::new(v.x * side, v.y, v.z);
    let step = |from: Vec3, dir: Vec3, length: f32| from + mirror(dir.normalize()) * length;
    let j0 = mirror(Vec3::from(wing.at));
    let j1 = step(j0, Vec3::new(0.9, 0.05, -0.42), wing.arm[0]);
    let j2 = step(j1, Vec3::new(0.9, 0.0, 0.45), wing.arm[1]);
    let j3 = step(j2, Vec3::new(0.97, 0.0, -0.22), wing.arm[2]);
    let upper = rig.bone(Some(chest), j0);
    let fore = rig.bone(Some(upper), j1);
    let hand = rig.bone(Some(fore), j2);
    let r = wing.arm[0] * 0.2;
    let stations =
        [(j0, 1.3, 1.0), (j0.lerp(j1, 0.5), 1.0, 1.5), (j1, 0.8, 2.0), (j2, 0.6, 3.0), (j3, 0.25, 4.0)]
            .map(|(centre, k, u)| Station { centre, rx: r * k * 1.3, ry: r * k * 0.75, u });
    // The sweep's side axis must lie in the wing plane, so that the arm is flat.
    let mut arm = segments(&stations);
    for s in &mut arm {
        let along = (s.b - s.a).normalize();
        s.side = along.cross(Vec3::Y).normalize();
        s.up = s.side.cross(along);
    }
    let bones = vec![chest, upper, fore, hand];
    let side_i = side as i32;
    let part = BodyPart::Wing;
    chains.push(Chain { part, segments: arm, bones, soft: 0.3, blend: 0.03, side: side_i, flow: 1.0 });
    let mut feathers = vec![];
    for i in 0..wing.secondaries {
        let t = i as f32 / wing.secondaries as f32;
        let inner = t < 0.3;
        let root = if inner { j0.lerp(j1, 0.2 + t / 0.3 * 0.8) } else { j1.lerp(j2, (t - 0.3) / 0.7) };
        let dir = mirror(Vec3::new(-0.02 + 0.14 * t, 0.0, -1.0).normalize());
        let bone = rig.bone(Some(if inner { upper } else { fore }), root);
        feathers.push(Feather { bone, dir, primary: false, at: t });
    }
    for i in 0..wing.primaries {
        let t = i as f32 / (wing.primaries.max(2) - 1) as f32;
        let (sin, cos) = (80.0 - 68.0 * t.powf(0.9)).to_radians().sin_cos();
        let bone = rig.bone(Some(hand), j2.lerp(j3, t));
        feathers.push(Feather { bone, dir: mirror(Vec3::new(cos, 0.0, -sin)), primary: true, at: t });
    }
    rig.wings.push(WingRig { arm: [upper, fore, hand], side, feathers });
}
