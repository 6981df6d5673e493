//! Mean and deviation of the latents, by which they are normalised.

use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use relight_tensor::Volume;

/// The spread that the diffusion network's data have: normalised latents are multiplied by it.
const SIGMA_DATA: f32 = 0.5;

/// Means and deviations `[channels][frames]`; of single pictures `[channels][1]`.
#[derive(Debug, Clone)]
pub struct Statistics {
    channels: usize,
    clip: [Vec<f32>; 2],
    picture: [Vec<f32>; 2],
}

impl Statistics {
    /// From `mean_std.pt` and `image_mean_std.pt`: each a pair of tensors, or one with the two stacked.
    ///
    /// # Errors
    /// They do not hold means and positive deviations for `channels` channels.
    pub fn new(clip: &Checkpoint, picture: &Checkpoint, channels: usize) -> Result<Self> {
        Ok(Self { channels, clip: pair(clip, channels)?, picture: pair(picture, channels)? })
    }

    /// Latent frames for which there are statistics.
    pub fn frames(&self) -> usize {
        self.clip[0].len() / self.channels
    }

    /// `(z − mean) / deviation · ½`: what the network works on.
    ///
    /// # Panics
    /// There are more frames than statistics, or other channels.
    pub fn normalise(&self, latents: &mut Volume) {
        self.each(latents, |z, mean, deviation| (z - mean) / deviation * SIGMA_DATA);
    }

    /// Undoes [`Statistics::normalise`].
    ///
    /// # Panics
    /// As there.
    pub fn restore(&self, latents: &mut Volume) {
        self.each(latents, |z, mean, deviation| z / SIGMA_DATA * deviation + mean);
    }

    fn each(&self, latents: &mut Volume, f: impl Fn(f32, f32, f32) -> f32) {
        let [means, deviations] = if latents.frames == 1 { &self.picture } else { &self.clip };
        let known = means.len() / self.channels;
        assert!(latents.channels == self.channels && latents.frames <= known, "statistics of {known} frames of {} channels", self.channels);
        let channels = self.channels;
        for t in 0..latents.frames {
            for pixel in latents.frame_mut(t).chunks_exact_mut(channels) {
                for (c, z) in pixel.iter_mut().enumerate() {
                    *z = f(*z, means[c * known + t], deviations[c * known + t]);
                }
            }
        }
    }
}

fn pair(file: &Checkpoint, channels: usize) -> Result<[Vec<f32>; 2]> {
    let names: Vec<&String> = file.tensors().keys().collect();
    let numbers = match names[..] {
        [mean, deviation] => [file.read(mean)?, file.read(deviation)?],
        [both] => {
            let both = file.read(both)?;
            let (mean, deviation) = both.split_at(both.len() / 2);
            [mean.to_vec(), deviation.to_vec()]
        }
        _ => [Vec::new(), Vec::new()],
    };
    let [mean, deviation] = &numbers;
    let whole = !mean.is_empty() && mean.len() == deviation.len() && mean.len().is_multiple_of(channels);
    if !whole || mean.iter().any(|m| !m.is_finite()) || deviation.iter().any(|d| !d.is_finite() || *d <= 0.0) {
        let cause = format!("{} holds no means and deviations of {channels} channels", file.path().display());
        return Err(Fault::new(cause, "download the tokenizer's mean_std.pt and image_mean_std.pt again"));
    }
    Ok(numbers)
}
