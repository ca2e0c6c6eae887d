//! A project: the folder `Name.muto/` with the storyboard, its takes, its exports and its journal.
//!
//! ```text
//! Name.muto/
//!   storyboard.json   the document, as it was last saved
//!   journal           one line of JSON for each step since: what a crash must not lose, and what can be undone
//!   takes/            the engine's: finished takes and their index
//!   exports/          films that were exported into the project
//! ```
//!
//! A step is appended to the journal and synced before it counts. Saving marks the journal with the hash of what is saved,
//! then writes the storyboard aside, syncs and renames it. Opening reads the storyboard, finds its mark, and repeats the
//! steps behind it: after a crash the document is as it was after the last step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use film::{Change, ChangeError, DocumentError, Hint, History, Storyboard};
use serde::{Deserialize, Serialize};

const STORYBOARD: &str = "storyboard.json";
const JOURNAL: &str = "journal";

/// Steps after which saving writes the journal anew with only what can still be undone.
const COMPACT_AFTER: usize = 2 * History::LIMIT;

/// Why a project was not opened, changed or saved.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The file system refused.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The storyboard is damaged, newer, or wrong.
    #[error("{path}: {source}")]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// There is something else of that name.
    #[error("{path} is not a project")]
    NotAProject {
        /// What was found.
        path: PathBuf,
    },
    /// A step does not fit the document.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl Hint for ProjectError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } => io_hint(source),
            Self::Document { source, .. } => source.hint(),
            Self::NotAProject { .. } => {
                Some("a project is a folder with a storyboard.json; choose another name".into())
            }
            Self::Change(_) => None,
        }
    }
}

/// What helps when the file system refuses.
pub(crate) fn io_hint(error: &io::Error) -> Option<String> {
    Some(match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "you may not write there; choose another folder with -o".into()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; free some space or choose another disk with -o; finished takes are kept".into()
        }
        io::ErrorKind::NotFound => "check the path; the folder must exist".into(),
        io::ErrorKind::NotADirectory => "a part of the path is a file, not a folder".into(),
        io::ErrorKind::IsADirectory => "that is a folder; name a file in it".into(),
        _ => return None,
    })
}

/// One line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Step {
    /// The document was saved; the BLAKE3 hash of the file.
    Saved(String),
    /// A change was made.
    Do(Change),
    /// The last change was taken back.
    Undo,
    /// The last change taken back was made again.
    Redo,
    /// What could be undone when the journal was last written anew.
    History(Box<History>),
}

/// An open project.
#[derive(Debug)]
pub struct Project {
    folder: PathBuf,
    board: Storyboard,
    history: History,
    journal: File,
    steps: usize,
    recovered: usize,
}

