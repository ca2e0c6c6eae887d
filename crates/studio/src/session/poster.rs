//! The picture by which a project is recognised in the list of recent ones: `poster.jpg` in its folder.

use std::path::Path;

use super::Shared;
use crate::project::write_aside;

pub(super) const FILE: &str = "poster.jpg";

/// Keeps the middle of the first shot. A project without a poster is no worse, so failures go to the log.
pub(super) fn offer(shared: &Shared, jpeg: &[u8]) {
    let Some(folder) = shared.folder() else { return };
    if let Err(error) = write_aside(&folder.join(FILE), jpeg) {
        tracing::debug!(%error, "the poster was not written");
    }
}

/// The picture of a project.
pub(super) fn read(folder: &Path) -> Option<Vec<u8>> {
    std::fs::read(folder.join(FILE)).ok().filter(|bytes| bytes.starts_with(&[0xff, 0xd8]))
}
