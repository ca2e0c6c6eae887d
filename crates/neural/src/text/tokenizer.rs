//! Words to the numbers that umT5 knows them by.

use std::path::{Path, PathBuf};

use tokenizers::{Tokenizer, TruncationParams};

/// Tokens of a prompt, the closing one included; what is beyond is cut off, as the Wan models were trained.
pub const MOST_TOKENS: usize = 512;

/// Why there is no tokenizer.
#[derive(Debug, thiserror::Error)]
#[error("{} is no tokenizer: {what}", path.display())]
pub struct TokenizerError {
    /// The file.
    path: PathBuf,
    /// What is wrong with it.
    what: String,
}

impl film::Hint for TokenizerError {
    fn hint(&self) -> Option<String> {
        Some("download the model again".to_owned())
    }
}

/// The tokenizer that lies beside the text encoder, as `tokenizer.json`.
pub struct Umt5Tokenizer {
    tokenizer: Tokenizer,
    path: PathBuf,
}

impl Umt5Tokenizer {
    /// Reads `tokenizer.json`.
    pub fn open(path: &Path) -> Result<Self, TokenizerError> {
        let wrong =
            |what: tokenizers::Error| TokenizerError { path: path.to_owned(), what: what.to_string() };
        let mut tokenizer = Tokenizer::from_file(path).map_err(wrong)?;
        let cut = TruncationParams { max_length: MOST_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(wrong)?;
        tokenizer.with_padding(None);
        Ok(Self { tokenizer, path: path.to_owned() })
    }

    /// The tokens of a text, 1 to [`MOST_TOKENS`], the closing one last.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let wrong =
            |what: tokenizers::Error| TokenizerError { path: self.path.clone(), what: what.to_string() };
        Ok(self.tokenizer.encode(text, true).map_err(wrong)?.get_ids().to_vec())
    }
}
