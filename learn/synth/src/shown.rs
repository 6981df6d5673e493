//! One frame of a world, and which of its things every pixel shows.

use crate::{kind::Kind, take::Take};
use relight_file::{Fault, Result};
use relight_gbuffer::GBuffer;

/// Worlds that are tried until one has a thing before something else.
const ATTEMPTS: u64 = 24;
/// Paths a pixel that tell masks.
const SAMPLES: u32 = 16;

/// A frame of a procedural world that shows things on a ground, in a room or in the air before a wall.
pub struct Shown {
    /// The world, what sees it and what lights it.
    pub take: Take,
    /// How much of what each pixel shows is each thing, 0..1.
    pub things: Vec<Vec<f32>>,
    /// The same of the ground and of each wall.
    pub stage: Vec<Vec<f32>>,
}

impl Shown {
    /// World `clip` of `seed`, procedural shapes and skies alone, `size` pixels a side, `samples` paths a pixel.
    ///
    /// # Errors
    /// No world of this number is well exposed and has a stage.
    pub fn new(seed: u64, clip: u64, size: usize, samples: u32) -> Result<Self> {
        let found = Take::first([seed, clip, ATTEMPTS], size, samples, |take, _| {
            if take.world.kind == Kind::Objects {
                return Ok(None);
            }
            let (things, stage) = (take.world.own(), take.world.stage());
            let mut all = |own: &[Vec<usize>]| own.iter().map(|own| take.covered(own, SAMPLES)).collect::<Result<Vec<_>>>();
            Ok(Some((all(&things)?, all(&stage)?)))
        })?;
        let none = || Fault::new(format!("world {clip} of seed {seed} shows no thing before anything in {ATTEMPTS} attempts"), "choose another seed");
        let (take, (things, stage)) = found.ok_or_else(none)?;
        Ok(Self { take, things, stage })
    }

    /// The picture (linear, premultiplied) and the buffers.
    ///
    /// # Errors
    /// A mesh that the tracer refuses.
    pub fn render(&mut self) -> Result<(Vec<f32>, GBuffer)> {
        let scene = self.take.world.scene(0);
        self.take.render(&scene, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_in_front_is_one_thing_or_the_stage() {
        let mut shown = Shown::new(1_700_000, 0, 32, 4).unwrap();
        let (_, buffers) = shown.render().unwrap();
        let all: Vec<&Vec<f32>> = shown.things.iter().chain(&shown.stage).collect();
        assert!(!shown.things.is_empty() && !shown.stage.is_empty());
        assert!(shown.things.iter().any(|mask| mask.iter().sum::<f32>() > 20.0));
        for (i, alpha) in buffers.alpha.iter().enumerate().filter(|(_, a)| **a == 1.0) {
            let sum: f32 = all.iter().map(|mask| mask[i]).sum();
            assert!((sum - alpha).abs() < 1e-3, "{sum} of {alpha}");
        }
    }
}
