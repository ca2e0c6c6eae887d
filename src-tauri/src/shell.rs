//! The window: the page behind the scheme `mutoscope:`, and what the system tells the program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use studio::Session;
use studio::session::Setup;
use tauri::http::{Request, Response, StatusCode};
use tauri::{AppHandle, Manager, RunEvent, WebviewUrl, WebviewWindowBuilder};
use tower::ServiceExt as _;

use crate::desktop::Desktop;
use crate::{Trouble, desktop, menu};

/// The scheme that only this window can reach.
const SCHEME: &str = "mutoscope";
/// The one window.
pub(crate) const WINDOW: &str = "studio";
/// The largest answer that is handed to the page: a minute of sound is 12 MB.
const ANSWER_LIMIT: usize = 1 << 30;

/// Opens the window and returns when it is closed.
pub(crate) fn run(open: Option<PathBuf>) -> Result<(), Trouble> {
    choose_compositing();
    let session = Session::start(Setup::default())
        .map_err(|error| Trouble { what: error.to_string(), hint: film::Hint::hint(&error) })?;
    let desktop = Desktop::default();
    let router = server::router(session.clone()).merge(desktop::routes(&desktop));
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, arguments, folder| {
            // The first argument is the program. A second start with a film opens it here.
            let path = arguments.get(1).filter(|argument| !argument.starts_with("--"));
            if let Some(path) = path {
                menu::command(app, "open-film", Some(&PathBuf::from(folder).join(path)));
            }
            show(app);
        }))
        .register_asynchronous_uri_scheme_protocol(SCHEME, move |_, request, responder| {
            let router = router.clone();
            tauri::async_runtime::spawn(async move { responder.respond(answer(router, request).await) });
        })
        .menu(menu::build)
        .on_menu_event(|app, event| menu::chosen(app, event.id().as_ref()))
        .setup(move |app| {
            desktop.serve(app.handle().clone());
            if let Some(folder) = open {
                open_first(&session, &folder);
            }
            app.manage(session);
            // The menu and the dialogs are dark like the page.
            app.set_theme(Some(tauri::Theme::Dark));
            let url = page();
            WebviewWindowBuilder::new(app, WINDOW, WebviewUrl::CustomProtocol(url.clone()))
                .title("Mutoscope")
                .inner_size(1440.0, 900.0)
                .min_inner_size(1024.0, 680.0)
                .background_color(tauri::window::Color(15, 15, 15, 255))
                // Files that are dropped reach the page, as in a browser.
                .disable_drag_drop_handler()
                // The page reaches our scheme and nothing else.
                .on_navigation(move |to| to.scheme() == url.scheme() && to.host() == url.host())
                .build()?;
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = built.map_err(|error| {
        Trouble::new(
            format!("the window could not be opened: {error}"),
            "a desktop session is needed; without one, `mutoscope serve` shows the studio in a browser",
        )
    })?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            // What is not saved yet is saved now; a window that is closed loses nothing.
            if let Some(session) = app.try_state::<Arc<Session>>()
                && let Err(error) = session.close_project()
            {
                tracing::error!(%error, "the film could not be closed");
            }
        }
    });
    Ok(())
}

/// The address of the page: on Windows, custom schemes look like hosts.
fn page() -> tauri::Url {
    let address = if cfg!(windows) { "http://mutoscope.localhost/" } else { "mutoscope://localhost/" };
    address.parse().expect("a constant URL is valid")
}

/// The film that the program was started with. If it cannot be opened, the page says so when it asks again.
fn open_first(session: &Session, folder: &Path) {
    if let Err(error) = session.open_project(folder) {
        tracing::warn!(folder = %folder.display(), %error, "the film could not be opened");
        crate::arguments::complain(&error.to_string(), film::Hint::hint(&error).as_deref());
    }
}

/// One request of the page, answered by the router.
async fn answer(router: Router, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let failed = |status: StatusCode, why: String| {
        let mut response = Response::new(why.into_bytes());
        *response.status_mut() = status;
        response
    };
    let answered = match router.oneshot(request.map(Body::from)).await {
        Ok(answered) => answered,
        Err(never) => match never {},
    };
    let (parts, body) = answered.into_parts();
    match to_bytes(body, ANSWER_LIMIT).await {
        Ok(bytes) => Response::from_parts(parts, bytes.to_vec()),
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(WINDOW) {
        for outcome in [window.unminimize(), window.show(), window.set_focus()] {
            if let Err(error) = outcome {
                tracing::warn!(%error, "the window could not be brought to the front");
            }
        }
    }
}

/// `WebKitGTK` composes on the GPU through paths that a software renderer makes slow and some NVIDIA drivers break: they are
/// switched off where they would hurt, unless the user has decided.
#[cfg(target_os = "linux")]
fn choose_compositing() {
    use std::{env, path::Path};

    let set = |name: &str| {
        if env::var_os(name).is_none() {
            #[expect(unsafe_code, reason = "WebKitGTK is told by its environment, before it starts")]
            // SAFETY: the process has only this thread yet.
            unsafe {
                env::set_var(name, "1");
            }
        }
    };
    let has_gpu = Path::new("/dev/dri").read_dir().is_ok_and(|mut nodes| {
        nodes.any(|node| node.is_ok_and(|node| node.file_name().to_string_lossy().starts_with("renderD")))
    });
    if Path::new("/proc/driver/nvidia").exists() {
        set("WEBKIT_DISABLE_DMABUF_RENDERER");
    } else if !has_gpu {
        set("WEBKIT_DISABLE_COMPOSITING_MODE");
    }
}

#[cfg(not(target_os = "linux"))]
fn choose_compositing() {}
