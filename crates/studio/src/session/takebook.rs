//! The takes of a project, of whatever settings: `takes.json` beside the storyboard.
//!
//! The engine keeps the files; this list says what they show. It is not part of the document, so that undo does not take
//! back what was rendered; which take a shot uses is ([`film::ChosenTake`]).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use engine::{Take, TakeRequest};
use film::{Id, Quality, ShotOrder};
use serde::{Deserialize, Serialize};

use super::model::TakeInfo;
use super::views::{ShotView, stands};
use crate::project::{ProjectError, write_aside};

const FILE: &str = "takes.json";

/// A take and the order that it was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) key: String,
    pub(super) shot: Id,
    pub(super) number: u32,
    pub(super) renderer: String,
    pub(super) frames: u32,
    /// The take's file, relative to the project.
    pub(super) file: PathBuf,
    #[serde(default)]
    pub(super) starred: bool,
    #[serde(default)]
    pub(super) made_unix: u64,
    /// Makes the take again.
    pub(super) order: ShotOrder,
    #[serde(skip)]
    stands: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Page {
    version: u32,
    takes: Vec<Record>,
}

/// All takes of a project.
#[derive(Debug)]
pub(super) struct TakeBook {
    folder: PathBuf,
    page: Page,
}

impl TakeBook {
    /// Reads the list. One that cannot be read is put aside and begun anew: the takes are found again when they are needed.
    pub(super) fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let mut page = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "the list of takes cannot be read and is begun anew");
                // Where even that fails there is nothing left to save.
                let _ = fs::rename(&path, folder.join("takes.json.damaged"));
                Page::default()
            }),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "the list of takes cannot be read");
                }
                Page::default()
            }
        };
        page.version = 1;
        for record in &mut page.takes {
            record.stands = stands(&record.order);
        }
        page.takes.retain(|record| folder.join(&record.file).is_file());
        Self { folder: folder.to_owned(), page }
    }

    fn save(&self) -> Result<(), ProjectError> {
        let bytes = serde_json::to_vec(&self.page).map_err(|error| ProjectError::Io {
            doing: "write",
            path: self.folder.join(FILE),
            source: error.into(),
        })?;
        write_aside(&self.folder.join(FILE), &bytes)
    }

    /// Lists a finished take; one that is listed already stays as it is.
    pub(super) fn add(
        &mut self,
        request: &TakeRequest,
        take: &Take,
        made_unix: u64,
    ) -> Result<bool, ProjectError> {
        let key = take.key.as_str();
        if self.find(key).is_some() {
            return Ok(false);
        }
        let shot = &request.order.shot.id;
        let number = self.of(shot).map(|record| record.number).max().unwrap_or(0) + 1;
        let file = take.path.strip_prefix(&self.folder).unwrap_or(&take.path).to_owned();
        self.page.takes.push(Record {
            key: key.to_owned(),
            shot: shot.clone(),
            number,
            renderer: request.renderer.clone(),
            frames: request.frames.len() as u32,
            file,
            starred: false,
            made_unix,
            order: request.order.clone(),
            stands: stands(&request.order),
        });
        self.save()?;
        Ok(true)
    }

    pub(super) fn find(&self, key: &str) -> Option<&Record> {
        self.page.takes.iter().find(|record| record.key == key)
    }

    fn of<'a>(&'a self, shot: &'a Id) -> impl Iterator<Item = &'a Record> {
        self.page.takes.iter().filter(move |record| &record.shot == shot)
    }

    pub(super) fn star(&mut self, key: &str, starred: bool) -> Result<Option<Id>, ProjectError> {
        let Some(record) = self.page.takes.iter_mut().find(|record| record.key == key) else {
            return Ok(None);
        };
        record.starred = starred;
        let shot = record.shot.clone();
        self.save()?;
        Ok(Some(shot))
    }

    /// Forgets a take and removes its file.
    pub(super) fn remove(&mut self, key: &str) -> Result<Option<Id>, ProjectError> {
        let Some(at) = self.page.takes.iter().position(|record| record.key == key) else { return Ok(None) };
        let record = self.page.takes.remove(at);
        self.save()?;
        let path = self.path(&record);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ProjectError::Io { doing: "remove", path, source })
            }
            _ => Ok(Some(record.shot)),
        }
    }

    pub(super) fn path(&self, record: &Record) -> PathBuf {
        self.folder.join(&record.file)
    }

    /// The take that plays in the film: the chosen one while the shot stands as it did when it was chosen, else the best and
    /// newest of those that show the shot as it stands.
    pub(super) fn shown<'a>(
        &'a self,
        view: &'a ShotView,
        chosen: Option<&film::ChosenTake>,
    ) -> Option<&'a Record> {
        let there = |record: &&Record| record.frames >= view.frames && self.path(record).is_file();
        if let Some(chosen) = chosen.filter(|chosen| chosen.stands == view.stands)
            && let Some(record) = self.of(&view.id).filter(there).find(|record| record.key == chosen.key)
        {
            return Some(record);
        }
        let current = self.of(&view.id).filter(|record| record.stands == view.stands).filter(there);
        current.max_by_key(|record| (rank(record.order.quality), record.number))
    }

    /// The takes of a shot as they are presented.
    pub(super) fn infos(&self, view: &ShotView, chosen: Option<&film::ChosenTake>) -> Vec<TakeInfo> {
        let shown = self.shown(view, chosen).map(|record| record.key.as_str());
        let info = |record: &Record| TakeInfo {
            key: record.key.clone(),
            number: record.number,
            shot: record.shot.clone(),
            renderer: record.renderer.clone(),
            quality: record.order.quality,
            width: record.order.format.width.get(),
            height: record.order.format.height.get(),
            fps: record.order.format.fps.get(),
            frames: record.frames,
            seed: record.order.shot.seed.get(),
            starred: record.starred,
            chosen: chosen.is_some_and(|chosen| chosen.key == record.key),
            current: record.stands == view.stands,
            shown: shown == Some(record.key.as_str()),
            made_unix: record.made_unix,
        };
        self.of(&view.id).map(info).collect()
    }

    /// Keys of what must not be deleted to make room: what is starred, and what plays.
    pub(super) fn starred(&self) -> impl Iterator<Item = &str> {
        self.page.takes.iter().filter(|record| record.starred).map(|record| record.key.as_str())
    }
}

/// Better is higher.
pub(super) fn rank(quality: Quality) -> u8 {
    match quality {
        Quality::Draft => 0,
        Quality::Standard => 1,
        Quality::Best => 2,
    }
}
