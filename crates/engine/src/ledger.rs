//! The queue and the list of takes on disk: one SQLite file, written ahead (WAL), so that a process may die at any moment.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};

use crate::error::{EngineError, Failure};
use crate::job::{JobId, JobSpec, JobState};
use crate::takes::TakeKey;

/// Each version of the file, and what turns the version before into it (0 is an empty file). Rows are only ever added.
const MIGRATIONS: &[(i64, &str)] = &[(
    1,
    "
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        priority INTEGER NOT NULL,
        state TEXT NOT NULL,
        digest TEXT NOT NULL,          -- blake3 of what is asked for
        spec TEXT NOT NULL,            -- JSON
        shots INTEGER NOT NULL,
        submitted_unix_ms INTEGER NOT NULL,
        failure TEXT,
        hint TEXT
    ) STRICT;
    CREATE TABLE takes (
        key TEXT PRIMARY KEY,          -- blake3 of order, renderer, version, frames and file format
        bytes INTEGER NOT NULL,
        frames INTEGER,                -- NULL: found on disk, counted when it is first used
        kind TEXT NOT NULL,            -- renderer, size and quality: takes of one kind are equally fast
        render_ms INTEGER NOT NULL,
        used INTEGER NOT NULL,         -- the newest use has the highest number
        pinned INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX takes_by_use ON takes (used);
    CREATE INDEX takes_by_kind ON takes (kind, used);
    ",
)];

/// Settled jobs that are remembered; older ones are forgotten when the file is opened.
const REMEMBERED_JOBS: i64 = 200;

/// How long another connection (a user's SQLite browser) may hold the file before we give up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A job as the file has it.
#[derive(Debug)]
pub(crate) struct StoredJob {
    pub(crate) id: JobId,
    pub(crate) title: String,
    pub(crate) priority: i32,
    pub(crate) state: JobState,
    pub(crate) digest: String,
    pub(crate) shots: u32,
    pub(crate) submitted: SystemTime,
    pub(crate) failure: Option<Failure>,
    /// What was asked for; `None` when it is settled for good or cannot be read by this version.
    pub(crate) spec: Option<Arc<JobSpec>>,
}

/// A take as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredTake {
    pub(crate) key: TakeKey,
    pub(crate) bytes: u64,
    pub(crate) frames: Option<u32>,
    pub(crate) kind: String,
    pub(crate) render_ms: u64,
    pub(crate) pinned: bool,
}

/// Why the file could not be opened.
pub(crate) enum OpenError {
    /// It is no database, or a damaged one.
    Damaged(String),
    Other(EngineError),
}

pub(crate) struct Ledger {
    connection: Connection,
    path: PathBuf,
}

