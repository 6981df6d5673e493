//! Fine relief that lies over any pattern: brushing, scratches, leather, orange peel.

use crate::{
    dice::Dice,
    noise::{cells, fractal, noise, step},
};
use glam::Vec3;

/// Height and roughness of the finest layer: position in mesh space to (height slope unit, 0..1 roughness mask).
pub(crate) type Grain = Box<dyn Fn(Vec3) -> (f32, f32) + Send + Sync>;

/// Names of the grains.
pub(crate) const GRAINS: [&str; 5] = ["brushed", "scratched", "leather", "peel", "dust"];

/// The grain of a name, for a thing one unit large; heights are in units of 1/frequency.
pub(crate) fn grain(name: &str, dice: &mut Dice) -> Grain {
    let (seed, turn) = (dice.bits(), dice.rotation());
    let f = dice.log(14.0, 45.0);
    match name {
        "brushed" => {
            let along = *dice.pick(&[Vec3::new(0.03, 1.0, 0.03), Vec3::new(1.0, 0.03, 0.03), Vec3::new(0.03, 0.03, 1.0)]);
            Box::new(move |p| {
                let n = noise(p * along * f * 2.0, seed);
                (0.25 * n, 0.5 + 0.5 * n)
            })
        }
        "scratched" => Box::new(move |p| {
            // Thin level sets of a stretched noise are long, nearly straight lines.
            let line = |q: Vec3, s: u32| 1.0 - step(0.0, 0.03, noise(q * Vec3::new(3.0, 0.25, 3.0), s).abs());
            let on = step(0.0, 0.25, noise(p * 3.0, seed ^ 1));
            let cut = on * line(turn * p * 4.0, seed).max(line(turn.inverse() * p * 5.0, seed ^ 2));
            (-0.15 * cut, cut)
        }),
        "leather" => Box::new(move |p| {
            let c = cells(p * f, 1.0, seed);
            let bump = step(0.0, 0.35, c.second - c.near);
            (0.3 * bump, 1.0 - bump)
        }),
        "peel" => Box::new(move |p| (0.3 * noise(p * f, seed), 0.5)),
        _ => Box::new(move |p| (0.0, step(-0.1, 0.4, fractal(p * 3.0, 4, seed)))),
    }
}
