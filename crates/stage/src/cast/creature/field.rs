//! The implicit body: chains of tapered elliptical segments under a smooth union, and its polygoniser.
//!
//! The polygoniser is surface nets (Gibson 1998) on a regular grid, evaluated block by block: only the
//! segments near a block are asked about its points, and the vertices are then pulled onto the surface.

use glam::{IVec3, Vec3};

/// Which part of the body a chain is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BodyPart {
    Torso,
    Neck,
    Head,
    Jaw,
    Fore,
    Hind,
    Tail,
    Trunk,
    Ear,
    Wing,
    Fin,
}

/// One tapered capsule with an elliptical cross-section.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    middle: Vec3,
    reach: f32,
    pub(crate) a: Vec3,
    pub(crate) b: Vec3,
    pub(crate) side: Vec3,
    pub(crate) up: Vec3,
    /// Half width and half depth at `a` and at `b`.
    pub(crate) radii_a: [f32; 2],
    pub(crate) radii_b: [f32; 2],
    /// Chain coordinate at `a` and at `b`.
    pub(crate) u: [f32; 2],
}

impl Segment {
    /// Approximate distance (exact sign), and the parameter along the segment.
    fn distance(&self, p: Vec3) -> (f32, f32) {
        let axis = self.b - self.a;
        let t = ((p - self.a).dot(axis) / axis.length_squared().max(1e-9)).clamp(0.0, 1.0);
        let d = p - (self.a + axis * t);
        let (x, y) = (d.dot(self.side), d.dot(self.up));
        let z = (d - self.side * x - self.up * y).length();
        let rx = self.radii_a[0] + (self.radii_b[0] - self.radii_a[0]) * t;
        let ry = self.radii_a[1] + (self.radii_b[1] - self.radii_a[1]) * t;
        let rz = rx.min(ry) * 0.8;
        // First-order distance to an ellipsoid: f · |f| / |∇f|.
        let k0 = Vec3::new(x / rx, y / ry, z / rz).length();
        let k1 = Vec3::new(x / (rx * rx), y / (ry * ry), z / (rz * rz)).length();
        (if k1 < 1e-6 { -rx.min(ry) } else { k0 * (k0 - 1.0) / k1 }, t)
    }

    /// A lower bound of the distance.
    fn bound(&self, p: Vec3) -> f32 {
        self.middle.distance(p) - self.reach
    }
}

/// A swept part of the body and the bones that move it.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) part: BodyPart,
    pub(crate) segments: Vec<Segment>,
    pub(crate) bones: Vec<usize>,
    /// Half width of the blend between consecutive bones, in bone lengths.
    pub(crate) soft: f32,
    /// Smooth-union radius with what came before.
    pub(crate) blend: f32,
    /// −1 right, 0 middle, 1 left.
    pub(crate) side: i32,
    /// Hair runs along the chain (1) or against it (−1).
    pub(crate) flow: f32,
}

impl Chain {
    /// Distance, chain coordinate and nearest segment.
    pub(crate) fn nearest(&self, p: Vec3) -> (f32, f32, usize) {
        let mut best = (f32::MAX, 0.0, 0);
        for (i, s) in self.segments.iter().enumerate() {
            if s.bound(p) > best.0 {
                continue;
            }
            let (d, t) = s.distance(p);
            if d < best.0 {
                best = (d, s.u[0] + (s.u[1] - s.u[0]) * t, i);
            }
        }
        best
    }

    /// Bone weights at chain coordinate `u`: bone `i` owns `i..i + 1`, with soft borders.
    pub(crate) fn weights(&self, u: f32, mut add: impl FnMut(usize, f32)) {
        let count = self.bones.len();
        let i = (u.floor().max(0.0) as usize).min(count - 1);
        let f = (u - i as f32).clamp(0.0, 1.0);
        let ramp = |x: f32| (0.5 - 0.5 * x / self.soft).clamp(0.0, 0.5);
        let previous = if i > 0 { ramp(f) } else { 0.0 };
        let next = if i + 1 < count { ramp(1.0 - f) } else { 0.0 };
        add(self.bones[i], 1.0 - previous - next);
        if previous > 0.0 {
            add(self.bones[i - 1], previous);
        }
        if next > 0.0 {
            add(self.bones[i + 1], next);
        }
    }
}

