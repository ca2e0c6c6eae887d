//! The embedder of the process: its weights are unpacked when the first unknown word asks for them.

use std::sync::{Mutex, OnceLock};

use film::{EmbedError, Embedder};
use neural::MiniLm;

/// [`MiniLm`], loaded at the first word.
pub(crate) struct WhenNeeded;

impl Embedder for WhenNeeded {
    fn dimensions(&self) -> usize {
        384
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        static MODEL: OnceLock<Result<Mutex<MiniLm>, String>> = OnceLock::new();
        let model = MODEL.get_or_init(|| MiniLm::load().map(Mutex::new).map_err(|error| error.to_string()));
        let model = model.as_ref().map_err(|error| EmbedError(error.clone()))?;
        let model = model.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        model.embed(texts)
    }
}
