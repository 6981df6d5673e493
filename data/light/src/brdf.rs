//! The second factor of the split sum.

use crate::microfacet::{schlick, smith};
use glam::Vec2;
use std::sync::LazyLock;

const SIDE: usize = 32;
const SAMPLES: usize = 256;

static TABLE: LazyLock<Vec<Vec2>> = LazyLock::new(|| (0..SIDE * SIDE).map(|i| integrate(centre(i % SIDE), centre(i / SIDE))).collect());

fn centre(i: usize) -> f32 {
    i as f32 / (SIDE - 1) as f32
}

/// Scale and bias on F0 of the specular reflectance under white light: `∫ f n·l dω = F0 · scale + bias`
/// (Karis, *Real Shading in Unreal Engine 4*, SIGGRAPH 2013, "Environment BRDF").
///
/// `n_dot_v` and perceptual `roughness` in [0, 1]; GGX with alpha = roughness², height-correlated Smith masking
/// (Heitz 2014, eq. 99), Schlick's Fresnel. Tabulated 32x32 at first use (a few milliseconds), error below 0.01.
pub fn brdf(n_dot_v: f32, roughness: f32) -> (f32, f32) {
    let table = &*TABLE;
    let last = (SIDE - 1) as f32;
    let (x, y) = (n_dot_v.clamp(0.0, 1.0) * last, roughness.clamp(0.0, 1.0) * last);
    let (x0, y0) = ((x as usize).min(SIDE - 2), (y as usize).min(SIDE - 2));
    let i = y0 * SIDE + x0;
    let top = table[i].lerp(table[i + 1], x - x0 as f32);
    let both = top.lerp(table[i + SIDE].lerp(table[i + SIDE + 1], x - x0 as f32), y - y0 as f32);
    (both.x, both.y)
}

/// Scale and bias by importance sampling half vectors from D·(n·h), as Karis's listing does.
fn integrate(n_dot_v: f32, roughness: f32) -> Vec2 {
    let c = n_dot_v.max(0.5 / SIDE as f32);
    let alpha2 = roughness.max(0.02).powi(4);
    let view = glam::Vec3::new((1.0 - c * c).sqrt(), 0.0, c);
    let mut sum = Vec2::ZERO;
    for i in 0..SAMPLES {
        let (a, b) = ((i as f32 + 0.5) / SAMPLES as f32, (i as u32).reverse_bits() as f32 / 4_294_967_296.0);
        let cos = ((1.0 - a) / (1.0 + (alpha2 - 1.0) * a)).sqrt();
        let sin = (1.0 - cos * cos).max(0.0).sqrt();
        let phi = std::f32::consts::TAU * b;
        let h = glam::Vec3::new(sin * phi.cos(), sin * phi.sin(), cos);
        let v_dot_h = view.dot(h);
        let n_dot_l = 2.0 * v_dot_h * h.z - c;
        if n_dot_l > 0.0 && v_dot_h > 0.0 {
            let masking = 1.0 / (1.0 + smith(c, alpha2) + smith(n_dot_l, alpha2));
            let weight = masking * v_dot_h / (h.z * c);
            let fresnel = schlick(0.0, v_dot_h);
            sum += Vec2::new(1.0 - fresnel, fresnel) * weight;
        }
    }
    sum / SAMPLES as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_mirror_reflects_by_schlick_and_nothing_exceeds_one() {
        for i in 0..=20 {
            let c = 0.05 + 0.95 * i as f32 / 20.0;
            let (scale, bias) = brdf(c, 0.0);
            assert!((scale + bias - 1.0).abs() < 0.01, "{c}: {scale} {bias}");
            assert!((bias - (1.0 - c).powi(5)).abs() < 0.02, "{c}: {bias}");
            for r in 0..=10 {
                let (scale, bias) = brdf(c, r as f32 / 10.0);
                assert!(scale >= 0.0 && bias >= 0.0 && scale + bias <= 1.01);
            }
        }
        // Fully rough at normal incidence the integral is ∫ c / (1 + c) dc = 1 − ln 2.
        let (scale, bias) = brdf(1.0, 1.0);
        assert!((scale + bias - (1.0 - std::f32::consts::LN_2)).abs() < 2e-3, "{scale} {bias}");
    }
}
