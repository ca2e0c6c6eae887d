//! Geometry of things: rounded boxes, turned profiles, tubes, outlines, hulls, sails. All in metres, triangles
//! counter-clockwise as seen from outside.

use std::collections::BTreeMap;
use std::f32::consts::{PI, TAU};

use glam::{Affine3A, Vec2, Vec3};

/// Triangles over shared points. Edges sharper than `crease` stay sharp when normals are made.
#[derive(Clone, Debug, Default)]
pub(super) struct Solid {
    pub(super) points: Vec<Vec3>,
    pub(super) triangles: Vec<[u32; 3]>,
}

/// A corner of a triangle with its own normal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    pub(super) point: Vec3,
    pub(super) normal: Vec3,
}

/// Cosine of the angle between faces from which on an edge is sharp.
const CREASE: f32 = 0.72;

impl Solid {
    /// Rows of points joined to their neighbours; `round` closes each row to a ring.
    fn grid(rows: &[Vec<Vec3>], round: bool) -> Solid {
        let width = rows.first().map_or(0, Vec::len);
        let mut solid = Solid { points: rows.iter().flatten().copied().collect(), triangles: vec![] };
        let columns = if round { width } else { width.saturating_sub(1) };
        for r in 0..rows.len().saturating_sub(1) {
            for c in 0..columns {
                let next = (c + 1) % width;
                let [a, b] = [(r * width + c) as u32, (r * width + next) as u32];
                let [d, e] = [a + width as u32, b + width as u32];
                solid.triangles.extend([[a, b, d], [b, e, d]]);
            }
        }
        solid
    }

    fn fan(&mut self, ring: &[u32], centre: Vec3, flip: bool) {
        let middle = self.points.len() as u32;
        self.points.push(centre);
        for k in 0..ring.len() {
            let (a, b) = (ring[k], ring[(k + 1) % ring.len()]);
            self.triangles.push(if flip { [b, a, middle] } else { [a, b, middle] });
        }
    }

