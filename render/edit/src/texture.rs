//! Albedo × shading: fine detail of a picture is the surface's, not the light's.

use crate::{Follow, Plane, guided};
use relight_video::Frame;

/// Added to light and albedo before their logarithm: code 6 of 255, where noise begins.
const FLARE: f32 = 0.002;
/// Pictures are parted into base and detail within windows of `2·radius + 1` of this many pixels on the short side.
const WINDOW: usize = 240;
/// Contrast (natural logarithm) that counts as detail: edges that are stronger are borders of things, shadows and highlights, which stay with
/// the base.
const CONTRAST: f32 = 0.2;
/// The most that a pixel of albedo is changed, up or down.
const MOST: f32 = 1.5;
/// Detail of less than one 8-bit sRGB code is the file's noise: at code c a step of one is `2.4/c` of the light.
const CODE: f32 = 2.4 / 255.0;

/// Estimated albedo with the picture's fine texture in place of its own: `A·exp(detail(ln I) − detail(ln A))`, less what may be the file's noise.
///
/// Within a small window shading is smooth (Land and McCann's Retinex, 1971), so what remains of the logarithm of the light after an
/// edge-keeping filter is the logarithm of the albedo's texture. Networks that work at a smaller size, and train on soft labels, flatten it.
/// `albedo` has three linear numbers a pixel, as the picture; the result is held to 0..1.
///
/// # Panics
/// The sizes differ.
pub fn textured(albedo: &[f32], picture: &Frame) -> Vec<f32> {
    let (width, height) = (picture.width, picture.height);
    assert_eq!(albedo.len(), 3 * width * height, "three numbers a pixel");
    if albedo.is_empty() {
        return Vec::new();
    }
    let follow = Follow { radius: (3 * width.min(height) / WINDOW).max(1), noise: CONTRAST * CONTRAST };
    // Light of what is in front, so that a soft edge of alpha is no texture.
    let light = |x: usize, y: usize, k: usize| {
        let alpha = picture.alpha.as_ref().map_or(1.0, |a| a[y * width + x].max(1.0 / 32.0));
        picture.rgb[3 * (y * width + x) + k] / alpha
    };
    let logs = Plane::from_fn(width, height, 2, |x, y, p| {
        let luminance = |c: [f32; 3]| 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
        let i = 3 * (y * width + x);
        p[0] = (luminance([0, 1, 2].map(|k| light(x, y, k))).max(0.0) + FLARE).ln();
        p[1] = (luminance([albedo[i], albedo[i + 1], albedo[i + 2]]).max(0.0) + FLARE).ln();
    });
    let base = guided(&logs, &logs, &logs, follow);
    let mut out = albedo.to_vec();
    for (i, pixel) in out.chunks_exact_mut(3).enumerate() {
        let detail = |k: usize| logs.data[2 * i + k] - base.data[2 * i + k];
        // Clipped white shows no texture, and its detail is the encoder's.
        let clipped = picture.rgb[3 * i..3 * i + 3].iter().all(|v| *v >= 0.98);
        let code = logs.data[2 * i].exp().powf(1.0 / 2.4);
        let (lost, noise) = (detail(0) - detail(1), CODE / code.max(0.05));
        let factor = if clipped { 1.0 } else { (lost - lost.clamp(-noise, noise)).exp().clamp(1.0 / MOST, MOST) };
        pixel.iter_mut().for_each(|v| *v = (*v * factor).clamp(0.0, 1.0));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cloth of ±10 % under light that falls off to the right; a step of four times in the middle.
    fn cloth(x: usize, y: usize) -> f32 {
        let weave = if (x + y).is_multiple_of(2) { 1.1 } else { 0.9 };
        weave * if x < 32 { 0.15 } else { 0.6 }
    }

    #[test]
    fn lost_texture_comes_back_and_shading_stays_out() {
        let picture = Plane::from_fn(64, 64, 3, |x, y, p| p.fill(cloth(x, y) * (1.0 - x as f32 / 100.0)));
        let picture = Frame { width: 64, height: 64, rgb: picture.data, alpha: None };
        let flat = Plane::from_fn(64, 64, 3, |x, _, p| p.fill(if x < 32 { 0.15 } else { 0.6 }));
        let out = textured(&flat.data, &picture);
        for (x, y) in [(10, 10), (11, 10), (50, 20), (51, 20), (20, 40), (60, 60)] {
            let (got, want) = (out[3 * (y * 64 + x)], cloth(x, y));
            assert!((got / want - 1.0).abs() < 0.06, "{x} {y}: {got} {want}");
        }
        // Far from fine texture there is nothing to add: the fall-off of light stays out.
        let smooth = Plane::from_fn(64, 64, 3, |x, _, p| p.fill(0.5 * (1.0 - x as f32 / 100.0)));
        let smooth = Frame { width: 64, height: 64, rgb: smooth.data, alpha: None };
        assert!(textured(&[0.4; 3 * 64 * 64], &smooth).iter().all(|v| (v - 0.4).abs() < 0.01));
    }

    #[test]
    fn an_albedo_that_has_the_texture_keeps_it_once() {
        let picture = Plane::from_fn(64, 64, 3, |x, y, p| p.fill(0.5 * cloth(x, y)));
        let truth = Plane::from_fn(64, 64, 3, |x, y, p| p.fill(cloth(x, y)));
        let out = textured(&truth.data, &Frame { width: 64, height: 64, rgb: picture.data, alpha: None });
        assert!(out.iter().zip(&truth.data).all(|(o, t)| (o / t - 1.0).abs() < 0.05));
        assert!(textured(&[], &Frame::default()).is_empty());
    }
}
