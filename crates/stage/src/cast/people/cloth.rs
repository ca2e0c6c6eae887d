//! Small mesh tools for people: subdivision stencils, smoothing, cutting by a scalar field, hems, grids.

use std::collections::BTreeMap;

use glam::{Vec2, Vec3};

use super::library::Binding;

/// A vertex under construction.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Vtx {
    pub(crate) p: Vec3,
    pub(crate) n: Vec3,
    /// Place on the neutral body: the coordinate of folds and noise.
    pub(crate) neutral: Vec3,
    /// Linear colour.
    pub(crate) colour: Vec3,
    /// Length factor of hair on it.
    pub(crate) hair: f32,
    /// Ambient occlusion.
    pub(crate) open: f32,
    pub(crate) comb: Vec3,
    /// Coordinate across the strands of hair.
    pub(crate) across: f32,
    pub(crate) bind: Binding,
}

/// Triangles under construction.
#[derive(Clone, Default, Debug)]
pub(crate) struct Mesh {
    pub(crate) v: Vec<Vtx>,
    pub(crate) t: Vec<[u32; 3]>,
}

/// A weighted mean of bindings, the four greatest.
pub(crate) fn combine(parts: &[(&Binding, f32)]) -> Binding {
    let mut sum: Vec<(usize, f32)> = Vec::with_capacity(8);
    for (b, f) in parts {
        for (joint, weight) in b.joints.iter().zip(b.weights) {
            let (joint, weight) = (usize::from(*joint), weight * f);
            if weight > 0.0 {
                match sum.iter_mut().find(|e| e.0 == joint) {
                    Some(e) => e.1 += weight,
                    None => sum.push((joint, weight)),
                }
            }
        }
    }
    bind(&sum)
}

/// A binding to the four greatest of the given bones.
pub(crate) fn bind(parts: &[(usize, f32)]) -> Binding {
    let mut all = parts.to_vec();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(4);
    let total = all.iter().map(|e| e.1).sum::<f32>().max(1e-6);
    let mut out = Binding::default();
    for (k, (joint, weight)) in all.iter().enumerate() {
        out.joints[k] = *joint as u8;
        out.weights[k] = weight / total;
    }
    out
}

/// One Catmull-Clark step as linear rows over the input vertices: computed once, applied to every person.
#[derive(Debug)]
pub(crate) struct Stencil {
    rows: Vec<Vec<(u32, f32)>>,
    pub(crate) quads: Vec<[u32; 4]>,
}

type Row = BTreeMap<u32, f32>;

/// What surrounds a vertex: sums of face points and edge middles, and of the middles of open edges.
#[derive(Clone, Default)]
struct Ring {
    faces: Row,
    face_count: f32,
    middles: Row,
    valence: f32,
    border: Row,
    borders: f32,
}

fn add(to: &mut Row, from: &Row, factor: f32) {
    for (k, w) in from {
        *to.entry(*k).or_default() += w * factor;
    }
}

impl Stencil {
    pub(crate) fn of(quads: &[[u32; 4]]) -> Stencil {
        let edge = |a: u32, b: u32| (a.min(b), a.max(b));
        let one = |i: u32| Row::from([(i, 1.0)]);
        let mut ids = BTreeMap::new();
        let mut vertices = vec![];
        for i in quads.iter().flatten() {
            ids.entry(*i).or_insert_with(|| {
                vertices.push(*i);
                vertices.len() as u32 - 1
            });
        }
        let count = vertices.len();
        let face_points: Vec<Row> = quads
            .iter()
            .map(|q| {
                let mut row = Row::new();
                for i in q {
                    add(&mut row, &one(*i), 0.25);
                }
                row
            })
            .collect();
        let mut edges: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for (f, q) in quads.iter().enumerate() {
            for k in 0..4 {
                edges.entry(edge(q[k], q[(k + 1) % 4])).or_default().push(f);
            }
        }
        let edge_ids: BTreeMap<_, _> =
            edges.keys().enumerate().map(|(i, k)| (*k, (count + i) as u32)).collect();
        let mut rings = vec![Ring::default(); count];
        let mut edge_rows = vec![];
        for (key, faces) in &edges {
            let mut middle = Row::new();
            add(&mut middle, &one(key.0), 0.5);
            add(&mut middle, &one(key.1), 0.5);
            let mut row = middle.clone();
            if let [a, b] = faces[..] {
                row = Row::new();
                add(&mut row, &middle, 0.5);
                add(&mut row, &face_points[a], 0.25);
                add(&mut row, &face_points[b], 0.25);
            }
            for v in [key.0, key.1] {
                let ring = &mut rings[ids[&v] as usize];
                add(&mut ring.middles, &middle, 1.0);
                ring.valence += 1.0;
                if faces.len() != 2 {
                    add(&mut ring.border, &middle, 1.0);
                    ring.borders += 1.0;
                }
            }
            edge_rows.push(row);
        }
        for (f, q) in quads.iter().enumerate() {
            for i in q {
                let ring = &mut rings[ids[i] as usize];
                add(&mut ring.faces, &face_points[f], 1.0);
                ring.face_count += 1.0;
            }
        }
        let mut rows = vec![];
        for (v, ring) in vertices.iter().zip(&rings) {
            let n = ring.valence;
            let mut row = Row::new();
            if ring.borders > 0.0 {
                add(&mut row, &ring.border, 0.5 / ring.borders);
                add(&mut row, &one(*v), 0.5);
            } else {
                add(&mut row, &ring.faces, 1.0 / (ring.face_count * n));
                add(&mut row, &ring.middles, 2.0 / (n * n));
                add(&mut row, &one(*v), (n - 3.0) / n);
            }
            rows.push(row);
        }
        rows.extend(edge_rows);
        let first_face = rows.len() as u32;
        rows.extend(face_points);
        let mut out = vec![];
        for (f, q) in quads.iter().enumerate() {
            for k in 0..4 {
                let (a, b, z) = (q[k], q[(k + 1) % 4], q[(k + 3) % 4]);
                out.push([ids[&a], edge_ids[&edge(a, b)], first_face + f as u32, edge_ids[&edge(a, z)]]);
            }
        }
        Stencil { rows: rows.into_iter().map(|r| r.into_iter().collect()).collect(), quads: out }
    }