    /// Moves every point; a mirroring matrix turns the triangles round.
    pub(super) fn transformed(mut self, by: &Affine3A) -> Solid {
        for p in &mut self.points {
            *p = by.transform_point3(*p);
        }
        if by.matrix3.determinant() < 0.0 {
            self.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        self
    }

    /// Narrows (or widens) towards the top: the factors of x and z there. `lean` moves the top along z.
    pub(super) fn tapered(mut self, top: Vec2, lean: f32) -> Solid {
        let low = self.points.iter().map(|p| p.y).fold(f32::MAX, f32::min);
        let high = self.points.iter().map(|p| p.y).fold(f32::MIN, f32::max);
        for p in &mut self.points {
            let k = (p.y - low) / (high - low).max(1e-6);
            p.x *= 1.0 + (top.x - 1.0) * k;
            p.z = p.z * (1.0 + (top.y - 1.0) * k) + lean * k;
        }
        self
    }

    /// The corners of all triangles with normals that are smooth but across creases, three a triangle, and the
    /// index of the first of equal corners.
    pub(super) fn corners(&self) -> (Vec<Corner>, Vec<u32>) {
        // Points that coincide share their normals, however they were made.
        let mut at: BTreeMap<[i32; 3], u32> = BTreeMap::new();
        let welded: Vec<u32> = self
            .points
            .iter()
            .map(|p| {
                let next = at.len() as u32;
                *at.entry(p.to_array().map(|x| (x * 20_000.0).round() as i32)).or_insert(next)
            })
            .collect();
        let faces: Vec<(Vec3, [u32; 3])> = self
            .triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|i| self.points[i as usize]);
                ((b - a).cross(c - a), t.map(|i| welded[i as usize]))
            })
            .filter(|(n, t)| n.length_squared() > 1e-18 && t[0] != t[1] && t[1] != t[2] && t[2] != t[0])
            .collect();
        let mut around: Vec<Vec<usize>> = vec![vec![]; at.len()];
        for (f, (_, t)) in faces.iter().enumerate() {
            for i in t {
                around[*i as usize].push(f);
            }
        }
        let mut place = vec![Vec3::ZERO; at.len()];
        for (p, w) in self.points.iter().zip(&welded) {
            place[*w as usize] = *p;
        }
        let (mut corners, mut indices) = (vec![], vec![]);
        let mut known: BTreeMap<(u32, [i16; 3]), u32> = BTreeMap::new();
        for (own, t) in &faces {
            let unit = own.normalize();
            for i in t {
                let sum: Vec3 = around[*i as usize]
                    .iter()
                    .map(|f| faces[*f].0)
                    .filter(|n| n.normalize().dot(unit) > CREASE)
                    .sum();
                let normal = sum.normalize_or(unit);
                let key = (*i, normal.to_array().map(|x| (x * 500.0).round() as i16));
                let next = corners.len() as u32;
                let index = *known.entry(key).or_insert(next);
                if index == next {
                    corners.push(Corner { point: place[*i as usize], normal });
                }
                indices.push(index);
            }
        }
        (corners, indices)
    }

    /// A box with rounded edges, around the origin.
    pub(super) fn block(size: Vec3, round: f32) -> Solid {
        let half = size * 0.5;
        let r = round.clamp(0.0, half.min_element() * 0.999);
        // A narrow edge needs no more than a chamfer with smooth normals.
        let steps: &[f32] = if r < half.max_element() * 0.2 { &[0.0, 1.0] } else { &[0.0, 0.42, 1.0] };
        let ticks = |h: f32| -> Vec<f32> {
            let low = steps.iter().map(|k| -h + r * k);
            let high = steps.iter().rev().map(|k| h - r * k);
            low.chain(high).collect()
        };
        let mut solid = Solid::default();
        for axis in 0..3 {
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            for side in [-1.0f32, 1.0] {
                let mut rows: Vec<Vec<Vec3>> = vec![];
                for b in ticks(half[v]) {
                    let mut row = vec![];
                    for a in ticks(half[u]) {
                        let mut p = Vec3::ZERO;
                        (p[axis], p[u], p[v]) = (side * half[axis], a, b);
                        let inner = p.clamp(Vec3::splat(r) - half, half - Vec3::splat(r));
                        row.push(inner + (p - inner).normalize_or_zero() * r);
                    }
                    rows.push(row);
                }
                solid.join(Solid::grid(&rows, false).turned(side < 0.0));
            }
        }
        solid
    }

    fn turned(mut self, flip: bool) -> Solid {
        if flip {
            self.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        self
    }

    pub(super) fn join(&mut self, other: Solid) {
        let base = self.points.len() as u32;
        self.points.extend(other.points);
        self.triangles.extend(other.triangles.iter().map(|t| t.map(|i| i + base)));
    }

    /// A profile of (radius, height) turned about the y axis, from below to above on the outside.
    pub(super) fn lathe(profile: &[Vec2], sides: u32) -> Solid {
        let rows: Vec<Vec<Vec3>> = profile
            .iter()
            .map(|p| {
                (0..sides)
                    .map(|k| {
                        let (sin, cos) = (-(k as f32) / sides as f32 * TAU).sin_cos();
                        Vec3::new(p.x * cos, p.y, p.x * sin)
                    })
                    .collect()
            })
            .collect();
        Solid::grid(&rows, true).turned(false)
    }

    /// An ellipsoid round the origin.
    pub(super) fn ball(radii: Vec3) -> Solid {
        let profile: Vec<Vec2> = (0..=14)
            .map(|k| {
                let (sin, cos) = (k as f32 / 14.0 * PI).sin_cos();
                Vec2::new(sin, -cos)
            })
            .collect();
        Solid::lathe(&profile, 22).transformed(&Affine3A::from_scale(radii))
    }

    /// A tube along points with a radius at each. A closed one joins its ends.
    pub(super) fn tube(path: &[(Vec3, f32)], sides: u32, closed: bool) -> Solid {
        let n = path.len();
        if n < 2 {
            return Solid::default();
        }
        let along = |k: usize| {
            let (a, b) = if closed {
                (path[(k + n - 1) % n].0, path[(k + 1) % n].0)
            } else {
                (path[k.saturating_sub(1)].0, path[(k + 1).min(n - 1)].0)
            };
            (b - a).normalize_or(Vec3::Y)
        };
        let first = along(0);
        let mut side = first.any_orthonormal_vector();
        let mut rows = vec![];
        for (k, (p, r)) in path.iter().enumerate() {
            let t = along(k);
            side = (side - t * side.dot(t)).normalize_or(t.any_orthonormal_vector());
            let up = t.cross(side);
            rows.push(
                (0..sides)
                    .map(|s| {
                        let (sin, cos) = (s as f32 / sides as f32 * TAU).sin_cos();
                        *p + (side * cos + up * sin) * *r
                    })
                    .collect::<Vec<_>>(),
            );
        }
        if closed {
            rows.push(rows[0].clone());
        }
        let mut solid = Solid::grid(&rows, true);
        if !closed {
            let ring = |r: usize| (0..sides).map(|s| r as u32 * sides + s).collect::<Vec<_>>();
            solid.fan(&ring(0), path[0].0, true);
            solid.fan(&ring(n - 1), path[n - 1].0, false);
        }
        solid
    }

    /// An outline in the xy plane, counter-clockwise, pushed to both sides of z by half the depth, with a bevel.
    pub(super) fn extrude(outline: &[Vec2], depth: f32, bevel: f32) -> Solid {
        let mut outline = outline.to_vec();
        if area(&outline) < 0.0 {
            outline.reverse();
        }
        let n = outline.len();
        let b = bevel.min(depth * 0.49);
        let inset: Vec<Vec2> = (0..n)
            .map(|k| {
                let (a, p, c) = (outline[(k + n - 1) % n], outline[k], outline[(k + 1) % n]);
                let normal = |d: Vec2| Vec2::new(-d.y, d.x).normalize_or_zero();
                let (u, v) = (normal(p - a), normal(c - p));
                let w = (u + v).normalize_or(u);
                p + w * b / w.dot(u).max(0.4)
            })
            .collect();
        let h = depth * 0.5;
        let ring = |line: &[Vec2], z: f32| line.iter().map(|p| p.extend(z)).collect::<Vec<_>>();
        let mut rows = vec![ring(&outline, -h + b), ring(&outline, h - b)];
        if b > 0.0 {
            rows.insert(0, ring(&inset, -h));
            rows.push(ring(&inset, h));
        }
        let mut solid = Solid::grid(&rows, true);
        let cap = ears(&inset);
        let top = (rows.len() - 1) as u32 * n as u32;
        solid.triangles.extend(cap.iter().map(|t| [t[0], t[2], t[1]]));
        solid.triangles.extend(cap.iter().map(|t| t.map(|i| i + top)));
        solid
    }

    /// A sheet between three or four corners, bulging by metres along its normal; two-sided.
    pub(super) fn sail(corners: &[Vec3], bulge: f32) -> Solid {
        const N: usize = 10;
        let [a, b, c] = [corners[0], corners[1], corners[2]];
        let d = corners.get(3).copied().unwrap_or(a);
        let normal = (b - a).cross(c - a).normalize_or(Vec3::Z);
        let rows: Vec<Vec<Vec3>> = (0..=N)
            .map(|i| {
                let v = i as f32 / N as f32;
                (0..=N)
                    .map(|j| {
                        let u = j as f32 / N as f32;
                        let p = a.lerp(b, u).lerp(d.lerp(c, u), v);
                        p + normal
                            * bulge
                            * 4.0
                            * (u * (1.0 - u)).max(0.0).powf(0.7)
                            * v.mul_add(-v, v).sqrt()
                    })
                    .collect()
            })
            .collect();
        Solid::grid(&rows, false)
    }
}