impl Ledger {
    /// Opens or creates the file and brings it up to date.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let sort = |source: rusqlite::Error| {
            let damaged = match &source {
                // Tables or columns that are missing although the version says otherwise.
                rusqlite::Error::SqlInputError { .. } => true,
                error => matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown)
                ),
            };
            if damaged {
                OpenError::Damaged(source.to_string())
            } else {
                OpenError::Other(EngineError::Database { path: path.to_owned(), source })
            }
        };
        let mut connection = Connection::open(path).map_err(sort)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(sort)?;
        let check: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sort)?;
        if check != "ok" {
            return Err(OpenError::Damaged(check));
        }
        let found: i64 =
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(sort)?;
        let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
        if found > known {
            return Err(OpenError::Other(EngineError::Newer { path: path.to_owned(), found, known }));
        }
        connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)).map_err(sort)?;
        // A job is written a few times a minute; waiting for the disk each time costs nothing and survives a power cut.
        connection.pragma_update(None, "synchronous", "FULL").map_err(sort)?;
        for (version, migration) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
            let step = connection.transaction().map_err(sort)?;
            step.execute_batch(migration).map_err(sort)?;
            step.pragma_update(None, "user_version", version).map_err(sort)?;
            step.commit().map_err(sort)?;
        }
        let ledger = Self { connection, path: path.to_owned() };
        ledger.forget_old_jobs().map_err(sort)?;
        ledger.read_takes().map_err(sort)?;
        Ok(ledger)
    }

    fn fault(&self) -> impl Fn(rusqlite::Error) -> EngineError + use<> {
        let path = self.path.clone();
        move |source| EngineError::Database { path: path.clone(), source }
    }

    fn forget_old_jobs(&self) -> rusqlite::Result<()> {
        self.connection.execute(
            "WITH settled AS (SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled', 'interrupted'))
             DELETE FROM jobs WHERE id IN (SELECT id FROM settled ORDER BY id DESC LIMIT -1 OFFSET ?1)",
            [REMEMBERED_JOBS],
        )?;
        Ok(())
    }

    /// All jobs, oldest first.
    pub(crate) fn jobs(&self) -> Result<Vec<StoredJob>, EngineError> {
        let read = || -> rusqlite::Result<Vec<StoredJob>> {
            let mut statement = self.connection.prepare(
                "SELECT id, title, priority, state, digest, spec, shots, submitted_unix_ms, failure, hint
                 FROM jobs ORDER BY id",
            )?;
            statement.query_map([], stored_job)?.collect()
        };
        read().map_err(self.fault())
    }

    /// Writes a new job, queued. Once it returns, the job survives a crash.
    pub(crate) fn insert_job(
        &self,
        spec: &JobSpec,
        digest: &str,
        submitted: SystemTime,
    ) -> Result<JobId, EngineError> {
        let fault = |source| EngineError::Database { path: self.path.clone(), source };
        let json = serde_json::to_string(spec)
            .map_err(|error| fault(rusqlite::Error::ToSqlConversionFailure(error.into())))?;
        let shots = u32::try_from(spec.takes.len()).unwrap_or(u32::MAX);
        self.connection
            .execute(
                "INSERT INTO jobs (title, priority, state, digest, spec, shots, submitted_unix_ms)
                 VALUES (?1, ?2, 'queued', ?3, ?4, ?5, ?6)",
                params![spec.title, spec.priority, digest, json, shots, unix_ms(submitted)],
            )
            .map_err(self.fault())?;
        Ok(JobId(self.connection.last_insert_rowid()))
    }

    pub(crate) fn set_job(
        &self,
        id: JobId,
        state: JobState,
        failure: Option<&Failure>,
    ) -> Result<(), EngineError> {
        self.connection
            .execute(
                "UPDATE jobs SET state = ?2, failure = ?3, hint = ?4 WHERE id = ?1",
                params![
                    id.0,
                    state.word(),
                    failure.map(|f| &f.message),
                    failure.and_then(|f| f.hint.as_ref())
                ],
            )
            .map_err(self.fault())?;
        Ok(())
    }

    pub(crate) fn set_priority(&self, id: JobId, priority: i32) -> Result<(), EngineError> {
        self.connection
            .execute("UPDATE jobs SET priority = ?2 WHERE id = ?1", params![id.0, priority])
            .map_err(self.fault())?;
        Ok(())
    }

    fn read_takes(&self) -> rusqlite::Result<Vec<StoredTake>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT key, bytes, frames, kind, render_ms, pinned FROM takes ORDER BY used, key",
        )?;
        statement.query_map([], stored_take)?.collect()
    }

    /// All takes, the one that was not used for the longest time first.
    pub(crate) fn takes(&self) -> Result<Vec<StoredTake>, EngineError> {
        self.read_takes().map_err(self.fault())
    }

    pub(crate) fn take(&self, key: &TakeKey) -> Result<Option<StoredTake>, EngineError> {
        self.connection
            .query_row(
                "SELECT key, bytes, frames, kind, render_ms, pinned FROM takes WHERE key = ?1",
                [key.as_str()],
                stored_take,
            )
            .optional()
            .map_err(self.fault())
    }

    /// Lists a take, as the one that was used last. Its file must be complete.
    pub(crate) fn put_take(&self, take: &StoredTake) -> Result<(), EngineError> {
        self.connection
            .execute(
                "INSERT OR REPLACE INTO takes (key, bytes, frames, kind, render_ms, used, pinned)
                 VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(used), 0) + 1 FROM takes), ?6)",
                params![
                    take.key.as_str(),
                    take.bytes.cast_signed(),
                    take.frames,
                    take.kind,
                    take.render_ms.cast_signed(),
                    take.pinned
                ],
            )
            .map_err(self.fault())?;
        Ok(())
    }

    pub(crate) fn forget_take(&self, key: &TakeKey) -> Result<(), EngineError> {
        self.connection.execute("DELETE FROM takes WHERE key = ?1", [key.as_str()]).map_err(self.fault())?;
        Ok(())
    }

    /// Pins these takes and no others.
    pub(crate) fn pin(&mut self, keys: &[TakeKey]) -> Result<(), EngineError> {
        let fault = self.fault();
        let change = self.connection.transaction().map_err(&fault)?;
        change.execute("UPDATE takes SET pinned = 0 WHERE pinned <> 0", []).map_err(&fault)?;
        for key in keys {
            change.execute("UPDATE takes SET pinned = 1 WHERE key = ?1", [key.as_str()]).map_err(&fault)?;
        }
        change.commit().map_err(fault)
    }

    /// Seconds a frame of this kind took lately, with its share of building worlds.
    pub(crate) fn frame_secs(&self, kind: &str) -> Result<Option<f64>, EngineError> {
        self.connection
            .query_row(
                "SELECT sum(render_ms) / 1000.0 / sum(frames) FROM (SELECT render_ms, frames FROM takes
                    WHERE kind = ?1 AND frames IS NOT NULL AND render_ms > 0 ORDER BY used DESC LIMIT 8)",
                [kind],
                |row| row.get(0),
            )
            .map_err(self.fault())
    }
}

