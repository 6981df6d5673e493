//! One row a pixel: what each texel of the map adds to it.

use crate::{grid, view::View};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use relight_shade::{Met, Probe, Seen};
use std::f32::consts::PI;

/// Rays of the specular lobe.
const LOBE: usize = 24;
/// Codes from which on a channel is taken for clipped: what it shows is the least that it may have been.
const CLIPPED: f32 = 0.985;
/// Smallest GGX alpha of a lobe: a narrower one falls between the texels.
const SMOOTHEST: f32 = 0.01;

/// A pixel.
pub(crate) struct Row {
    /// Irradiance over π for radiance 1 from each texel, what is hidden left out.
    pub diffuse: Vec<f32>,
    /// Radiance in the specular lobe for radiance 1 from each texel.
    pub specular: Vec<f32>,
    /// Factors of both, by channel.
    pub factors: [Vec3; 2],
    /// What the pixel shows less the light that comes from other surfaces, 0 or more.
    pub light: Vec3,
    /// What it shows.
    pub shown: Vec3,
    /// It is clipped: any brighter light would fit, too.
    pub clipped: bool,
    /// Which frame and pixel.
    pub frame: usize,
    pub pixel: usize,
}

impl Row {
    /// The row of one channel.
    pub fn channel(&self, c: usize, into: &mut [f32]) {
        let (kd, ks) = (self.factors[0][c], self.factors[1][c]);
        for ((out, d), s) in into.iter_mut().zip(&self.diffuse).zip(&self.specular) {
            *out = kd * d + ks * s;
        }
    }
}

/// Rows of `pixels` of one frame, in the world.
pub(crate) fn rows(view: &View, probe: &Probe, frame: usize, pixels: &[usize]) -> Vec<Row> {
    let to_world = Mat3::from_mat4(view.camera.to_world);
    let rgb = view.buffers.rgb.as_deref().unwrap_or_default();
    let colour = |i: usize| Vec3::from_slice(&rgb[3 * i..]) / view.buffers.alpha[i].max(1.0 / 32.0);
    let mean = {
        let front: Vec<usize> = (0..view.buffers.alpha.len()).filter(|i| view.buffers.alpha[*i] > 0.5).collect();
        front.iter().map(|i| colour(*i)).sum::<Vec3>() / front.len().max(1) as f32
    };
    let one = |&pixel: &usize| -> Option<Row> {
        let seen = probe.seen(pixel)?;
        let shown = colour(pixel);
        let meet = |d: Vec3, shift: usize| match probe.meet(pixel, d, shift) {
            Met::Sky => Some(None),
            Met::Pixel(hit) => Some(Some(colour(hit))),
            Met::Beyond => Some(Some(mean)),
            Met::Inside => None,
        };
        let (diffuse, around) = cosine(&seen, &to_world, pixel, &meet);
        let (specular, mirrored) = lobe(&seen, &to_world, view.buffers.roughness[pixel], &meet);
        let light = (shown - seen.diffuse * around - seen.specular * mirrored).max(Vec3::ZERO);
        let clipped = shown.max_element() >= CLIPPED;
        Some(Row { diffuse, specular, factors: [seen.diffuse, seen.specular], light, shown, clipped, frame, pixel })
    };
    pixels.par_iter().filter_map(one).collect()
}

/// What a ray meets: nothing to say (it goes into the surface), the sky, or something of a colour.
type Meeting = Option<Option<Vec3>>;

/// The cosine over the hemisphere, one ray a texel, and the irradiance over π from other surfaces.
fn cosine(seen: &Seen, to_world: &Mat3, pixel: usize, meet: &impl Fn(Vec3, usize) -> Meeting) -> (Vec<f32>, Vec3) {
    let to_camera = to_world.transpose();
    let mut row = vec![0.0f32; grid::TEXELS];
    let (mut around, mut whole) = (Vec3::ZERO, 0.0);
    for texel in 0..grid::TEXELS {
        let (d, area) = grid::within(texel, [jitter(pixel, 2 * texel), jitter(pixel, 2 * texel + 1)]);
        let local = to_camera * d;
        let weight = seen.normal.dot(local) * area / PI;
        if weight <= 0.0 {
            continue;
        }
        match meet(local, pixel + texel) {
            None => continue,
            Some(None) => grid::splat(d, weight, &mut row),
            Some(Some(colour)) => around += colour * weight,
        }
        whole += weight;
    }
    // One ray a texel does not integrate the cosine to 1 exactly; white light has to give 1.
    let scale = 1.0 / f32::max(whole, 1e-3);
    row.iter_mut().for_each(|v| *v *= scale);
    (row, around * scale)
}