fn smooth_min(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k * 0.25
}

/// A cross-section of a sweep: centre, half width, half depth, chain coordinate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Station {
    pub(crate) centre: Vec3,
    pub(crate) rx: f32,
    pub(crate) ry: f32,
    pub(crate) u: f32,
}

/// Catmull-Rom through four values.
pub(crate) fn catmull_rom(a: f32, b: f32, c: f32, d: f32, t: f32) -> f32 {
    0.5 * (2.0 * b
        + (c - a) * t
        + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
        + (3.0 * b - a - 3.0 * c + d) * t * t * t)
}

/// A Catmull-Rom curve through the stations, `pieces` segments per span.
pub(crate) fn sweep(stations: &[Station], pieces: usize) -> Vec<Segment> {
    // The end stations count twice, so that the curve reaches them.
    let at = |i: usize| stations[i.saturating_sub(1).min(stations.len() - 1)];
    let mut points = vec![];
    for i in 1..stations.len() {
        let s = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for k in 0..pieces {
            let t = k as f32 / pieces as f32;
            let value = |f: &dyn Fn(&Station) -> f32| catmull_rom(f(&s[0]), f(&s[1]), f(&s[2]), f(&s[3]), t);
            points.push(Station {
                centre: Vec3::new(value(&|s| s.centre.x), value(&|s| s.centre.y), value(&|s| s.centre.z)),
                rx: value(&|s| s.rx).max(0.004),
                ry: value(&|s| s.ry).max(0.004),
                u: s[1].u + (s[2].u - s[1].u) * t,
            });
        }
    }
    points.extend(stations.last());
    segments(&points)
}

/// Straight segments between stations.
pub(crate) fn segments(points: &[Station]) -> Vec<Segment> {
    points
        .windows(2)
        .map(|w| {
            let (a, b) = (w[0], w[1]);
            let along = (b.centre - a.centre).normalize_or(Vec3::Z);
            let side = (Vec3::X - along * along.x).normalize_or(Vec3::Z);
            Segment {
                middle: (a.centre + b.centre) / 2.0,
                reach: a.centre.distance(b.centre) / 2.0 + a.rx.max(a.ry).max(b.rx).max(b.ry),
                a: a.centre,
                b: b.centre,
                side,
                up: along.cross(side),
                radii_a: [a.rx, a.ry],
                radii_b: [b.rx, b.ry],
                u: [a.u, b.u],
            }
        })
        .collect()
}

/// The whole soft body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) chains: Vec<Chain>,
}

/// Segments near a block, as (chain, segment), sorted by chain.
type Live = Vec<(u16, u16)>;

/// Triangulation of a box.
#[derive(Default)]
pub(crate) struct Net {
    pub(crate) positions: Vec<Vec3>,
    pub(crate) normals: Vec<Vec3>,
    /// How open the surroundings of each vertex are: 0 buried … 1 free.
    pub(crate) openness: Vec<f32>,
    pub(crate) quads: Vec<[u32; 4]>,
}

const BLOCK: i32 = 4;

/// The corners of a cell; bit `k` of the index is the step along axis `k`.
const CORNERS: [IVec3; 8] = [
    IVec3::new(0, 0, 0),
    IVec3::new(1, 0, 0),
    IVec3::new(0, 1, 0),
    IVec3::new(1, 1, 0),
    IVec3::new(0, 0, 1),
    IVec3::new(1, 0, 1),
    IVec3::new(0, 1, 1),
    IVec3::new(1, 1, 1),
];

impl Field {
    /// Distance to the surface, negative inside.
    #[cfg(test)]
    pub(crate) fn distance(&self, p: Vec3) -> f32 {
        let mut d = f32::MAX;
        for (i, chain) in self.chains.iter().enumerate() {
            if i > 0 && chain.segments.iter().all(|s| s.bound(p) > d + chain.blend) {
                continue;
            }
            let e = chain.nearest(p).0;
            d = if i == 0 { e } else { smooth_min(d, e, chain.blend) };
        }
        d
    }

