//! Overlapping windows over a stream of frames.

use serde::Serialize;
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

/// How a clip that is longer than a window is cut. All but the first are the official SVD scripts' chunk modes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// Windows fade into each other; the last ends at the last frame and reaches back to full length, so that late frames have as much context as early ones.
    #[default]
    Fade,
    /// The first window alone.
    First,
    /// Windows as they come: a frame that two share is the earlier's, and a last one that is short is filled with its last frame.
    All,
    /// The same without a last one that is short.
    DropLast,
}

/// Cuts a stream of frames of unknown length into windows of `length` frames, each sharing `overlap` with the one before. Memory is bounded: never more than
/// `length` frames are held.
#[derive(Debug)]
pub struct Overlap<F> {
    length: usize,
    overlap: usize,
    cut: Cut,
    held: VecDeque<F>,
    seen: usize,
    covered: usize,
    index: u32,
}

impl<F> Overlap<F> {
    /// # Panics
    /// `overlap >= length`.
    pub fn new(length: usize, overlap: usize, cut: Cut) -> Self {
        assert!(overlap < length, "windows of {length} frames cannot overlap by {overlap}");
        Self { length, overlap, cut, held: VecDeque::with_capacity(length), seen: 0, covered: 0, index: 0 }
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

    /// Whether no further frame is wanted.
    pub fn is_over(&self) -> bool {
        self.cut == Cut::First && self.covered > 0
    }

    /// How many frames are in windows so far, from the first on.
    pub fn covered(&self) -> usize {
        self.covered
    }

    /// The last window, if frames came after the last complete one. None for an empty stream.
    pub fn finish(&mut self) -> Option<Window> {
        let wanted = self.seen > self.covered && self.cut != Cut::DropLast && !self.is_over();
        wanted.then(|| self.close())
    }

    /// The frames of the window that was just returned, in order, filled to full length where the cut asks for that.
    pub fn frames(&self) -> impl Iterator<Item = &F> {
        let missing = if self.cut == Cut::Fade { 0 } else { self.length - self.held.len() };
        self.held.iter().chain(std::iter::repeat_n(self.held.back(), missing).flatten())
    }

    fn close(&mut self) -> Window {
        let shared = self.covered.saturating_sub(self.overlap);
        let (first, fade) = match self.cut {
            Cut::Fade => (self.seen - self.held.len(), shared..self.covered),
            _ => (shared, self.covered..self.covered),
        };
        self.held.drain(..self.held.len() - (self.seen - first));
        let window = Window { index: self.index, fade, frames: first..self.seen };
        self.covered = self.seen;
        self.index += 1;
        window
    }
}

/// All windows of a clip of `total` frames that fade into each other; what [`Overlap`] gives frame by frame.
///
/// # Panics
/// `overlap >= length`.
pub fn windows(total: usize, length: usize, overlap: usize) -> Vec<Window> {
    let mut cut = Overlap::new(length, overlap, Cut::Fade);
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

    /// The windows of `total` frames in the official way, each with the frames that the network sees.
    fn official(total: usize, length: usize, overlap: usize, cut: Cut) -> Vec<(Range<usize>, Vec<usize>)> {
        let mut stream = Overlap::new(length, overlap, cut);
        let mut all = Vec::new();
        for frame in 0..total {
            if stream.is_over() {
                break;
            }
            if let Some(window) = stream.push(frame) {
                all.push((window.frames, stream.frames().copied().collect()));
            }
        }
        let last = stream.finish();
        all.extend(last.map(|window| (window.frames, stream.frames().copied().collect())));
        all
    }

    #[test]
    fn official_cuts_fill_or_drop_the_last_window() {
        let ranges = |total, cut| official(total, 8, 2, cut).into_iter().map(|(range, _)| range).collect::<Vec<_>>();
        assert_eq!(ranges(17, Cut::All), [0..8, 6..14, 12..17]);
        assert_eq!(ranges(17, Cut::DropLast), [0..8, 6..14]);
        assert!(ranges(17, Cut::First).into_iter().eq(std::iter::once(0..8)));
        assert_eq!((ranges(14, Cut::All), ranges(14, Cut::DropLast)), (vec![0..8, 6..14], vec![0..8, 6..14]));
        assert_eq!(official(17, 8, 2, Cut::All)[2].1, [12, 13, 14, 15, 16, 16, 16, 16]);
        assert_eq!(official(3, 8, 2, Cut::First), [(0..3, vec![0, 1, 2, 2, 2, 2, 2, 2])]);
        assert!(official(7, 8, 2, Cut::DropLast).is_empty() && official(0, 8, 2, Cut::All).is_empty());
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