/// The prefiltered lobe about the mirror direction (Karis, "Real Shading in Unreal Engine 4", 2013: view = normal = mirror direction,
/// weighted by n·l), and what it shows of other surfaces.
fn lobe(seen: &Seen, to_world: &Mat3, roughness: f32, meet: &impl Fn(Vec3, usize) -> Meeting) -> (Vec<f32>, Vec3) {
    let alpha = (roughness * roughness).max(SMOOTHEST);
    let (t, b) = seen.mirror.any_orthonormal_pair();
    let mut row = vec![0.0f32; grid::TEXELS];
    let (mut mirrored, mut whole) = (Vec3::ZERO, 0.0);
    for k in 0..LOBE {
        // Hammersley points; half vectors from D·(n·h) (Walter et al., "Microfacet Models for Refraction", 2007, equation 35).
        let (u, v) = ((k as f32 + 0.5) / LOBE as f32, (k as u32).reverse_bits() as f32 / 4_294_967_296.0);
        let cos = ((1.0 - u) / (1.0 + (alpha * alpha - 1.0) * u)).sqrt();
        let sin = (1.0 - cos * cos).max(0.0).sqrt();
        let h = (t * (2.0 * PI * v).cos() + b * (2.0 * PI * v).sin()) * sin + seen.mirror * cos;
        let d = (2.0 * cos * h - seen.mirror).normalize();
        let weight = seen.mirror.dot(d);
        if weight <= 0.0 {
            continue;
        }
        match meet(d, k) {
            None => continue,
            Some(None) => grid::splat(*to_world * d, weight, &mut row),
            Some(Some(colour)) => mirrored += colour * weight,
        }
        whole += weight;
    }
    if whole <= 0.0 {
        grid::splat(*to_world * seen.mirror, 1.0, &mut row);
        return (row, Vec3::ZERO);
    }
    row.iter_mut().for_each(|v| *v /= whole);
    (row, mirrored / whole)
}

/// A number in 0..1 that belongs to two others (the finaliser of SplitMix64).
fn jitter(a: usize, b: usize) -> f32 {
    let mut x = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (b as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 40) as f32 / (1u64 << 24) as f32
}

/// What a small source in world direction `d` of irradiance π at normal incidence adds to each row: irradiance over π, and radiance in the lobe
/// (its density about the mirror direction times π, for a source no smaller than `size` radians across).
pub(crate) fn source(rows: &[Row], views: &[View], probes: &[Probe], d: Vec3, size: f32) -> Vec<[f32; 2]> {
    let one = |row: &Row| -> [f32; 2] {
        let (view, probe) = (&views[row.frame], &probes[row.frame]);
        let Some(seen) = probe.seen(row.pixel) else { return [0.0; 2] };
        let local = (Mat3::from_mat4(view.camera.to_world).transpose() * d).normalize();
        let cosine = seen.normal.dot(local);
        if cosine <= 0.0 || probe.meet(row.pixel, local, row.pixel) != Met::Sky {
            return [0.0; 2];
        }
        let roughness = view.buffers.roughness[row.pixel];
        [cosine, PI * density(seen.mirror.dot(local), roughness, size)]
    };
    rows.par_iter().map(one).collect()
}

/// Density over solid angle of the prefiltered lobe at `cosine` to the mirror direction: D (n·h) / (4 v·h) · (n·l) with v = n, over its integral.
fn density(cosine: f32, roughness: f32, size: f32) -> f32 {
    if cosine <= 0.0 {
        return 0.0;
    }
    // A source of some width is seen as if the lobe were wider (Karis 2013, "representative point" for spheres).
    let alpha = ((roughness * roughness).max(SMOOTHEST) + 0.5 * size).min(0.99);
    let a = alpha * alpha;
    // n·h = v·h here.
    let bend = 0.5 * (1.0 + cosine) * (a - 1.0) + 1.0;
    // ∫ over the hemisphere in closed form, from 1 (mirror) to ¼ (alpha 1).
    let k = 1.0 - a;
    let whole = (k + 2.0 * a * (2.0 * a / (1.0 + a)).ln()) / (k * k);
    a / (4.0 * PI * bend * bend) * cosine / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lobe_density_integrates_to_one() {
        for roughness in [0.2f32, 0.5, 0.8, 1.0] {
            let n = 20_000;
            let sum: f32 = (0..n).map(|i| density((i as f32 + 0.5) / n as f32, roughness, 0.0) * 2.0 * PI / n as f32).sum();
            assert!((sum - 1.0).abs() < 0.02, "{roughness}: {sum}");
        }
    }
}
