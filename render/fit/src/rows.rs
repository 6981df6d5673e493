//! One row a pixel: what each texel of the map adds to it.

use crate::{grid, view::View};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use relight_light::{brdf, frame, schlick, smith, visible_normal};
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

/// A pixel's glossy lobe: GGX as it is seen from the viewer, so that it is drawn out where the view slants.
struct Lobe {
    /// Tangent, bitangent and normal, camera space.
    frame: [Vec3; 3],
    /// Towards the viewer, in that frame.
    view: Vec3,
    f0: f32,
    alpha: f32,
}

impl Lobe {
    /// For a source `size` radians across: it is seen as if the lobe were wider (Karis, "Real Shading in Unreal Engine 4", 2013, "representative
    /// point" for spheres).
    fn new(seen: &Seen, roughness: f32, size: f32) -> Self {
        let (t, b) = frame(seen.normal);
        // As in the shader: at n·v below .05 everything is edge on.
        let view = Vec3::new(t.dot(seen.view), b.dot(seen.view), seen.normal.dot(seen.view).max(0.05)).normalize();
        let alpha = ((roughness * roughness).max(SMOOTHEST) + 0.5 * size).min(0.99);
        Self { frame: [t, b, seen.normal], view, f0: seen.f0, alpha }
    }

    /// What of light from direction `l` a facet sends to the viewer that turns to the half vector `h`: Schlick's Fresnel factor, and masking
    /// of `l` where the facet is seen.
    fn sent(&self, h: Vec3, l: Vec3) -> f32 {
        let alpha2 = self.alpha * self.alpha;
        let behind = 1.0 + smith(self.view.z, alpha2);
        schlick(self.f0, self.view.dot(h)) * behind / (behind + smith(l.z.max(1e-3), alpha2))
    }

    /// Directions and weights of rays that fill it, camera space: Hammersley points of visible normals; those that go under the surface are left out.
    fn rays(&self) -> impl Iterator<Item = (Vec3, f32)> + '_ {
        (0..LOBE).filter_map(|k| {
            let (u, v) = ((k as f32 + 0.5) / LOBE as f32, (k as u32).reverse_bits() as f32 / 4_294_967_296.0);
            let h = visible_normal(self.view, self.alpha, (u.sqrt() * (2.0 * PI * v).cos(), u.sqrt() * (2.0 * PI * v).sin()));
            let l = 2.0 * self.view.dot(h) * h - self.view;
            let [t, b, n] = self.frame;
            (l.z > 0.0).then(|| ((t * l.x + b * l.y + n * l.z).normalize(), self.sent(h, l)))
        })
    }

    /// Density over solid angle of what it sends on from unit `d` in camera space: `G₁ D / 4 n·v` of visible normals (Heitz 2018, eq. 17) times the weight,
    /// over its integral, which is the second factor of the split sum.
    fn density(&self, d: Vec3) -> f32 {
        let [t, b, n] = self.frame;
        let l = Vec3::new(t.dot(d), b.dot(d), n.dot(d));
        let h = (l + self.view).normalize_or(Vec3::Z);
        if l.z <= 0.0 {
            return 0.0;
        }
        let a = self.alpha * self.alpha;
        let bend = h.z * h.z * (a - 1.0) + 1.0;
        let (scale, bias) = brdf(self.view.z, self.alpha.sqrt());
        a / (PI * bend * bend) / (4.0 * self.view.z * (1.0 + smith(self.view.z, a))) * self.sent(h, l) / (self.f0 * scale + bias).max(1e-3)
    }
}

/// What a pixel's lobe shows of each texel, and what of other surfaces.
fn lobe(seen: &Seen, to_world: &Mat3, roughness: f32, meet: &impl Fn(Vec3, usize) -> Meeting) -> (Vec<f32>, Vec3) {
    let mut row = vec![0.0f32; grid::TEXELS];
    let (mut mirrored, mut whole) = (Vec3::ZERO, 0.0);
    for (k, (d, weight)) in Lobe::new(seen, roughness, 0.0).rays().enumerate() {
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
/// (its density there times π, for a source no smaller than `size` radians across).
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
        [cosine, PI * Lobe::new(&seen, roughness, size).density(local)]
    };
    rows.par_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_of_a_lobe_is_that_of_its_rays() {
        for (roughness, slant) in [(0.3f32, 0.0f32), (0.5, 0.9), (0.8, 1.3), (1.0, 0.5)] {
            let view = Vec3::new(slant.sin(), 0.0, slant.cos());
            let seen = Seen {
                position: -Vec3::Z,
                normal: Vec3::Z,
                facet: Vec3::Z,
                view,
                mirror: Vec3::Z,
                diffuse: Vec3::ZERO,
                specular: Vec3::ONE,
                f0: 0.04,
            };
            let lobe = Lobe::new(&seen, roughness, 0.0);
            let middle = lobe.rays().map(|(d, w)| d * w).sum::<Vec3>() / lobe.rays().map(|(_, w)| w).sum::<f32>();
            let (steps, mut whole, mut centre) = (400, 0.0, Vec3::ZERO);
            for i in 0..steps * steps {
                // Even over the hemisphere's area.
                let (z, phi) = (((i / steps) as f32 + 0.5) / steps as f32, 2.0 * PI * ((i % steps) as f32 + 0.5) / steps as f32);
                let d = Vec3::new((1.0 - z * z).sqrt() * phi.cos(), (1.0 - z * z).sqrt() * phi.sin(), z);
                let part = lobe.density(d) * 2.0 * PI / (steps * steps) as f32;
                whole += part;
                centre += d * part;
            }
            assert!((whole - 1.0).abs() < 0.12, "{roughness} {slant}: {whole}");
            assert!((centre / whole).abs_diff_eq(middle, 0.2), "{roughness} {slant}: {centre} {middle}");
        }
    }
}