fn stored_job(row: &Row<'_>) -> rusqlite::Result<StoredJob> {
    let word: String = row.get(3)?;
    let state = JobState::from_word(&word);
    let mut failure = row.get::<_, Option<String>>(8)?.map(Failure::new);
    if let Some(failure) = &mut failure {
        failure.hint = row.get(9)?;
    }
    let may_go_on = !matches!(state, Some(JobState::Done | JobState::Failed | JobState::Cancelled));
    let spec = if may_go_on { serde_json::from_str(&row.get::<_, String>(5)?).ok() } else { None };
    Ok(StoredJob {
        id: JobId(row.get(0)?),
        title: row.get(1)?,
        priority: row.get(2)?,
        state: state.unwrap_or(JobState::Interrupted),
        digest: row.get(4)?,
        shots: row.get(6)?,
        submitted: UNIX_EPOCH + Duration::from_millis(row.get::<_, i64>(7)?.max(0).cast_unsigned()),
        failure,
        spec: spec.map(Arc::new),
    })
}

fn stored_take(row: &Row<'_>) -> rusqlite::Result<StoredTake> {
    Ok(StoredTake {
        key: TakeKey::from_stored(row.get(0)?),
        bytes: row.get::<_, i64>(1)?.cast_unsigned(),
        frames: row.get(2)?,
        kind: row.get(3)?,
        render_ms: row.get::<_, i64>(4)?.cast_unsigned(),
        pinned: row.get(5)?,
    })
}

fn unix_ms(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(path: &Path) -> Ledger {
        match Ledger::open(path) {
            Ok(ledger) => ledger,
            Err(OpenError::Damaged(why)) => panic!("{why}"),
            Err(OpenError::Other(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn an_open_ledger_has_the_newest_version_and_remembers_so_many_jobs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queue.sqlite");
        let ledger = opened(&path);
        let spec = JobSpec::new("nothing", vec![]);
        let ids: Vec<_> =
            (0..REMEMBERED_JOBS + 10).map(|_| ledger.insert_job(&spec, "", UNIX_EPOCH).unwrap()).collect();
        for id in &ids[1..] {
            ledger.set_job(*id, JobState::Done, None).unwrap();
        }
        drop(ledger);
        let ledger = opened(&path);
        let version: i64 =
            ledger.connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(Some(version), MIGRATIONS.last().map(|(version, _)| *version));
        let mode: String =
            ledger.connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        let left: Vec<_> = ledger.jobs().unwrap().into_iter().map(|job| job.id).collect();
        // The job that waits is never forgotten.
        assert_eq!(left[0], ids[0]);
        assert_eq!(left[1..], ids[ids.len() - REMEMBERED_JOBS as usize..]);
    }

    #[test]
    fn versions_count_up() {
        assert!(MIGRATIONS.iter().zip(1..).all(|((version, _), number)| *version == number));
    }
}
