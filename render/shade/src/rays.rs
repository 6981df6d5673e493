//! First pass: every pixel's rays.

use crate::{
    Settings,
    lamp::{LAMPS, luminance},
    march::{Field, MISS, NONE, Steps},
    pattern, sound,
};
use glam::Vec3;
use rayon::prelude::*;

/// The light, turned into camera space for one frame.
pub(crate) struct Sky {
    /// Lamps: camera-space direction and irradiance over π at normal incidence.
    pub lamps: Vec<(Vec3, Vec3)>,
    /// Radiance of the rest from camera-space directions, coarse.
    pub rest: Dome,
}

/// Texels a side of [`Dome`].
const SIDE: usize = 64;

/// A coarse octahedral map (Cigolle et al., "Survey of Efficient Representations for Independent Unit Vectors", 2014): look-ups without arc functions.
pub(crate) struct Dome(Vec<Vec3>);

impl Dome {
    pub(crate) fn new(radiance: impl Fn(Vec3) -> Vec3 + Sync) -> Self {
        let texel = |i: usize| {
            let (a, b) = (((i % SIDE) as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0, ((i / SIDE) as f32 + 0.5) / SIDE as f32 * 2.0 - 1.0);
            let z = 1.0 - a.abs() - b.abs();
            let (x, y) = if z < 0.0 { ((1.0 - b.abs()) * a.signum(), (1.0 - a.abs()) * b.signum()) } else { (a, b) };
            radiance(Vec3::new(x, y, z).normalize())
        };
        Self((0..SIDE * SIDE).into_par_iter().map(texel).collect())
    }

    fn at(&self, d: Vec3) -> Vec3 {
        let scale = 1.0 / (d.x.abs() + d.y.abs() + d.z.abs());
        let (a, b) = (d.x * scale, d.y * scale);
        let (a, b) = if d.z < 0.0 { ((1.0 - b.abs()).copysign(a), (1.0 - a.abs()).copysign(b)) } else { (a, b) };
        let place = |v: f32| ((v * 0.5 + 0.5) * SIDE as f32).clamp(0.0, (SIDE - 1) as f32) as usize;
        self.0[place(b) * SIDE + place(a)]
    }
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

pub(crate) fn send(field: &Field, sky: &Sky, roughness: &[f32], settings: &Settings) -> Found {
    let surfaces = field.surfaces;
    let stride = settings.directions + settings.reflections;
    let count = surfaces.pixels.len();
    let mut hits = vec![NONE; count * stride];
    let mut seen = vec![Seen::default(); count];
    let width = surfaces.width;
    // Slices of length zero cannot be cut from a vector, so frames without such rays get empty ones.
    let hit_rows: Vec<&mut [u32]> =
        if stride == 0 { (0..surfaces.height).map(|_| Default::default()).collect() } else { hits.chunks_mut((width * stride).max(1)).collect() };
    let rows: Vec<(usize, (&mut [Seen], &mut [u32]))> = seen.chunks_mut(width.max(1)).zip(hit_rows).enumerate().collect();
    let patterns = Patterns::new(settings, 1.5 * width.max(surfaces.height) as f32);
    rows.into_par_iter().for_each(|(y, (seen, hits))| {
        for x in 0..width {
            let i = y * width + x;
            if surfaces.pixels[i].shaded {
                seen[x] = pixel(field, sky, &patterns, i, (x, y), sound(roughness[i], 1.0), settings, &mut hits[x * stride..(x + 1) * stride]);
            }
        }
    });
    Found { seen, hits, stride }
}

fn pixel(
    field: &Field,
    sky: &Sky,
    patterns: &Patterns,
    i: usize,
    (x, y): (usize, usize),
    roughness: f32,
    settings: &Settings,
    hits: &mut [u32],
) -> Seen {
    let p = &field.surfaces.pixels[i];
    let turn = pattern::turn(x, y);
    let mut seen = Seen::default();
    let shift = |j: usize| (turn * 7 + j * 5) % 16;
    let alpha = (roughness * roughness).max(0.02);
    let facing = p.normal.dot(p.view).max(0.05);
    let open = |d: Vec3, ways: &Steps| if p.facet.dot(d) <= 0.0 { NONE } else { field.march(i, d, ways) };

    if !sky.lamps.is_empty() {
        for j in 0..settings.lamps {
            let (d, power) = sky.lamps[(j * 16 + turn) * LAMPS / (16 * settings.lamps)];
            let cosine = p.normal.dot(d);
            if cosine <= 0.0 {
                continue;
            }
            let light = luminance(power) * cosine;
            let shine = light * ggx(p.normal.dot((d + p.view).normalize_or(p.normal)), alpha);
            let visible = if open(d, &patterns.fine[shift(j)]) == MISS { 1.0 } else { 0.0 };
            seen.lamps[0] += light;
            seen.lamps[1] += light * visible;
            seen.shine[0] += shine;
            seen.shine[1] += shine * visible;
        }
    }
    let (t, b) = pattern::frame(p.normal);
    for j in 0..settings.directions {
        let d = patterns.cosine[turn * settings.directions + j];
        let d = t * d.x + b * d.y + p.normal * d.z;
        let hit = open(d, &patterns.coarse[shift(j)]);
        hits[j] = hit;
        if hit == NONE {
            continue;
        }
        let light = sky.rest.at(d);
        seen.rest[0] += light;
        if hit == MISS {
            seen.rest[1] += light;
        }
    }
    let view = Vec3::new(t.dot(p.view), b.dot(p.view), facing);
    let view = view.normalize();
    for j in 0..settings.reflections {
        let h = pattern::visible_normal(view, alpha, patterns.disc[turn * settings.reflections + j]);
        let d = 2.0 * view.dot(h) * h - view;
        if d.z <= 0.0 {
            continue;
        }
        let d = t * d.x + b * d.y + p.normal * d.z;
        let hit = open(d, &patterns.coarse[shift(j)]);
        hits[settings.directions + j] = hit;
        if hit == NONE {
            continue;
        }
        let light = sky.rest.at(d);
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
