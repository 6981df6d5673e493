//! Where in and around a pixel its samples lie.

use std::{f32::consts::TAU, sync::OnceLock};

/// Half the width of the filter in pixels: Cycles calls it "width" and its default is 1.5.
const RADIUS: f32 = 1.5;
const ENTRIES: usize = 1024;

/// The Blackman-Harris window over −[`RADIUS`]..[`RADIUS`] (Harris, "On the Use of Windows for Harmonic Analysis", 1978, 4-term).
fn window(x: f32) -> f32 {
    let p = TAU * (x / (2.0 * RADIUS) + 0.5);
    0.35875 - 0.48829 * p.cos() + 0.14128 * (2.0 * p).cos() - 0.01168 * (3.0 * p).cos()
}

/// Quantiles of the window, from the lower end to the upper.
fn quantiles() -> &'static [f32; ENTRIES + 1] {
    static TABLE: OnceLock<[f32; ENTRIES + 1]> = OnceLock::new();
    TABLE.get_or_init(|| {
        const STEPS: usize = 1 << 14;
        let at = |i: usize| -RADIUS + 2.0 * RADIUS * (i as f32 + 0.5) / STEPS as f32;
        let total: f64 = (0..STEPS).map(|i| f64::from(window(at(i)))).sum();
        let mut table = [RADIUS; ENTRIES + 1];
        let (mut sum, mut next) = (0.0, 0);
        for i in 0..STEPS {
            let weight = f64::from(window(at(i))) / total;
            while next < ENTRIES && sum + weight > next as f64 / ENTRIES as f64 {
                let inside = ((next as f64 / ENTRIES as f64 - sum) / weight) as f32;
                table[next] = at(i) + (inside - 0.5) * 2.0 * RADIUS / STEPS as f32;
                next += 1;
            }
            sum += weight;
        }
        table
    })
}

/// Offsets from the pixel's centre, in pixels, for two random numbers: samples so placed weigh alike (filter importance sampling,
/// Ernst, Stamminger, Greiner 2006).
pub(crate) fn offset(random: [f32; 2]) -> [f32; 2] {
    let table = quantiles();
    random.map(|r| {
        let x = r * ENTRIES as f32;
        let i = (x as usize).min(ENTRIES - 1);
        table[i] + (x - i as f32) * (table[i + 1] - table[i])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_the_window() {
        let n = 4096;
        let xs: Vec<f32> = (0..n).map(|i| offset([(i as f32 + 0.5) / n as f32, 0.5])[0]).collect();
        let mean = xs.iter().sum::<f32>() / n as f32;
        let variance = xs.iter().map(|x| x * x).sum::<f32>() / n as f32;
        let (mut total, mut second) = (0.0, 0.0);
        for i in 0..10_000 {
            let x = -RADIUS + 2.0 * RADIUS * (i as f32 + 0.5) / 1e4;
            total += window(x);
            second += window(x) * x * x;
        }
        assert!(mean.abs() < 1e-3, "{mean}");
        assert!((variance / (second / total) - 1.0).abs() < 0.01, "{variance} {}", second / total);
        assert!(xs.iter().all(|x| x.abs() <= RADIUS));
    }
}
