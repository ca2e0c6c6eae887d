//! A shot and a time to who stands where, doing what, seen from where. No graphics device is needed.

use crate::camera::{self, Plan, Pose, Subject};
use crate::cast::{Cast, CastError};
use crate::motion::{Ensemble, Ground};
use crate::world::Site;
use film::{Framing, Id, ShotOrder};
use glam::{Vec2, Vec3};
use std::sync::Arc;

/// A shot made ready: its place, its cast, its camera. A pure function of the order.
pub struct Scene {
    order: ShotOrder,
    site: Arc<Site>,
    ensemble: Ensemble,
}

/// One moment of a shot.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneState {
    /// Seconds since the shot began.
    pub time_secs: f64,
    /// The camera.
    pub camera: Pose,
    /// For each performer, in the ensemble's order: the box around it, as lowest and highest corner in metres.
    pub bounds: Vec<(Vec3, Vec3)>,
}

struct Floor<'a>(&'a Site);

impl Ground for Floor<'_> {
    fn height_m(&self, x: f32, z: f32) -> f32 {
        self.0.land.height(x, z)
    }
    fn water_m(&self) -> Option<f32> {
        self.0.water.as_ref().map(|(w, _)| w.level)
    }
}

impl camera::Ground for Floor<'_> {
    fn floor(&self, x: f32, z: f32) -> f32 {
        self.0.floor(x, z)
    }
    fn bounds(&self) -> (Vec2, Vec2) {
        self.0.bounds
    }
}

impl Scene {
    /// Makes an order ready, preparing its place.
    ///
    /// # Errors
    /// [`CastError`] when an appearance does not fit its row.
    pub fn new(order: &ShotOrder, cast: &Cast) -> Result<Self, CastError> {
        Self::at(order, Arc::new(Site::new(order)), cast)
    }

    /// Makes an order ready in a place that was prepared before.
    pub(crate) fn at(order: &ShotOrder, site: Arc<Site>, cast: &Cast) -> Result<Self, CastError> {
        let ensemble = Ensemble::new(cast, order)?;
        Ok(Self { order: order.clone(), site, ensemble })
    }

    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }

    pub(crate) fn order(&self) -> &ShotOrder {
        &self.order
    }

    /// Everyone in the shot.
    pub fn ensemble(&self) -> &Ensemble {
        &self.ensemble
    }

    /// World-space joints of a performer at a time.
    pub(crate) fn pose_of(&self, performer: usize, time_secs: f64) -> crate::cast::Pose {
        self.ensemble.pose(performer, time_secs, &Floor(&self.site))
    }

    /// Width over height of the picture.
    pub(crate) fn aspect(&self) -> f32 {
        self.order.format.width.get() as f32 / self.order.format.height.get() as f32
    }

    /// Who is kept in frame: the camera's focus, or who acts first.
    fn focus(&self) -> Option<&Id> {
        let shown =
            |id: &&Id| self.order.cast.iter().any(|m| m.id == **id) && !self.ensemble.missing().contains(*id);
        self.order
            .shot
            .camera
            .focus
            .as_ref()
            .filter(shown)
            .or_else(|| self.order.shot.beats.iter().flat_map(|b| &b.who).find(shown))
    }

    /// The camera at a time.
    pub fn camera(&self, time_secs: f64) -> Pose {
        let ground = Floor(&self.site);
        let plan = Plan {
            camera: &self.order.shot.camera,
            aspect: self.aspect(),
            seconds: self.order.shot.seconds.get() as f32,
            seed: self.order.shot.seed.get(),
            ground: &ground,
        };
        plan.pose(time_secs as f32, &|t| self.subject(f64::from(t)))
    }

    /// What the camera frames at a time: the leader of the focus; in wide pictures the group around it.
    fn subject(&self, time: f64) -> Option<Subject> {
        let ground = Floor(&self.site);
        let who = self.focus();
        let members: Vec<usize> = (0..self.ensemble.performers().len())
            .filter(|&i| {
                who.is_none_or(|id| self.order.cast[self.ensemble.performers()[i].member()].id == *id)
            })
            .collect();
        let &leader = members.first()?;
        let own = self.ensemble.performer_bounds(leader, time, &ground);
        let (mut low, mut high) = (own.min, own.max);
        if matches!(self.order.shot.camera.framing, Framing::Wide | Framing::ExtremeWide | Framing::Full) {
            // The group, but not stragglers far behind: what stands deeper in the picture is smaller anyway.
            for &i in &members[1..] {
                let b = self.ensemble.performer_bounds(i, time, &ground);
                let near = (b.centre() - own.centre()).length() < own.size().length() * 3.0;
                if near {
                    low.x = low.x.min(b.min.x);
                    high.x = high.x.max(b.max.x);
                }
            }
        }
        // The leader weighs as much as all others together.
        low.x = (low.x + own.min.x) * 0.5;
        high.x = (high.x + own.max.x) * 0.5;
        let root = self.ensemble.root(leader, time);
        let facing = Vec3::new(root.heading.sin(), 0.0, root.heading.cos());
        let face = self.ensemble.focus(time, who, &ground);
        Some(Subject { low, high, face, facing })
    }

    /// Everything that moves, at a time.
    pub fn state(&self, time_secs: f64) -> SceneState {
        let ground = Floor(&self.site);
        let bounds = (0..self.ensemble.performers().len())
            .map(|i| {
                let b = self.ensemble.performer_bounds(i, time_secs, &ground);
                (b.min, b.max)
            })
            .collect();
        SceneState { time_secs, camera: self.camera(time_secs), bounds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::{Quality, Storyboard};

    #[test]
    fn a_scene_is_the_same_every_time_and_the_camera_stays_above_ground() {
        let board = Storyboard::example();
        let shot = board.shots().next().unwrap().1.id.clone();
        let order = ShotOrder::new(&board, &shot, Quality::Standard).unwrap();
        let cast = Cast::load().unwrap();
        let scene = Scene::new(&order, &cast).unwrap();
        let again = Scene::new(&order, &cast).unwrap();
        for k in 0..5 {
            let t = f64::from(k) * 0.7;
            let state = scene.state(t);
            assert_eq!(state, again.state(t));
            let eye = state.camera.eye;
            assert!(eye.y > scene.site().floor(eye.x, eye.z) + 0.15);
        }
    }
}