    pub(crate) fn points(&self, p: &[Vec3]) -> Vec<Vec3> {
        self.rows.iter().map(|r| r.iter().map(|(i, w)| p[*i as usize] * *w).sum()).collect()
    }

    pub(crate) fn bindings(&self, b: &[Binding]) -> Vec<Binding> {
        let row =
            |r: &Vec<(u32, f32)>| combine(&r.iter().map(|(i, w)| (&b[*i as usize], *w)).collect::<Vec<_>>());
        self.rows.iter().map(row).collect()
    }
}

/// Vertex normals of a quad mesh.
pub(crate) fn normals(p: &[Vec3], quads: &[[u32; 4]]) -> Vec<Vec3> {
    let mut n = vec![Vec3::ZERO; p.len()];
    for q in quads {
        let [a, b, c, d] = q.map(|i| p[i as usize]);
        let face = (c - a).cross(d - b);
        for i in q {
            n[*i as usize] += face;
        }
    }
    n.into_iter().map(Vec3::normalize_or_zero).collect()
}

/// The vertices that share an edge with each vertex.
pub(crate) fn neighbours(count: usize, quads: &[[u32; 4]]) -> Vec<Vec<u32>> {
    let mut out = vec![vec![]; count];
    for q in quads {
        for k in 0..4 {
            let (a, b) = (q[k], q[(k + 1) % 4]);
            if !out[a as usize].contains(&b) {
                out[a as usize].push(b);
                out[b as usize].push(a);
            }
        }
    }
    out
}

/// Moves every point towards its neighbours' mean by `amount(i)`, several times.
pub(crate) fn smooth(p: &mut [Vec3], neighbours: &[Vec<u32>], times: usize, amount: impl Fn(usize) -> f32) {
    for _ in 0..times {
        let old = p.to_vec();
        for (i, near) in neighbours.iter().enumerate() {
            if !near.is_empty() {
                let mean = near.iter().map(|j| old[*j as usize]).sum::<Vec3>() / near.len() as f32;
                p[i] = old[i].lerp(mean, amount(i));
            }
        }
    }
}

/// Between two vertices.
fn between(x: &Vtx, y: &Vtx, s: f32) -> Vtx {
    Vtx {
        p: x.p.lerp(y.p, s),
        n: x.n.lerp(y.n, s).normalize_or(Vec3::Y),
        neutral: x.neutral.lerp(y.neutral, s),
        colour: x.colour.lerp(y.colour, s),
        hair: x.hair + (y.hair - x.hair) * s,
        open: x.open + (y.open - x.open) * s,
        comb: x.comb.lerp(y.comb, s),
        across: x.across + (y.across - x.across) * s,
        bind: combine(&[(&x.bind, 1.0 - s), (&y.bind, s)]),
    }
}

impl Mesh {
    pub(crate) fn append(&mut self, other: &Mesh) {
        let base = self.v.len() as u32;
        self.v.extend_from_slice(&other.v);
        self.t.extend(other.t.iter().map(|t| t.map(|i| i + base)));
    }

    pub(crate) fn fix_normals(&mut self) {
        let mut n = vec![Vec3::ZERO; self.v.len()];
        for t in &self.t {
            let [a, b, c] = t.map(|i| self.v[i as usize].p);
            let face = (b - a).cross(c - a);
            for i in t {
                n[*i as usize] += face;
            }
        }
        for (v, n) in self.v.iter_mut().zip(n) {
            v.n = n.normalize_or(Vec3::Y);
        }
    }

