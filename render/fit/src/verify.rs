//! The frames rendered again.

use crate::view::View;
use glam::Vec3;
use relight_gbuffer::DepthUnit;
use relight_light::Environment;
use relight_shade::{Settings, Shader};
use std::sync::Arc;

/// The views under `map` turned by `yaw`, premultiplied, by screen-space ray tracing.
pub(crate) fn render(views: &[View], map: Environment, yaw: f32) -> Vec<Vec<f32>> {
    let shader = Shader::new(Arc::new(map));
    let one = |view: &View| {
        // As the forward renderer does: estimated depth is too uneven for hard shadows.
        let lamps = if view.depth == DepthUnit::Relative { 0 } else { Settings::network().lamps };
        shader.shade(&view.buffers, &view.camera, yaw, 1.0, &Settings { lamps, ..Settings::network() }).ssrt
    };
    views.iter().map(one).collect()
}

/// The factor of each channel that brings `pictures` nearest to the views' frames, by least squares over what is in front and not clipped, in
/// the square root of light, so that a few bright pixels do not decide alone.
pub(crate) fn factors(views: &[View], pictures: &[Vec<f32>]) -> Vec3 {
    let mut sums = [[0.0f64; 2]; 3];
    each(views, pictures, |shown, made| {
        if shown.max_element() < 0.98 {
            for (c, [both, own]) in sums.iter_mut().enumerate() {
                *both += f64::from((shown[c].max(0.0) * made[c].max(0.0)).sqrt());
                *own += f64::from(made[c].max(0.0));
            }
        }
    });
    let one = |[both, own]: [f64; 2]| if own > 1e-9 && both > 0.0 { ((both / own) * (both / own)) as f32 } else { 1.0 };
    Vec3::from_array(sums.map(one))
}

/// PSNR in dB of sRGB codes over what is in front, `pictures` times `factors`; 60 at most.
pub(crate) fn psnr(views: &[View], pictures: &[Vec<f32>], factors: Vec3) -> f32 {
    let (mut sum, mut count) = (0.0f64, 0usize);
    each(views, pictures, |shown, made| {
        let difference = (codes(shown) - codes(made * factors)).as_dvec3();
        sum += difference.length_squared();
        count += 3;
    });
    if count == 0 { 0.0 } else { (-10.0 * (sum / count as f64).max(1e-6).log10()) as f32 }
}

fn each(views: &[View], pictures: &[Vec<f32>], mut take: impl FnMut(Vec3, Vec3)) {
    for (view, picture) in views.iter().zip(pictures) {
        let rgb = view.buffers.rgb.as_deref().unwrap_or_default();
        for ((shown, made), alpha) in rgb.chunks_exact(3).zip(picture.chunks_exact(3)).zip(&view.buffers.alpha) {
            if *alpha > 0.5 {
                take(Vec3::from_slice(shown), Vec3::from_slice(made));
            }
        }
    }
}

/// IEC 61966-2-1.
fn codes(light: Vec3) -> Vec3 {
    let one = |v: f32| {
        let v = v.clamp(0.0, 1.0);
        if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
    };
    Vec3::new(one(light.x), one(light.y), one(light.z))
}
