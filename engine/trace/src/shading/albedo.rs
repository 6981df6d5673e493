//! How much light a GGX surface reflects in all directions, tabulated.

use super::{
    fresnel::{dielectric, schlick},
    ggx::{MIN_ALPHA, g1, g2, sample_visible},
};
use glam::Vec3;
use std::sync::OnceLock;

/// Entries along cosine and along roughness.
const SIZE: usize = 32;
/// Directions an entry: 16×16, stratified.
const SIDE: usize = 16;

/// Directional albedo of single scattering: with Schlick's Fresnel it is `F0 · a + b` (the split of Karis, "Real Shading in Unreal Engine 4", 2013),
/// with the dielectric's it is `coat`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Split {
    pub(crate) a: f32,
    pub(crate) b: f32,
    pub(crate) coat: f32,
}

impl Split {
    /// The albedo where nothing is absorbed.
    pub(crate) fn full(self) -> f32 {
        self.a + self.b
    }
}

struct Table {
    directional: Vec<Split>,
    average: Vec<f32>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut directional = Vec::with_capacity(SIZE * SIZE);
        let mut average = Vec::with_capacity(SIZE);
        for row in 0..SIZE {
            let roughness = row as f32 / (SIZE - 1) as f32;
            let splits: Vec<Split> = (0..SIZE).map(|column| integrate(cosine(column), roughness)).collect();
            // E_avg = 2 ∫ E(µ) µ dµ by the trapezoid rule over the uneven cosines.
            let f = |i: usize| splits[i].full() * cosine(i);
            average.push((1..SIZE).map(|i| (f(i) + f(i - 1)) * (cosine(i) - cosine(i - 1))).sum::<f32>() + f(0) * cosine(0));
            directional.extend(splits);
        }
        Table { directional, average }
    })
}

/// Cosine of a column: denser towards grazing, where the albedo bends most.
fn cosine(column: usize) -> f32 {
    let x = (column as f32 / (SIZE - 1) as f32).max(0.02);
    x * x
}

fn integrate(mu: f32, roughness: f32) -> Split {
    let alpha = (roughness * roughness).max(MIN_ALPHA);
    let wo = Vec3::new((1.0 - mu * mu).max(0.0).sqrt(), 0.0, mu);
    let mut split = Split::default();
    for i in 0..SIDE * SIDE {
        let random = [(i % SIDE) as f32 + 0.5, (i / SIDE) as f32 + 0.5].map(|x| x / SIDE as f32);
        let h = sample_visible(wo, alpha, random);
        let wi = 2.0 * wo.dot(h) * h - wo;
        if wi.z > 0.0 {
            let weight = g2(mu, wi.z, alpha) / g1(mu, alpha);
            let s = schlick(wo.dot(h));
            split.a += weight * (1.0 - s);
            split.b += weight * s;
            split.coat += weight * dielectric(wo.dot(h));
        }
    }
    let n = (SIDE * SIDE) as f32;
    Split { a: split.a / n, b: split.b / n, coat: split.coat / n }
}

/// The split directional albedo at cosine `mu` and perceptual `roughness`.
pub(crate) fn directional(mu: f32, roughness: f32) -> Split {
    let t = table();
    let (i, x) = place(mu.clamp(0.0, 1.0).sqrt());
    let (j, y) = place(roughness);
    let at = |i: usize, j: usize| t.directional[j * SIZE + i];
    let mix = |p: Split, q: Split, t: f32| {
        let mix = |p: f32, q: f32| p + t * (q - p);
        Split { a: mix(p.a, q.a), b: mix(p.b, q.b), coat: mix(p.coat, q.coat) }
    };
    mix(mix(at(i, j), at(i + 1, j), x), mix(at(i, j + 1), at(i + 1, j + 1), x), y)
}

/// The hemispherical albedo at `roughness` where nothing is absorbed.
pub(crate) fn average(roughness: f32) -> f32 {
    let t = table();
    let (j, y) = place(roughness);
    t.average[j] + y * (t.average[j + 1] - t.average[j])
}

fn place(x: f32) -> (usize, f32) {
    let x = x.clamp(0.0, 1.0) * (SIZE - 1) as f32;
    let i = (x as usize).min(SIZE - 2);
    (i, x - i as f32)
}
