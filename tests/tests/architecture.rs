//! The arrows between the rooms, as ARCHITECTURE.md draws them, checked against what Cargo builds.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

/// For each room, the rooms it may see. A new room needs a row here and a caption in ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("film", &[]),
    ("story", &["film"]),
    ("stage", &["film"]),
    ("neural", &["film"]),
    ("edit", &["film"]),
    ("media", &["film"]),
    ("engine", &["film", "story"]),
    ("studio", &["film", "story", "stage", "neural", "edit", "media", "engine"]),
    ("server", &["film", "studio"]),
    ("mutoscope", &["film", "studio", "server"]),
    ("mutoscope-studio", &["film", "studio", "server"]),
    ("tests", &["film", "story", "stage", "neural", "edit", "media", "engine", "studio"]),
    ("xtask", &[]),
];

/// Packages that must stay out of a room, whatever brings them: `(room, package, reason)`.
const STRANGERS: &[(&str, &str, &str)] = &[
    ("film", "wgpu", "film knows no device"),
    ("story", "wgpu", "story knows no device"),
    ("engine", "wgpu", "the engine sees renderers as traits only"),
    ("engine", "ffmpeg-next", "the engine sees takes as traits only"),
    ("stage", "ffmpeg-next", "the stage draws, it does not encode"),
    ("stage", "rusqlite", "the stage knows no queue"),
    ("edit", "ffmpeg-next", "edit neither encodes nor decodes"),
    ("edit", "wgpu", "edit knows no device"),
    ("media", "wgpu", "media does not know what a shot means"),
    ("mutoscope", "gtk", "the command line builds in minutes on a machine without a desktop"),
    ("mutoscope", "tauri", "the command line builds in minutes on a machine without a desktop"),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()
        .expect("cargo metadata runs in the workspace")
}

/// The arrows that `arrows` does not allow, as sentences.
fn forbidden(rooms: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let table: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut found = Vec::new();
    for (room, sees) in rooms {
        let Some(may) = table.get(room.as_str()) else {
            found.push(format!("{room} has no row in the table of rooms"));
            continue;
        };
        for seen in sees {
            if !may.contains(&seen.as_str()) {
                found.push(format!("{room} must not see {seen}"));
            }
        }
    }
    found
}

fn rooms(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let members: BTreeSet<_> = metadata.workspace_packages().iter().map(|p| p.name.to_string()).collect();
    metadata
        .workspace_packages()
        .iter()
        .map(|package| {
            let sees = package
                .dependencies
                .iter()
                .filter(|d| d.kind != DependencyKind::Development && members.contains(&d.name))
                .map(|d| d.name.clone())
                .collect();
            (package.name.to_string(), sees)
        })
        .collect()
}

#[test]
fn arrows_point_down_only() {
    let found = forbidden(&rooms(&metadata()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_forbidden_arrow_would_be_found() {
    let mut rooms = rooms(&metadata());
    rooms.get_mut("engine").expect("the engine is a room").insert("stage".into());
    assert_eq!(forbidden(&rooms), ["engine must not see stage"]);
}

#[test]
fn strangers_stay_out() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("cargo resolved the workspace");
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let name = |id: &PackageId| metadata.packages.iter().find(|p| p.id == *id).map(|p| p.name.as_str());
    for (room, stranger, reason) in STRANGERS {
        let package = metadata.workspace_packages().into_iter().find(|p| p.name == *room);
        let Some(package) = package else { panic!("there is no room called {room}") };
        let (mut open, mut seen) = (vec![&package.id], BTreeSet::new());
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                let normal = nodes[id]
                    .deps
                    .iter()
                    .filter(|d| d.dep_kinds.iter().any(|k| matches!(k.kind, DependencyKind::Normal)));
                open.extend(normal.map(|d| &d.pkg));
            }
        }
        assert!(
            !seen.iter().any(|id| name(id) == Some(stranger)),
            "{room} must not bring {stranger}: {reason}"
        );
    }
}

#[test]
fn every_room_has_its_caption() {
    let captions = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md"))
        .expect("ARCHITECTURE.md is there");
    for package in metadata().workspace_packages() {
        let folder = package.manifest_path.parent().expect("a manifest has a folder");
        let root = metadata().workspace_root;
        let folder = folder.strip_prefix(&root).expect("rooms lie in the workspace");
        assert!(captions.contains(&format!("`{folder}`")), "ARCHITECTURE.md does not speak of {folder}");
    }
}
