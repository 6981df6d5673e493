//! Pictures as the measures take them.

use relight_gbuffer::GBuffer;
use relight_video::transfer::encode;

/// Which pixels count: true alpha above .5.
#[derive(Debug, Clone)]
pub struct Mask {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// One a pixel.
    pub inside: Vec<bool>,
}

impl Mask {
    /// The foreground of true buffers.
    pub fn of(truth: &GBuffer) -> Self {
        Self { width: truth.width, height: truth.height, inside: truth.alpha.iter().map(|a| *a > 0.5).collect() }
    }

    /// The pixels that count.
    pub fn pixels(&self) -> impl Iterator<Item = usize> + '_ {
        self.inside.iter().enumerate().filter(|(_, inside)| **inside).map(|(i, _)| i)
    }
}

/// A picture as sRGB codes in [0, 1], `width * height * 3`.
#[derive(Debug, Clone)]
pub struct Codes(pub Vec<f32>);

impl Codes {
    /// Encodes linear light times a factor a channel; what is no number counts as black.
    pub fn new(linear: &[f32], factors: [f32; 3]) -> Self {
        let clip = |v: f32| if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) };
        let mut codes: Vec<f32> = linear.chunks_exact(3).flat_map(|p| [0, 1, 2].map(|c| clip(p[c] * factors[c]))).collect();
        encode(&mut codes);
        Self(codes)
    }
}

/// The factor of each channel that brings a clip's predictions nearest to the truth by least squares in linear light, both clipped to
/// [0, 1], over the foreground: `Σ p t / Σ p²`. 1 where all predictions are black.
pub fn factors(predicted: &[&[f32]], truth: &[&[f32]], masks: &[Mask]) -> [f32; 3] {
    let mut sums = [[0.0f64; 2]; 3];
    for ((p, t), mask) in predicted.iter().zip(truth).zip(masks) {
        for i in mask.pixels() {
            for (c, [both, own]) in sums.iter_mut().enumerate() {
                let (p, t) = (f64::from(p[3 * i + c].clamp(0.0, 1.0)), f64::from(t[3 * i + c].clamp(0.0, 1.0)));
                *both += p * t;
                *own += p * p;
            }
        }
    }
    sums.map(|[both, own]| if own > 0.0 && both.is_finite() { (both / own) as f32 } else { 1.0 })
}
