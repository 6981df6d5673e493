//! Patterns over space: where one coat ends and the other begins, how cells differ, how high the surface stands.

use super::wrap::Wrap;
use crate::{
    dice::Dice,
    noise::{cells, fractal, noise, random, step},
};
use glam::{IVec3, Quat, Vec2, Vec3};
use std::f32::consts::TAU;

/// A pattern's answer at a point.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    /// 0 is the first coat, 1 the second.
    pub mix: f32,
    /// 0..1: between the first coat's two colours; constant over a brick, a tile or a patch.
    pub tint: f32,
    /// In feature widths; its slope times the relief bends the normal.
    pub height: f32,
}

/// A pattern: position in feature widths, and the surface's normal there (for those that lie in a plane).
pub(crate) type Field = Box<dyn Fn(Vec3, Vec3) -> Mark + Send + Sync>;

/// The patterns that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Plain,
    Mottled,
    Marble,
    Rings,
    Planks,
    Bricks,
    Tiles,
    Checker,
    Stripes,
    Spots,
    Patches,
    Weave,
    Stones,
    Speckle,
    Worn,
    Bands,
    Hammered,
    Waves,
    Veins,
    Streaks,
    Felt,
}

/// A random field of a pattern. `wrap` lays those with two dimensions onto the surface; `edge` is 1 on the outer edges of the thing.
pub(crate) fn field(pattern: Pattern, dice: &mut Dice, wrap: Wrap, edge: impl Fn(Vec3) -> f32 + Send + Sync + 'static) -> Field {
    let (seed, turn) = (dice.bits(), if dice.chance(0.5) { Quat::IDENTITY } else { dice.rotation() });
    let (shift, width) = (Vec3::new(dice.range(0.0, 99.0), dice.range(0.0, 99.0), dice.range(0.0, 99.0)), dice.range(0.02, 0.07));
    match pattern {
        Pattern::Mottled => {
            let (edge, octaves) = (dice.range(0.08, 0.7), dice.count(2, 5) as u32);
            Box::new(move |p, _| {
                let n = fractal(p + shift, octaves, seed);
                Mark { mix: step(-edge, edge, n), tint: 0.5 + 0.5 * n, height: 0.4 * n }
            })
        }
        Pattern::Marble => {
            let (warp, sharp) = (dice.range(0.6, 2.0), dice.range(0.08, 0.35));
            Box::new(move |p, _| {
                let q = turn * p + shift;
                let n = q.x + warp * fractal(q * 0.8, 4, seed);
                let vein = (n * TAU * 0.5).sin().abs();
                Mark { mix: 1.0 - step(0.0, sharp, vein), tint: 0.5 + 0.5 * noise(q * 0.5, seed ^ 1), height: 0.0 }
            })
        }
        Pattern::Rings => {
            let (wobble, fine) = (dice.range(0.2, 0.6), dice.range(0.2, 0.5));
            Box::new(move |p, _| wood(turn * p, wobble, fine, seed))
        }
        Pattern::Planks => {
            let (aspect, wobble) = (dice.range(3.0, 9.0), dice.range(0.2, 0.5));
            // Laid as they come, or in a bond.
            let bond = dice.chance(0.5).then(|| *dice.pick(&[0.5, 0.5, 0.333, 0.25]));
            Box::new(move |p, n| {
                let uv = wrap.lay(p, n);
                let row = uv.x.floor();
                let along = uv.y / aspect + bond.map_or_else(|| random(IVec3::new(row as i32, 0, 0), seed), |bond| bond * row.rem_euclid(12.0));
                let cell = IVec3::new(row as i32, along.floor() as i32, 7);
                let gap = gap(Vec2::new(uv.x - row, (along - along.floor()) * aspect), Vec2::new(1.0, aspect), 0.6 * width);
                let id = random(cell, seed);
                let grain = wood(Vec3::new((uv.x - row - 0.5) * 2.0 + 9.0 * id, uv.y * 0.15, 5.0 * id), wobble, 0.4, seed ^ cell.y as u32);
                Mark { mix: (1.0 - gap).max(0.35 * grain.mix), tint: 0.65 * id + 0.35 * grain.tint, height: 0.12 * gap + 0.1 * grain.height }
            })
        }
        Pattern::Bricks => {
            let (aspect, bond) = (dice.range(1.6, 3.2), *dice.pick(&[0.5, 0.5, 0.33, 0.0]));
            Box::new(move |p, n| {
                let uv = wrap.lay(p, n) * Vec2::new(1.0 / aspect, 1.0);
                let row = uv.y.floor();
                let u = uv.x + bond * row.rem_euclid(3.0);
                let f = Vec2::new((u - u.floor()) * aspect, uv.y - row);
                let face = gap(f, Vec2::new(aspect, 1.0), 1.3 * width);
                let rough = fractal(p * 3.0, 2, seed);
                let id = random(IVec3::new(u.floor() as i32, row as i32, 3), seed);
                Mark { mix: 1.0 - face, tint: (0.8 * id + 0.2 + 0.2 * rough).clamp(0.0, 1.0), height: 0.16 * face + 0.04 * rough }
            })
        }
        Pattern::Tiles => {
            let (alternate, round) = (dice.chance(0.5), dice.range(0.0, 1.0));
            Box::new(move |p, n| {
                let uv = wrap.lay(p, n);
                let (cell, f) = (uv.floor(), uv - uv.floor());
                let face = gap(f, Vec2::ONE, width);
                let id = random(IVec3::new(cell.x as i32, cell.y as i32, 1), seed);
                let tint = if alternate { (cell.x + cell.y).rem_euclid(2.0) } else { id };
                let dome = (f.x * (1.0 - f.x) * f.y * (1.0 - f.y)) * 2.0;
                Mark { mix: 1.0 - face, tint, height: 0.12 * face + 0.5 * round * dome }
            })
        }
        Pattern::Checker => Box::new(move |p, n| {
            let cell = wrap.lay(p, n).floor();
            Mark { mix: (cell.x + cell.y).rem_euclid(2.0), tint: 0.5, height: 0.0 }
        }),
        Pattern::Stripes => {
            let (axis, duty) = (*dice.pick(&[Vec3::X, Vec3::Y, Vec3::Z, Vec3::new(0.7, 0.7, 0.0), Vec3::new(0.6, 0.0, 0.8)]), dice.range(0.25, 0.75));
            Box::new(move |p, _| {
                let u = p.dot(axis) + shift.x;
                let f = u - u.floor();
                let id = random(IVec3::new(u.floor() as i32, 0, 0), seed);
                Mark { mix: if f < duty { 0.0 } else { 1.0 }, tint: id, height: 0.0 }
            })
        }
        Pattern::Spots => {
            let (size, jitter) = (dice.range(0.22, 0.42), dice.range(0.0, 0.5));
            Box::new(move |p, _| {
                let c = cells(p + shift, jitter, seed);
                let inside = 1.0 - step(size - 0.03, size + 0.03, c.near);
                Mark { mix: inside, tint: 0.5, height: 0.1 * inside }
            })
        }
        Pattern::Patches => Box::new(move |p, _| {
            let q = p + shift + 0.15 * Vec3::splat(noise(p * 3.0, seed));
            let c = cells(q, 1.0, seed);
            Mark { mix: if c.id < 0.5 { 0.0 } else { 1.0 }, tint: (c.id * 2.0).fract(), height: 0.0 }
        }),
        Pattern::Weave => {
            let plaid = dice.count(2, 7) as f32;
            Box::new(move |p, n| {
                let uv = wrap.lay(p, n) * 4.0;
                let (cell, f) = (uv.floor(), uv - uv.floor() - 0.5);
                let over = (cell.x + cell.y).rem_euclid(2.0) < 1.0;
                let (across, along) = if over { (f.x, f.y) } else { (f.y, f.x) };
                let thread = (1.0 - 3.6 * across * across).max(0.0) * (1.0 - 1.2 * along * along);
                let band = |x: f32| ((x / plaid).floor()).rem_euclid(2.0);
                Mark { mix: if over { band(cell.x) } else { band(cell.y) }, tint: thread, height: 0.12 * thread }
            })
        }
        Pattern::Stones => Box::new(move |p, _| {
            let c = cells(p + shift, 0.9, seed);
            let face = step(0.03, 0.16, c.second - c.near);
            let rough = noise(p * 5.0, seed);
            Mark { mix: 1.0 - face, tint: (0.85 * c.id + 0.1 + 0.15 * rough).clamp(0.0, 1.0), height: 0.2 * face + 0.03 * rough }
        }),
        Pattern::Speckle => {
            let part = dice.range(0.1, 0.4);
            Box::new(move |p, _| {
                let id = cells(p * 4.0 + shift, 1.0, seed).id;
                let n = noise(p * 0.7, seed ^ 3);
                Mark { mix: if id < part { 1.0 } else { 0.0 }, tint: (0.5 + 0.5 * n).clamp(0.0, 1.0), height: 0.05 * id }
            })
        }
        Pattern::Worn => {
            let (bare, rim) = (dice.range(0.25, 0.6), dice.range(0.1, 0.8));
            Box::new(move |p, _| {
                let n = fractal(p + shift, 5, seed) + rim * edge(p);
                let off = step(bare - 0.03, bare + 0.03, n);
                Mark { mix: off, tint: (0.5 + noise(p * 0.5 + shift, seed ^ 5)).clamp(0.0, 1.0), height: -0.06 * off }
            })
        }
        Pattern::Bands => {
            let axis = *dice.pick(&[Vec3::Y, Vec3::Y, Vec3::X, Vec3::Z]);
            let (offset, half) = (dice.range(0.0, 1.0), dice.range(0.06, 0.2));
            Box::new(move |p, _| {
                let u = p.dot(axis) * 0.5 + offset;
                let d = (u - u.floor() - 0.5).abs();
                Mark { mix: if d < half { 1.0 } else { 0.0 }, tint: 0.5, height: 0.0 }
            })
        }
        Pattern::Hammered => Box::new(move |p, _| {
            let c = cells(p * 2.0 + shift, 0.8, seed);
            Mark { mix: 0.3 * step(0.2, 0.7, c.near), tint: 0.5, height: 0.25 * c.near * c.near }
        }),
        Pattern::Waves => Box::new(move |p, _| {
            let q = turn * p + shift;
            let s = (TAU * (q.x + 0.4 * noise(q * 0.6, seed))).sin();
            Mark { mix: step(-0.3, 0.3, s), tint: 0.5 + 0.5 * s, height: 0.08 * s }
        }),
        // Ridges of turbulence (Perlin 1985), broad ones and fine ones between them: veined stone.
        Pattern::Veins => {
            let (thin, fine) = (dice.range(0.02, 0.12), dice.range(0.2, 0.8));
            Box::new(move |p, _| {
                let q = turn * p + shift;
                let q = q + 0.4 * Vec3::new(noise(q * 0.7, seed ^ 6), noise(q * 0.7, seed ^ 7), noise(q * 0.7, seed ^ 8));
                let vein = |r: Vec3, seed: u32| 1.0 - step(0.0, thin, fractal(r, 3, seed).abs());
                let mix = vein(q * 0.6, seed).max(fine * vein(q * 1.7, seed ^ 1));
                Mark { mix, tint: 0.5 + 0.5 * fractal(q, 3, seed ^ 2), height: 0.0 }
            })
        }
        // A wave that noise bends, its crests as fine as threads: streaked stone, veneer.
        Pattern::Streaks => {
            let (bend, sharp, stretch) = (dice.range(0.5, 3.0), dice.log(0.7, 4.0), dice.range(0.2, 1.0));
            Box::new(move |p, _| {
                let q = turn * (p * Vec3::new(1.0, 1.0, stretch)) + shift;
                let wave = 0.5 + 0.5 * (TAU * (q.x + bend * fractal(q * 0.5, 4, seed))).sin();
                Mark { mix: wave.powf(sharp), tint: (0.5 + noise(q * 0.4, seed ^ 1)).clamp(0.0, 1.0), height: 0.0 }
            })
        }
        // Tufts: plush, felt, carpet.
        Pattern::Felt => {
            let (tuft, edge) = (dice.range(2.0, 5.0), dice.range(0.1, 0.6));
            Box::new(move |p, _| {
                let fuzz = fractal(p * tuft + shift, 2, seed);
                let n = fractal(p + shift, 3, seed ^ 1);
                Mark { mix: step(-edge, edge, n - 0.15), tint: (0.5 + 0.4 * fuzz + 0.2 * n).clamp(0.0, 1.0), height: 0.25 * fuzz }
            })
        }
        Pattern::Plain => Box::new(move |p, _| Mark { mix: 0.0, tint: (0.5 + 0.5 * noise(p * 0.6 + shift, seed)).clamp(0.0, 1.0), height: 0.0 }),
    }
}

/// Growth rings about the y axis with a wobble, and fine fibres along it.
fn wood(p: Vec3, wobble: f32, fine: f32, seed: u32) -> Mark {
    let q = Vec3::new(p.x, 0.18 * p.y, p.z);
    let r = Vec2::new(p.x, p.z).length() * 2.5 + 2.0 * wobble * noise(q * 1.3, seed);
    let f = r - r.floor();
    let ring = f * f * (1.0 - step(0.9, 1.0, f));
    let fibre = noise(Vec3::new(p.x * 16.0, p.y, p.z * 16.0), seed ^ 9);
    Mark { mix: (ring + fine * 0.5 * fibre).clamp(0.0, 1.0), tint: 0.5 + 0.5 * noise(q * 0.7, seed ^ 4), height: 0.06 * fibre }
}

/// 1 on the face of a cell of the given size, 0 in the joint round it.
fn gap(f: Vec2, size: Vec2, joint: f32) -> f32 {
    let border = f.min(size - f).min_element();
    step(0.5 * joint, joint, border)
}