    /// As [`Field::distance`], asking only the segments in `live`.
    fn distance_live(&self, p: Vec3, live: &[(u16, u16)]) -> f32 {
        let (mut d, mut i, mut first) = (f32::MAX, 0, true);
        while i < live.len() {
            let c = live[i].0;
            let chain = &self.chains[usize::from(c)];
            let mut e = f32::MAX;
            while i < live.len() && live[i].0 == c {
                e = e.min(chain.segments[usize::from(live[i].1)].distance(p).0);
                i += 1;
            }
            d = if first { e } else { smooth_min(d, e, chain.blend) };
            first = false;
        }
        d
    }

    fn normal_live(&self, p: Vec3, e: f32, live: &[(u16, u16)]) -> Vec3 {
        let f = |d: Vec3| self.distance_live(p + d, live) - self.distance_live(p - d, live);
        Vec3::new(f(Vec3::X * e), f(Vec3::Y * e), f(Vec3::Z * e)).normalize_or(Vec3::Y)
    }

    /// A box that holds the surface.
    pub(crate) fn bounds(&self) -> (Vec3, Vec3) {
        let (mut low, mut high) = (Vec3::MAX, Vec3::MIN);
        for s in self.chains.iter().flat_map(|c| &c.segments) {
            for (p, r) in [(s.a, s.radii_a), (s.b, s.radii_b)] {
                let r = Vec3::splat(r[0].max(r[1]));
                low = low.min(p - r);
                high = high.max(p + r);
            }
        }
        (low, high)
    }

    /// Surface nets over a box with grid spacing `h`.
    pub(crate) fn polygonise(&self, low: Vec3, high: Vec3, h: f32) -> Net {
        let low = (low / h).floor() * h - h;
        let size = ((high - low) / h).ceil().as_ivec3() + 2;
        let size = ((size + BLOCK - 1) / BLOCK) * BLOCK;
        let blocks = size / BLOCK;
        let at = |p: IVec3| ((p.z * size.y + p.y) * size.x + p.x) as usize;
        let block_at = |p: IVec3| {
            let b = p / BLOCK;
            ((b.z * blocks.y + b.y) * blocks.x + b.x) as usize
        };
        let (values, live) = self.sample(low, size, h);

        // One vertex in every cell that the surface crosses.
        let mut net = Net::default();
        let mut vertex = vec![u32::MAX; values.len()];
        let mut home = vec![];
        let corner = |k: usize| CORNERS[k];
        for o in grid(IVec3::ZERO, size - 1) {
            let v: [f32; 8] = std::array::from_fn(|k| values[at(o + corner(k))]);
            let inside = v.iter().filter(|x| **x < 0.0).count();
            if inside == 0 || inside == 8 {
                continue;
            }
            let (mut sum, mut count) = (Vec3::ZERO, 0.0);
            for a in 0..8usize {
                for axis in 0..3 {
                    let b = a | (1 << axis);
                    if b != a && (v[a] < 0.0) != (v[b] < 0.0) {
                        let t = v[a] / (v[a] - v[b]);
                        sum += corner(a).as_vec3().lerp(corner(b).as_vec3(), t);
                        count += 1.0;
                    }
                }
            }
            vertex[at(o)] = net.positions.len() as u32;
            net.positions.push(low + (o.as_vec3() + sum / count) * h);
            home.push(block_at(o));
        }
        // One quad round every grid edge that the surface crosses.
        let axes =
            [(IVec3::X, IVec3::Y, IVec3::Z), (IVec3::Y, IVec3::Z, IVec3::X), (IVec3::Z, IVec3::X, IVec3::Y)];
        for o in grid(IVec3::ONE, size - 1) {
            let inside = values[at(o)] < 0.0;
            for (along, u, w) in axes {
                if inside == (values[at(o + along)] < 0.0) {
                    continue;
                }
                let q = [vertex[at(o - u - w)], vertex[at(o - w)], vertex[at(o)], vertex[at(o - u)]];
                if q.contains(&u32::MAX) {
                    continue;
                }
                net.quads.push(if inside { q } else { [q[3], q[2], q[1], q[0]] });
            }
        }
        for (p, home) in net.positions.iter_mut().zip(&home) {
            let live = &live[*home];
            for _ in 0..2 {
                let d = self.distance_live(*p, live);
                *p -= self.normal_live(*p, h * 0.3, live) * d.clamp(-h, h) * 0.8;
            }
            let normal = self.normal_live(*p, h * 0.45, live);
            let open =
                |height: f32| (self.distance_live(*p + normal * height, live) / height).clamp(0.0, 1.0);
            net.openness.push((open(0.03) + open(0.09) + open(0.2)) / 3.0);
            net.normals.push(normal);
        }
        net
    }

