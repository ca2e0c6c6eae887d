//! Where camera and cast are: the scene without its picture.

use std::sync::PoisonError;

use film::Id;
use stage::Rehearsal;

use super::model::{Layout, LayoutActor, LayoutCamera};
use super::{Session, SessionError};
use crate::footage;

impl Session {
    /// The camera and everyone of a shot at one of its frames. No device is needed; the first of a place takes the time to
    /// make it.
    ///
    /// # Errors
    /// [`SessionError::NoProject`], [`SessionError::NoSuchShot`]; [`SessionError::Picture`] when somebody cannot be shown.
    pub fn layout(&self, shot: &Id, frame: u32) -> Result<Layout, SessionError> {
        let (view, revision, imports) = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            (open.shot(shot)?.clone(), desk.revision, footage::imports(open.project.folder()))
        };
        let failed = |error: stage::cast::CastError| SessionError::Picture(error.to_string());
        let scene = {
            let mut rehearsal = self.shared.rehearsal.lock().unwrap_or_else(PoisonError::into_inner);
            let rehearsal = match &mut *rehearsal {
                Some(rehearsal) => rehearsal,
                none => none.insert(Rehearsal::new().map_err(failed)?),
            };
            rehearsal.imports_from(&imports);
            rehearsal.scene(&view.order).map_err(failed)?
        };
        let frame = frame.min(view.frames.saturating_sub(1));
        let time = view.order.time_secs(frame);
        let pose = scene.camera(time);
        let camera = LayoutCamera {
            position: pose.eye.into(),
            target: (pose.eye + pose.forward * pose.focus).into(),
            up: pose.up.into(),
            fov_y_deg: pose.fov_y.to_degrees(),
            aspect: view.order.format.width.get() as f32 / view.order.format.height.get() as f32,
        };
        let actor = |placed: stage::Placed| LayoutActor {
            who: placed.who,
            individual: placed.individual,
            position: placed.position.into(),
            facing_deg: placed.facing_deg,
            box_: placed.frame,
            distance_m: placed.distance,
        };
        let cast = scene.placed(time).into_iter().map(actor).collect();
        Ok(Layout { revision, shot: shot.clone(), frame, camera, cast })
    }
}