fn area(outline: &[Vec2]) -> f32 {
    (0..outline.len()).map(|k| outline[k].perp_dot(outline[(k + 1) % outline.len()])).sum::<f32>() * 0.5
}

/// Triangles of a simple counter-clockwise polygon, by cutting ears.
fn ears(outline: &[Vec2]) -> Vec<[u32; 3]> {
    let mut left: Vec<u32> = (0..outline.len() as u32).collect();
    let mut out = vec![];
    while left.len() > 3 {
        let n = left.len();
        let at = |k: usize| outline[left[k % n] as usize];
        let is_ear = |k: &usize| {
            let (a, b, c) = (at(k + n - 1), at(*k), at(k + 1));
            let inside = |p: Vec2| {
                (b - a).perp_dot(p - a) >= 0.0
                    && (c - b).perp_dot(p - b) >= 0.0
                    && (a - c).perp_dot(p - c) >= 0.0
            };
            (b - a).perp_dot(c - b) > 0.0
                && !(0..n).any(|j| {
                    let p = at(j);
                    p != a && p != b && p != c && inside(p)
                })
        };
        // What has no ear is not simple: its rest is cut anyway, so that every table gives triangles.
        let k = (0..n).find(is_ear).unwrap_or(0);
        out.push([left[(k + n - 1) % n], left[k], left[(k + 1) % n]]);
        left.remove(k);
    }
    if let [a, b, c] = left[..] {
        out.push([a, b, c]);
    }
    out
}