    /// The field on the grid, and for every block the segments that matter in and near it.
    fn sample(&self, low: Vec3, size: IVec3, h: f32) -> (Vec<f32>, Vec<Live>) {
        let at = |p: IVec3| ((p.z * size.y + p.y) * size.x + p.x) as usize;
        let mut values = vec![1.0f32; (size.x * size.y * size.z) as usize];
        let mut lists = vec![];
        let half = h * BLOCK as f32 * 0.5 * 1.7321;
        let widest = self.chains.iter().map(|c| c.blend).fold(0.0, f32::max);
        let mut near = vec![];
        for block in grid(IVec3::ZERO, size / BLOCK) {
            let origin = block * BLOCK;
            let centre = low + (origin.as_vec3() + (BLOCK - 1) as f32 * 0.5) * h;
            near.clear();
            let mut least = f32::MAX;
            for (ci, chain) in self.chains.iter().enumerate() {
                for (si, s) in chain.segments.iter().enumerate() {
                    // Far segments only need to be known as far.
                    let bound = s.bound(centre);
                    if bound > least + half * 2.4 + widest {
                        continue;
                    }
                    let d = s.distance(centre).0;
                    least = least.min(d);
                    near.push((d, ci as u16, si as u16));
                }
            }
            // The distances to flat ellipses are estimates, hence the slack.
            let far = least.abs() > half * 1.6 + widest * 0.5;
            let live: Live = if far {
                vec![]
            } else {
                near.iter().filter(|n| n.0 < least + half * 2.4 + widest).map(|n| (n.1, n.2)).collect()
            };
            for o in grid(IVec3::ZERO, IVec3::splat(BLOCK)) {
                let q = origin + o;
                values[at(q)] = if far { least } else { self.distance_live(low + q.as_vec3() * h, &live) };
            }
            lists.push(live);
        }
        (values, lists)
    }
}

/// The points `from..to` in memory order.
fn grid(from: IVec3, to: IVec3) -> impl Iterator<Item = IVec3> {
    (from.z..to.z)
        .flat_map(move |z| (from.y..to.y).flat_map(move |y| (from.x..to.x).map(move |x| IVec3::new(x, y, z))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_is_polygonised_closed_and_on_the_surface() {
        let station = |z: f32, r: f32, u: f32| Station { centre: Vec3::Z * z, rx: r, ry: r, u };
        let segments = segments(&[station(-0.2, 0.3, 0.0), station(0.2, 0.3, 1.0)]);
        let chain = Chain {
            part: BodyPart::Torso,
            segments,
            bones: vec![0],
            soft: 0.5,
            blend: 0.05,
            side: 0,
            flow: 1.0,
        };
        let field = Field { chains: vec![chain] };
        let (low, high) = field.bounds();
        let net = field.polygonise(low, high, 0.05);
        assert!(net.positions.len() > 300);
        let mut edges = std::collections::BTreeMap::new();
        for q in &net.quads {
            for k in 0..4 {
                *edges.entry((q[k], q[(k + 1) % 4])).or_insert(0) += 1;
            }
        }
        assert!(edges.keys().all(|(a, b)| edges.contains_key(&(*b, *a))), "every edge has its twin");
        for (p, n) in net.positions.iter().zip(&net.normals) {
            assert!(field.distance(*p).abs() < 0.01);
            assert!(field.distance(*p + *n * 0.05) > 0.0, "normals point out");
        }
    }
}
