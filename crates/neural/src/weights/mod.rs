//! Weights on disk, whatever their makers call them and however they pack them: safetensors whole or in shards, GGUF.
//!
//! The names of diffusers are canonical. A file that has the names of the original Wan repository is read through the table
//! in `names`, so that the networks know one set of names only. Tensors are read when they are asked for, one at a time.

mod gguf;
mod lora;
mod names;
mod shards;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use candle_core::{DType, Device, Shape, Tensor};

use self::{gguf::Gguf, shards::Shards};
pub use self::{lora::Lora, names::Family};

/// Why weights could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file or folder is not there or cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is cut short or not what its name says.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The folder holds no weights under any of the usual names.
    #[error("{0} holds no weights (neither *.safetensors nor *.gguf)")]
    Empty(PathBuf),
    /// A tensor that the network needs is not there.
    #[error("{path} has no tensor `{name}`: it belongs to another model")]
    Missing {
        /// The file or folder.
        path: PathBuf,
        /// The canonical name.
        name: String,
    },
    /// A tensor has other measures than the network.
    #[error(
        "the tensor `{name}` has the shape {found:?}, and the model needs {wanted:?}: it belongs to another model"
    )]
    Shape {
        /// The canonical name.
        name: String,
        /// As stored.
        found: Vec<usize>,
        /// As the network's configuration wants it.
        wanted: Vec<usize>,
    },
    /// A tensor could not be unpacked or moved to the device.
    #[error("the tensor `{name}` cannot be loaded: {source}")]
    Tensor {
        /// The canonical name.
        name: String,
        /// What candle says.
        source: candle_core::Error,
    },
    /// The LoRA changes something that the model does not have.
    #[error("the LoRA {path} does not fit: {what}")]
    Lora {
        /// The file of the LoRA.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
}

impl film::Hint for WeightsError {
    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Unreadable { .. } => "check that it exists and that you may read it",
                Self::Damaged { .. } => "download it again",
                Self::Empty(_) => "name a file of weights, or a folder as diffusers writes it",
                Self::Missing { .. } | Self::Shape { .. } => {
                    "check that configuration and weights are of the same model"
                }
                Self::Tensor { .. } => "close other programs that use this device, or choose another device",
                Self::Lora { .. } => "use a LoRA that was made for this model",
            }
            .to_owned(),
        )
    }
}

/// A network or tensor, or why its weights could not be read.
pub type Loaded<T> = std::result::Result<T, WeightsError>;

type Result<T> = Loaded<T>;

/// Where tensors lie and how they are packed; each reads one by its stored name.
enum Source {
    Shards(Shards),
    Gguf(Gguf),
    Random,
}

/// The weights of one network, ready to be read onto a device.
pub struct Weights {
    path: PathBuf,
    source: Source,
    /// Canonical name → stored name.
    stored: BTreeMap<String, String>,
    loras: Vec<(Lora, f64)>,
    device: Device,
    dtype: DType,
}

impl Weights {
    /// Opens a file (`.safetensors`, `.gguf`) or a folder (one such file, or shards with an `*.index.json`), and reads the
    /// list of what is in it. Tensors will come out on `device` with numbers of type `dtype`, whatever they are stored as
    /// (on the CPU, candle multiplies matrices of F32 and F16, not of BF16).
    pub fn open(path: &Path, family: Family, device: &Device, dtype: DType) -> Result<Self> {
        let file = if path.is_dir() { shards::main_file(path)? } else { path.to_owned() };
        let source = match file.extension().and_then(|e| e.to_str()) {
            Some("gguf") => Source::Gguf(Gguf::open(&file)?),
            _ => Source::Shards(Shards::open(&file)?),
        };
        let names: Vec<String> = match &source {
            Source::Shards(shards) => shards.names().map(str::to_owned).collect(),
            Source::Gguf(gguf) => gguf.names().map(str::to_owned).collect(),
            Source::Random => Vec::new(),
        };
        let stored = names::canonical(family, names);
        Ok(Self { path: path.to_owned(), source, stored, loras: Vec::new(), device: device.clone(), dtype })
    }

    /// Weights that mean nothing, of any name and shape, to measure speed without a model: normal, deviation 0.02.
    pub fn random(device: &Device, dtype: DType) -> Self {
        let (path, source) = (PathBuf::from("random"), Source::Random);
        Self { path, source, stored: BTreeMap::new(), loras: Vec::new(), device: device.clone(), dtype }
    }

    /// Adds `strength` times what the LoRA has learned to every tensor read from now on. Several add up.
    pub fn add_lora(&mut self, lora: Lora, strength: f64) -> Result<()> {
        lora.check(|name| self.stored.contains_key(name))?;
        self.loras.push((lora, strength));
        Ok(())
    }

    /// Whether there is a tensor of this canonical name.
    pub fn has(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    /// Numbers in all tensors that have a canonical name together.
    pub fn numbers(&self) -> u64 {
        let of = |stored: &String| match &self.source {
            Source::Shards(shards) => shards.numbers(stored),
            Source::Gguf(gguf) => gguf.numbers(stored),
            Source::Random => 0,
        };
        self.stored.values().map(of).sum()
    }

    /// The device on which tensors come out.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The type of number in which tensors come out.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Reads the tensor of this canonical name; it must have this shape.
    pub fn tensor(&self, name: &str, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        if matches!(self.source, Source::Random) {
            let failed = |source| WeightsError::Tensor { name: name.to_owned(), source };
            return Tensor::randn(0f32, 0.02, shape, &self.device)
                .and_then(|x| x.to_dtype(self.dtype))
                .map_err(failed);
        }
        let missing = || WeightsError::Missing { path: self.path.clone(), name: name.to_owned() };
        let stored = self.stored.get(name).ok_or_else(missing)?;
        let mut tensor = match &self.source {
            Source::Shards(shards) => shards.read(stored, &self.device)?,
            Source::Gguf(gguf) => gguf.read(stored, &shape, &self.device)?,
            Source::Random => return Err(missing()),
        };
        if tensor.shape() != &shape {
            let (found, wanted) = (tensor.dims().to_vec(), shape.into_dims());
            return Err(WeightsError::Shape { name: name.to_owned(), found, wanted });
        }
        let failed = |source| WeightsError::Tensor { name: name.to_owned(), source };
        for (lora, strength) in &self.loras {
            tensor = lora.merge(name, tensor, *strength)?;
        }
        tensor.to_dtype(self.dtype).map_err(failed)
    }

    /// The whole network, from which its parts are entered by name.
    pub(crate) fn root(&self) -> Scope<'_> {
        Scope { weights: self, prefix: String::new() }
    }
}

/// A part of a network: tensors whose names begin alike.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    weights: &'a Weights,
    /// Empty, or ends in a dot.
    prefix: String,
}

impl<'a> Scope<'a> {
    pub(crate) fn at(&self, part: impl std::fmt::Display) -> Scope<'a> {
        Scope { weights: self.weights, prefix: format!("{}{part}.", self.prefix) }
    }

    pub(crate) fn tensor(&self, name: &str, shape: impl Into<Shape>) -> Result<Tensor> {
        self.weights.tensor(&format!("{}{name}", self.prefix), shape)
    }

    pub(crate) fn device(&self) -> &'a Device {
        &self.weights.device
    }

    /// What candle could not do with a tensor of this part, as an error that names the part.
    pub(crate) fn failed(&self) -> impl FnOnce(candle_core::Error) -> WeightsError + '_ {
        |source| WeightsError::Tensor { name: self.prefix.trim_end_matches('.').to_owned(), source }
    }
}
