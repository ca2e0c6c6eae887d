//! What is drawn in one frame: instances chosen by distance and by whether they are seen.

use super::site::{Card, SiteGpu, Span};
use crate::world::{Instance, Site};
use glam::{Mat4, Vec3, Vec4};
use std::ops::Range;

/// The six planes of a view, inward.
pub(crate) struct Frustum([Vec4; 6]);

impl Frustum {
    pub(crate) fn of(m: Mat4) -> Self {
        let r = [m.row(0), m.row(1), m.row(2), m.row(3)];
        let planes = [r[3] + r[0], r[3] - r[0], r[3] + r[1], r[3] - r[1], r[2], r[3] - r[2]];
        Self(planes.map(|p| p / p.truncate().length().max(1e-9)))
    }

    pub(crate) fn sees(&self, centre: Vec3, radius: f32) -> bool {
        self.0.iter().all(|p| p.truncate().dot(centre) + p.w > -radius)
    }
}

/// Copies of one mesh: which, and which of the frame's instances.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub span: Span,
    pub instances: Range<u32>,
}

/// What one pass draws.
#[derive(Default)]
pub(crate) struct List {
    pub solid: Vec<Draw>,
    pub cut: Vec<Draw>,
    pub cards: Range<u32>,
    pub ground: Vec<Range<u32>>,
    pub water: Vec<Range<u32>>,
}

/// All instances of a frame, for all passes.
#[derive(Default)]
pub(crate) struct Instances {
    pub placed: Vec<Instance>,
    pub cards: Vec<Card>,
}

impl Instances {
    pub(crate) fn clear(&mut self) {
        self.placed.clear();
        self.cards.clear();
        // The first instance stands where it is: for what is built in place.
        self.placed.push(Instance {
            position: [0.0; 3],
            scale: 1.0,
            tint: [1.0; 3],
            yaw: 0.0,
            phase: 0.0,
            snow: 0.0,
            shown: 1.0,
            tall: 1.0,
        });
    }
}

/// For whom things are chosen.
#[derive(Clone, Copy)]
pub(crate) struct Viewer {
    pub eye: Vec3,
    /// Pixels that a metre covers at a distance of a metre.
    pub pixels: f32,
    /// Below this height in pixels a plant is drawn as the lighter mesh, and below the second as a card.
    pub thresholds: [f32; 2],
    /// How much of the ground cover is drawn, and how far.
    pub cover: f32,
}

/// A dissolve over this part of a threshold hides the change of detail.
const BAND: f32 = 0.12;

/// Chooses what is seen.
pub(crate) fn gather(site: &Site, gpu: &SiteGpu, view: Mat4, who: Viewer, out: &mut Instances) -> List {
    let frustum = Frustum::of(view);
    let mut list = List::default();
    let first_card = out.cards.len() as u32;
    let mut buckets: [Vec<Instance>; 2] = Default::default();
    for (k, stand) in site.stands.iter().enumerate() {
        let (radius, low, high) = stand.kind.extent;
        let spans = &gpu.kinds[k];
        buckets.iter_mut().for_each(Vec::clear);
        let reach = stand.kind.reach * if spans.row.is_none() { who.cover } else { 1.0 };
        let is_cover = !stand.kind.casts_shadow;
        for (nth, instance) in stand.instances.iter().enumerate() {
            let foot = Vec3::from(instance.position);
            let size = instance.scale;
            let centre = foot + Vec3::Y * ((low + high) * 0.5 * size);
            let d = centre.distance(who.eye);
            if d - radius * size > reach {
                continue;
            }
            let round = (radius.max((high - low) * 0.5) + 0.3) * size;
            if !frustum.sees(centre, round) {
                continue;
            }
            let mut instance = *instance;
            if is_cover {
                // Ground cover thins out and shrinks with distance; which tufts go first is fixed.
                let order = (nth as f32 * 0.618_034).fract();
                let keep = 1.15 - d / reach;
                if order > keep {
                    continue;
                }
                instance.tall *= ((keep - order) * 6.0).clamp(0.15, 1.0);
                buckets[0].push(instance);
                continue;
            }
            let tall = (high - low) * size / d.max(0.5) * who.pixels;
            let at = |threshold: f32| ((tall / threshold - 1.0) / BAND * 0.5 + 0.5).clamp(0.0, 1.0);
            let near = if spans.middle.is_some() { at(who.thresholds[0]) } else { 1.0 };
            let not_card = if spans.row.is_some() { at(who.thresholds[1]) } else { 1.0 };
            if near > 0.0 {
                buckets[0].push(Instance { shown: near, ..instance });
            }
            if near < 1.0 && not_card > 0.0 {
                let shown = if near > 0.0 { near - 1.0 } else { not_card };
                buckets[1].push(Instance { shown: if shown == 0.0 { 1.0 } else { shown }, ..instance });
            }
            if not_card < 1.0 {
                let shown = if not_card > 0.0 { not_card - 1.0 } else { 1.0 };
                out.cards.push(gpu.card(k, site, Instance { shown, ..instance }));
            }
        }
        let middle = spans.middle.unwrap_or(spans.near);
        for (bucket, spans) in buckets.iter().zip([spans.near, middle]) {
            if bucket.is_empty() {
                continue;
            }
            let first = out.placed.len() as u32;
            out.placed.extend_from_slice(bucket);
            let instances = first..out.placed.len() as u32;
            if spans.0.count > 0 {
                list.solid.push(Draw { span: spans.0, instances: instances.clone() });
            }
            if spans.1.count > 0 {
                list.cut.push(Draw { span: spans.1, instances });
            }
        }
    }
    list.cards = first_card..out.cards.len() as u32;
    let sectors = |sectors: &[crate::world::Sector]| {
        sectors
            .iter()
            .filter(|s| s.count > 0 && frustum.sees(s.centre, s.radius))
            .map(|s| s.first_index..s.first_index + s.count)
            .collect()
    };
    list.ground = sectors(&site.ground.sectors);
    if let Some((_, water)) = &site.water {
        list.water = sectors(&water.sectors);
    }
    list
}