impl Project {
    /// Makes the folder and saves the storyboard in it. The folder above must exist; this one must not, or be empty.
    pub fn create(folder: &Path, board: Storyboard) -> Result<Self, ProjectError> {
        match fs::create_dir(folder) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                let empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
                if !empty {
                    return Err(ProjectError::NotAProject { path: folder.to_owned() });
                }
            }
            Err(source) => return Err(ProjectError::Io { doing: "create", path: folder.to_owned(), source }),
        }
        let journal = open_journal(folder)?;
        let mut project = Self {
            folder: folder.to_owned(),
            board,
            history: History::default(),
            journal,
            steps: 0,
            recovered: 0,
        };
        project.save()?;
        Ok(project)
    }

    /// Opens a project, repeating the steps that were not saved when the program ended ([`Project::recovered_steps`]).
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        let file = folder.join(STORYBOARD);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound && folder.exists() => {
                return Err(ProjectError::NotAProject { path: folder.to_owned() });
            }
            Err(source) => return Err(ProjectError::Io { doing: "read", path: file, source }),
        };
        let saved =
            Storyboard::from_json(&text).map_err(|source| ProjectError::Document { path: file, source })?;
        let journal = folder.join(JOURNAL);
        let saved_hash = hash(text.as_bytes());
        let (steps, whole_len) = read_journal(&journal)?;
        let replayed = Replayed::of(saved, &saved_hash, steps);
        let failed = |doing| move |source| ProjectError::Io { doing, path: folder.join(JOURNAL), source };
        if replayed.foreign {
            // Steps of another document must not be repeated on this one; they are kept for whoever wants to look.
            fs::rename(&journal, folder.join("journal.old")).map_err(failed("rename"))?;
        }
        let mut project = Self {
            folder: folder.to_owned(),
            board: replayed.board,
            history: replayed.history,
            journal: open_journal(folder)?,
            steps: replayed.steps,
            recovered: replayed.recovered,
        };
        if replayed.foreign {
            project.append(&[Step::Saved(saved_hash)])?;
        } else {
            // A torn last line must not be followed by others.
            project.journal.set_len(whole_len).map_err(failed("write"))?;
        }
        Ok(project)
    }

    /// Opens the project if there is one, else makes it with an empty history.
    pub fn open_or_create(folder: &Path, board: impl FnOnce() -> Storyboard) -> Result<Self, ProjectError> {
        match Self::open(folder) {
            Err(ProjectError::NotAProject { .. }) => Self::create(folder, board()),
            Err(ProjectError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Self::create(folder, board())
            }
            other => other,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the engine keeps takes.
    pub fn takes(&self) -> PathBuf {
        self.folder.join("takes")
    }

    /// The document.
    pub fn board(&self) -> &Storyboard {
        &self.board
    }

    /// How many steps were found in the journal that had not been saved.
    pub fn recovered_steps(&self) -> usize {
        self.recovered
    }

    /// Makes `after` the document. On return the step is on the disk, though [`Project::save`] has not run yet.
    pub fn change(&mut self, after: Storyboard, label: &str) -> Result<(), ProjectError> {
        after.validate().map_err(ChangeError::from)?;
        let change = Change::between(&self.board, &after, label);
        if change.is_empty() {
            return Ok(());
        }
        self.append(&[Step::Do(change.clone())])?;
        self.history.push(change);
        self.board = after;
        Ok(())
    }

    /// [`Project::change`] as one step with the change before it: a slider that is dragged is undone at once. Where there is
    /// none before it, it is a step of its own.
    pub fn amend(&mut self, after: Storyboard, label: &str) -> Result<(), ProjectError> {
        after.validate().map_err(ChangeError::from)?;
        let mut history = self.history.clone();
        let Some(before) = history.undo(&self.board).transpose()? else { return self.change(after, label) };
        let change = Change::between(&before, &after, label);
        // In one write: a crash must not leave the first half.
        if change.is_empty() {
            self.append(&[Step::Undo])?;
        } else {
            self.append(&[Step::Undo, Step::Do(change.clone())])?;
        }
        history.push(change);
        self.history = history;
        self.board = after;
        Ok(())
    }

    /// The label of the change that [`Project::undo`] would take back.
    pub fn undo_label(&self) -> Option<&str> {
        self.history.undo_label()
    }

    /// The label of the change that [`Project::redo`] would make again.
    pub fn redo_label(&self) -> Option<&str> {
        self.history.redo_label()
    }

    /// Takes the last change back; false when there is none.
    pub fn undo(&mut self) -> Result<bool, ProjectError> {
        let Some(board) = self.history.undo(&self.board).transpose()? else { return Ok(false) };
        self.append(&[Step::Undo])?;
        self.board = board;
        Ok(true)
    }

    /// Makes the last undone change again; false when there is none.
    pub fn redo(&mut self) -> Result<bool, ProjectError> {
        let Some(board) = self.history.redo(&self.board).transpose()? else { return Ok(false) };
        self.append(&[Step::Redo])?;
        self.board = board;
        Ok(true)
    }

    /// Writes the storyboard; when this returns it is on the disk.
    pub fn save(&mut self) -> Result<(), ProjectError> {
        let text = self.board.to_json();
        // The mark comes first: should the program end between the two, the older file still has its own, older mark.
        let mark = Step::Saved(hash(text.as_bytes()));
        self.append(std::slice::from_ref(&mark))?;
        write_aside(&self.folder.join(STORYBOARD), text.as_bytes())?;
        if self.steps > COMPACT_AFTER {
            let path = self.folder.join(JOURNAL);
            let mut lines = line(&Step::History(Box::new(self.history.clone())), &path)?;
            lines.extend(line(&mark, &path)?);
            write_aside(&path, &lines)?;
            self.journal = open_journal(&self.folder)?;
            self.steps = 2;
        }
        Ok(())
    }

    fn append(&mut self, steps: &[Step]) -> Result<(), ProjectError> {
        let path = self.folder.join(JOURNAL);
        let lines = steps.iter().map(|step| line(step, &path)).collect::<Result<Vec<_>, _>>()?.concat();
        let written = self.journal.write_all(&lines).and_then(|()| self.journal.sync_data());
        written.map_err(|source| ProjectError::Io { doing: "write", path, source })?;
        self.steps += steps.len();
        Ok(())
    }
}

fn line(step: &Step, path: &Path) -> Result<Vec<u8>, ProjectError> {
    let mut line = serde_json::to_vec(step).map_err(|e| ProjectError::Io {
        doing: "write",
        path: path.to_owned(),
        source: e.into(),
    })?;
    line.push(b'\n');
    Ok(line)
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn open_journal(folder: &Path) -> Result<File, ProjectError> {
    let path = folder.join(JOURNAL);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.map_err(|source| ProjectError::Io { doing: "write", path, source })
}

/// The steps of the journal up to the first that is not whole, and how many bytes those take.
fn read_journal(path: &Path) -> Result<(Vec<Step>, u64), ProjectError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(ProjectError::Io { doing: "read", path: path.to_owned(), source }),
    };
    let (mut steps, mut whole_len) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        match serde_json::from_slice(line) {
            Ok(step) if line.ends_with(b"\n") => steps.push(step),
            _ => break,
        }
        whole_len += line.len() as u64;
    }
    Ok((steps, whole_len))
}

