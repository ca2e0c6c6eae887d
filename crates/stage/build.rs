//! Lists the tables of places, so that a new file under `assets/places` is a new place; and names the version of the
//! pictures by a hash of everything they are made from. Takes are kept under that version, so a change of a shader, a table
//! or a formula must change it: people forget to raise a number, a hash forgets nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The folders whose files decide the pictures, from the crate's own.
const FOLDERS: &[&str] = &[
    "src",
    "../../assets/looks",
    "../../assets/motion",
    "../../assets/people",
    "../../assets/places",
    "../../assets/plants",
    "../../assets/species",
    "../../assets/things",
];

fn main() -> io::Result<()> {
    list_places()?;
    name_version()
}

fn list_places() -> io::Result<()> {
    // Asked when it runs: a checkout that was moved still builds.
    let here =
        env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| io::Error::other("cargo sets CARGO_MANIFEST_DIR"))?;
    let root = Path::new(&here).join("../../assets/places");
    let mut names: Vec<String> = fs::read_dir(&root)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".ron").map(str::to_owned))
        .filter(|name| !name.starts_with('_'))
        .collect();
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let path = root.join(format!("{name}.ron"));
        let _ = writeln!(list, "    ({name:?}, include_str!({:?})),", path.display().to_string());
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("places.rs"), list)
}

fn name_version() -> io::Result<()> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        collect(Path::new(folder), &mut files)?;
    }
    files.sort();
    // 64-bit FNV-1a: the hash tells versions apart, nobody attacks it.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in &files {
        let name = file.to_string_lossy().replace('\\', "/");
        for byte in name.bytes().chain(fs::read(file)?) {
            // A checkout with Windows line ends makes the same pictures.
            if byte != b'\r' {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    println!("cargo::rustc-env=STAGE_FINGERPRINT={hash:016x}");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
