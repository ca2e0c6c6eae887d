//! Mountains: uplift against running water.
//!
//! A height map rises where the place has mountains while rivers cut into it by the stream power law, solved implicitly
//! along the drainage tree (Braun and Willett 2013, doi:10.1016/j.geomorph.2012.10.008); pits drain by a priority flood
//! (Barnes and others 2014, doi:10.1016/j.cageo.2013.04.024). Slopes steeper than the rock holds slide. It starts coarse and
//! is refined, so that large valleys and small gullies both have had time to form.

#![expect(clippy::cast_possible_wrap, reason = "cells are counted in maps of at most 512 by 512")]

use super::noise::{fbm, noise, smoothstep};
use glam::Vec2;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Mountains around a place; lengths in metres.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mountains {
    /// Height of the highest peak above the place.
    pub peak: f32,
    /// Distance at which they begin to rise.
    pub from: f32,
    /// Distance over which they reach full height.
    #[serde(default = "default_rise")]
    pub rise: f32,
    /// Steepest slope the rock holds, as a tangent.
    #[serde(default = "default_talus")]
    pub talus: f32,
    /// 0: rounded and old, 1: sharp and high in places only.
    #[serde(default = "default_contrast")]
    pub contrast: f32,
    /// Flattens tops, as of table mountains: height above which uplift is cut, as a part of the peak (0: none).
    #[serde(default)]
    pub mesa: f32,
}

fn default_rise() -> f32 {
    900.0
}
fn default_talus() -> f32 {
    1.15
}
fn default_contrast() -> f32 {
    0.6
}

/// A square height map around the origin.
#[derive(Clone, Debug)]
pub(crate) struct HeightMap {
    pub side: usize,
    /// Metres from edge to edge.
    pub extent: f32,
    pub heights: Vec<f32>,
}

const EXTENT: f32 = 8000.0;
/// Side of the map and rounds of uplift at each refinement.
const LEVELS: [(usize, usize); 4] = [(96, 46), (192, 16), (320, 6), (512, 3)];

impl HeightMap {
    pub(crate) fn cell(&self) -> f32 {
        self.extent / (self.side - 1) as f32
    }

    /// Height at a point, bilinear; 0 outside.
    pub(crate) fn at(&self, x: f32, z: f32) -> f32 {
        let c = self.cell();
        let (u, v) = ((x + self.extent * 0.5) / c, (z + self.extent * 0.5) / c);
        let m = (self.side - 2) as f32;
        if u < 0.0 || v < 0.0 || u > m || v > m {
            return 0.0;
        }
        let (i, j) = (u as usize, v as usize);
        let (u, v) = (u - i as f32, v - j as f32);
        let a = j * self.side + i;
        let h = &self.heights;
        let top = h[a] + (h[a + 1] - h[a]) * u;
        let low = h[a + self.side] + (h[a + self.side + 1] - h[a + self.side]) * u;
        top + (low - top) * v
    }

    /// Grows the mountains of a place.
    pub(crate) fn grow(m: &Mountains, seed: u32) -> Self {
        let mut map =
            Self { side: LEVELS[0].0, extent: EXTENT, heights: vec![0.0; LEVELS[0].0 * LEVELS[0].0] };
        for (level, &(side, rounds)) in LEVELS.iter().enumerate() {
            if level > 0 {
                map = map.refined(side);
            }
            let uplift = map.uplift(m, seed);
            let cell = map.cell();
            // A little roughness at each level gives the water somewhere to start.
            for j in 0..side {
                for i in 0..side {
                    let k = j * side + i;
                    if uplift[k] > 0.0 {
                        let p = map.point(i, j);
                        map.heights[k] +=
                            0.35 * cell * uplift[k] * (1.0 + noise(p / (cell * 2.3), seed + 31, 0));
                    }
                }
            }
            for _ in 0..rounds {
                map.erode(&uplift, m, seed);
            }
        }
        map.scale_to(m);
        map
    }

    fn point(&self, i: usize, j: usize) -> Vec2 {
        Vec2::new(i as f32, j as f32) * self.cell() - Vec2::splat(self.extent * 0.5)
    }

    fn refined(&self, side: usize) -> Self {
        let mut next = Self { side, extent: self.extent, heights: vec![0.0; side * side] };
        for j in 0..side {
            for i in 0..side {
                let p = next.point(i, j);
                next.heights[j * side + i] = self.at(p.x, p.y);
            }
        }
        next
    }

    /// How fast the ground rises, 0..1: nothing in the valley, most along a few massifs.
    fn uplift(&self, m: &Mountains, seed: u32) -> Vec<f32> {
        let n = self.side;
        let edge = self.extent * 0.5;
        let mut out = vec![0.0; n * n];
        for j in 0..n {
            for i in 0..n {
                let p = self.point(i, j);
                let r = p.length() + 0.28 * m.from.max(400.0) * fbm(p / 900.0, seed + 3, 3, 0.5, 0);
                let k = smoothstep(m.from, m.from + m.rise, r);
                let out_fade = 1.0 - smoothstep(0.82 * edge, 0.99 * edge, p.abs().max_element());
                if k * out_fade <= 0.0 || i == 0 || j == 0 || i == n - 1 || j == n - 1 {
                    continue;
                }
                let massif = 0.5 + 0.62 * fbm(p / 1500.0, seed + 11, 3, 0.5, 0);
                let massif = (massif + m.contrast * (massif - 0.5)).clamp(0.12, 1.25);
                out[j * n + i] = (k * out_fade * massif).max(0.0);
            }
        }
        out
    }