/// A smooth line through points: a Catmull-Rom spline with `steps` to each stretch.
pub(super) fn spline<T>(points: &[T], steps: u32, closed: bool) -> Vec<T>
where
    T: Copy + std::ops::Add<Output = T> + std::ops::Mul<f32, Output = T>,
{
    let n = points.len();
    if n < 3 {
        return points.to_vec();
    }
    let at = |k: isize| {
        if closed {
            points[k.rem_euclid(n.cast_signed()) as usize]
        } else {
            points[k.clamp(0, n.cast_signed() - 1) as usize]
        }
    };
    let mut out = vec![];
    let stretches = if closed { n } else { n - 1 }.cast_signed();
    for k in 0..stretches {
        let [a, b, c, d] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
        for s in 0..steps {
            let t = s as f32 / steps as f32;
            let (t2, t3) = (t * t, t * t * t);
            out.push(
                a * (0.5 * (-t3 + 2.0 * t2 - t))
                    + b * (0.5 * (3.0 * t3 - 5.0 * t2 + 2.0))
                    + c * (0.5 * (-3.0 * t3 + 4.0 * t2 + t))
                    + d * (0.5 * (t3 - t2)),
            );
        }
    }
    if !closed {
        out.push(at(n.cast_signed() - 1));
    }
    out
}

/// A long body: sections at stations along z, from the back to the front.
#[derive(Clone, Debug)]
pub(super) struct Hull {
    /// (z, bottom, top, half width), rising in z.
    stations: Vec<[f32; 4]>,
    /// How square the sections are below and above their widest height: 2 is an ellipse, 10 nearly a box.
    square: [f32; 2],
    /// Height of the widest point, 0 bottom … 1 top.
    waist: f32,
    /// How much narrower than the widest the top is, 0..1.
    lean: f32,
    /// Wheel arches: (z, height of the axle, radius).
    arches: Vec<[f32; 3]>,
}

/// Where a patch on a hull is looked at from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum View {
    /// From the left: (z, y) corners.
    Side,
    /// From above: (x, z) corners.
    Top,
    /// From the front: (x, y) corners.
    Front,
    /// From behind: (x, y) corners.
    Back,
}

impl Hull {
    pub(super) fn new(
        stations: &[[f32; 4]],
        smooth: bool,
        square: [f32; 2],
        waist: f32,
        lean: f32,
        arches: &[[f32; 3]],
    ) -> Hull {
        let mut fine: Vec<[f32; 4]> = stations.to_vec();
        if smooth {
            fine = monotone(stations, 5);
        }
        // The arches' own outlines are stations too, so that they are round.
        for a in arches {
            for k in 0..=12 {
                let z = a[0] - a[2] * (k as f32 / 12.0 * PI).cos();
                let mut section = interpolate(&fine, z);
                section[0] = z;
                fine.push(section);
            }
        }
        fine.sort_by(|a, b| a[0].total_cmp(&b[0]));
        fine.dedup_by(|a, b| (a[0] - b[0]).abs() < 1e-4);
        Hull { stations: fine, square, waist, lean, arches: arches.to_vec() }
    }

