//! Noise levels and the Euler step of the official models' sampler, for networks that predict v.

/// Noise levels spaced by equation 5 of Karras et al. 2022 (EDM).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Karras {
    /// The last level above 0.
    pub min: f64,
    /// The first level.
    pub max: f64,
    /// Exponent of the spacing; 7 everywhere so far.
    pub rho: f64,
}

impl Default for Karras {
    /// Stable Video Diffusion's: 700 to .002 with rho 7.
    fn default() -> Self {
        Self { min: 0.002, max: 700.0, rho: 7.0 }
    }
}

impl Karras {
    /// `steps` falling levels and a final 0: `(max^(1/rho) + i/(n−1) · (min^(1/rho) − max^(1/rho)))^rho`, computed in f64. One step starts at `max`.
    ///
    /// # Panics
    /// `steps` is zero.
    pub fn levels(&self, steps: usize) -> Vec<f32> {
        assert!(steps > 0, "at least one step");
        let (high, low) = (self.max.powf(self.rho.recip()), self.min.powf(self.rho.recip()));
        let along = |i: usize| if steps == 1 { 0.0 } else { i as f64 / (steps - 1) as f64 };
        let level = |i: usize| (high + along(i) * (low - high)).powf(self.rho) as f32;
        (0..steps).map(level).chain([0.0]).collect()
    }
}

/// What a v-predicting network is told of the level: `ln(sigma) / 4` (EDM, table 1, c_noise).
pub fn c_noise(sigma: f32) -> f32 {
    0.25 * sigma.ln()
}

/// By what a v-predicting network's noisy input is multiplied: `1 / sqrt(sigma² + 1)`.
pub fn c_in(sigma: f32) -> f32 {
    (sigma * sigma + 1.0).sqrt().recip()
}

/// One Euler step from level `sigma` to `next` for a network that predicted `v` (Salimans & Ho 2022): `x0 = x/(sigma²+1) − v · sigma/sqrt(sigma²+1)`, then
/// `x += (x − x0)/sigma · (next − sigma)`. A step to 0 leaves x0.
///
/// # Panics
/// `x` and `v` differ in length.
pub fn euler_v(x: &mut [f32], v: &[f32], sigma: f32, next: f32) {
    assert_eq!(x.len(), v.len(), "one v for each number");
    let square = sigma * sigma + 1.0;
    let of_v = -sigma / square.sqrt();
    for (x, v) in x.iter_mut().zip(v) {
        let x0 = v * of_v + *x / square;
        *x += (*x - x0) / sigma * (next - sigma);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_fall_from_max_to_min_to_nothing() {
        let levels = Karras::default().levels(20);
        assert!(levels.len() == 21 && levels[0] == 700.0 && levels[20] == 0.0);
        assert!((levels[19] - 0.002).abs() < 1e-8 && levels.windows(2).all(|pair| pair[1] < pair[0]));
        assert_eq!(Karras::default().levels(1), [700.0, 0.0]);
    }

    #[test]
    fn a_network_that_knows_the_answer_reaches_it_in_any_number_of_steps() {
        // v of data y and unit noise n at x = y + sigma n is (n − sigma y)/sqrt(sigma² + 1).
        let (y, n) = (0.37_f32, -1.2_f32);
        for steps in [1, 3, 30] {
            let levels = Karras { max: 80.0, ..Karras::default() }.levels(steps);
            let mut x = [y + levels[0] * n];
            for pair in levels.windows(2) {
                let v = (n - pair[0] * y) * c_in(pair[0]);
                euler_v(&mut x, &[v], pair[0], pair[1]);
            }
            assert!((x[0] - y).abs() < 1e-3, "{steps}: {}", x[0]);
        }
    }
}
