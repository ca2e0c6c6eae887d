//! A film as a folder of numbered pictures.

use std::fs;
use std::path::{Path, PathBuf};

use film::Frame;

use crate::film_writer::Written;
use crate::{Error, picture};

/// The recipe among the pictures.
pub(crate) const RECIPE_FILE: &str = "recipe.json";

/// Writes `000001.png` and so on into `NAME.partial`, which gets the name `NAME` when all are there.
///
/// A folder that exists keeps what else is in it: the pictures move in. Where a recipe shows that a film of ours was there
/// before, numbered pictures beyond the last go too: an earlier and longer one left them.
pub(crate) struct FolderWriter {
    target: PathBuf,
    partial: PathBuf,
    recipe: String,
    frames: u32,
    bytes: u64,
}

fn name(number: u32) -> String {
    format!("{number:06}.png")
}

impl FolderWriter {
    pub(crate) fn create(path: &Path, recipe: String) -> Result<Self, Error> {
        // Also without the separator at the end that says that it is a folder.
        let target: PathBuf =
            std::path::absolute(path).map_err(|e| Error::io("write", path, e))?.components().collect();
        let failed = |e| Error::io("write", &target, e);
        if target.is_file() {
            return Err(failed(std::io::ErrorKind::NotADirectory.into()));
        }
        let mut aside =
            target.file_name().ok_or_else(|| failed(std::io::ErrorKind::InvalidInput.into()))?.to_owned();
        aside.push(".partial");
        let partial = target.with_file_name(aside);
        // An earlier run may have been killed.
        if partial.is_dir() {
            fs::remove_dir_all(&partial).map_err(failed)?;
        }
        fs::create_dir(&partial).map_err(failed)?;
        Ok(Self { target, partial, recipe, frames: 0, bytes: 0 })
    }

    pub(crate) fn frame(&mut self, frame: &Frame) -> Result<(), Error> {
        let png = picture::encode_png(frame)?;
        let path = self.partial.join(name(self.frames + 1));
        fs::write(&path, &png).map_err(|e| Error::io("write", &self.target, e))?;
        self.frames += 1;
        self.bytes += png.len() as u64;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Written, Error> {
        let failed = |e| Error::io("write", &self.target, e);
        if !self.recipe.is_empty() {
            fs::write(self.partial.join(RECIPE_FILE), &self.recipe).map_err(failed)?;
        }
        // One file after the other would wait for the disk a thousand times; the last tells whether it is full.
        let last = fs::File::open(self.partial.join(name(self.frames))).map_err(failed)?;
        last.sync_all().map_err(failed)?;
        if self.target.is_dir() {
            let ours = self.target.join(RECIPE_FILE).is_file();
            for entry in fs::read_dir(&self.partial).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                fs::rename(entry.path(), self.target.join(entry.file_name())).map_err(failed)?;
            }
            let mut beyond = self.frames + 1;
            while ours && fs::remove_file(self.target.join(name(beyond))).is_ok() {
                beyond += 1;
            }
        } else {
            fs::rename(&self.partial, &self.target).map_err(failed)?;
        }
        Ok(Written {
            path: self.target.clone(),
            frames: self.frames,
            bytes: self.bytes,
            encoder: "png".into(),
            note: None,
        })
    }
}

impl Drop for FolderWriter {
    fn drop(&mut self) {
        // After the end there is nothing left under this name, and a second error would only hide the first.
        let _ = fs::remove_dir_all(&self.partial);
    }
}
