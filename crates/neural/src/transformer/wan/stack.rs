//! Blocks one after another: all in memory, or streamed from the files.

use std::{panic, sync::Arc, thread};

use candle_core::{Error, Result};

use crate::weights::{Loaded, Weights};

type Load<T> = dyn Fn(&Weights, usize) -> Loaded<T> + Send + Sync;

/// So many of a network's blocks.
pub(super) enum Stack<T> {
    Held(Vec<T>),
    /// For what is larger than the memory: each is read anew whenever its turn comes, while the one before computes, and
    /// dropped after. Two are in memory at any time.
    Streamed {
        weights: Arc<Weights>,
        count: usize,
        load: Box<Load<T>>,
    },
}

impl<T: Send> Stack<T> {
    pub(super) fn held(
        weights: &Weights,
        count: usize,
        load: impl Fn(&Weights, usize) -> Loaded<T>,
    ) -> Loaded<Self> {
        (0..count).map(|index| load(weights, index)).collect::<Loaded<_>>().map(Self::Held)
    }

    /// Reads nothing yet: what is missing in the files is found when its turn comes.
    pub(super) fn streamed(
        weights: &Arc<Weights>,
        count: usize,
        load: impl Fn(&Weights, usize) -> Loaded<T> + Send + Sync + 'static,
    ) -> Self {
        Self::Streamed { weights: weights.clone(), count, load: Box::new(load) }
    }

    /// Gives `work` each block and its number, in order.
    pub(super) fn each(&self, mut work: impl FnMut(usize, &T) -> Result<()>) -> Result<()> {
        let (weights, count, load) = match self {
            Self::Held(blocks) => return blocks.iter().enumerate().try_for_each(|(i, block)| work(i, block)),
            Self::Streamed { weights, count, load } => (weights, *count, load),
        };
        thread::scope(|scope| {
            let begin = |index| (index < count).then(|| scope.spawn(move || load(weights, index)));
            let mut coming = begin(0);
            let mut index = 0;
            while let Some(thread) = coming {
                let block = thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
                let block = block.map_err(Error::wrap)?;
                coming = begin(index + 1);
                work(index, &block)?;
                index += 1;
            }
            Ok(())
        })
    }
}