    /// One round: drainage, then implicit incision from the outlets upward.
    fn erode(&mut self, uplift: &[f32], m: &Mountains, seed: u32) {
        let n = self.side;
        let cell = self.cell();
        let (order, down) = self.drainage(uplift);
        let mut area = vec![cell * cell; n * n];
        for &c in order.iter().rev() {
            let d = down[c as usize];
            if d != c {
                area[d as usize] += area[c as usize];
            }
        }
        // Units are arbitrary here: the map is scaled to its peak at the end, the ratio of rise to cutting sets the form.
        let (rise, cut) = (11.0, 0.0105);
        for &c in &order {
            let c = c as usize;
            let d = down[c] as usize;
            if d == c || uplift[c] <= 0.0 {
                self.heights[c] = self.heights[c].min(0.0);
                continue;
            }
            let apart = c.abs_diff(d);
            let step = if apart == 1 || apart == n { 1.0 } else { 1.414 };
            let run = cell * step;
            let p = self.point(c % n, c / n);
            let hard = 0.75 + 0.5 * noise(p / 420.0, seed + 51, 0).abs();
            let f = cut * area[c].sqrt() / run / hard;
            let base = self.heights[d];
            let h = (self.heights[c] + rise * uplift[c] + f * rise * base) / (1.0 + f * rise);
            self.heights[c] = h.min(base + m.talus * hard * run).max(base);
        }
    }

    /// Cells from the outlets upward, and for each cell the neighbour it drains to (itself: an outlet).
    fn drainage(&self, uplift: &[f32]) -> (Vec<u32>, Vec<u32>) {
        let n = self.side;
        let h = &self.heights;
        let mut down: Vec<u32> = (0..(n * n) as u32).collect();
        let mut order = Vec::with_capacity(n * n);
        let mut seen = vec![false; n * n];
        let mut filled = h.clone();
        let mut heap: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
        let key = |height: f32, c: usize| (u64::from(height.max(0.0).to_bits()) << 32) | c as u64;
        for c in 0..n * n {
            let (i, j) = (c % n, c / n);
            if i == 0 || j == 0 || i == n - 1 || j == n - 1 || uplift[c] <= 0.0 {
                seen[c] = true;
                order.push(c as u32);
                // Only outlets beside rising ground need to start the flood.
                let beside = i > 0
                    && j > 0
                    && i < n - 1
                    && j < n - 1
                    && [c - 1, c + 1, c - n, c + n].iter().any(|&q| uplift[q] > 0.0);
                let edge_beside = (i == 0 && uplift[c + 1] > 0.0)
                    || (i == n - 1 && uplift[c - 1] > 0.0)
                    || (j == 0 && uplift[c + n] > 0.0)
                    || (j == n - 1 && uplift[c - n] > 0.0);
                if beside || edge_beside {
                    heap.push(Reverse(key(0.0, c)));
                }
            }
        }
        let offsets =
            [1i32, -1, n as i32, -(n as i32), n as i32 + 1, n as i32 - 1, 1 - n as i32, -1 - n as i32];
        while let Some(Reverse(top)) = heap.pop() {
            let c = (top & 0xFFFF_FFFF) as usize;
            let (i, j) = (c % n, c / n);
            if uplift[c] > 0.0 {
                order.push(c as u32);
                // Steepest way down over the filled surface; ties and pits fall back to where the flood came from.
                let mut best = 0.0;
                for (k, &o) in offsets.iter().enumerate() {
                    let q = (c as i32 + o) as usize;
                    if seen[q] {
                        let slope = (filled[c] - filled[q]) * if k < 4 { 1.0 } else { 0.707 };
                        if slope > best {
                            best = slope;
                            down[c] = q as u32;
                        }
                    }
                }
            }
            if i == 0 || j == 0 || i == n - 1 || j == n - 1 {
                let inward =
                    [(i == 0, 1i32), (i == n - 1, -1), (j == 0, n as i32), (j == n - 1, -(n as i32))];
                for (on, o) in inward {
                    let q = (c as i32 + o).clamp(0, (n * n - 1) as i32) as usize;
                    if on && !seen[q] {
                        seen[q] = true;
                        filled[q] = filled[q].max(filled[c] + 1e-3);
                        heap.push(Reverse(key(filled[q], q)));
                    }
                }
                continue;
            }
            for &o in &offsets {
                let q = (c as i32 + o) as usize;
                if !seen[q] {
                    seen[q] = true;
                    filled[q] = filled[q].max(filled[c] + 1e-3);
                    heap.push(Reverse(key(filled[q], q)));
                }
            }
        }
        (order, down)
    }

    fn scale_to(&mut self, m: &Mountains) {
        let top = self.heights.iter().fold(1.0f32, |a, &b| a.max(b));
        let k = m.peak / top;
        for h in &mut self.heights {
            *h *= k;
            if m.mesa > 0.0 {
                let lid = m.peak * m.mesa;
                if *h > lid {
                    *h = lid + (*h - lid) * 0.12;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mountains_reach_their_peak_leave_the_valley_flat_and_repeat() {
        let m = Mountains { peak: 800.0, from: 700.0, rise: 900.0, talus: 1.1, contrast: 0.6, mesa: 0.0 };
        let a = HeightMap::grow(&m, 4);
        let b = HeightMap::grow(&m, 4);
        assert_eq!(a.heights, b.heights);
        let top = a.heights.iter().fold(0.0f32, |x, &y| x.max(y));
        assert!((top - 800.0).abs() < 1.0, "{top}");
        assert!(a.at(0.0, 0.0).abs() < 1e-3 && a.at(150.0, -200.0).abs() < 1e-3);
        assert!(a.heights.iter().all(|h| h.is_finite() && *h >= 0.0));
    }
}
