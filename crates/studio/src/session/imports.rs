//! What the user brings into a film: pictures and clips for shots, bodies for the cast.

use std::fs;
use std::path::Path;

use film::{Hint as _, Id};
use media::Decoder;
use stage::cast::check_model;

use super::model::{Import, ImportKind};
use super::{Session, SessionError};
use crate::footage;
use crate::project::{ProjectError, write_aside};

/// How much one file may hold, in bytes.
pub const LARGEST_IMPORT: usize = 512 << 20;
/// What a file may be.
const KINDS: &str = "bring a picture (PNG, JPEG, WebP), a clip (MP4, MOV, WebM) or a body (GLB)";

impl Session {
    /// Keeps a file beside the film, under a name with a hash of its bytes: the same file is kept once, and a take of it stays
    /// true. What it is, its bytes decide.
    ///
    /// # Errors
    /// [`SessionError::NoProject`]; [`SessionError::Usage`] for what is neither picture, clip nor body;
    /// [`SessionError::Project`] when it cannot be written.
    pub fn import(&self, name: &str, bytes: &[u8]) -> Result<Import, SessionError> {
        let folder = {
            let desk = self.shared.desk();
            desk.open.as_ref().ok_or(SessionError::NoProject)?.project.folder().to_owned()
        };
        let folder = footage::imports(&folder);
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        let hash = &blake3::hash(bytes).to_hex()[..12];
        let stem = Id::slug(stem, "import");
        let extension = Id::slug(extension, "bin");
        let file = format!("{}-{hash}.{extension}", &stem.as_str()[..stem.as_str().len().min(40)]);
        let file = Id::new(file).map_err(|error| SessionError::Usage {
            message: error.to_string(),
            hint: "rename the file".into(),
        })?;
        let path = folder.join(file.as_str());
        let io = |source| ProjectError::Io { doing: "write", path: path.clone(), source };
        fs::create_dir_all(&folder).map_err(io)?;
        write_aside(&path, bytes)?;
        let import = if bytes.starts_with(b"glTF") {
            check_model(bytes)
                .map(|()| Import { file, kind: ImportKind::Body, width: 0, height: 0, seconds: 0.0 })
                .map_err(|error| (error.to_string(), error.hint()))
        } else {
            look(&path).map(|import| import(file)).map_err(|error| (error.to_string(), error.hint()))
        };
        import.map_err(|(message, hint)| {
            // It is of no use there; where it cannot be removed it only takes room.
            let _ = fs::remove_file(&path);
            let hint = hint.map_or_else(|| KINDS.to_owned(), |hint| format!("{hint}; {KINDS}"));
            SessionError::Usage { message: format!("{name} cannot be used: {message}"), hint }
        })
    }
}

/// What a file shows; its first picture must be there.
fn look(path: &Path) -> Result<impl FnOnce(Id) -> Import, media::Error> {
    let mut clip = Decoder::open(path)?;
    clip.frame_at(0)?;
    let probe = clip.probe();
    let moves = probe.frames > 1;
    let (width, height, seconds) = (probe.width, probe.height, if moves { probe.duration_secs } else { 0.0 });
    let kind = if moves { ImportKind::Clip } else { ImportKind::Picture };
    Ok(move |file| Import { file, kind, width, height, seconds })
}
