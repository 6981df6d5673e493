//! The three pictures of the light that NVIDIA's forward networks see.

use crate::{CUBE_EDGE, Cubemap, Environment, cubemap::evenly};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use std::f32::consts::PI;

/// The greatest radiance that the official tools keep: a half float's.
const BRIGHTEST: f32 = 65504.0;
/// Radiance that becomes white in the low picture (per channel Reinhard with a white point of 16).
const WHITE_SQUARED: f32 = 256.0;
/// Radiance that becomes white in the logarithmic picture.
const LOG_WHITE: f32 = 10_000.0;

/// What the forward network is shown of the light at one frame: panoramas in camera space, row-major from the top, 3 numbers 0..1 a pixel.
///
/// The pixel at column fraction s and row fraction t shows what arrives from [`looks`]: the centre is +Z (behind an OpenGL camera), +X is right of it, +Y up.
#[derive(Debug, Clone, PartialEq)]
pub struct LightPictures {
    /// `srgb(clamp(x · (1 + x/256) / (1 + x)))`.
    pub low: Vec<f32>,
    /// `srgb(ln(1 + x) / ln(10001))`.
    pub logarithmic: Vec<f32>,
}

/// A map prepared for [`LightMap::pictures`].
#[derive(Debug, Clone)]
pub struct LightMap {
    cube: Cubemap,
}

impl LightMap {
    /// The map times `strength`, cut at the greatest half float.
    pub fn new(map: &Environment, strength: f32) -> Self {
        let rgb = map.rgb.iter().map(|v| (v * strength).clamp(0.0, BRIGHTEST)).collect();
        Self { cube: Cubemap::new(&Environment { width: map.width, height: map.height, rgb }, CUBE_EDGE) }
    }

    /// Radiance round the camera, `height · width` pixels of 3 numbers. `to_map` takes a camera-space direction into the map's frame: for the map turned by
    /// `yaw` (see [`crate::Light`]) and a camera's rotation it is `Ry(−yaw) · camera_to_world`.
    ///
    /// The official `env_rot = 180` with `rotate_light` angle a is `Ry(a) · Ry(π) · Rc`, so a yaw of −a − π.
    pub fn panorama(&self, width: usize, height: usize, to_map: Mat3) -> Vec<f32> {
        let mut rgb = vec![0.0; 3 * width * height];
        rgb.par_chunks_exact_mut(3 * width.max(1)).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                pixel.copy_from_slice(&self.cube.radiance(to_map * looks(x, y, width, height)).to_array());
            }
        });
        rgb
    }

    /// The two tone-mapped pictures of [`LightMap::panorama`].
    pub fn pictures(&self, width: usize, height: usize, to_map: Mat3) -> LightPictures {
        let light = self.panorama(width, height, to_map);
        LightPictures { low: light.iter().map(|x| low(*x)).collect(), logarithmic: light.iter().map(|x| logarithmic(*x)).collect() }
    }
}

/// Camera-space direction of a pixel. The first row's polar angle is π/height, not half of that: the official tools place rows so, from π/H to π − π/H.
pub fn looks(x: usize, y: usize, width: usize, height: usize) -> Vec3 {
    let theta = PI * evenly(1.0 / height as f32, 1.0 - 1.0 / height as f32, y, height);
    let phi = PI * evenly(-1.0 + 1.0 / width as f32, 1.0 - 1.0 / width as f32, x, width);
    Vec3::new(theta.sin() * phi.sin(), theta.cos(), theta.sin() * phi.cos())
}

/// The third picture, which never turns: `½ d + ½` of every pixel's direction ([`looks`]).
pub fn direction_picture(width: usize, height: usize) -> Vec<f32> {
    (0..width * height).flat_map(|i| (looks(i % width, i / width, width, height) * 0.5 + 0.5).to_array()).collect()
}

/// Turns of the official `rotate_light` in radians: from 0 to 2π over `frames`, both included, so that the last frame repeats the first.
pub fn official_turns(frames: usize) -> Vec<f32> {
    let last = frames.saturating_sub(1).max(1) as f64;
    (0..frames).map(|k| (std::f64::consts::TAU * k as f64 / last) as f32).collect()
}

/// Radiance in the low picture, 0..1.
pub fn low(x: f32) -> f32 {
    srgb((x * (1.0 + x / WHITE_SQUARED) / (1.0 + x)).clamp(0.0, 1.0))
}

/// Radiance in the logarithmic picture, 0..1.
pub fn logarithmic(x: f32) -> f32 {
    srgb(x.ln_1p() / LOG_WHITE.ln_1p()).clamp(0.0, 1.0)
}

/// IEC 61966-2-1: linear light as a code value.
fn srgb(x: f32) -> f32 {
    if x <= 0.003_130_8 { 12.92 * x } else { 1.055 * x.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Light;
    use std::sync::Arc;

    /// Every pixel shows the light that our own convention puts there, however map and camera are turned.
    #[test]
    fn a_bright_spot_is_where_the_light_convention_says() {
        let (width, height) = (96, 48);
        let mut map = Environment::constant(128, 64, [0.05; 3]);
        for (x, y) in [(30, 20), (31, 20), (30, 21), (31, 21)] {
            map.rgb[3 * (y * 128 + x)..][..3].fill(500.0);
        }
        let spot = Environment::direction(31.0 / 128.0, 21.0 / 64.0);
        let seen = LightMap::new(&map, 1.0);
        let shared = Arc::new(map);
        for (k, yaw) in [0.0, 0.7, -2.0, 3.1].into_iter().enumerate() {
            let camera = Mat3::from_rotation_y(0.5 * k as f32) * Mat3::from_rotation_x(0.2 * k as f32);
            let light = Light { map: shared.clone(), yaw, exposure: 1.0 };
            let picture = seen.pictures(width, height, Mat3::from_rotation_y(-yaw) * camera).logarithmic;
            let brightest = (0..width * height).max_by(|a, b| picture[3 * a].total_cmp(&picture[3 * b])).unwrap();
            let expected = camera.transpose() * light.to_world(spot);
            let found = looks(brightest % width, brightest / width, width, height);
            assert!(found.dot(expected) > 0.995, "yaw {yaw}: seen at {found}, expected at {expected}");
        }
    }

    #[test]
    fn what_is_ahead_is_at_the_seam_and_what_is_behind_in_the_centre() {
        assert!(looks(48, 24, 97, 49).abs_diff_eq(Vec3::Z, 1e-5));
        assert!(looks(0, 24, 96, 49).z < -0.99 && looks(72, 24, 97, 49).x > 0.9 && looks(0, 0, 96, 49).y > 0.99);
        let turns = official_turns(4);
        assert!(turns[0] == 0.0 && (turns[3] - 2.0 * PI).abs() < 1e-6 && official_turns(1) == [0.0]);
        assert!(low(0.0) == 0.0 && (low(16.0) - 1.0).abs() < 1e-5 && (low(1e5) - 1.0).abs() < 1e-5 && (logarithmic(10_000.0) - 1.0).abs() < 1e-5);
    }
}
