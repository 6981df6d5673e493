//! Estimates of a camera that stands still: neighbouring frames tell about each other.

use crate::{Stage, Watch, official::OUTPUTS};
use relight_edit::{Plane, mean};
use relight_file::Result;
use relight_video::Frame;
use std::collections::VecDeque;

/// Frames before and after one that it is averaged with. A camera at rest so averages over eleven frames, half a second at the usual rates.
pub(crate) const REACH: usize = 5;
/// Two standard deviations of the largest differences that still are one surface's: sRGB codes .2, normals .5 (29°), depths a fifth.
/// A network's flicker is a fifth of that; another thing at the pixel differs by more in one of them.
const SPREAD: [f32; 3] = [0.2, 0.5, 0.2];
/// Pixels round one whose pattern is compared.
const RADIUS: usize = 4;
/// Product of two patterns' standard deviations in codes from which on they are patterns: .03 each, beyond the noise of videos.
const TEXTURE: f32 = 1e-3;
/// Correlation of two patterns from which on they are one. It does not ask how bright they are, so that light may change.
const ALIKE: f32 = 0.7;
/// Parts of the patterns that must be at their places: below the first the camera moved, from the second on it stood still.
const STILL: [f32; 2] = [0.5, 0.7];

/// Averages the estimates of a stream over time wherever the camera stands still and a pixel shows the same surface; other estimates stay as they are.
///
/// A network that sees frames one by one, or few at a time, gives a surface another albedo and roughness whenever light, noise or what is beside it changes.
/// Where the camera moves nothing is averaged: surfaces would have to be followed to less than a pixel, or texture blurs.
pub(crate) struct Steady<'w, I, L> {
    source: Option<I>,
    /// The picture of a frame at the estimates' size, in grey codes.
    grey: L,
    reach: usize,
    watch: &'w Watch,
    held: VecDeque<Held>,
    /// Which of them is next; those before are neighbours alone.
    next: usize,
}

struct Held {
    frame: Option<Frame>,
    x0: Vec<f32>,
    look: Look,
    /// How much the camera stood still since each of the frames before this one, the nearest first.
    still: Vec<f32>,
}

/// A picture with the mean and the standard deviation round every pixel.
struct Look {
    grey: Plane,
    mean: Plane,
    deviation: Plane,
}

impl Look {
    fn new(grey: Plane) -> Self {
        let (around, squares) = (mean(&grey, RADIUS), product(&grey, &grey));
        let deviation = squares.data.iter().zip(&around.data).map(|(s, m)| (s - m * m).max(0.0).sqrt()).collect();
        Self { deviation: Plane::new(grey.width, grey.height, 1, deviation), mean: around, grey }
    }

    /// 1 where the camera did not move between two pictures, 0 where it did; 1 for pictures without any pattern.
    fn still(&self, other: &Self) -> f32 {
        let both = product(&self.grey, &other.grey);
        let (mut patterns, mut alike) = (0, 0);
        for (i, both) in both.data.iter().enumerate() {
            let spread = self.deviation.data[i] * other.deviation.data[i];
            if spread > TEXTURE {
                patterns += 1;
                alike += usize::from(both - self.mean.data[i] * other.mean.data[i] > ALIKE * spread);
            }
        }
        let part = if patterns == 0 { 1.0 } else { alike as f32 / patterns as f32 };
        ((part - STILL[0]) / (STILL[1] - STILL[0])).clamp(0.0, 1.0)
    }
}

/// The mean round every pixel of what two pictures are times each other.
fn product(a: &Plane, b: &Plane) -> Plane {
    mean(&Plane::new(a.width, a.height, 1, a.data.iter().zip(&b.data).map(|(a, b)| a * b).collect()), RADIUS)
}

/// The exponent of a Gaussian over what two estimates of a pixel (albedo codes −1..1, normal, log depth, roughness, metallic) differ by.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    let square =
        |from: usize, to: usize, spread: f32| a[from..to].iter().zip(&b[from..to]).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / (spread * spread);
    // Codes −1..1 are twice as far apart as codes 0..1.
    0.5 * (0.25 * square(0, 3, SPREAD[0]) + square(3, 6, SPREAD[1]) + square(6, 7, SPREAD[2]))
}

impl<'w, I, L: Fn(&Frame) -> Plane> Steady<'w, I, L> {
    /// Over `reach` frames to both sides: [`REACH`], or 0 for estimates that shall stay as they are.
    pub fn new(source: I, reach: usize, watch: &'w Watch, grey: L) -> Self {
        Self { source: Some(source), grey, reach, watch, held: VecDeque::new(), next: 0 }
    }

    fn hold(&mut self, frame: Frame, x0: Vec<f32>) {
        let look = Look::new((self.grey)(&frame));
        let still = self.held.iter().rev().take(self.reach).map(|before| look.still(&before.look)).collect();
        self.held.push_back(Held { frame: Some(frame), x0, look, still });
    }

    /// The next estimate, averaged with its neighbours'.
    fn together(&self) -> Vec<f32> {
        let here = &self.held[self.next];
        let mut sums = here.x0.clone();
        let mut weights = vec![1.0; here.x0.len() / OUTPUTS];
        let first = self.next.saturating_sub(self.reach);
        for index in (first..self.held.len().min(self.next + self.reach + 1)).filter(|index| *index != self.next) {
            let (other, distance) = (&self.held[index], index.abs_diff(self.next));
            let still = self.held[index.max(self.next)].still[distance - 1];
            if still == 0.0 {
                continue;
            }
            let differs = here.x0.chunks_exact(OUTPUTS).zip(other.x0.chunks_exact(OUTPUTS)).map(|(a, b)| apart(a, b)).collect();
            let differs = mean(&Plane::new(here.look.grey.width, here.look.grey.height, 1, differs), 1);
            for (i, differs) in differs.data.iter().enumerate() {
                let weight = still * (-differs).exp();
                weights[i] += weight;
                let pixel = i * OUTPUTS..(i + 1) * OUTPUTS;
                sums[pixel.clone()].iter_mut().zip(&other.x0[pixel]).for_each(|(sum, v)| *sum += weight * v);
            }
        }
        sums.chunks_exact_mut(OUTPUTS).zip(&weights).filter(|(_, weight)| **weight > 1.0).for_each(|(p, w)| p.iter_mut().for_each(|v| *v /= w));
        sums
    }
}

