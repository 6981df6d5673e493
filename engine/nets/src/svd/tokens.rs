//! What cross-attention looks at.

use relight_tensor::Volume;

/// Sets of tokens, and which frame looks at which set. Frames under the same light share one.
#[derive(Debug, Clone, PartialEq)]
pub struct Tokens {
    /// Numbers of a token.
    pub channels: usize,
    /// One or more tokens each.
    pub sets: Vec<Vec<f32>>,
    /// The set of every frame, of all videos one after the other.
    pub of: Vec<usize>,
}

impl Tokens {
    /// The same single token for every frame.
    pub fn single(token: Vec<f32>, frames: usize) -> Self {
        Self { channels: token.len(), sets: vec![token], of: vec![0; frames] }
    }

    /// The pixels of each frame of a feature map are its tokens; a map of one frame serves all of `frames`.
    ///
    /// # Panics
    /// There are neither one nor `frames` frames.
    pub fn of_pixels(map: &Volume, frames: usize) -> Self {
        assert!(map.frames == 1 || map.frames == frames, "{} maps for {frames} frames", map.frames);
        let sets = map.data.chunks_exact(map.pixels() * map.channels).map(<[f32]>::to_vec).collect();
        let of = (0..frames).map(|frame| if map.frames == 1 { 0 } else { frame }).collect();
        Self { channels: map.channels, sets, of }
    }

    /// The videos of `self`, then those of `other`.
    ///
    /// # Panics
    /// Their tokens differ in size.
    pub fn then(mut self, other: Self) -> Self {
        assert_eq!(self.channels, other.channels, "numbers of a token");
        let offset = self.sets.len();
        self.sets.extend(other.sets);
        self.of.extend(other.of.iter().map(|set| set + offset));
        self
    }

    /// Runs of frames that look at the same set: the set and how many frames.
    pub(crate) fn runs(&self) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for set in &self.of {
            match runs.last_mut() {
                Some((last, frames)) if last == set => *frames += 1,
                _ => runs.push((*set, 1)),
            }
        }
        runs
    }
}

/// The tokens of every resolution, the finest first; a single entry serves all.
#[derive(Debug, Clone, PartialEq)]
pub struct Context(pub Vec<Tokens>);

impl Context {
    pub(crate) fn at(&self, level: usize) -> &Tokens {
        &self.0[level.min(self.0.len() - 1)]
    }

    /// The videos of `self`, then those of `other`.
    ///
    /// # Panics
    /// They differ in resolutions or in size.
    pub fn then(self, other: Self) -> Self {
        assert_eq!(self.0.len(), other.0.len(), "resolutions");
        Self(self.0.into_iter().zip(other.0).map(|(a, b)| a.then(b)).collect())
    }
}
