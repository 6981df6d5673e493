//! Light for the worlds: procedural skies, studios, rooms and nights, and maps from files.

mod indoor;
mod maps;
mod outdoor;

pub(crate) use maps::{Maps, Sky};

use crate::dice::Dice;
use glam::Vec3;
use relight_light::Environment;

/// Columns of every map in a shard.
pub(crate) const COLUMNS: usize = 256;
/// Rows of every map in a shard.
pub(crate) const ROWS: usize = 128;

/// Names of the generators, for weights and tests.
pub(crate) const SKIES: [&str; 5] = ["clear", "overcast", "studio", "room", "night"];
/// How often each is chosen.
const WEIGHTS: [f32; 5] = [0.36, 0.18, 0.2, 0.18, 0.08];

/// A random procedural map of any kind.
pub(crate) fn any(dice: &mut Dice) -> Environment {
    let kind = dice.weighted(&WEIGHTS);
    of(SKIES[kind], dice)
}

/// A random map of a kind in [`SKIES`].
pub(crate) fn of(kind: &str, dice: &mut Dice) -> Environment {
    match kind {
        "clear" => paint(outdoor::clear(dice)),
        "overcast" => paint(outdoor::overcast(dice)),
        "studio" => paint(indoor::studio(dice)),
        "room" => paint(indoor::room(dice)),
        _ => paint(outdoor::night(dice)),
    }
}

/// Evaluates radiance by direction at four points of every texel, then rounds it to what a shard holds.
fn paint(radiance: impl Fn(Vec3) -> Vec3) -> Environment {
    let mut rgb = Vec::with_capacity(COLUMNS * ROWS * 3);
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let mut sum = Vec3::ZERO;
            for (x, y) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                sum += radiance(Environment::direction((column as f32 + x) / COLUMNS as f32, (row as f32 + y) / ROWS as f32));
            }
            rgb.extend((sum / 4.0).to_array());
        }
    }
    rounded(Environment { width: COLUMNS, height: ROWS, rgb })
}

/// The map as half floats hold it, at most 65000, so that the pictures were lit by exactly the stored map.
pub(crate) fn rounded(mut map: Environment) -> Environment {
    for value in &mut map.rgb {
        *value = half::f16::from_f32(value.clamp(0.0, 65000.0)).to_f32();
    }
    map
}

/// A light's tint: from candle over daylight to blue sky, brightness about 1.
pub(crate) fn tint(dice: &mut Dice, strength: f32) -> Vec3 {
    let t = dice.range(-1.0, 1.0) * strength;
    Vec3::new(1.0 + 0.5 * t, 1.0 + 0.05 * t, 1.0 - 0.6 * t).max(Vec3::splat(0.05))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sky_is_finite_and_lights_something() {
        for kind in SKIES {
            for seed in 0..6 {
                let map = of(kind, &mut Dice::new(&[seed]));
                assert!(map.rgb.len() == 3 * COLUMNS * ROWS && map.rgb.iter().all(|x| x.is_finite() && (0.0..=65000.0).contains(x)), "{kind}");
                let mean = map.rgb.iter().sum::<f32>() / map.rgb.len() as f32;
                assert!(mean > 1e-3, "{kind} {seed}: {mean}");
            }
        }
    }
}
