//! The media room's take files, as the engine wants them.

use std::ops::Range;
use std::path::Path;

use engine::{TakeSink, TakeStore};
use film::{Frame, FrameSink, ShotOrder, SinkError};
use media::{TakeReader, TakeWriter};

/// Keeps takes without loss through FFmpeg.
pub(crate) struct Takes;

impl TakeStore for Takes {
    fn format(&self) -> String {
        "magicyuv-1".into()
    }

    fn extension(&self) -> String {
        "mov".into()
    }

    fn create(
        &mut self,
        path: &Path,
        order: &ShotOrder,
        _frames: Range<u32>,
    ) -> Result<Box<dyn TakeSink>, SinkError> {
        let writer = TakeWriter::create(path, order.format.width, order.format.height, order.format.fps)?;
        Ok(Box::new(Sink(writer)))
    }

    fn verify(&self, path: &Path, frames: u32) -> bool {
        TakeReader::open(path).is_ok_and(|take| take.frames() == frames)
    }
}

struct Sink(TakeWriter);

impl FrameSink for Sink {
    fn frame(&mut self, frame: Frame) -> Result<(), SinkError> {
        FrameSink::frame(&mut self.0, frame)
    }
}

impl TakeSink for Sink {
    fn finish(self: Box<Self>) -> Result<(), SinkError> {
        self.0.finish()?;
        Ok(())
    }
}