impl<I, L> Iterator for Steady<'_, I, L>
where
    I: Iterator<Item = Result<(Frame, Vec<f32>)>>,
    L: Fn(&Frame) -> Plane,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let watch = self.watch;
        while self.held.len() - self.next <= self.reach {
            match self.source.as_mut().and_then(Iterator::next) {
                Some(Ok((frame, x0))) => watch.time(Stage::Inverse, || self.hold(frame, x0)),
                Some(Err(fault)) => {
                    (self.source, self.next) = (None, 0);
                    self.held.clear();
                    return Some(Err(fault));
                }
                None => {
                    self.source = None;
                    break;
                }
            }
        }
        let frame = self.held.get_mut(self.next)?.frame.take()?;
        let x0 = watch.time(Stage::Inverse, || self.together());
        self.next += 1;
        if self.next > self.reach {
            self.held.pop_front();
            self.next -= 1;
        }
        Some(Ok((frame, x0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_file::Fault;

    const SIDE: usize = 32;

    fn number(i: usize) -> f32 {
        let mut x = (i as u32).wrapping_mul(2_654_435_761);
        x = (x ^ (x >> 15)).wrapping_mul(2_246_822_519);
        (x ^ (x >> 13)) as f32 / u32::MAX as f32
    }

    /// A pattern that has moved by `shift` pixels under a light `bright`, and an estimate of it whose roughness is wrong by another tenth in every frame and
    /// whose left half shows another surface in every second frame where it is `torn`.
    fn item(index: usize, shift: usize, bright: f32, torn: bool) -> Result<(Frame, Vec<f32>)> {
        let rgb = (0..SIDE * SIDE).flat_map(|i| [bright * number((i / SIDE) * 977 + i % SIDE + shift); 3]).collect();
        let pixel = |i: usize| {
            let other = if torn && i % SIDE < SIDE / 2 { (index % 2) as f32 } else { 0.0 };
            [other, 0.2, 0.2, other, 0.0, 1.0 - other, 0.5, 0.3 + 0.2 * (number(index) - 0.5), -1.0]
        };
        Ok((Frame { width: SIDE, height: SIDE, rgb, alpha: None }, (0..SIDE * SIDE).flat_map(pixel).collect()))
    }

    fn through(items: Vec<Result<(Frame, Vec<f32>)>>, reach: usize) -> Vec<Result<Vec<f32>>> {
        let watch = Watch::silent();
        let grey = |frame: &Frame| Plane::new(SIDE, SIDE, 1, frame.rgb.iter().step_by(3).copied().collect());
        Steady::new(items.into_iter(), reach, &watch, grey).map(|item| item.map(|(_, x0)| x0)).collect()
    }

    /// Standard deviation over time of a number of a pixel in the middle of the right half.
    fn flicker(clip: &[Vec<f32>], number: usize) -> f32 {
        let values: Vec<f32> = clip.iter().map(|x0| x0[(16 * SIDE + 24) * OUTPUTS + number]).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
    }

    #[test]
    fn a_still_camera_averages_what_is_the_same_though_the_light_changes() {
        let clip = |torn| (0..12).map(|i| item(i, 0, 0.5 + 0.04 * i as f32, torn)).collect::<Vec<_>>();
        let plain: Vec<Vec<f32>> = through(clip(true), 0).into_iter().map(Result::unwrap).collect();
        let steady: Vec<Vec<f32>> = through(clip(true), REACH).into_iter().map(Result::unwrap).collect();
        assert!(plain == clip(true).into_iter().map(|item| item.unwrap().1).collect::<Vec<_>>() && steady.len() == 12);
        assert!(flicker(&steady, 7) < 0.35 * flicker(&plain, 7), "{} of {}", flicker(&steady, 7), flicker(&plain, 7));
        // What has become another thing is not mixed with what it was.
        let pixel = (16 * SIDE + 6) * OUTPUTS;
        assert!((0..12).all(|i| (steady[i][pixel] - (i % 2) as f32).abs() < 0.02), "{:?}", steady.iter().map(|x0| x0[pixel]).collect::<Vec<_>>());
    }

    #[test]
    fn a_camera_that_moves_averages_nothing() {
        let clip = |_| (0..8).map(|i| item(i, 3 * i, 1.0, false)).collect::<Vec<_>>();
        let (plain, steady) = (through(clip(0), 0), through(clip(1), REACH));
        assert!(plain.into_iter().zip(steady).all(|(a, b)| a.unwrap() == b.unwrap()));
    }

    #[test]
    fn every_frame_comes_once_and_a_fault_ends_the_stream() {
        for count in [0, 1, 5, 6, 20] {
            assert_eq!(through((0..count).map(|i| item(i, 0, 1.0, false)).collect(), REACH).len(), count);
        }
        let broken = (0..12).map(|i| if i == 9 { Err(Fault::new("bad", "mend")) } else { item(i, 0, 1.0, false) }).collect();
        let out = through(broken, REACH);
        assert!(out.len() == 5 && out[4].is_err() && out[..4].iter().all(Result::is_ok));
    }
}
