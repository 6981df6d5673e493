//! Joins the results of overlapping windows into one stream of frames.

use crate::Window;
use std::collections::VecDeque;

/// Cross-fades windows in order and gives every frame as soon as no later window can change it. Holds at most one overlap of frames.
#[derive(Debug)]
pub struct Blend {
    overlap: usize,
    first: usize,
    waiting: VecDeque<Vec<f32>>,
}

impl Blend {
    /// For windows cut with this `overlap` (see [`crate::Overlap`]).
    pub fn new(overlap: usize) -> Self {
        Self { overlap, first: 0, waiting: VecDeque::new() }
    }

    /// Takes the numbers of a window, frame after frame, and returns the frames that are done, in order and without gaps.
    ///
    /// # Panics
    /// Windows come out of order, or `data` does not divide into the window's frames.
    pub fn push(&mut self, window: &Window, data: &[f32]) -> Vec<Vec<f32>> {
        let frames = window.frames.len();
        assert!(frames > 0 && data.len().is_multiple_of(frames), "{} numbers do not make {frames} frames", data.len());
        assert!(window.fade.end == self.first + self.waiting.len(), "windows must be blended in order");
        for (frame, new) in window.frames.clone().zip(data.chunks_exact(data.len() / frames)) {
            if frame < self.first {
                continue;
            }
            match self.waiting.get_mut(frame - self.first) {
                Some(old) => {
                    let weight = window.weight(frame);
                    old.iter_mut().zip(new).for_each(|(old, new)| *old += weight * (new - *old));
                }
                None => self.waiting.push_back(new.to_vec()),
            }
        }
        let done = self.waiting.len().saturating_sub(self.overlap);
        self.first += done;
        self.waiting.drain(..done).collect()
    }

    /// The frames that waited for a window that will not come.
    pub fn finish(&mut self) -> Vec<Vec<f32>> {
        self.first += self.waiting.len();
        self.waiting.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_that_agree_blend_into_the_stream_they_were_cut_from(total in 1usize..60, length in 1usize..12, part in 0usize..12) {
            let overlap = part % length;
            let mut blend = Blend::new(overlap);
            let mut stream = Vec::new();
            for window in windows(total, length, overlap) {
                let data: Vec<f32> = window.frames.clone().flat_map(|f| [f as f32, -(f as f32)]).collect();
                stream.extend(blend.push(&window, &data));
                prop_assert!(blend.waiting.len() <= overlap);
            }
            stream.extend(blend.finish());
            prop_assert_eq!(stream.len(), total);
            prop_assert!(stream.iter().enumerate().all(|(f, frame)| frame[0] == f as f32 && frame[1] == -(f as f32)));
        }
    }

    #[test]
    fn a_jump_between_windows_is_faded() {
        let mut blend = Blend::new(2);
        let all = windows(14, 8, 2);
        assert_eq!(blend.push(&all[0], &[0.0; 8]).len(), 6);
        let mut rest: Vec<f32> = blend.push(&all[1], &[3.0; 8]).concat();
        rest.extend(blend.finish().concat());
        assert_eq!(rest, [1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
    }
}
