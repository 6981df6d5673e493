//! Which frames of a clip were cut out: pictures made of opaque frames are opaque, whatever alpha their buffers were given on the way.

use relight_file::Result;
use relight_video::Frame;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// Remembers in order which frames came with alpha.
#[derive(Debug, Clone, Default)]
pub struct Cutouts(Rc<RefCell<VecDeque<bool>>>);

impl Cutouts {
    /// The same frames, noted as they pass.
    pub fn note<I: Iterator<Item = Result<Frame>>>(&self, frames: I) -> impl Iterator<Item = Result<Frame>> + use<I> {
        let noted = self.0.clone();
        frames.inspect(move |frame| noted.borrow_mut().push_back(frame.as_ref().is_ok_and(|frame| frame.alpha.is_some())))
    }

    /// The picture of the next noted frame: over black, without alpha, where that had none. Pictures of what was never noted keep theirs.
    pub fn picture(&self, picture: Frame) -> Frame {
        let cut = self.0.borrow_mut().pop_front().unwrap_or(true);
        Frame { alpha: picture.alpha.filter(|_| cut), ..picture }
    }
}
