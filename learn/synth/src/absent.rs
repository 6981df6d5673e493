//! One frame of a world with one of its things and without it.

use crate::{dice::Dice, kind::Kind, sky, take::Take};
use relight_file::{Fault, Result};
use relight_gbuffer::GBuffer;
use relight_light::Environment;
use relight_trace::Scene;
use std::sync::Arc;

/// Worlds that are tried until one has a thing of such a share of the frame.
const ATTEMPTS: u64 = 24;
const LEAST: f32 = 0.03;
const MOST: f32 = 0.25;
/// Skies in turn: half of them have one hard source.
const SKIES: [&str; 6] = ["clear", "studio", "clear", "room", "studio", "overcast"];

/// A frame of a procedural world with a ground, and a thing that stands in it.
pub struct Absent {
    /// The world, what sees it and what lights it, well exposed with the thing in it.
    pub take: Take,
    thing: usize,
    /// The sky's kind: `clear`, `studio`, `room` or `overcast`.
    pub sky: &'static str,
}

impl Absent {
    /// World `clip` of `seed`, procedural shapes and skies alone, `size` pixels a side, `samples` paths a pixel.
    ///
    /// # Errors
    /// No world of this number has such a thing.
    pub fn new(seed: u64, clip: u64, size: usize, samples: u32) -> Result<Self> {
        let sky = SKIES[clip as usize % SKIES.len()];
        let found = Take::first([seed, clip, ATTEMPTS], size, samples, |take, attempt| {
            if !matches!(take.world.kind, Kind::Scenes | Kind::Rooms) {
                return Ok(None);
            }
            take.light.map = Arc::new(sky::of(sky, &mut Dice::new(&[seed, clip, attempt, 7])));
            let shares: Vec<f32> = (0..take.world.things()).map(|thing| share(take, thing)).collect::<Result<_>>()?;
            let fitting = shares.into_iter().enumerate().filter(|(_, s)| (LEAST..=MOST).contains(s));
            Ok(fitting.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(thing, _)| thing))
        })?;
        let none = || Fault::new(format!("world {clip} of seed {seed} has no thing to take away in {ATTEMPTS} attempts"), "choose another seed");
        let (take, thing) = found.ok_or_else(none)?;
        Ok(Self { take, thing, sky })
    }

    /// The thing alone, where it stands in the world.
    pub fn thing(&self) -> Scene {
        self.take.world.only(0, false, |k| k == self.thing)
    }

    /// Picture (linear, premultiplied) and buffers of the whole world. `stream` keys the noise.
    ///
    /// # Errors
    /// A mesh that the tracer refuses.
    pub fn with(&mut self, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        let scene = self.take.world.scene(0);
        self.take.render(&scene, stream)
    }

    /// The whole world's picture under another map, which is turned and scaled as its own is: only light that comes straight from the map to what is
    /// seen, past walls and things in and out of the frame.
    ///
    /// # Errors
    /// As [`Absent::with`].
    pub fn straight(&mut self, map: Environment) -> Result<Vec<f32>> {
        let scene = self.take.world.scene(0);
        self.take.straight(&scene, map)
    }

    /// The same as [`Absent::with`] without the thing.
    ///
    /// # Errors
    /// As [`Absent::with`].
    pub fn without(&mut self, stream: u64) -> Result<(Vec<f32>, GBuffer)> {
        let scene = self.take.world.only(0, true, |k| k != self.thing);
        self.take.render(&scene, stream)
    }
}

/// Part of the frame that a thing would fill alone.
fn share(take: &mut Take, thing: usize) -> Result<f32> {
    let scene = take.world.only(0, false, |k| k == thing);
    let alpha = take.buffers(&scene, 4)?.alpha;
    Ok(alpha.iter().sum::<f32>() / alpha.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thing_is_gone_and_its_shadow_too() {
        let mut absent = Absent::new(1_600_000, 0, 32, 4).unwrap();
        assert!(absent.take.light.exposure > 0.0 && !absent.thing().instances.is_empty());
        let ((_, with), (_, without)) = (absent.with(0).unwrap(), absent.without(0).unwrap());
        let nearer = with.depth.iter().zip(&without.depth).filter(|(a, b)| **a > 0.0 && (**b == 0.0 || **a < 0.99 * **b)).count();
        assert!(nearer > 20, "{nearer}");
        assert_eq!(absent.sky, "clear");
    }
}
