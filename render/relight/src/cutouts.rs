//! Which frames of a clip were cut out: pictures made of opaque frames are opaque, whatever alpha their buffers were given on the way.

use relight_file::Result;
use relight_video::Frame;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// Whether a frame's alpha leaves something out.
pub(crate) fn is_cut_out(frame: &Frame) -> bool {
    frame.alpha.as_ref().is_some_and(|alpha| alpha.iter().any(|a| *a < 1.0))
}

/// What a frame came with.
#[derive(Debug)]
enum Came {
    CutOut,
    /// With alpha of 1 everywhere, which its picture gets back.
    Whole,
    Opaque,
}

/// Remembers in order which frames were cut out.
#[derive(Debug, Default)]
pub struct Cutouts(Rc<RefCell<VecDeque<Came>>>);

impl Cutouts {
    /// The same frames, noted as they pass.
    pub fn note<I: Iterator<Item = Result<Frame>>>(&self, frames: I) -> impl Iterator<Item = Result<Frame>> + use<I> {
        let noted = self.0.clone();
        frames.inspect(move |frame| {
            let came = match frame {
                Ok(frame) if is_cut_out(frame) => Came::CutOut,
                Ok(Frame { alpha: Some(_), .. }) => Came::Whole,
                _ => Came::Opaque,
            };
            noted.borrow_mut().push_back(came);
        })
    }

    /// The picture of the next noted frame: over black where that was not cut out. Pictures of what was never noted stay.
    pub fn picture(&self, picture: Frame) -> Frame {
        let alpha = match self.0.borrow_mut().pop_front() {
            Some(Came::Opaque) => None,
            Some(Came::Whole) => Some(vec![1.0; picture.width * picture.height]),
            Some(Came::CutOut) | None => picture.alpha,
        };
        Frame { alpha, ..picture }
    }
}
