//! The one contract between samplers and networks.

/// Anything that estimates clean data from noisy data: `x0 = f(x_sigma, sigma, conditions)`.
///
/// `x_sigma = x0 + sigma · n` with n standard normal ("variance exploding", Karras et al. 2022, EDM). At [`crate::SIGMA_MAX`] the data carry no
/// information and a network may have been trained with `x_sigma = 0` there, which is what [`crate::sample`] gives it.
pub trait Denoiser {
    /// What the estimate may depend on beside the noisy data; it says how large they are.
    type Conditions;

    /// How many numbers `x_sigma` and `x0` have under these conditions.
    fn len(&self, conditions: &Self::Conditions) -> usize;

    /// Writes the estimate of the clean data to `x0`.
    ///
    /// # Panics
    /// `x_sigma` or `x0` does not have [`Denoiser::len`] numbers, or the conditions contradict themselves.
    fn denoise(&mut self, x_sigma: &[f32], sigma: f32, conditions: &Self::Conditions, x0: &mut [f32]);
}
