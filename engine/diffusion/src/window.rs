//! Overlapping windows over a stream of frames.

use std::{collections::VecDeque, ops::Range};

/// One window: a run of frames that are denoised together, and where it fades in over the window before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// 0 for the first; part of the noise key.
    pub index: u32,
    /// The frames it holds, counted from the start of the clip.
    pub frames: Range<usize>,
    /// The frames shared with the window before, over which this one fades in. Frames before them are context only.
    pub fade: Range<usize>,
}

impl Window {
    /// How much this window counts at `frame` against what was there before: 0 before the fade, rising linearly inside, 1 after it.
    pub fn weight(&self, frame: usize) -> f32 {
        if frame < self.fade.start {
            0.0
        } else if frame < self.fade.end {
            (frame + 1 - self.fade.start) as f32 / (self.fade.len() + 1) as f32
        } else {
            1.0
        }
    }
}

/// Cuts a stream of frames of unknown length into windows of `length` frames, each sharing `overlap` with the one before.
///
/// The last window ends at the last frame and reaches back to full length, so that late frames have as much context as early ones. Memory is
/// bounded: never more than `length` frames are held.
#[derive(Debug)]
pub struct Overlap<F> {
    length: usize,
    overlap: usize,
    held: VecDeque<F>,
    seen: usize,
    covered: usize,
    index: u32,
}

impl<F> Overlap<F> {
    /// # Panics
    /// `overlap >= length`.
    pub fn new(length: usize, overlap: usize) -> Self {
        assert!(overlap < length, "windows of {length} frames cannot overlap by {overlap}");
        Self { length, overlap, held: VecDeque::with_capacity(length), seen: 0, covered: 0, index: 0 }
    }

    /// Takes the next frame; says which window is complete with it, if one is. Its frames are then those of [`Overlap::frames`].
    pub fn push(&mut self, frame: F) -> Option<Window> {
        if self.held.len() == self.length {
            self.held.pop_front();
        }
        self.held.push_back(frame);
        self.seen += 1;
        let due = if self.covered == 0 { self.length } else { self.covered + self.length - self.overlap };
        (self.seen == due).then(|| self.close())
    }

    /// The last window, if frames came after the last complete one. None for an empty stream.
    pub fn finish(&mut self) -> Option<Window> {
        (self.seen > self.covered).then(|| self.close())
    }

    /// The frames of the window that was just returned, in order.
    pub fn frames(&self) -> impl ExactSizeIterator<Item = &F> {
        self.held.iter()
    }

    fn close(&mut self) -> Window {
        let frames = self.seen - self.held.len()..self.seen;
        let window = Window { index: self.index, fade: self.covered.saturating_sub(self.overlap)..self.covered, frames };
        self.covered = self.seen;
        self.index += 1;
        window
    }
}

/// All windows of a clip of `total` frames; what [`Overlap`] gives frame by frame.
///
/// # Panics
/// `overlap >= length`.
pub fn windows(total: usize, length: usize, overlap: usize) -> Vec<Window> {
    let mut cut = Overlap::new(length, overlap);
    let mut all: Vec<Window> = (0..total).filter_map(|frame| cut.push(frame)).collect();
    all.extend(cut.finish());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_frame_is_covered_and_weights_sum_to_one(total in 1usize..200, length in 1usize..20, part in 0usize..20) {
            let overlap = part % length;
            let all = windows(total, length, overlap);
            let mut weights = vec![0.0f32; total];
            for (index, window) in all.iter().enumerate() {
                prop_assert_eq!(window.index as usize, index);
                prop_assert_eq!(window.frames.len(), length.min(total));
                prop_assert!(window.fade.start >= window.frames.start && window.fade.end <= window.frames.end);
                for frame in window.frames.clone() {
                    let new = window.weight(frame);
                    prop_assert!((0.0..=1.0).contains(&new));
                    weights[frame] = weights[frame] * (1.0 - new) + new;
                }
                // Beyond what came before, nothing is left to an older window that does not reach there.
                prop_assert!((window.fade.end..window.frames.end).all(|frame| window.weight(frame) == 1.0));
            }
            prop_assert!(weights.iter().all(|w| (w - 1.0).abs() < 1e-5), "{:?}", weights);
        }
    }

    #[test]
    fn windows_of_eight_with_two_shared() {
        let all = windows(15, 8, 2);
        assert_eq!(all.iter().map(|w| w.frames.clone()).collect::<Vec<_>>(), [0..8, 6..14, 7..15]);
        assert_eq!(all[2].fade, 12..14);
        assert_eq!((5..9).map(|f| all[1].weight(f)).collect::<Vec<_>>(), [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
        assert_eq!(windows(1, 8, 2).len(), 1);
        assert!(windows(0, 8, 2).is_empty());
    }
}
