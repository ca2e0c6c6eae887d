//! The references of `tests/parity`, and how far from them a result may be.

use std::{collections::HashMap, path::PathBuf};

use candle_core::{DType, Device, Tensor};
use neural::weights::{Family, Weights};
use serde::de::DeserializeOwned;

/// The largest error that is allowed, as a share of the largest number of the reference.
pub(crate) const TOLERANCE: f32 = 1e-4;

/// Every device that is present.
pub(crate) fn devices() -> Vec<Device> {
    neural::device::devices()
}

pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity").join(name)
}

pub(crate) fn weights(name: &str, family: Family, device: &Device) -> Weights {
    Weights::open(&folder(name), family, device, DType::F32).expect("the fixture opens")
}

pub(crate) fn config<C: DeserializeOwned>(name: &str) -> C {
    let text = std::fs::read_to_string(folder(name).join("config.json")).expect("the fixture is there");
    serde_json::from_str(&text).expect("the configuration has all measures")
}

/// Inputs and outputs by name.
pub(crate) struct Io(HashMap<String, Tensor>);

impl Io {
    pub(crate) fn load(file: &str, device: &Device) -> Self {
        let path = folder(&format!("{file}.safetensors"));
        Self(candle_core::safetensors::load(path, device).expect("the fixture is there"))
    }

    pub(crate) fn get(&self, name: &str) -> Tensor {
        self.0.get(name).unwrap_or_else(|| panic!("the fixture has no `{name}`")).clone()
    }

    /// In 32-bit floats.
    pub(crate) fn floats(&self, name: &str) -> Tensor {
        self.get(name).to_dtype(DType::F32).expect("numbers can be converted")
    }
}

/// The largest difference, as a share of the largest number of `wanted`.
pub(crate) fn error(found: &Tensor, wanted: &Tensor) -> f32 {
    assert_eq!(found.dims(), wanted.dims());
    let largest = |t: Tensor| {
        t.abs().and_then(|t| t.flatten_all()?.max(0)?.to_scalar::<f32>()).expect("there are numbers")
    };
    largest((found - wanted).expect("the shapes agree")) / largest(wanted.clone())
}

#[track_caller]
pub(crate) fn assert_near(what: &str, found: &Tensor, wanted: &Tensor) {
    let error = error(found, wanted);
    eprintln!("{what}: relative error {error:.1e} on {:?}", found.device().location());
    assert!(error <= TOLERANCE, "{what} is {error:.1e} off");
}
