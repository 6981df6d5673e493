//! Directions drawn in proportion to the light that comes from them.

use crate::{Environment, environment::luminance};
use glam::{Vec3, Vec4};
use std::f32::consts::PI;

/// Draws directions with a density that follows the *bilinear* map exactly (Rec.709 luminance), up to the sine that
/// varies within a row.
///
/// A bilinear map is a sum of tents, one a texel. A texel is drawn by weight = luminance x sine of its row's polar
/// angle (row first, then column: Pharr, Jakob, Humphreys, *Physically Based Rendering*, 4th ed., 2.4), then a point
/// under its tent. Tents that reach beyond a pole fold back, which is what holding the first row to the pole means. So
/// no direction carries light and no density.
#[derive(Debug, Clone)]
pub struct Sampler {
    /// The map's radiance and, last, the weight of each texel, scaled so that weights average 1: side by side, as both are looked up at once.
    texels: Vec<Vec4>,
    /// Its sides alone.
    shape: Environment,
    rows: Vec<f32>,
    columns: Vec<f32>,
}

impl Sampler {
    /// Prepares drawing from `map`; a black one is drawn from uniformly.
    pub fn new(map: &Environment) -> Self {
        let (w, h) = (map.width, map.height);
        let sine = |y: usize| (PI * (y as f32 + 0.5) / h as f32).sin();
        let mut weights: Vec<f32> = (0..w * h).map(|i| luminance(Vec3::from_slice(&map.rgb[3 * i..])).max(0.0) * sine(i / w)).collect();
        let mut total: f64 = weights.iter().map(|v| *v as f64).sum();
        if total.is_nan() || total <= 0.0 {
            weights = (0..w * h).map(|i| sine(i / w)).collect();
            total = weights.iter().map(|v| *v as f64).sum();
        }
        let scale = (w * h) as f64 / total;
        weights.iter_mut().for_each(|v| *v = (*v as f64 * scale) as f32);
        let mut columns = Vec::with_capacity(w * h);
        let mut sums = Vec::with_capacity(h);
        for row in weights.chunks_exact(w) {
            sums.push(cumulate(row, &mut columns));
        }
        let mut rows = Vec::with_capacity(h);
        let sums: Vec<f32> = sums.iter().map(|s| *s as f32).collect();
        cumulate(&sums, &mut rows);
        let texels = map.rgb.chunks_exact(3).zip(&weights).map(|(rgb, weight)| Vec3::from_slice(rgb).extend(*weight)).collect();
        Self { texels, shape: Environment { width: w, height: h, rgb: Vec::new() }, rows, columns }
    }

    /// A unit direction in the map's frame from two numbers in [0, 1), its density per steradian, and the radiance from there.
    pub fn sample(&self, random: [f32; 2]) -> (Vec3, f32, Vec3) {
        let (w, h) = (self.shape.width, self.shape.height);
        let (y, ry) = find(&self.rows, random[1]);
        let (x, rx) = find(&self.columns[y * w..(y + 1) * w], random[0]);
        let u = ((x as f32 + 0.5 + tent(rx)) / w as f32).rem_euclid(1.0);
        let v = fold((y as f32 + 0.5 + tent(ry)) / h as f32);
        // The sine at the pole itself is 0: keep a hundredth of a texel away.
        let v = v.clamp(0.01 / h as f32, 1.0 - 0.01 / h as f32);
        let (radiance, pdf) = self.at(u, v, (v * PI).sin());
        (Environment::direction(u, v), pdf, radiance)
    }

    /// Radiance from unit direction `d` of the map's frame ([`Environment::radiance`]), and the density per steradian of drawing it.
    #[inline]
    pub fn look(&self, d: Vec3) -> (Vec3, f32) {
        let (u, v) = Environment::fractions(d);
        self.at(u, v, (d.x * d.x + d.z * d.z).sqrt())
    }

    /// Radiance and density at column and row fractions; `sine` is that of the polar angle.
    #[inline]
    fn at(&self, u: f32, v: f32, sine: f32) -> (Vec3, f32) {
        let sum: Vec4 = self.shape.taps(u, v).iter().map(|(i, weight)| self.texels[*i] * *weight).sum();
        let sine = sine.max(0.005 * PI / self.shape.height as f32);
        (sum.truncate(), sum.w / (2.0 * PI * PI * sine))
    }
}

