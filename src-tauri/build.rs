//! What Tauri needs at compile time: the window's icon, and the manifest on Windows.

fn main() {
    tauri_build::build();
}
