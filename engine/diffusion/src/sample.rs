//! The sampler: the whole loop on one screen.

use crate::{Denoiser, Key, noise};

/// Estimates clean data: asks `denoiser` at every level of `sigmas` (see [`crate::schedule`]), renoising its last estimate in between.
///
/// The first question is asked with `x_sigma = 0`: at [`crate::SIGMA_MAX`] the noise says nothing, and the networks were trained so. Later ones see
/// `x0 + sigma · n`, as in training, with fresh noise of (key, step): multistep sampling of one-step models (Song et al. 2023, algorithm 1).
///
/// # Panics
/// `sigmas` is empty, or the denoiser's own reasons.
pub fn sample<D: Denoiser>(denoiser: &mut D, conditions: &D::Conditions, sigmas: &[f32], key: Key) -> Vec<f32> {
    assert!(!sigmas.is_empty(), "at least one noise level");
    let mut x = vec![0.0; denoiser.len(conditions)];
    let mut x0 = vec![0.0; x.len()];
    for (step, &sigma) in sigmas.iter().enumerate() {
        if step > 0 {
            x.copy_from_slice(&x0);
            noise(key, step as u32, sigma, &mut x);
        }
        denoiser.denoise(&x, sigma, conditions, &mut x0);
    }
    x0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule;

    /// The ideal denoiser of data that are N(mean, deviation²): the posterior mean.
    struct Ideal {
        deviation: f32,
        asked: Vec<(f32, f32)>,
    }

    impl Denoiser for Ideal {
        type Conditions = Vec<f32>;

        fn len(&self, mean: &Vec<f32>) -> usize {
            mean.len()
        }

        fn denoise(&mut self, x_sigma: &[f32], sigma: f32, mean: &Vec<f32>, x0: &mut [f32]) {
            self.asked.push((sigma, x_sigma[0]));
            let keep = self.deviation.powi(2) / (self.deviation.powi(2) + sigma * sigma);
            for ((out, x), mean) in x0.iter_mut().zip(x_sigma).zip(mean) {
                *out = mean + keep * (x - mean);
            }
        }
    }

    #[test]
    fn one_step_asks_at_the_top_with_zeros_and_more_steps_add_the_spread_of_the_data() {
        let mean = vec![0.5; 20_000];
        let mut ideal = Ideal { deviation: 0.3, asked: Vec::new() };
        let one = sample(&mut ideal, &mean, &schedule(1), Key::default());
        assert_eq!(ideal.asked, [(80.0, 0.0)]);
        assert!(one.iter().all(|x| (x - 0.5).abs() < 1e-4));
        let four = sample(&mut ideal, &mean, &schedule(4), Key::default());
        let average = four.iter().sum::<f32>() / four.len() as f32;
        let spread = (four.iter().map(|x| (x - average).powi(2)).sum::<f32>() / four.len() as f32).sqrt();
        assert!((average - 0.5).abs() < 0.01 && (0.1..0.3).contains(&spread), "{average} {spread}");
        assert_eq!(four, sample(&mut ideal, &mean, &schedule(4), Key::default()));
        assert_ne!(four, sample(&mut ideal, &mean, &schedule(4), Key { seed: 1, ..Key::default() }));
    }
}