    /// The lowest height that an arch leaves at a station.
    fn arch(&self, z: f32) -> f32 {
        let over = |a: &[f32; 3]| {
            let d = 1.0 - ((z - a[0]) / a[2]).powi(2);
            if d < 0.0 { f32::MIN } else { a[1] + a[2] * d.sqrt() }
        };
        self.arches.iter().map(over).fold(f32::MIN, f32::max)
    }

    fn point(&self, s: &[f32; 4], angle: f32) -> Vec3 {
        let [z, bottom, top, half] = *s;
        let (sin, cos) = angle.sin_cos();
        let waist = bottom + (top - bottom) * self.waist;
        let n = self.square[usize::from(sin > 0.0)];
        let power = |x: f32| x.signum() * x.abs().powf(2.0 / n);
        let rise = power(sin);
        let y = waist + rise * if sin > 0.0 { top - waist } else { waist - bottom };
        let x = half * power(cos) * (1.0 - self.lean * rise.max(0.0));
        Vec3::new(x, y.max(self.arch(z)).min(top), z)
    }

    pub(super) fn solid(&self) -> Solid {
        const AROUND: u32 = 48;
        let ring = |s: &[f32; 4]| {
            (0..AROUND).map(|k| self.point(s, (k as f32 + 0.5) / AROUND as f32 * TAU)).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<Vec3>> = self.stations.iter().map(ring).collect();
        let mut solid = Solid::grid(&rows, true);
        for (row, flip) in [(0, true), (rows.len() - 1, false)] {
            let index: Vec<u32> = (0..AROUND).map(|k| row as u32 * AROUND + k).collect();
            let centre = rows[row].iter().sum::<Vec3>() / AROUND as f32;
            solid.fan(&index, centre, flip);
        }
        solid
    }

    /// An open boat: the part below the rim, with an inside at the thickness.
    pub(super) fn shell(&self, thick: f32) -> Solid {
        const AROUND: u32 = 20;
        let ring = |s: &[f32; 4]| {
            let inner = [s[0], (s[1] + thick).min(s[2]), s[2], (s[3] - thick).max(0.0)];
            let angle = |k: u32| PI + k as f32 / AROUND as f32 * PI;
            let outside = (0..=AROUND).map(|k| self.point(s, angle(k)));
            let inside = (0..=AROUND).rev().map(|k| self.point(&inner, angle(k)));
            outside.chain(inside).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<Vec3>> = self.stations.iter().map(ring).collect();
        let mut solid = Solid::grid(&rows, true);
        // A broad end is closed by a board.
        let around = rows[0].len() as u32;
        for (row, flip) in [(0, true), (rows.len() - 1, false)] {
            let board: Vec<u32> = (0..=AROUND).map(|k| row as u32 * around + k).collect();
            let centre = board.iter().map(|i| solid.points[*i as usize]).sum::<Vec3>() / board.len() as f32;
            solid.fan(&board, centre, flip);
        }
        solid
    }

    /// Half the width at a height of a station; `None` above or below it.
    fn width(&self, z: f32, y: f32) -> Option<f32> {
        let [_, bottom, top, half] = interpolate(&self.stations, z);
        let waist = bottom + (top - bottom) * self.waist;
        let (span, n) =
            if y > waist { (top - waist, self.square[1]) } else { (waist - bottom, self.square[0]) };
        let rise = (y - waist).abs() / span.max(1e-4);
        if rise > 1.0 {
            return None;
        }
        let lean = if y > waist { 1.0 - self.lean * rise } else { 1.0 };
        Some(half * (1.0 - rise.powf(n)).max(0.0).powf(1.0 / n) * lean)
    }

    /// The outermost point of the hull as seen from a side, at two coordinates.
    fn seen(&self, view: View, a: f32, b: f32) -> Vec3 {
        let (low, high) = (self.stations[0][0], self.stations[self.stations.len() - 1][0]);
        // From outside inwards in steps, then halved to the surface.
        let search = |from: f32, to: f32, inside: &dyn Fn(f32) -> bool| {
            let at = |k: f32| from + (to - from) * k;
            let Some(first) = (0..=120).map(|k| k as f32 / 120.0).find(|k| inside(at(*k))) else {
                return at(0.5);
            };
            let (mut out, mut into) = ((first - 1.0 / 120.0).max(0.0), first);
            for _ in 0..14 {
                let middle = (out + into) * 0.5;
                if inside(at(middle)) { into = middle } else { out = middle }
            }
            at(into)
        };
        let within = |x: f32, y: f32, z: f32| self.width(z, y).is_some_and(|w| w >= x.abs());
        match view {
            View::Side => {
                let z = a.clamp(low, high);
                let [_, bottom, top, _] = interpolate(&self.stations, z);
                let y = b.clamp(bottom + 0.002, top - 0.002);
                Vec3::new(self.width(z, y).unwrap_or(0.0), y, z)
            }
            View::Top => {
                let z = b.clamp(low, high);
                let [_, bottom, top, _] = interpolate(&self.stations, z);
                Vec3::new(a, search(top + 0.001, bottom, &|y| within(a, y, z)), z)
            }
            View::Front => Vec3::new(a, b, search(high, low, &|z| within(a, b, z))),
            View::Back => Vec3::new(a, b, search(low, high, &|z| within(a, b, z))),
        }
    }

    /// A patch that lies on the hull: a quad with rounded corners (`round` 0 sharp … 1 an ellipse), raised by metres.
    pub(super) fn patch(&self, view: View, quad: &[Vec2; 4], round: f32, raise: f32) -> Solid {
        let spot = |u: f32, v: f32| {
            let p = quad[0].lerp(quad[1], u).lerp(quad[3].lerp(quad[2], u), v);
            self.seen(view, p.x, p.y)
        };
        let out = match view {
            View::Side => Vec3::X,
            View::Top => Vec3::Y,
            View::Front => Vec3::Z,
            View::Back => Vec3::NEG_Z,
        };
        // Fine enough to lie on the hull's bends.
        let wide = quad[0].distance(quad[2]).max(quad[1].distance(quad[3]));
        let rings = ((wide / 0.1) as usize).clamp(2, 14);
        let around = if wide > 1.2 { 48 } else { 28 };
        let n = 2.0 / round.clamp(0.06, 1.0);
        let rows: Vec<Vec<Vec3>> = (1..=rings)
            .map(|r| {
                let k = r as f32 / rings as f32;
                (0..around)
                    .map(|a| {
                        let (sin, cos) = ((a as f32 + 0.5) / around as f32 * TAU).sin_cos();
                        let power = |x: f32| x.signum() * x.abs().powf(2.0 / n);
                        spot(0.5 + 0.5 * k * power(cos), 0.5 + 0.5 * k * power(sin))
                    })
                    .collect()
            })
            .collect();
        let mut solid = Solid::grid(&rows, true);
        let inner: Vec<u32> = (0..around as u32).collect();
        solid.fan(&inner, spot(0.5, 0.5), true);
        // Which way round the corners were given does not matter: the patch faces outwards, and is raised that way.
        let mut normals = vec![Vec3::ZERO; solid.points.len()];
        for t in &solid.triangles {
            let [a, b, c] = t.map(|i| solid.points[i as usize]);
            for i in t {
                normals[*i as usize] += (b - a).cross(c - a);
            }
        }
        let facing = normals.iter().sum::<Vec3>().dot(out).signum();
        for (point, normal) in solid.points.iter_mut().zip(&normals) {
            *point += (normal.normalize_or_zero() * facing + out * 0.5) * raise;
        }
        solid.turned(facing < 0.0)
    }
}

fn interpolate(stations: &[[f32; 4]], z: f32) -> [f32; 4] {
    let k = stations.partition_point(|s| s[0] < z).clamp(1, stations.len() - 1);
    let (a, b) = (stations[k - 1], stations[k]);
    let t = ((z - a[0]) / (b[0] - a[0]).max(1e-6)).clamp(0.0, 1.0);
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// Stations in between that never overshoot (Fritsch and Carlson's tangents).
fn monotone(stations: &[[f32; 4]], steps: u32) -> Vec<[f32; 4]> {
    let n = stations.len();
    if n < 3 {
        return stations.to_vec();
    }
    let slope = |k: usize, i: usize| {
        (stations[k + 1][i] - stations[k][i]) / (stations[k + 1][0] - stations[k][0]).max(1e-6)
    };
    let tangent = |k: usize, i: usize| {
        if k == 0 || k == n - 1 {
            return slope(k.min(n - 2), i);
        }
        let (a, b) = (slope(k - 1, i), slope(k, i));
        if a * b <= 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
    };
    let mut out = vec![];
    for k in 0..n - 1 {
        let wide = stations[k + 1][0] - stations[k][0];
        for s in 0..steps {
            let t = s as f32 / steps as f32;
            let (t2, t3) = (t * t, t * t * t);
            let value = |i: usize| {
                stations[k][i] * (2.0 * t3 - 3.0 * t2 + 1.0)
                    + tangent(k, i) * wide * (t3 - 2.0 * t2 + t)
                    + stations[k + 1][i] * (3.0 * t2 - 2.0 * t3)
                    + tangent(k + 1, i) * wide * (t3 - t2)
            };
            out.push([stations[k][0] + wide * t, value(1), value(2), value(3)]);
        }
    }
    out.push(stations[n - 1]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Six times the volume: positive when the triangles face outwards.
    fn volume(solid: &Solid) -> f32 {
        let corner = |i: u32| solid.points[i as usize];
        solid.triangles.iter().map(|t| corner(t[0]).dot(corner(t[1]).cross(corner(t[2])))).sum()
    }

    #[test]
    fn solids_face_outwards_and_have_unit_normals() {
        let square = [Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y];
        let stations = [[-1.0, 0.0, 0.5, 0.3], [0.0, 0.0, 0.8, 0.5], [1.0, 0.1, 0.4, 0.2]];
        let hull = Hull::new(&stations, true, [4.0, 3.0], 0.5, 0.1, &[[0.0, 0.0, 0.3]]);
        let path = [(Vec3::ZERO, 0.1), (Vec3::new(0.0, 1.0, 0.2), 0.1), (Vec3::new(0.5, 1.0, 0.2), 0.05)];
        for (name, solid) in [
            ("block", Solid::block(Vec3::new(1.0, 2.0, 3.0), 0.1)),
            ("sharp block", Solid::block(Vec3::ONE, 0.0)),
            ("lathe", Solid::lathe(&[Vec2::ZERO, Vec2::X, Vec2::ONE, Vec2::Y], 12)),
            ("ball", Solid::ball(Vec3::new(1.0, 2.0, 0.5))),
            ("tube", Solid::tube(&path, 8, false)),
            ("extrude", Solid::extrude(&square, 0.4, 0.05)),
            ("hull", hull.solid()),
        ] {
            assert!(volume(&solid) > 0.0, "{name} {}", volume(&solid));
            let (corners, indices) = solid.corners();
            assert!(corners.iter().all(|c| (c.normal.length() - 1.0).abs() < 1e-3), "{name}");
            assert!(indices.len() >= 30 && indices.iter().all(|i| (*i as usize) < corners.len()), "{name}");
        }
        assert!((volume(&Solid::block(Vec3::ONE, 0.0)) / 6.0 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn ears_cover_a_polygon_with_a_notch() {
        let line = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [1.0, 0.5], [0.0, 2.0]].map(Vec2::from);
        let sum: f32 = ears(&line).iter().map(|t| area(&t.map(|i| line[i as usize]))).sum();
        assert!((sum - area(&line)).abs() < 1e-5);
    }
}