/// What the journal makes of the saved document.
struct Replayed {
    board: Storyboard,
    history: History,
    steps: usize,
    recovered: usize,
    /// The saved document is not one that the journal knows: somebody wrote it by other means.
    foreign: bool,
}

impl Replayed {
    fn of(saved: Storyboard, saved_hash: &str, steps: Vec<Step>) -> Self {
        let count = steps.len();
        let mark = steps.iter().rposition(|step| matches!(step, Step::Saved(hash) if hash == saved_hash));
        let start =
            Self { board: saved, history: History::default(), steps: count, recovered: 0, foreign: false };
        let Some(mark) = mark else {
            return Self { foreign: count > 0, ..start };
        };
        // Up to the mark the steps move only the history: its document is the saved one. Behind it they move both.
        let mut replayed = start;
        let mut behind = steps.into_iter();
        for step in behind.by_ref().take(mark + 1) {
            replayed.history.replay(step.into_replay());
        }
        for step in behind {
            let board = match &step {
                Step::Do(change) => change.apply(&replayed.board).ok(),
                Step::Undo => replayed.history.clone().undo(&replayed.board).and_then(Result::ok),
                Step::Redo => replayed.history.clone().redo(&replayed.board).and_then(Result::ok),
                Step::Saved(_) | Step::History(_) => continue,
            };
            let Some(board) = board else {
                replayed.foreign = true;
                break;
            };
            replayed.history.replay(step.into_replay());
            replayed.board = board;
            replayed.recovered += 1;
        }
        replayed
    }
}

impl Step {
    fn into_replay(self) -> film::history::Replay {
        use film::history::Replay;
        match self {
            Self::Saved(_) => Replay::Nothing,
            Self::Do(change) => Replay::Do(change),
            Self::Undo => Replay::Undo,
            Self::Redo => Replay::Redo,
            Self::History(history) => Replay::Reset(*history),
        }
    }
}

