//! Pictures for the page: of shots as they stand, of takes, of styles, and of members of the cast.

use std::sync::Arc;
use std::time::{Duration, Instant};

use film::Id;

use super::model::View;
use super::previews::{Playhead, Want};
use super::views::ShotView;
use super::{Open, Session, SessionError};
use crate::StudioError;

/// The longest that [`Session::frame`] waits for a picture.
const FRAME_PATIENCE: Duration = Duration::from_mins(1);

/// A picture for the page.
#[derive(Debug, Clone)]
pub struct Picture {
    /// JPEG.
    pub jpeg: Arc<[u8]>,
    /// Which frame of the shot it shows.
    pub frame: u32,
    /// Whether that is the one that was asked for.
    pub exact: bool,
    /// The document's revision that it shows, where it shows a shot as it stands.
    pub revision: Option<u64>,
}

/// Which picture is asked for.
#[derive(Debug, Clone)]
pub struct FrameAsk {
    /// The shot.
    pub shot: Id,
    /// Not the shot, but this member of the cast, alone in an empty studio.
    pub portrait: Option<Id>,
    /// The frame of the shot.
    pub frame: u32,
    /// Pixels down: 64 to 2160, no more than the film has.
    pub height: u32,
    /// What is seen of it.
    pub view: View,
    /// Whether to wait for this very frame rather than take the nearest that is there.
    pub wait: bool,
}

impl Session {
    /// Moves the playhead: previews are made around it first.
    pub fn playhead(&self, shot: Option<Id>, frame: u32, playing: bool) {
        self.shared.desk().playhead = Playhead { shot, frame, playing, touched: Instant::now() };
        self.shared.previews.stir();
    }

    /// A picture of a shot: of its take when it has one that shows it as it stands, else a preview. Without `wait` the nearest
    /// that is there, and the one that was asked for is made next; `None` when there is none yet. With `wait` it waits.
    ///
    /// # Errors
    /// [`SessionError::NoProject`], [`SessionError::NoSuchShot`], [`SessionError::Picture`] when it cannot be made.
    pub fn frame(&self, ask: &FrameAsk) -> Result<Option<Picture>, SessionError> {
        let (shot, take, open_height, revision) = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            let shot = match &ask.portrait {
                Some(member) => open.portrait(member)?,
                None => open.shot(&ask.shot)?.clone(),
            };
            let take = (ask.view == View::Picture && ask.portrait.is_none())
                .then(|| open.shown_take(&shot))
                .flatten();
            let height = shot.order.format.height.get();
            (shot, take, height, Some(desk.revision))
        };
        let height = ask.height.clamp(64, 2160).min(open_height);
        let frame = ask.frame.min(shot.frames.saturating_sub(1));
        if let Some((key, path)) = take {
            let jpeg = self.shared.take_picture(&key, &path, frame, height)?;
            return Ok(Some(Picture { jpeg, frame, exact: frame == ask.frame, revision }));
        }
        let want = Want { shot, view: ask.view, height, frame };
        let key = want.key();
        let exact = |jpeg| Picture { jpeg, frame, exact: frame == ask.frame, revision };
        if let Some(jpeg) = self.shared.previews.get(key) {
            return Ok(Some(exact(jpeg)));
        }
        if ask.wait {
            self.shared.check_engine()?;
            let made = self.shared.previews.wait(&want, FRAME_PATIENCE);
            return Ok(made.map_err(SessionError::Picture)?.map(exact));
        }
        self.shared.previews.want(want);
        let nearest = self.shared.previews.nearest(key);
        Ok(nearest.map(|(frame, jpeg)| Picture { jpeg, frame, exact: false, revision }))
    }

    /// A picture of a take, of whatever shot and settings.
    ///
    /// # Errors
    /// [`SessionError::NoProject`], [`SessionError::NoSuchTake`], [`SessionError::Media`].
    pub fn take_frame(&self, key: &str, frame: u32, height: u32) -> Result<Picture, SessionError> {
        let (path, frames) = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            let record = open.takes.find(key).ok_or_else(|| SessionError::NoSuchTake(key.to_owned()))?;
            (open.takes.path(record), record.frames)
        };
        let shown = frame.min(frames.saturating_sub(1));
        let jpeg = self.shared.take_picture(key, &path, shown, height.clamp(64, 2160))?;
        Ok(Picture { jpeg, frame: shown, exact: shown == frame, revision: None })
    }

    /// The middle of the shot under the playhead in another style. Waits for it.
    ///
    /// # Errors
    /// [`SessionError::NoProject`], [`SessionError::NoSuchShot`], [`SessionError::Picture`].
    pub fn look_sample(&self, style: &str) -> Result<Option<Picture>, SessionError> {
        if !stage::knows_style(style) {
            let known = stage::styles().map(Into::into).collect();
            return Err(StudioError::UnknownStyle { name: style.to_owned(), known }.into());
        }
        let shot = {
            let desk = self.shared.desk();
            let open = desk.open.as_ref().ok_or(SessionError::NoProject)?;
            let here = desk.playhead.shot.as_ref().and_then(|id| open.shot(id).ok());
            let shot = here.or(open.shots.first()).ok_or(StudioError::NoShots)?;
            Arc::new(shot.in_style(style))
        };
        let frame = shot.frames / 2;
        let want = Want { shot, view: View::Picture, height: 180, frame };
        if let Some(jpeg) = self.shared.previews.get(want.key()) {
            return Ok(Some(Picture { jpeg, frame, exact: true, revision: None }));
        }
        self.shared.check_engine()?;
        let made = self.shared.previews.wait(&want, FRAME_PATIENCE).map_err(SessionError::Picture)?;
        Ok(made.map(|jpeg| Picture { jpeg, frame, exact: true, revision: None }))
    }
}

impl Open {
    fn portrait(&self, member: &Id) -> Result<Arc<ShotView>, SessionError> {
        let none = || SessionError::NoSuchMember(member.clone());
        ShotView::portrait(self.project.board(), member).ok_or_else(none)
    }
}
