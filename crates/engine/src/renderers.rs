//! The renderers that the worker owns.

use std::fmt;

use film::ShotRenderer;

struct Owned {
    renderer: Box<dyn ShotRenderer>,
    seekable: bool,
}

/// The renderers by name. Made on the worker's thread, and made again there after one of them has panicked.
#[derive(Default)]
pub struct Renderers(Vec<Owned>);

impl Renderers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a renderer whose shots must be rendered in one go, such as a video model: previews wait for the end of a shot.
    #[must_use]
    pub fn with(mut self, renderer: impl ShotRenderer + 'static) -> Self {
        self.0.push(Owned { renderer: Box::new(renderer), seekable: false });
        self
    }

    /// Adds a renderer that makes any frame from the order alone and begins anywhere at little cost, such as the stage:
    /// previews come between two frames of a film.
    #[must_use]
    pub fn with_seekable(mut self, renderer: impl ShotRenderer + 'static) -> Self {
        self.0.push(Owned { renderer: Box::new(renderer), seekable: true });
        self
    }

    /// Name and version of each.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.0.iter().map(|owned| (owned.renderer.name().to_owned(), owned.renderer.version()))
    }

    /// The renderer of this name, and whether it may be interrupted between frames.
    pub(crate) fn get(&mut self, name: &str) -> Option<(&mut dyn ShotRenderer, bool)> {
        let owned = self.0.iter_mut().find(|owned| owned.renderer.name() == name)?;
        Some((owned.renderer.as_mut(), owned.seekable))
    }
}

impl fmt::Debug for Renderers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|owned| owned.renderer.name())).finish()
    }
}
