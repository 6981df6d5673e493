//! Photographs of light maps, as posters show them.

use super::SIDE;
use glam::{Quat, Vec3};
use relight_light::Environment;
use relight_trace::Texture;
use std::f32::consts::TAU;

/// Four views of a map, a quarter turn apart, 70° wide, as a camera would expose them.
pub(crate) fn views(map: &Environment) -> impl Iterator<Item = Texture> + use<'_> {
    const HALF: f32 = 0.7;
    const COUNT: usize = 96;
    const { assert!(COUNT <= SIDE) };
    (0..4).map(|quarter| {
        let turn = Quat::from_rotation_y(TAU * (quarter as f32 + 0.5) / 4.0) * Quat::from_rotation_x(0.1);
        let place = |i: usize| HALF * (2.0 * (i as f32 + 0.5) / COUNT as f32 - 1.0);
        let looks = |y, x| turn * Vec3::new(place(x), -place(y), -1.0).normalize();
        let light: Vec<Vec3> = (0..COUNT * COUNT).map(|i| map.radiance(looks(i / COUNT, i % COUNT))).collect();
        let mut sorted: Vec<f32> = light.iter().map(|c| c.element_sum() / 3.0).collect();
        // The 70th percentile becomes .4; a soft shoulder keeps windows and skies below white paint.
        let (_, bright, _) = sorted.select_nth_unstable_by(COUNT * COUNT * 7 / 10, f32::total_cmp);
        let gain = 0.4 / bright.max(1e-6);
        let texels = light.iter().map(|c| (*c * gain).map(|x| (x / (1.0 + 0.55 * x)).clamp(0.005, 0.9)).to_array()).collect();
        Texture { width: COUNT, height: COUNT, texels }
    })
}
