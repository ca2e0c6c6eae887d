//! The outer boxes of an ISO media file (ISO/IEC 14496-12, section 4.2), which tell whether it is whole and which way round.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::Error;

/// Where the index and the media lie among the outermost boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outline {
    pub(crate) moov: u64,
    pub(crate) mdat: u64,
}

impl Outline {
    /// Whether the index comes first, so that playing can begin before everything is loaded.
    pub(crate) fn moov_first(self) -> bool {
        self.moov < self.mdat
    }
}

/// Walks the outermost boxes. `Ok(None)` when the file is no ISO media file at all.
pub(crate) fn outline(path: &Path) -> Result<Option<Outline>, Error> {
    let read = |e| Error::io("read", path, e);
    let mut file = File::open(path).map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    let (mut at, mut moov, mut mdat) = (0_u64, None, None);
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at)).map_err(read)?;
        let mut head = [0_u8; 8];
        file.read_exact(&mut head).map_err(read)?;
        let [s0, s1, s2, s3, k0, k1, k2, k3] = head;
        let kind = [k0, k1, k2, k3];
        if at == 0 && kind != *b"ftyp" {
            return Ok(None);
        }
        let size = match u32::from_be_bytes([s0, s1, s2, s3]) {
            // The last box may say "up to the end".
            0 => length - at,
            // A long box has its size in eight bytes after the kind.
            1 => {
                let mut long = [0_u8; 8];
                file.read_exact(&mut long).map_err(|_| Error::truncated(path, "it ends inside a header"))?;
                u64::from_be_bytes(long)
            }
            size => u64::from(size),
        };
        if size < 8 {
            return Err(Error::unusable(path, "a box in it has an impossible size"));
        }
        match &kind {
            b"moov" => moov = Some(at),
            b"mdat" => mdat = Some(at),
            _ => (),
        }
        at = at.saturating_add(size);
    }
    if at > length {
        return Err(Error::truncated(path, format!("{} bytes of {at} are missing", at - length)));
    }
    match (moov, mdat) {
        (Some(moov), Some(mdat)) => Ok(Some(Outline { moov, mdat })),
        (None, _) => Err(Error::truncated(path, "its index was never written")),
        (_, None) => Err(Error::truncated(path, "it holds no media")),
    }
}
