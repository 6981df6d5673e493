//! EDM's preconditioning and its plain Euler sampler (Karras et al. 2022).

use crate::Denoiser;

/// The preconditioning of EDM, table 1, for data of deviation `data`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edm {
    /// Standard deviation of the data.
    pub data: f32,
}

impl Default for Edm {
    /// .5, as in the paper and in the official networks.
    fn default() -> Self {
        Self { data: 0.5 }
    }
}

impl Edm {
    /// By what the network's noisy input is multiplied.
    pub fn c_in(&self, sigma: f32) -> f32 {
        (sigma * sigma + self.data * self.data).sqrt().recip()
    }

    /// How much of the noisy data the estimate keeps.
    pub fn c_skip(&self, sigma: f32) -> f32 {
        self.data * self.data / (sigma * sigma + self.data * self.data)
    }

    /// How much the network's answer counts in the estimate.
    pub fn c_out(&self, sigma: f32) -> f32 {
        sigma * self.data / (sigma * sigma + self.data * self.data).sqrt()
    }

    /// What the network is told of the level.
    pub fn c_noise(&self, sigma: f32) -> f32 {
        crate::c_noise(sigma)
    }

    /// The official noise levels: `steps` of equation 5 from 80 to .02 with rho 7, then 0. In f32 as the official scheduler computes them: [`crate::Karras`]
    /// in f64 differs by two units in the last place.
    ///
    /// # Panics
    /// `steps` is zero.
    pub fn levels(steps: usize) -> Vec<f32> {
        assert!(steps > 0, "at least one step");
        let (high, low) = (80f64.powf(1.0 / 7.0), 0.02f64.powf(1.0 / 7.0));
        let (first, slope) = (high as f32, (low - high) as f32);
        let apart = 1.0 / (steps.max(2) - 1) as f32;
        // The second half is counted from the end, as torch's `linspace` does.
        let along = |i: usize| if i < steps.div_ceil(2) { apart * i as f32 } else { 1.0 - apart * (steps - 1 - i) as f32 };
        (0..steps).map(|i| (first + along(i) * slope).powf(7.0)).chain([0.0]).collect()
    }

    /// By what unit noise is multiplied to begin at level `sigma`: `sqrt(sigma² + 1)`, which the official scheduler uses instead of sigma.
    pub fn start(sigma: f32) -> f32 {
        (f64::from(sigma) * f64::from(sigma) + 1.0).sqrt() as f32
    }
}

/// Deterministic Euler steps of the probability flow through `levels`, which end with 0: `x += (x − x0)/sigma · (next − sigma)` (algorithm 1 of the paper,
/// without its correction). `x` begins at the first level; `after` hears of every step with the state it left and may end the job with an error.
///
/// # Errors
/// Those of `after`.
///
/// # Panics
/// `x` does not have [`Denoiser::len`] numbers.
pub fn euler<D: Denoiser, E>(
    denoiser: &mut D,
    conditions: &D::Conditions,
    levels: &[f32],
    x: &mut [f32],
    mut after: impl FnMut(usize, &[f32]) -> Result<(), E>,
) -> Result<(), E> {
    assert_eq!(x.len(), denoiser.len(conditions), "numbers of the data");
    let mut x0 = vec![0.0; x.len()];
    for (step, pair) in levels.windows(2).enumerate() {
        denoiser.denoise(x, pair[0], conditions, &mut x0);
        for (x, x0) in x.iter_mut().zip(&x0) {
            *x += (*x - x0) / pair[0] * (pair[1] - pair[0]);
        }
        after(step, x)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Knows the answer.
    struct Certain;

    impl Denoiser for Certain {
        type Conditions = Vec<f32>;

        fn len(&self, answer: &Vec<f32>) -> usize {
            answer.len()
        }

        fn denoise(&mut self, _: &[f32], _: f32, answer: &Vec<f32>, x0: &mut [f32]) {
            x0.copy_from_slice(answer);
        }
    }

    #[test]
    fn euler_ends_at_the_estimate_and_tells_every_step() {
        let answer = vec![0.25, -1.5];
        let (mut x, mut steps) = (vec![70.0, -90.0], Vec::new());
        let told = euler(&mut Certain, &answer, &Edm::levels(4), &mut x, |step, _| {
            steps.push(step);
            Ok::<_, Infallible>(())
        });
        assert!(told.is_ok() && steps == [0, 1, 2, 3]);
        assert!(x.iter().zip(&answer).all(|(x, y)| (x - y).abs() < 1e-4), "{x:?}");
        let stopped = euler(&mut Certain, &answer, &Edm::levels(4), &mut x, |_, _| Err("stop"));
        assert_eq!(stopped, Err("stop"));
    }

    #[test]
    fn preconditioning_keeps_the_input_at_unit_spread() {
        let edm = Edm::default();
        for sigma in [0.02_f32, 0.5, 80.0] {
            assert!((edm.c_in(sigma) * (sigma * sigma + 0.25).sqrt() - 1.0).abs() < 1e-6);
            assert!((edm.c_skip(sigma).powi(2) * sigma * sigma + (1.0 - edm.c_skip(sigma)).powi(2) * 0.25 - edm.c_out(sigma).powi(2)).abs() < 1e-6);
        }
    }
}