/// Writes a file aside, syncs it, and renames it over the old one.
pub(crate) fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), ProjectError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let failed = |doing| move |source| ProjectError::Io { doing, path: path.to_owned(), source };
    let mut aside = tempfile::Builder::new()
        .prefix(".")
        .suffix(".partial")
        .tempfile_in(folder)
        .map_err(failed("write"))?;
    aside.write_all(bytes).map_err(failed("write"))?;
    aside.as_file().sync_all().map_err(failed("write"))?;
    // A temporary file is private; the document gets the permissions of any new file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_or(0o644, |m| m.permissions().mode());
        aside.as_file().set_permissions(fs::Permissions::from_mode(mode)).map_err(failed("write"))?;
    }
    aside.persist(path).map_err(|e| failed("write")(e.error))?;
    // The rename itself must survive a power cut; some file systems do not sync folders, and that is no failure.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::Framing;

    fn edited(board: &Storyboard, framing: Framing) -> Storyboard {
        let mut board = board.clone();
        board.scenes[0].shots[0].camera.framing = framing;
        board
    }

    #[test]
    fn unsaved_steps_survive_a_crash_and_can_be_undone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Film.muto");
        let start = Storyboard::example();
        let mut project = Project::create(&folder, start.clone()).unwrap();
        project.change(edited(&start, Framing::CloseUp), "Closer").unwrap();
        project.save().unwrap();
        project.change(edited(&start, Framing::Medium), "Back").unwrap();
        project.change(edited(&start, Framing::Full), "Further back").unwrap();
        assert!(project.undo().unwrap());
        drop(project); // No save: as a crash leaves it.
        let mut project = Project::open(&folder).unwrap();
        assert_eq!(project.recovered_steps(), 3);
        assert_eq!(project.board().scenes[0].shots[0].camera.framing, Framing::Medium);
        assert!(project.redo().unwrap());
        assert_eq!(project.board().scenes[0].shots[0].camera.framing, Framing::Full);
        while project.undo().unwrap() {}
        assert_eq!(project.board().to_json(), start.to_json());
    }

    #[test]
    fn a_torn_journal_loses_only_the_torn_step() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Film.muto");
        let start = Storyboard::example();
        let mut project = Project::create(&folder, start.clone()).unwrap();
        project.change(edited(&start, Framing::CloseUp), "Closer").unwrap();
        project.change(edited(&start, Framing::Medium), "Back").unwrap();
        drop(project);
        let journal = folder.join(JOURNAL);
        let bytes = fs::read(&journal).unwrap();
        fs::write(&journal, &bytes[..bytes.len() - 9]).unwrap();
        let mut project = Project::open(&folder).unwrap();
        assert_eq!(project.board().scenes[0].shots[0].camera.framing, Framing::CloseUp);
        project.change(edited(&start, Framing::Full), "Wider").unwrap();
        drop(project);
        let project = Project::open(&folder).unwrap();
        assert_eq!(project.board().scenes[0].shots[0].camera.framing, Framing::Full);
    }

    #[test]
    fn a_storyboard_written_by_hand_wins_over_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Film.muto");
        let start = Storyboard::example();
        let mut project = Project::create(&folder, start.clone()).unwrap();
        project.change(edited(&start, Framing::CloseUp), "Closer").unwrap();
        drop(project);
        let mut by_hand = start;
        by_hand.title = "By hand".into();
        fs::write(folder.join(STORYBOARD), by_hand.to_json()).unwrap();
        let mut project = Project::open(&folder).unwrap();
        assert_eq!(project.board(), &by_hand);
        assert!(!project.undo().unwrap());
    }

    #[test]
    fn a_long_journal_is_written_anew_and_still_undoes() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Film.muto");
        let start = Storyboard::example();
        let mut project = Project::create(&folder, start.clone()).unwrap();
        for k in 0..COMPACT_AFTER + 20 {
            let mut board = start.clone();
            board.title = format!("Title {k}");
            project.change(board, "Retitle").unwrap();
        }
        project.save().unwrap();
        drop(project);
        let mut project = Project::open(&folder).unwrap();
        let mut undone = 0;
        while project.undo().unwrap() {
            undone += 1;
        }
        assert_eq!(undone, History::LIMIT);
    }

    #[test]
    fn what_is_no_project_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Film.muto");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("thesis.txt"), "mine").unwrap();
        let error = Project::open_or_create(&folder, Storyboard::example).unwrap_err();
        assert!(matches!(error, ProjectError::NotAProject { .. }), "{error}");
        assert!(error.hint().is_some());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
