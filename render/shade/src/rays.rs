//! First pass: every pixel's rays.

use crate::{
    Settings,
    lamp::{LAMPS, luminance},
    march::{Field, MISS, NONE},
    pattern,
};
use glam::Vec3;
use rayon::prelude::*;

/// The light, turned into camera space for one frame.
pub(crate) struct Sky<'a> {
    /// Lamps: camera-space direction and irradiance over π at normal incidence.
    pub lamps: Vec<(Vec3, Vec3)>,
    /// Radiance of the rest from a camera-space direction, coarse.
    pub rest: Box<dyn Fn(Vec3) -> Vec3 + Sync + 'a>,
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

pub(crate) fn send(field: &Field, sky: &Sky, roughness: &[f32], settings: &Settings) -> Found {
    let surfaces = field.surfaces;
    let stride = settings.directions + settings.reflections;
    let count = surfaces.pixels.len();
    let mut hits = vec![NONE; count * stride];
    let mut seen = vec![Seen::default(); count];
    let width = surfaces.width;
    // chunks of zero are refused
    let hits_row = (width * stride).max(1);
    let mut spare = Vec::new();
    let rows: Vec<(usize, &mut [Seen], &mut [u32])> = {
        let mut hit_rows: Vec<&mut [u32]> = hits.chunks_mut(hits_row).collect();
        if stride == 0 {
            spare = vec![Vec::<u32>::new(); surfaces.height];
            hit_rows = spare.iter_mut().map(|v| v.as_mut_slice()).collect();
        }
        seen.chunks_mut(width).zip(hit_rows).enumerate().map(|(y, (s, h))| (y, s, h)).collect()
    };
    rows.into_par_iter().for_each(|(y, seen, hits)| {
        for x in 0..width {
            let i = y * width + x;
            if surfaces.pixels[i].shaded {
                seen[x] = pixel(field, sky, i, (x, y), roughness[i], settings, &mut hits[x * stride..(x + 1) * stride]);
            }
        }
    });
    drop(spare);
    Found { seen, hits, stride }
}

fn pixel(field: &Field, sky: &Sky, i: usize, (x, y): (usize, usize), roughness: f32, settings: &Settings, hits: &mut [u32]) -> Seen {
    let p = &field.surfaces.pixels[i];
    let turn = pattern::turn(x, y);
    let mut seen = Seen::default();
    let jitter = |j: usize| ((turn * 7 + j * 5) % 16) as f32 / 16.0;
    let alpha = (roughness * roughness).max(0.02);
    let facing = p.normal.dot(p.view).max(0.05);
    let open = |d: Vec3, j: usize, growth: f32| if p.facet.dot(d) <= 0.0 { NONE } else { field.march(i, d, jitter(j), growth) };

    if !sky.lamps.is_empty() {
        for j in 0..settings.lamps {
            let (d, power) = sky.lamps[(j * 16 + turn) * LAMPS / (16 * settings.lamps)];
            let cosine = p.normal.dot(d);
            if cosine <= 0.0 {
                continue;
            }
            let light = luminance(power) * cosine;
            let shine = light * ggx(p.normal.dot((d + p.view).normalize_or(p.normal)), alpha);
            let visible = if open(d, j, FINE) == MISS { 1.0 } else { 0.0 };
            seen.lamps[0] += light;
            seen.lamps[1] += light * visible;
            seen.shine[0] += shine;
            seen.shine[1] += shine * visible;
        }
    }
    let (t, b) = pattern::frame(p.normal);
    for j in 0..settings.directions {
        let d = pattern::cosine(pattern::point(turn, j, settings.directions, settings.seed));
        let d = t * d.x + b * d.y + p.normal * d.z;
        let light = (sky.rest)(d);
        let hit = open(d, j, COARSE);
        hits[j] = hit;
        seen.rest[0] += light;
        if hit == MISS {
            seen.rest[1] += light;
        }
    }
    let view = Vec3::new(t.dot(p.view), b.dot(p.view), facing);
    let view = view.normalize();
    for j in 0..settings.reflections {
        let h = pattern::visible_normal(view, alpha, pattern::point(turn, j, settings.reflections, settings.seed));
        let d = 2.0 * view.dot(h) * h - view;
        if d.z <= 0.0 {
            continue;
        }
        let d = t * d.x + b * d.y + p.normal * d.z;
        let light = (sky.rest)(d);
        let hit = open(d, j, COARSE);
        hits[settings.directions + j] = hit;
        seen.gloss[0] += light;
        if hit == MISS {
            seen.gloss[1] += light;
        }
    }
    seen
}

/// GGX distribution of normals without its 1/π, `cosine` between normal and half vector (Walter et al. 2007, equation 33).
fn ggx(cosine: f32, alpha: f32) -> f32 {
    let a = alpha * alpha;
    let c = cosine * cosine * (a - 1.0) + 1.0;
    a / (c * c)
}
