//! `./x cuda COMMAND`: the same command, with the neural engine built for NVIDIA's cards.
//!
//! What compiles the kernels comes from the Python package index, as packages, unless `CUDA_HOME` names a toolkit; no card
//! and no driver are needed to build. candle links against the driver; the one word of its manifest that says so is changed in
//! a copy, so that the program looks for the driver when it runs, and does without where there is none.

use crate::{Outcome, Stop, cargo, root};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Compiler, headers, and the small part of the runtime that is linked in. 13.0 is what drivers from 580 on run.
const PACKAGES: [&str; 7] = [
    "nvidia-cuda-nvcc==13.0.*",
    "nvidia-cuda-crt==13.0.*",
    "nvidia-cuda-cccl==13.0.*",
    "nvidia-cuda-runtime==13.0.*",
    "nvidia-cuda-nvrtc==13.0.*",
    "nvidia-nvvm==13.0.*",
    "nvidia-curand==10.4.*",
];

/// What multiplies matrices on a card, for machines that have one: 390 MB that building does not need.
const ON_CARDS: &str = "nvidia-cublas==13.0.*";

/// Where the driver says which it is.
const DRIVER: &str = "/proc/driver/nvidia/version";

static TOOLCHAIN: OnceLock<Toolchain> = OnceLock::new();

/// What cargo is told for a build with CUDA.
struct Toolchain {
    home: PathBuf,
    candle: PathBuf,
}

/// Gets the toolchain, if it is not there yet; from now on builds are with CUDA.
pub(crate) fn switch_on() -> Outcome {
    let folder = root().join("target/cuda");
    let home = match std::env::var_os("CUDA_HOME") {
        Some(home) => PathBuf::from(home),
        None => toolkit(&folder)?,
    };
    let candle = candle(&folder)?;
    TOOLCHAIN.get_or_init(|| Toolchain { home, candle });
    Ok(())
}

/// Whether builds are with CUDA.
pub(crate) fn is_on() -> bool {
    TOOLCHAIN.get().is_some()
}

/// Adds to a cargo command for one package what a build with CUDA needs, if that was asked for.
pub(crate) fn apply(command: &mut Command) {
    let Some(toolchain) = TOOLCHAIN.get() else { return };
    let patch = format!("patch.crates-io.candle-core.path={:?}", toolchain.candle.display().to_string());
    command.args(["--features", "cuda", "--config", &patch]);
    command.env("CUDA_HOME", &toolchain.home).env("CUDA_PATH", &toolchain.home);
    // Some build scripts look for the compiler on the path alone.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(toolchain.home.join("bin")).chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    // Where the linker finds the runtime.
    command.env("LIBRARY_PATH", toolchain.home.join("lib64"));
    equip(command);
    // Code for the oldest cards that have BF16, in a form that drivers of all later ones compile for theirs.
    command.env("CUDA_COMPUTE_CAP", "80");
}

/// Adds to a program that was built with CUDA where it finds the libraries of the toolkit, if that is what was asked for.
pub(crate) fn equip(command: &mut Command) {
    let Some(toolchain) = TOOLCHAIN.get() else { return };
    let known = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = ["lib", "lib64"].map(|name| toolchain.home.join(name));
    let known = std::env::split_paths(&known).filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folders) = std::env::join_paths(folders.into_iter().chain(known)) {
        command.env("LD_LIBRARY_PATH", folders);
    }
}

/// Cargo.lock as it was, put back when this is dropped: a build with the changed candle writes another.
pub(crate) struct Lock(Option<Vec<u8>>);

impl Lock {
    pub(crate) fn keep() -> Self {
        Self(TOOLCHAIN.get().and_then(|_| fs::read(root().join("Cargo.lock")).ok()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(lock) = &self.0 {
            // If this fails, the next build without CUDA writes it as it was.
            let _ = fs::write(root().join("Cargo.lock"), lock);
        }
    }
}

/// The toolkit from packages, laid out as NVIDIA's installer does.
fn toolkit(folder: &Path) -> Outcome<PathBuf> {
    let packages = folder.join("packages");
    let home = packages.join("nvidia/cu13");
    let runtime = home.join("lib64/libcudart.a");
    let mut packages_wanted = PACKAGES.to_vec();
    let mut whole = runtime.exists();
    if Path::new(DRIVER).exists() {
        packages_wanted.push(ON_CARDS);
        whole &= home.join("lib/libcublas.so.13").exists();
    }
    if whole {
        return Ok(home);
    }
    // All at once: they share a folder, which pip makes anew each time.
    install(&packages, &packages_wanted)?;
    let arranged = fs::create_dir_all(home.join("lib64"))
        .and_then(|()| fs::copy(home.join("lib/libcudart_static.a"), &runtime));
    arranged.map_err(|error| Stop::failed(format!("{} cannot be arranged: {error}", home.display())))?;
    Ok(home)
}

/// Gets packages from the Python package index into a folder, in place of what is there.
fn install(into: &Path, packages: &[&str]) -> Outcome {
    let size = if packages.contains(&ON_CARDS) { "660 MB" } else { "270 MB" };
    eprintln!("./x: getting the CUDA compiler, {size}, with pip, into {}", into.display());
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target"]);
    pip.arg(into).args(packages);
    if pip.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(Stop::failed("the CUDA compiler could not be got").hint(
        "python3 with pip and a connection are needed; or install NVIDIA's CUDA toolkit and set CUDA_HOME",
    ))
}

/// A copy of candle-core, of the version that the workspace uses, which loads the driver when the program runs.
fn candle(folder: &Path) -> Outcome<PathBuf> {
    let failed = |what: String| Stop::failed(format!("candle cannot be made ready for CUDA: {what}"));
    let mut metadata = cargo("metadata");
    metadata.args(["--format-version", "1", "--locked"]);
    let metadata = metadata.output().map_err(|error| failed(error.to_string()))?;
    let metadata: Value = serde_json::from_slice(&metadata.stdout)
        .map_err(|_| failed(String::from_utf8_lossy(&metadata.stderr).trim().to_owned()))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let package = packages
        .clone()
        .find(|package| package["name"] == "candle-core")
        .ok_or_else(|| failed("the workspace does not use it".to_owned()))?;
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let copy = folder.join(format!("candle-core-{}", text("version")));
    let manifest = copy.join("Cargo.toml");
    if manifest.exists() {
        return Ok(copy);
    }
    let from = Path::new(text("manifest_path")).parent().unwrap_or(Path::new("."));
    // The manifest last: where it is, the copy is whole.
    copy_folder(from, &copy).map_err(|error| failed(error.to_string()))?;
    let original = fs::read_to_string(from.join("Cargo.toml")).map_err(|error| failed(error.to_string()))?;
    let changed = original.replace("\"dynamic-linking\"", "\"fallback-dynamic-loading\"");
    if changed == original {
        return Err(failed(format!("version {} does not link as expected", text("version"))));
    }
    fs::write(&manifest, changed).map_err(|error| failed(error.to_string()))?;
    Ok(copy)
}

/// Everything but manifests.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else if entry.file_name() != "Cargo.toml" {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
