//! Where networks are computed.

use candle_core::Device;

/// The devices that this build can compute on and that are there, the fastest first; the processor is the last and always there.
pub fn devices() -> Vec<Device> {
    let metal = Device::new_metal(0).ok();
    cuda().into_iter().chain(metal).chain([Device::Cpu]).collect()
}

/// The first of [`devices`].
pub fn fastest() -> Device {
    devices().into_iter().next().unwrap_or(Device::Cpu)
}

/// Where [`fastest`] computes, in words, and why not on a card where one might expect it.
pub fn description() -> String {
    match fastest() {
        Device::Cuda(_) => "a card of NVIDIA's, in 16 bits".to_owned(),
        Device::Metal(_) => "Apple's graphics, in 16 bits".to_owned(),
        Device::Cpu => format!("the processor, in 32 bits{}", why_no_card()),
    }
}

#[cfg(not(feature = "cuda"))]
fn why_no_card() -> String {
    let driver = std::path::Path::new("/proc/driver/nvidia/version").exists();
    if driver {
        " (this build is without CUDA; ./x cuda makes one with it)".to_owned()
    } else {
        String::new()
    }
}

#[cfg(feature = "cuda")]
fn why_no_card() -> String {
    match missing_libraries().as_slice() {
        [] => " (there is no card of NVIDIA's)".to_owned(),
        missing => format!(" (for a card of NVIDIA's there is no {})", missing.join(", no ")),
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Option<Device> {
    None
}

/// The first card of NVIDIA's, if there are one, its driver, and the libraries that multiply matrices on it.
#[cfg(feature = "cuda")]
fn cuda() -> Option<Device> {
    // Without a library, the first call into it would panic.
    missing_libraries().is_empty().then(|| Device::new_cuda(0).ok()).flatten()
}

/// What a card of NVIDIA's needs and this machine lacks, by the names under which one looks for it.
#[cfg(feature = "cuda")]
fn missing_libraries() -> Vec<&'static str> {
    use candle_core::cuda::cudarc::{cublas, curand, driver};
    #[expect(unsafe_code, reason = "libraries run code of their own when they are loaded")]
    // SAFETY: these are the makers' own libraries, which the first computation would load as well.
    let present = unsafe {
        [
            ("libcuda (the driver)", driver::sys::is_culib_present()),
            ("libcublas", cublas::sys::is_culib_present()),
            ("libcurand", curand::sys::is_culib_present()),
        ]
    };
    present.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

/// Bytes of memory that a card has free; none for the processor and where it cannot be told.
pub(crate) fn free_bytes(device: &Device) -> Option<u64> {
    #[cfg(feature = "cuda")]
    if let Device::Cuda(card) = device {
        use candle_core::cuda::cudarc::driver::result;
        // The question is about the card that this thread has bound.
        card.cuda_stream().context().bind_to_thread().ok()?;
        return result::mem_get_info().ok().map(|(free, _)| free as u64);
    }
    let _ = device;
    None
}
