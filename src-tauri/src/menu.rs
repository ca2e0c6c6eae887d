//! The menu of the window. Its entries are commands of the page, which knows what they mean and whether they may be done now.

use std::path::Path;

use tauri::menu::{AboutMetadata, Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::{AppHandle, Manager, Wry};

use crate::shell::WINDOW;

/// The one entry that is not the page's: the program ends, and what is not saved yet is saved then.
const QUIT: &str = "quit";

/// Builds the menu.
pub(crate) fn build(app: &AppHandle) -> tauri::Result<Menu<Wry>> {
    // Keys that the page handles itself are not given to the menu: it would take them from the text being typed.
    let item = |id: &str, text: &str| MenuItemBuilder::with_id(id, text).build(app);
    let keyed =
        |id: &str, text: &str, key: &str| MenuItemBuilder::with_id(id, text).accelerator(key).build(app);
    let about = AboutMetadata {
        name: Some("Mutoscope".into()),
        version: Some(env!("CARGO_PKG_VERSION").into()),
        comments: Some("A studio that makes films from text, on your own computer.".into()),
        license: Some("MIT OR Apache-2.0".into()),
        ..AboutMetadata::default()
    };
    let file = SubmenuBuilder::new(app, "&File")
        .item(&keyed("new-film", "&New film", "CmdOrCtrl+N")?)
        .item(&keyed("open-film", "&Open…", "CmdOrCtrl+O")?)
        .item(&keyed("save-as", "Save a copy &as…", "CmdOrCtrl+Shift+S")?)
        .separator()
        .item(&item("export", "&Export…")?)
        .separator()
        .item(&keyed(QUIT, "&Quit", "CmdOrCtrl+Q")?)
        .build()?;
    let edit = SubmenuBuilder::new(app, "&Edit")
        .item(&item("undo", "&Undo")?)
        .item(&item("redo", "&Redo")?)
        .separator()
        .cut()
        .copy()
        .paste()
        .select_all()
        .build()?;
    let view = SubmenuBuilder::new(app, "&View")
        .item(&item("full-screen", "&Full screen")?)
        .item(&item("monitor", "&Monitor")?)
        .item(&item("queue", "&Queue")?)
        .separator()
        .item(&item("commands", "&Commands…")?)
        .build()?;
    let help = SubmenuBuilder::new(app, "&Help").item(&item("keys", "&Keys")?).about(Some(about)).build()?;
    MenuBuilder::new(app).items(&[&file, &edit, &view, &help]).build()
}

/// An entry was chosen.
pub(crate) fn chosen(app: &AppHandle, id: &str) {
    if id == QUIT {
        app.exit(0);
    } else {
        command(app, id, None);
    }
}

/// Tells the page to do something: it hears an event of the name `mutoscope-command`.
pub(crate) fn command(app: &AppHandle, command: &str, path: Option<&Path>) {
    let Some(window) = app.get_webview_window(WINDOW) else { return };
    let detail = serde_json::json!({ "command": command, "path": path.map(|path| path.to_string_lossy()) });
    let script =
        format!("window.dispatchEvent(new CustomEvent('mutoscope-command', {{ detail: {detail} }}))");
    if let Err(error) = window.eval(script) {
        tracing::warn!(%error, command, "the page could not be told");
    }
}
