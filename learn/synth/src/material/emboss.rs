//! Normal maps: reliefs that are stamped, woven, quilted or riveted, as tiles of slopes.

use super::Wrap;
use crate::{
    dice::Dice,
    noise::{cells, fractal, random, step},
    shape::glyph,
};
use glam::{IVec3, Vec2, Vec3};
use relight_trace::Texture;
use std::{
    f32::consts::{PI, TAU},
    sync::Arc,
};

/// Texels a side of a tile.
const SIDE: usize = 128;

/// A tile of slopes on a surface.
pub(crate) struct Emboss {
    slopes: Arc<Texture>,
    wrap: Wrap,
    half: Vec3,
    /// Tiles a unit.
    frequency: f32,
    strength: f32,
}

impl Emboss {
    /// A random relief, its tile `1 / frequency` wide.
    pub fn any(dice: &mut Dice, wrap: Wrap, half: Vec3, frequency: f32) -> Self {
        let strength = dice.log(0.25, 1.1);
        Self { slopes: Arc::new(slopes(&*heights(dice))), wrap, half, frequency, strength }
    }

    /// The gradient of the height at a point, a vector along the surface's axes.
    pub fn gradient(&self, p: Vec3, n: Vec3) -> Vec3 {
        let side = self.wrap.upright(p, n, self.half);
        let slope = self.slopes.sample(side.place * self.frequency) * self.strength;
        let gradient = side.axes[0] * slope.x + side.axes[1] * slope.y;
        gradient - n * n.dot(gradient)
    }
}

/// Slopes right and down of a height over the unit square that meets itself; their root mean square on sloping ground is 1.
fn slopes(height: &dyn Fn(Vec2) -> f32) -> Texture {
    let values: Vec<f32> = (0..SIDE * SIDE).map(|i| height(Vec2::new((i % SIDE) as f32 + 0.5, (i / SIDE) as f32 + 0.5) / SIDE as f32)).collect();
    let at = |x: usize, y: usize| values[(y % SIDE) * SIDE + x % SIDE];
    let mut texels: Vec<[f32; 3]> = (0..SIDE * SIDE)
        .map(|i| (i % SIDE + SIDE, i / SIDE + SIDE))
        .map(|(x, y)| [at(x + 1, y) - at(x - 1, y), at(x, y + 1) - at(x, y - 1), 0.0])
        .collect();
    let steep: Vec<f32> = texels.iter().map(|t| t[0] * t[0] + t[1] * t[1]).filter(|s| *s > 1e-8).collect();
    let gain = (steep.len().max(1) as f32 / steep.iter().sum::<f32>().max(1e-12)).sqrt();
    texels.iter_mut().flatten().for_each(|x| *x = (*x * gain).clamp(-2.0, 2.0));
    Texture { width: SIDE, height: SIDE, texels }
}

/// A height over the unit square: rounded bumps and cuts that repeat a whole number of times.
fn heights(dice: &mut Dice) -> Box<dyn Fn(Vec2) -> f32> {
    let (count, seed, wide) = (dice.count(2, 6) as f32, dice.bits(), dice.range(0.04, 0.12));
    let wave = |x: f32| (x - x.floor() - 0.5).abs() * 2.0;
    match dice.index(9) {
        // Quilt: cushions between seams.
        0 => Box::new(move |p| ((PI * count * p.x).sin() * (PI * count * p.y).sin()).abs().sqrt()),
        // Knurls: two families of oblique grooves.
        1 => Box::new(move |p| (wave(count * (p.x + p.y)) + wave(count * (p.x - p.y))).min(1.6)),
        // Rivets, or dimples.
        2 => {
            let (radius, sign) = (dice.range(0.15, 0.4), if dice.chance(0.5) { 1.0 } else { -1.0 });
            Box::new(move |p| sign * (1.0 - (p * count - (p * count).floor() - 0.5).length_squared() / (radius * radius)).max(0.0).sqrt() * radius)
        }
        // Ribs or corduroy.
        3 => Box::new(move |p| (PI * 2.0 * count * p.x).sin().abs().sqrt() * 0.3),
        // Panels of unlike height with seams.
        4 => Box::new(move |p| {
            let row = (p.y * count).floor();
            let u = p.x * count + 0.5 * (row % 2.0);
            let f = Vec2::new(u - u.floor(), p.y * count - row);
            let border = f.min(1.0 - f).min_element();
            let id = IVec3::new(u.floor().rem_euclid(count) as i32, row as i32, 2);
            step(0.0, wide, border) * (0.15 + 0.1 * random(id, seed))
        }),
        // Hexagons.
        5 => Box::new(move |p| {
            let q = Vec2::new(p.x * count, p.y * count);
            let near = |c: Vec2| {
                let d = q - c - (q - c).round();
                d.length()
            };
            let (a, b) = (near(Vec2::ZERO), near(Vec2::splat(0.5)));
            step(0.0, 2.0 * wide, (a - b).abs()) * 0.2
        }),
        // A raised character.
        6 => {
            let (paths, half) = (glyph::paths(dice.index(glyph::CHARACTERS)), dice.range(0.3, 0.7));
            Box::new(move |p| 0.2 * (1.0 - step(half - 0.2, half + 0.2, glyph::distance(&paths, Vec2::new(p.x * 7.0 - 1.5, 7.0 - 8.0 * p.y)))))
        }
        // Woven bands.
        7 => Box::new(move |p| {
            let q = p * 2.0 * count;
            let (cell, f) = (q.floor(), q - q.floor() - 0.5);
            let (across, along) = if (cell.x + cell.y).rem_euclid(2.0) < 1.0 { (f.x, f.y) } else { (f.y, f.x) };
            0.25 * (1.0 - 3.6 * across * across).max(0.0).sqrt() * (1.0 - 1.6 * along * along)
        }),
        // Dents and wrinkles on a torus, so that the tile meets itself.
        _ => {
            let (fine, cellular) = (dice.range(1.0, 3.0), dice.chance(0.5));
            Box::new(move |p| {
                let (a, b) = (Vec2::from_angle(TAU * p.x), Vec2::from_angle(TAU * p.y));
                let q = Vec3::new(a.x * (1.2 + 0.4 * b.x), a.y * (1.2 + 0.4 * b.x), 0.4 * b.y) * fine;
                if cellular { (cells(q * 2.0, 1.0, seed).near * 0.5).min(0.3) } else { 0.3 * fractal(q, 4, seed) }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_slope_and_meet_themselves() {
        for seed in 0..40 {
            let tile = slopes(&*heights(&mut Dice::new(&[seed])));
            let square: f32 = tile.texels.iter().map(|t| t[0] * t[0] + t[1] * t[1]).sum::<f32>() / tile.texels.len() as f32;
            assert!((0.02..1.05).contains(&square), "{seed}: {square}");
            // A height without a jump at the edge has slopes that sum to nothing along every row.
            let row: f32 = (0..SIDE).map(|x| tile.texels[40 * SIDE + x][0]).sum();
            assert!(row.abs() < 12.0, "{seed}: {row}");
        }
    }
}
