//! What only a desktop has, as routes of the page: native dialogs, the window's title, full screen, the monitor.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use rfd::AsyncFileDialog;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tauri::{AppHandle, Manager as _};

use crate::monitor::Monitor;
use crate::shell::WINDOW;

/// The desktop, as the routes see it: there once the window's loop runs.
#[derive(Clone, Default)]
pub(crate) struct Desktop(Arc<Parts>);

#[derive(Default)]
struct Parts {
    app: OnceLock<AppHandle>,
    monitor: Monitor,
}

impl Desktop {
    /// The window's loop has begun.
    pub(crate) fn serve(&self, app: AppHandle) {
        let _ = self.0.app.set(app);
    }

    fn app(&self) -> Result<&AppHandle, Refusal> {
        self.0.app.get().ok_or_else(|| refuse(StatusCode::SERVICE_UNAVAILABLE, "the window is not open yet"))
    }
}

type Refusal = (StatusCode, Json<Value>);

fn refuse(status: StatusCode, why: impl std::fmt::Display) -> Refusal {
    (status, Json(json!({ "error": why.to_string(), "hint": null })))
}

/// `/api/desktop` and what is below it.
pub(crate) fn routes(desktop: &Desktop) -> Router {
    Router::new()
        .route("/api/desktop", get(what))
        .route("/api/desktop/choose", post(choose))
        .route("/api/desktop/title", post(title))
        .route("/api/desktop/full-screen", post(full_screen))
        .route("/api/desktop/reveal", post(reveal))
        .route("/api/desktop/monitor", post(monitor))
        .with_state(desktop.clone())
}

#[derive(Serialize)]
struct What {
    platform: &'static str,
    monitor: bool,
}

async fn what() -> Json<What> {
    Json(What { platform: std::env::consts::OS, monitor: true })
}

/// A file or folder that the user is to choose.
#[derive(Deserialize)]
struct Choose {
    what: Wanted,
    /// Suggested name.
    #[serde(default)]
    name: String,
    /// Where to begin.
    folder: Option<PathBuf>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Wanted {
    OpenProject,
    NewProject,
    SaveProject,
    Export,
    Script,
    Image,
    Model,
}

#[derive(Serialize)]
struct Chosen {
    /// Absent when the user thought better of it.
    path: Option<PathBuf>,
}

async fn choose(State(desktop): State<Desktop>, Json(wish): Json<Choose>) -> Result<Json<Chosen>, Refusal> {
    let app = desktop.app()?.clone();
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    // The dialog belongs to the window, and windows to the main thread.
    let show = move || {
        let mut dialog = AsyncFileDialog::new().set_file_name(wish.name);
        if let Some(folder) = wish.folder.filter(|folder| folder.is_dir()) {
            dialog = dialog.set_directory(folder);
        }
        dialog = match wish.what {
            Wanted::Script => dialog.add_filter("Scripts", &["txt", "md", "fountain", "fdx"]),
            Wanted::Image => dialog.add_filter("Pictures", &["png", "jpg", "jpeg", "webp"]),
            Wanted::Model => dialog.add_filter("Models", &["glb", "gltf"]),
            _ => dialog,
        };
        let what = wish.what;
        tauri::async_runtime::spawn(async move {
            let chosen = match what {
                Wanted::OpenProject => dialog.pick_folder().await,
                Wanted::NewProject | Wanted::SaveProject | Wanted::Export => dialog.save_file().await,
                Wanted::Script | Wanted::Image | Wanted::Model => dialog.pick_file().await,
            };
            // The page has given up waiting when nobody listens.
            let _ = tell.send(chosen.map(|file| file.path().to_owned()));
        });
    };
    app.run_on_main_thread(show).map_err(|error| refuse(StatusCode::SERVICE_UNAVAILABLE, error))?;
    let waiting = tauri::async_runtime::spawn_blocking(move || told.recv().ok().flatten());
    let path = waiting.await.map_err(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, error))?;
    Ok(Json(Chosen { path }))
}

#[derive(Deserialize)]
struct Title {
    title: String,
}

async fn title(State(desktop): State<Desktop>, Json(wish): Json<Title>) -> Result<StatusCode, Refusal> {
    let window = window(&desktop)?;
    // Title bars have one line, and no use for a whole script.
    let line: String = wish.title.chars().filter(|c| !c.is_control()).take(200).collect();
    window.set_title(&line).map_err(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, error))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct FullScreen {
    on: bool,
}

async fn full_screen(
    State(desktop): State<Desktop>,
    Json(wish): Json<FullScreen>,
) -> Result<StatusCode, Refusal> {
    let window = window(&desktop)?;
    window.set_fullscreen(wish.on).map_err(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn window(desktop: &Desktop) -> Result<tauri::WebviewWindow, Refusal> {
    let gone = || refuse(StatusCode::SERVICE_UNAVAILABLE, "the window is closed");
    desktop.app()?.get_webview_window(WINDOW).ok_or_else(gone)
}

#[derive(Deserialize)]
struct Reveal {
    path: PathBuf,
}

/// Shows the folder that a file lies in.
async fn reveal(Json(wish): Json<Reveal>) -> Result<StatusCode, Refusal> {
    let folder = if wish.path.is_dir() { Some(wish.path.as_path()) } else { wish.path.parent() };
    let folder = folder
        .filter(|folder| folder.is_dir())
        .ok_or_else(|| refuse(StatusCode::NOT_FOUND, format!("{} is not there", wish.path.display())))?;
    let opener = if cfg!(windows) {
        "explorer"
    } else if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let mut shown = std::process::Command::new(opener)
        .arg(folder)
        .spawn()
        .map_err(|error| refuse(StatusCode::NOT_IMPLEMENTED, format!("{opener}: {error}")))?;
    // Its end is waited for, or it would stay a zombie.
    std::thread::spawn(move || shown.wait());
    Ok(StatusCode::NO_CONTENT)
}

/// What the monitor is to show.
#[derive(Deserialize)]
struct MonitorWish {
    on: bool,
    /// Shot and frame under the playhead.
    #[serde(default)]
    shot: Option<film::Id>,
    #[serde(default)]
    frame: u32,
}

async fn monitor(
    State(desktop): State<Desktop>,
    Json(wish): Json<MonitorWish>,
) -> Result<Json<Value>, Refusal> {
    let parts = desktop.0.clone();
    let session = desktop.app()?.try_state::<Arc<studio::Session>>().map(|session| session.inner().clone());
    let done = tauri::async_runtime::spawn_blocking(move || {
        if !wish.on {
            parts.monitor.close();
            return Ok(false);
        }
        let folder = session.and_then(|session| session.state().project).map(|project| project.folder);
        parts.monitor.show(folder.as_deref().map(Path::new), wish.shot.as_ref(), wish.frame).map(|()| true)
    });
    let open = done
        .await
        .map_err(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, error))?
        .map_err(|error| refuse(StatusCode::INTERNAL_SERVER_ERROR, format!("the monitor: {error}")))?;
    Ok(Json(json!({ "open": open })))
}