/// Chooses what throws shadows into a box: cards of plants turned to the light, light meshes of the rest. What is small
/// against the box is left out.
pub(crate) fn gather_shadow(
    site: &Site,
    gpu: &SiteGpu,
    light: Mat4,
    centre: Vec3,
    reach: f32,
    out: &mut Instances,
) -> List {
    let frustum = Frustum::of(light);
    let mut list = List::default();
    let first_card = out.cards.len() as u32;
    let mut bucket: Vec<Instance> = Vec::new();
    for (k, stand) in site.stands.iter().enumerate() {
        if !stand.kind.casts_shadow {
            continue;
        }
        let (radius, low, high) = stand.kind.extent;
        let spans = &gpu.kinds[k];
        let as_card = spans.row.is_some();
        if !as_card && reach > 80.0 {
            continue;
        }
        bucket.clear();
        for instance in &stand.instances {
            let size = instance.scale;
            let middle = Vec3::from(instance.position) + Vec3::Y * ((low + high) * 0.5 * size);
            let round = radius.max((high - low) * 0.5) * size;
            // A low sun throws long shadows: what stands outside may still reach in.
            if middle.distance(centre) > reach * 1.5 + round * 4.0 || !frustum.sees(middle, round) {
                continue;
            }
            if as_card {
                out.cards.push(gpu.card(k, site, *instance));
            } else {
                bucket.push(*instance);
            }
        }
        if bucket.is_empty() {
            continue;
        }
        let spans = spans.middle.unwrap_or(spans.near);
        let first = out.placed.len() as u32;
        out.placed.extend_from_slice(&bucket);
        let instances = first..out.placed.len() as u32;
        if spans.0.count > 0 {
            list.solid.push(Draw { span: spans.0, instances: instances.clone() });
        }
        if spans.1.count > 0 {
            list.cut.push(Draw { span: spans.1, instances });
        }
    }
    list.cards = first_card..out.cards.len() as u32;
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frustum_sees_what_is_ahead_only() {
        let m =
            Mat4::perspective_rh(0.8, 1.5, 0.1, 100.0) * Mat4::look_to_rh(Vec3::ZERO, Vec3::NEG_Z, Vec3::Y);
        let f = Frustum::of(m);
        assert!(f.sees(Vec3::new(0.0, 0.0, -10.0), 0.1));
        assert!(!f.sees(Vec3::new(0.0, 0.0, 10.0), 1.0));
        assert!(!f.sees(Vec3::new(50.0, 0.0, -10.0), 1.0));
        assert!(f.sees(Vec3::new(50.0, 0.0, -10.0), 60.0));
    }
}
