//! Finding a graphics device, hardware or software, and what to say when there is none.

use film::Hint;

/// Which device to render on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The best there is: discrete, integrated, virtual, then software.
    #[default]
    Auto,
    /// The software renderer, for the same bytes wherever the same driver is.
    Software,
    /// The first whose name holds these letters, in any case.
    Named(String),
}

/// A device that could be rendered on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What the driver calls it.
    pub name: String,
    /// The programming interface: Vulkan, Metal, Dx12.
    pub backend: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub kind: String,
    /// The driver and its version.
    pub driver: String,
}

/// Why there is no stage.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StageError {
    /// No device was found at all.
    #[error("no graphics device was found, not even a software one")]
    NoDevice,
    /// No device has the wanted name.
    #[error("no graphics device is called \"{wanted}\"; there is {}", .found.join(", "))]
    NoSuchDevice {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        found: Vec<String>,
    },
    /// The device refused to start.
    #[error("the graphics device \"{name}\" did not start: {message}")]
    Start {
        /// What the driver calls it.
        name: String,
        /// What it said.
        message: String,
    },
    /// A table of the cast or world is broken.
    #[error("a built-in table is broken: {0}")]
    Table(String),
}

impl Hint for StageError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NoDevice => Some(no_device_hint().into()),
            Self::NoSuchDevice { .. } => Some("`mutoscope doctor` lists the devices".into()),
            Self::Start { .. } => Some("update the graphics driver, or choose the software device".into()),
            Self::Table(_) => None,
        }
    }
}

fn no_device_hint() -> &'static str {
    if cfg!(target_os = "linux") {
        "install a Vulkan driver: `apt install libvulkan1 mesa-vulkan-drivers` on Debian and Ubuntu, `dnf install \
         vulkan-loader mesa-vulkan-drivers` on Fedora, `pacman -S vulkan-icd-loader vulkan-swrast` on Arch"
    } else if cfg!(target_os = "macos") {
        "a Mac with Metal is needed: macOS 10.13 or newer"
    } else {
        "update the graphics driver: Direct3D 12 or Vulkan is needed"
    }
}

pub(crate) fn instance() -> wgpu::Instance {
    // With no Vulkan loader or no driver the instance is simply empty of adapters.
    wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::PRIMARY,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    })
}

fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Cpu => 3,
        wgpu::DeviceType::Other => 4,
    }
}

pub(crate) fn describe(info: &wgpu::AdapterInfo) -> DeviceInfo {
    DeviceInfo {
        name: info.name.clone(),
        backend: format!("{:?}", info.backend),
        kind: match info.device_type {
            wgpu::DeviceType::DiscreteGpu => "discrete",
            wgpu::DeviceType::IntegratedGpu => "integrated",
            wgpu::DeviceType::VirtualGpu => "virtual",
            wgpu::DeviceType::Cpu => "software",
            wgpu::DeviceType::Other => "other",
        }
        .into(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().into(),
    }
}

/// All adapters, best first.
pub(crate) fn adapters(instance: &wgpu::Instance) -> Vec<wgpu::Adapter> {
    let mut all = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    all.sort_by_key(|a| rank(a.get_info().device_type));
    all
}

/// The adapter that a choice names.
pub(crate) fn choose(
    mut all: Vec<wgpu::Adapter>,
    choice: &DeviceChoice,
) -> Result<wgpu::Adapter, StageError> {
    if all.is_empty() {
        return Err(StageError::NoDevice);
    }
    let found: Vec<String> = all.iter().map(|a| a.get_info().name).collect();
    let at = match choice {
        DeviceChoice::Auto => Some(0),
        DeviceChoice::Software => all.iter().position(|a| a.get_info().device_type == wgpu::DeviceType::Cpu),
        DeviceChoice::Named(name) => {
            let name = name.to_lowercase();
            found.iter().position(|f| f.to_lowercase().contains(&name))
        }
    };
    match (at, choice) {
        (Some(at), _) => Ok(all.swap_remove(at)),
        (None, DeviceChoice::Named(wanted)) => {
            Err(StageError::NoSuchDevice { wanted: wanted.clone(), found })
        }
        (None, _) => Err(StageError::NoSuchDevice { wanted: "software".into(), found }),
    }
}

/// A device and its queue from an adapter.
pub(crate) fn open(adapter: &wgpu::Adapter) -> Result<(wgpu::Device, wgpu::Queue), StageError> {
    let offered = adapter.limits();
    let wanted = wgpu::Limits {
        max_texture_dimension_2d: 8192.min(offered.max_texture_dimension_2d),
        max_buffer_size: (1 << 28).min(offered.max_buffer_size),
        ..wgpu::Limits::default()
    };
    pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("stage"),
        required_limits: wanted.or_worse_values_from(&offered),
        ..Default::default()
    }))
    .map_err(|error| StageError::Start { name: adapter.get_info().name, message: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_device_the_error_says_what_to_install() {
        let error = choose(Vec::new(), &DeviceChoice::Auto).unwrap_err();
        assert!(matches!(error, StageError::NoDevice));
        assert!(!error.hint().unwrap().is_empty());
    }
}
