//! GGUF files, whose matrices are quantised in blocks; they come out in 32 bits.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use candle_core::{Device, Shape, Tensor, quantized::gguf_file::Content};

use super::{Result, WeightsError};

/// Tensors of one GGUF file.
pub(super) struct Gguf {
    path: PathBuf,
    content: Content,
    file: Mutex<BufReader<File>>,
}

impl Gguf {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file =
            File::open(path).map_err(|source| WeightsError::Unreadable { path: path.to_owned(), source })?;
        let mut file = BufReader::new(file);
        let content = Content::read(&mut file)
            .map_err(|e| WeightsError::Damaged { path: path.to_owned(), what: e.to_string() })?;
        Ok(Self { path: path.to_owned(), content, file: Mutex::new(file) })
    }

    /// Numbers in a tensor, by its stored name.
    pub(super) fn numbers(&self, name: &str) -> u64 {
        self.content.tensor_infos.get(name).map_or(0, |info| info.shape.elem_count() as u64)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.content.tensor_infos.keys().map(String::as_str)
    }

    /// Reads and dequantises. GGUF knows at most four dimensions, so that kernels of five are stored with two of them
    /// joined: as many numbers as wanted is enough to give them their shape back.
    pub(super) fn read(&self, name: &str, wanted: &Shape, device: &Device) -> Result<Tensor> {
        let failed = |source| WeightsError::Tensor { name: name.to_owned(), source };
        let quantised = {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            self.content.tensor(&mut *file, name, device).map_err(|e| WeightsError::Damaged {
                path: self.path.clone(),
                what: format!("`{name}`: {e}"),
            })?
        };
        let tensor = quantised.dequantize(device).map_err(failed)?;
        if wanted.rank() > 4 && tensor.elem_count() == wanted.elem_count() {
            return tensor.reshape(wanted).map_err(failed);
        }
        Ok(tensor)
    }
}
