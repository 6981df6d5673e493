//! First pass: every pixel's rays.

use crate::{
    Settings,
    dome::Dome,
    lamp::{LAMPS, luminance},
    march::{MISS, NONE, Steps},
    pattern, sound,
    view::Scene,
};
use glam::Vec3;
use rayon::prelude::*;
use relight_light::{frame, visible_normal};

/// The light, turned into camera space for one frame.
pub(crate) struct Sky {
    /// Lamps: camera-space direction and irradiance over π at normal incidence.
    pub lamps: Vec<(Vec3, Vec3)>,
    /// Radiance of the rest from camera-space directions, coarse.
    pub rest: Dome,
}

/// The directions and steps of all sixteen turns, made once a frame.
struct Patterns {
    cosine: Vec<Vec3>,
    disc: Vec<(f32, f32)>,
    fine: Vec<Steps>,
    coarse: Vec<Steps>,
}

impl Patterns {
    fn new(settings: &Settings, reach: f32) -> Self {
        let set = |count: usize| (0..16 * count).map(move |i| pattern::point(i / count, i % count, count, settings.seed));
        let steps = |growth: f32| (0..16).map(|j| Steps::new(reach, growth, j as f32 / 16.0)).collect();
        Self {
            cosine: set(settings.directions).map(pattern::cosine).collect(),
            disc: set(settings.reflections).map(pattern::disc).collect(),
            fine: steps(FINE),
            coarse: steps(COARSE),
        }
    }
}

/// What one pixel's rays say, as sums that neighbours can be added to: visible over all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Irradiance of the lamps: all, visible (luminance).
    pub lamps: [f32; 2],
    /// Specular light of the lamps: all, visible (luminance).
    pub shine: [f32; 2],
    /// Radiance of the rest of the map along the cosine-distributed rays: all, visible.
    pub rest: [Vec3; 2],
    /// The same along the reflection rays.
    pub gloss: [Vec3; 2],
}

/// Everything that the rays of a frame found.
pub(crate) struct Found {
    pub seen: Vec<Seen>,
    /// `directions` hits a pixel, then `reflections` hits.
    pub hits: Vec<u32>,
    /// Hits a pixel.
    pub stride: usize,
}

/// Growth of steps: fine for the lamps' shadows.
const FINE: f32 = 0.08;
const COARSE: f32 = 0.15;

/// Sends every pixel's rays.
pub(crate) fn send(scene: &Scene, sky: &Sky, roughness: &[f32], settings: &Settings) -> Found {
    let surfaces = scene.surfaces();
    let (width, count) = (surfaces.width, surfaces.pixels.len());
    let stride = settings.directions + settings.reflections;
    let mut hits = vec![NONE; count * stride];
    let mut seen = vec![Seen::default(); count];
    let patterns = Patterns::new(settings, 1.5 * width.max(surfaces.height) as f32);
    let sender = Sender { scene, sky, patterns, settings };
    // Slices of length zero cannot be cut from a vector, so frames without such rays get empty ones.
    let hit_rows: Vec<&mut [u32]> =
        if stride == 0 { (0..surfaces.height).map(|_| Default::default()).collect() } else { hits.chunks_mut((width * stride).max(1)).collect() };
    seen.par_chunks_mut(width.max(1)).zip(hit_rows).enumerate().for_each(|(y, (seen, hits))| {
        for (x, seen) in seen.iter_mut().enumerate() {
            let i = y * width + x;
            if surfaces.pixels[i].shaded {
                *seen = sender.pixel(i, pattern::turn(x, y), sound(roughness[i], 1.0), &mut hits[x * stride..(x + 1) * stride]);
            }
        }
    });
    Found { seen, hits, stride }
}

/// What all pixels share.
struct Sender<'a> {
    scene: &'a Scene<'a>,
    sky: &'a Sky,
    patterns: Patterns,
    settings: &'a Settings,
}

impl Sender<'_> {
    fn pixel(&self, i: usize, turn: usize, roughness: f32, hits: &mut [u32]) -> Seen {
        let p = &self.scene.surfaces().pixels[i];
        let alpha = (roughness * roughness).max(0.02);
        let mut seen = Seen::default();
        self.lamps(i, turn, alpha, &mut seen);
        let (t, b) = frame(p.normal);
        let (around, mirrored) = hits.split_at_mut(self.settings.directions);
        for (j, hit) in around.iter_mut().enumerate() {
            let d = self.patterns.cosine[turn * self.settings.directions + j];
            *hit = self.follow(i, t * d.x + b * d.y + p.normal * d.z, shift(turn, j), &mut seen.rest);
        }
        let view = Vec3::new(t.dot(p.view), b.dot(p.view), p.normal.dot(p.view).max(0.05)).normalize();
        for (j, hit) in mirrored.iter_mut().enumerate() {
            let h = visible_normal(view, alpha, self.patterns.disc[turn * self.settings.reflections + j]);
            let d = 2.0 * view.dot(h) * h - view;
            if d.z > 0.0 {
                *hit = self.follow(i, t * d.x + b * d.y + p.normal * d.z, shift(turn, j), &mut seen.gloss);
            }
        }
        seen
    }

    fn lamps(&self, i: usize, turn: usize, alpha: f32, seen: &mut Seen) {
        if self.sky.lamps.is_empty() {
            return;
        }
        let p = &self.scene.surfaces().pixels[i];
        for j in 0..self.settings.lamps {
            let (d, power) = self.sky.lamps[(j * 16 + turn) * LAMPS / (16 * self.settings.lamps)];
            let cosine = p.normal.dot(d);
            if cosine <= 0.0 {
                continue;
            }
            let light = luminance(power) * cosine;
            let shine = light * ggx(p.normal.dot((d + p.view).normalize_or(p.normal)), alpha);
            let visible = if self.open(i, d, &self.patterns.fine[shift(turn, j)]) == MISS { 1.0 } else { 0.0 };
            seen.lamps[0] += light;
            seen.lamps[1] += light * visible;
            seen.shine[0] += shine;
            seen.shine[1] += shine * visible;
        }
    }

    /// Sends one ray to the rest of the map, adds its light to `sums`, and tells what it hit.
    fn follow(&self, i: usize, d: Vec3, shift: usize, sums: &mut [Vec3; 2]) -> u32 {
        let hit = self.open(i, d, &self.patterns.coarse[shift]);
        if hit != NONE {
            let light = self.sky.rest.at(d);
            sums[0] += light;
            if hit == MISS {
                sums[1] += light;
            }
        }
        hit
    }

    /// What the ray meets; none is sent into the facet.
    fn open(&self, i: usize, d: Vec3, ways: &Steps) -> u32 {
        if self.scene.surfaces().pixels[i].facet.dot(d) <= 0.0 { NONE } else { self.scene.meet(i, d, ways) }
    }
}

/// Which of the sixteen shifts of steps the `j`-th ray of a pixel has.
fn shift(turn: usize, j: usize) -> usize {
    (turn * 7 + j * 5) % 16
}

/// GGX distribution of normals without its 1/π, `cosine` between normal and half vector (Walter et al. 2007, equation 33).
fn ggx(cosine: f32, alpha: f32) -> f32 {
    let a = alpha * alpha;
    let c = cosine * cosine * (a - 1.0) + 1.0;
    a / (c * c)
}