    /// Keeps the part where the field is positive; new vertices lie exactly on the zero line.
    pub(crate) fn cut(&self, field: &[f32]) -> Mesh {
        let mut out = Mesh::default();
        let mut kept = vec![u32::MAX; self.v.len()];
        let mut crossed: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for t in &self.t {
            if t.iter().all(|i| field[*i as usize] <= 0.0) {
                continue;
            }
            let mut corners: Vec<u32> = vec![];
            for k in 0..3 {
                let (a, b) = (t[k], t[(k + 1) % 3]);
                let (fa, fb) = (field[a as usize], field[b as usize]);
                if fa > 0.0 {
                    if kept[a as usize] == u32::MAX {
                        kept[a as usize] = out.v.len() as u32;
                        out.v.push(self.v[a as usize]);
                    }
                    corners.push(kept[a as usize]);
                }
                if (fa > 0.0) != (fb > 0.0) {
                    let key = (a.min(b), a.max(b));
                    let id = *crossed.entry(key).or_insert_with(|| {
                        let (fx, fy) = (field[key.0 as usize], field[key.1 as usize]);
                        out.v.push(between(&self.v[key.0 as usize], &self.v[key.1 as usize], fx / (fx - fy)));
                        out.v.len() as u32 - 1
                    });
                    corners.push(id);
                }
            }
            for k in 1..corners.len().saturating_sub(1) {
                out.t.push([corners[0], corners[k], corners[k + 1]]);
            }
        }
        out
    }

    /// Turns open edges in by `depth`, so that cloth does not look paper-thin.
    pub(crate) fn hem(&mut self, depth: f32) {
        let mut edges = std::collections::BTreeSet::new();
        for t in &self.t {
            for k in 0..3 {
                edges.insert((t[k], t[(k + 1) % 3]));
            }
        }
        let open: Vec<_> = edges.iter().filter(|(a, b)| !edges.contains(&(*b, *a))).copied().collect();
        let mut inner: BTreeMap<u32, u32> = BTreeMap::new();
        for (a, b) in open {
            let mut turned = |i: u32, v: &mut Vec<Vtx>| {
                *inner.entry(i).or_insert_with(|| {
                    let mut x = v[i as usize];
                    x.p -= x.n * depth;
                    x.open *= 0.55;
                    v.push(x);
                    v.len() as u32 - 1
                })
            };
            let (ia, ib) = (turned(a, &mut self.v), turned(b, &mut self.v));
            self.t.push([b, a, ia]);
            self.t.push([b, ia, ib]);
        }
    }

    /// A grid of `rows × columns` vertices; `wrap` joins the last column to the first.
    pub(crate) fn grid(
        rows: usize,
        columns: usize,
        wrap: bool,
        mut f: impl FnMut(usize, usize) -> Vtx,
    ) -> Mesh {
        let mut mesh = Mesh::default();
        for r in 0..rows {
            for c in 0..columns {
                mesh.v.push(Vtx { open: 1.0, ..f(r, c) });
            }
        }
        let at = |r: usize, c: usize| (r * columns + c % columns) as u32;
        for r in 0..rows - 1 {
            for c in 0..if wrap { columns } else { columns - 1 } {
                mesh.t.push([at(r, c), at(r, c + 1), at(r + 1, c)]);
                mesh.t.push([at(r, c + 1), at(r + 1, c + 1), at(r + 1, c)]);
            }
        }
        mesh.fix_normals();
        mesh
    }

    /// A ball.
    pub(crate) fn ball(centre: Vec3, radius: f32, bind: Binding) -> Mesh {
        use std::f32::consts::{PI, TAU};
        let mut mesh = Mesh::grid(14, 24, true, |i, k| {
            let ((ts, tc), (a_s, a_c)) =
                ((i as f32 / 13.0 * PI).sin_cos(), (k as f32 / 24.0 * TAU).sin_cos());
            let d = Vec3::new(ts * a_c, ts * a_s, tc);
            Vtx { p: centre + d * radius, neutral: d, bind, ..Vtx::default() }
        });
        mesh.face_outwards(centre, Vec3::ONE);
        for v in &mut mesh.v {
            v.n = v.neutral;
        }
        mesh
    }

    pub(crate) fn paint(mut self, colour: Vec3) -> Mesh {
        for v in &mut self.v {
            v.colour = colour;
        }
        self
    }

    /// Turns the triangles so that they face away from a centre; `axes` masks the directions that count.
    pub(crate) fn face_outwards(&mut self, centre: Vec3, axes: Vec3) {
        let sum: f32 = self.v.iter().map(|v| ((v.p - centre) * axes).dot(v.n)).sum();
        if sum < 0.0 {
            for t in &mut self.t {
                t.swap(1, 2);
            }
            self.fix_normals();
        }
    }
}

/// Support distance of points in a horizontal direction: where a hanging cloth would touch.
pub(crate) fn support(points: &[Vec3], centre: Vec2, direction: Vec2) -> f32 {
    points.iter().map(|p| (Vec2::new(p.x, p.z) - centre).dot(direction)).fold(0.0, f32::max)
}
