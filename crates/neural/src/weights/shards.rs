//! Safetensors files, alone or listed in an index.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use candle_core::{Device, Tensor, safetensors::Load};
use safetensors::{
    Dtype,
    tensor::{Metadata, TensorView},
};

use super::{Result, WeightsError};

/// A header longer than this is no header: the largest published ones have some 2 MB.
const MAX_HEADER_BYTES: u64 = 100 << 20;

/// What follows the name of a tensor in 8-bit floats that is to be multiplied by one number.
const SCALE_SUFFIXES: [(&str, &str); 2] = [("weight", "scale_weight"), ("weight", "weight_scale")];

/// Tensors of one or more safetensors files.
pub(super) struct Shards {
    files: Vec<Shard>,
    places: BTreeMap<String, Place>,
}

struct Shard {
    path: PathBuf,
    file: Mutex<File>,
}

struct Place {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    /// Bytes from the start of the file, and how many.
    start: u64,
    length: usize,
}

/// The file that stands for a folder: an index before single files, safetensors before GGUF, then the first by name.
pub(super) fn main_file(folder: &Path) -> Result<PathBuf> {
    let unreadable = |source| WeightsError::Unreadable { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let ending = |ending: &str| {
        paths.iter().find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().ends_with(ending))).cloned()
    };
    // One model may lie beside its inputs and outputs or other parts; those of diffusers and transformers begin so.
    let main = ["diffusion_pytorch_model.safetensors", "model.safetensors"].map(|n| folder.join(n));
    ending(".safetensors.index.json")
        .or_else(|| main.into_iter().find(|p| p.is_file()))
        .or_else(|| ending(".safetensors"))
        .or_else(|| ending(".gguf"))
        .ok_or_else(|| WeightsError::Empty(folder.to_owned()))
}

impl Shards {
    /// Opens a safetensors file, or all that an `*.index.json` lists.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut paths = vec![path.to_owned()];
        if path.extension().is_some_and(|e| e == "json") {
            paths = listed(path)?;
        }
        let mut shards = Self { files: Vec::new(), places: BTreeMap::new() };
        for path in paths {
            shards.add(path)?;
        }
        Ok(shards)
    }

    fn add(&mut self, path: PathBuf) -> Result<()> {
        let unreadable = |source| WeightsError::Unreadable { path: path.clone(), source };
        let damaged = |what: String| WeightsError::Damaged { path: path.clone(), what };
        let mut file = File::open(&path).map_err(unreadable)?;
        let file_bytes = file.metadata().map_err(unreadable)?.len();
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(|_| damaged("it is shorter than its header".to_owned()))?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER_BYTES.min(file_bytes.saturating_sub(8)) {
            return Err(damaged("it is shorter than its header, or no safetensors file".to_owned()));
        }
        let mut header = vec![0; 8 + length as usize];
        file.rewind().and_then(|()| file.read_exact(&mut header)).map_err(unreadable)?;
        let metadata: Metadata = serde_json::from_slice(&header[8..]).map_err(|e| damaged(e.to_string()))?;
        let data = header.len() as u64;
        if data + metadata.data_len() as u64 != file_bytes {
            return Err(damaged(format!(
                "it has {file_bytes} bytes, not {}",
                data + metadata.data_len() as u64
            )));
        }
        for (name, info) in metadata.tensors() {
            let (start, end) = info.data_offsets;
            if end < start || end > metadata.data_len() {
                return Err(damaged(format!("`{name}` lies outside of it")));
            }
            let place = Place {
                file: self.files.len(),
                dtype: info.dtype,
                shape: info.shape.clone(),
                start: data + start as u64,
                length: end - start,
            };
            self.places.insert(name, place);
        }
        self.files.push(Shard { path, file: Mutex::new(file) });
        Ok(())
    }

    /// Numbers in a tensor, by its stored name.
    pub(super) fn numbers(&self, name: &str) -> u64 {
        self.places.get(name).map_or(0, |place| place.shape.iter().map(|&side| side as u64).product())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Reads a tensor by its stored name, in 32 bits where it was stored in 8, scaled if the file has a scale for it.
    pub(super) fn read(&self, name: &str, device: &Device) -> Result<Tensor> {
        let failed = |source| WeightsError::Tensor { name: name.to_owned(), source };
        let tensor = self.read_raw(name, device)?;
        if !tensor.dtype().is_float() || tensor.dtype().size_in_bytes() > 1 {
            return Ok(tensor);
        }
        let tensor = tensor.to_dtype(candle_core::DType::F32).map_err(failed)?;
        let scale = SCALE_SUFFIXES.iter().find_map(|(of, scale)| {
            let scale = format!("{}{scale}", name.strip_suffix(of)?);
            self.places.contains_key(&scale).then_some(scale)
        });
        let Some(scale) = scale else { return Ok(tensor) };
        let scale = self.read_raw(&scale, device)?;
        scale
            .to_dtype(candle_core::DType::F32)
            .and_then(|scale| scale.flatten_all()?.get(0))
            .and_then(|scale| tensor.broadcast_mul(&scale))
            .map_err(failed)
    }

    fn read_raw(&self, name: &str, device: &Device) -> Result<Tensor> {
        let Some(place) = self.places.get(name) else {
            let path = self.files.first().map(|f| f.path.clone()).unwrap_or_default();
            return Err(WeightsError::Missing { path, name: name.to_owned() });
        };
        let shard = &self.files[place.file];
        let mut bytes = vec![0; place.length];
        {
            let mut file = shard.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(place.start))
                .and_then(|_| file.read_exact(&mut bytes))
                .map_err(|source| WeightsError::Unreadable { path: shard.path.clone(), source })?;
        }
        let view = TensorView::new(place.dtype, place.shape.clone(), &bytes).map_err(|e| {
            WeightsError::Damaged { path: shard.path.clone(), what: format!("`{name}`: {e}") }
        })?;
        view.load(device).map_err(|source| WeightsError::Tensor { name: name.to_owned(), source })
    }
}

/// The files that an index names, each once, beside it.
fn listed(index: &Path) -> Result<Vec<PathBuf>> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let text = std::fs::read_to_string(index)
        .map_err(|source| WeightsError::Unreadable { path: index.to_owned(), source })?;
    let damaged = |what: String| WeightsError::Damaged { path: index.to_owned(), what };
    let read: Index = serde_json::from_str(&text).map_err(|e| damaged(e.to_string()))?;
    let files: BTreeSet<String> = read.weight_map.into_values().collect();
    let folder = index.parent().unwrap_or(Path::new("."));
    // A name with a path in it could lead anywhere.
    match files.iter().find(|f| Path::new(f).components().count() != 1 || f.as_str() == "..") {
        Some(file) => Err(damaged(format!("it lists `{file}`, which is not beside it"))),
        None => Ok(files.into_iter().map(|f| folder.join(f)).collect()),
    }
}
