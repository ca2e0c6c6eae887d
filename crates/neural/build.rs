//! Compiles the CUDA kernels to PTX, which the driver compiles for the card it finds. Without the feature `cuda`, nothing.

use std::{env, path::PathBuf, process::Command};

/// The oldest cards whose matrix units take bfloat16; newer ones run the same PTX.
const ARCHITECTURE: &str = "-arch=compute_80";

fn main() {
    println!("cargo::rerun-if-changed=src/kernels/cuda");
    for name in ["NVCC", "CUDA_HOME"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    if env::var_os("CARGO_FEATURE_CUDA").is_none() {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let nvcc = env::var_os("NVCC").map(PathBuf::from);
    let nvcc = nvcc.or_else(|| Some(PathBuf::from(env::var_os("CUDA_HOME")?).join("bin/nvcc")));
    let nvcc = nvcc.unwrap_or_else(|| PathBuf::from("nvcc"));
    for name in ["attention", "convolution", "pointwise"] {
        let source = format!("src/kernels/cuda/{name}.cu");
        let made = Command::new(&nvcc)
            .args(["-O3", "-std=c++17", ARCHITECTURE, "--ptx", &source, "-o"])
            .arg(out.join(format!("{name}.ptx")))
            .status();
        match made {
            Ok(status) if status.success() => {}
            Ok(status) => panic!("{} on {source}: {status}", nvcc.display()),
            Err(error) => panic!("{} cannot be run: {error}\nhint: `./x cuda make` gets it", nvcc.display()),
        }
    }
}