/// Appends the running sums of `weights`, scaled to end at 1 (uniform when all are 0); returns their sum.
fn cumulate(weights: &[f32], into: &mut Vec<f32>) -> f64 {
    let total: f64 = weights.iter().map(|w| *w as f64).sum();
    let mut sum = 0.0;
    for (i, weight) in weights.iter().enumerate() {
        sum += *weight as f64;
        let part = if total > 0.0 { sum / total } else { (i + 1) as f64 / weights.len() as f64 };
        into.push(part as f32);
    }
    total
}

/// The interval of `sums` that `random` falls into, and how far into it, 0..1.
fn find(sums: &[f32], random: f32) -> (usize, f32) {
    let i = sums.partition_point(|s| *s <= random).min(sums.len() - 1);
    let low = if i == 0 { 0.0 } else { sums[i - 1] };
    let width = (sums[i] - low).max(f32::MIN_POSITIVE);
    (i, ((random - low) / width).clamp(0.0, 1.0))
}

/// A point of the tent function on [−1, 1].
fn tent(random: f32) -> f32 {
    if random < 0.5 { (2.0 * random).sqrt() - 1.0 } else { 1.0 - (2.0 - 2.0 * random).max(0.0).sqrt() }
}

fn fold(v: f32) -> f32 {
    let v = v.abs();
    if v > 1.0 { 2.0 - v } else { v }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spotted() -> Environment {
        let mut map = Environment::constant(16, 8, [0.1, 0.2, 0.3]);
        for (x, y, value) in [(3, 0, 40.0), (9, 4, 500.0), (15, 7, 20.0), (0, 2, 90.0)] {
            map.rgb[3 * (y * 16 + x)..][..3].fill(value);
        }
        map
    }

    #[test]
    fn what_is_drawn_has_the_density_that_is_told_and_estimates_the_mean_with_little_noise() {
        let map = spotted();
        let sampler = Sampler::new(&map);
        let n = 1 << 14;
        let (mut sum, mut worst) = (0.0f64, 0.0f32);
        for i in 0..n {
            let (d, pdf, radiance) = sampler.sample([(i as f32 + 0.5) / n as f32, (i as u32).reverse_bits() as f32 / 4_294_967_296.0]);
            let (seen, told) = sampler.look(d);
            assert!((told / pdf - 1.0).abs() < 0.02, "{told} {pdf} at {d}");
            for other in [radiance, map.radiance(d)] {
                assert!(seen.abs_diff_eq(other, 0.01 * other.max_element()), "{seen} {other} at {d}");
            }
            let value = luminance(seen) / pdf;
            worst = worst.max(value);
            sum += value as f64;
        }
        let mut truth = 0.0f64;
        let (cols, rows) = (1600, 800);
        let fine = Environment::constant(cols, rows, [0.0; 3]);
        for y in 0..rows {
            for x in 0..cols {
                let d = Environment::direction((x as f32 + 0.5) / cols as f32, (y as f32 + 0.5) / rows as f32);
                truth += (luminance(map.radiance(d)) * fine.solid_angle(y)) as f64;
            }
        }
        let mean = sum / n as f64;
        assert!((mean / truth - 1.0).abs() < 0.01, "{mean} {truth}");
        assert!((worst as f64) < 3.0 * truth, "a firefly of {worst} against {truth}");
    }

    #[test]
    fn the_density_integrates_to_one_and_a_black_map_can_be_drawn_from() {
        for map in [spotted(), Environment::constant(8, 4, [0.0; 3])] {
            let sampler = Sampler::new(&map);
            let fine = Environment::constant(800, 400, [0.0; 3]);
            let sum: f64 = (0..800 * 400)
                .map(|i| {
                    let d = Environment::direction(((i % 800) as f32 + 0.5) / 800.0, ((i / 800) as f32 + 0.5) / 400.0);
                    (sampler.look(d).1 * fine.solid_angle(i / 800)) as f64
                })
                .sum();
            assert!((sum - 1.0).abs() < 2e-3, "{sum}");
        }
    }
}
