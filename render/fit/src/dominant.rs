//! Where most of a map's light comes from.

use glam::Vec3;
use relight_light::Environment;

/// Power of the cosine with which light about a direction is gathered: half of it comes from within 15°.
const POWER: i32 = 20;
/// Size of the map that is searched.
const SIZE: (usize, usize) = (64, 32);
/// Cosine of 25°: light farther from the peak does not move it.
const NEAR: f32 = 0.906;

/// Unit direction, in the map's frame, from which the brightest spot of about 30° across sends its light, and the part of the irradiance of a
/// surface that faces it which comes from within 25° of it, 0..1. Straight up and 0 for a black map.
pub fn dominant(map: &Environment) -> (Vec3, f32) {
    let small = map.resized(SIZE.0, SIZE.1);
    let texels: Vec<(Vec3, f32)> = (0..SIZE.0 * SIZE.1)
        .map(|i| {
            let d = Environment::direction(((i % SIZE.0) as f32 + 0.5) / SIZE.0 as f32, ((i / SIZE.0) as f32 + 0.5) / SIZE.1 as f32);
            let luminance = small.texel(i % SIZE.0, i / SIZE.0).dot(Vec3::new(0.2126, 0.7152, 0.0722));
            (d, luminance * small.solid_angle(i / SIZE.0))
        })
        .collect();
    let gathered = |d: Vec3| texels.iter().map(|(t, light)| light * d.dot(*t).max(0.0).powi(POWER)).sum::<f32>();
    let best = texels.iter().map(|(d, _)| (*d, gathered(*d))).fold((Vec3::Y, 0.0), |best, next| if next.1 > best.1 { next } else { best });
    if best.1 <= 0.0 {
        return (Vec3::Y, 0.0);
    }
    let mut middle = best.0;
    for _ in 0..3 {
        // The mean of what is brighter than the whole map is on average, so that a bright sky does not pull a sun up.
        let mean = texels.iter().map(|t| t.1).sum::<f32>() / (4.0 * std::f32::consts::PI);
        let area = |d: &Vec3| (1.0 - d.y * d.y).sqrt() * 2.0 * std::f32::consts::PI.powi(2) / texels.len() as f32;
        let near = texels.iter().filter(|(d, _)| d.dot(middle) > NEAR);
        middle = near.map(|(d, light)| *d * (light - mean * area(d)).max(0.0)).sum::<Vec3>().normalize_or(middle);
    }
    let falls = |near: f32| texels.iter().filter(|(d, _)| d.dot(middle) > near).map(|(d, light)| light * d.dot(middle)).sum::<f32>();
    (middle, falls(NEAR) / falls(0.0).max(f32::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sun_in_a_bright_sky_is_found_with_its_share() {
        let mut map = Environment::constant(128, 64, [0.5; 3]);
        let (x, y) = (90, 20);
        map.rgb[3 * (y * 128 + x)..][..3].fill(3000.0);
        let truth = Environment::direction(90.5 / 128.0, 20.5 / 64.0);
        let (found, share) = dominant(&map);
        assert!(found.angle_between(truth) < 0.06 && share > 0.6, "{found} {truth} {share}");
        let (_, share) = dominant(&Environment::constant(32, 16, [1.0; 3]));
        assert!(share < 0.25, "{share}");
        assert_eq!(dominant(&Environment::constant(32, 16, [0.0; 3])), (Vec3::Y, 0.0));
    }
}
