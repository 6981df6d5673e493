//! Pictures on things.

use super::Wrap;
use crate::{dice::Dice, noise::random, picture::Pictures};
use glam::{IVec3, Vec2, Vec3};
use relight_trace::Texture;
use std::sync::Arc;

/// Where a picture lies.
#[derive(Debug, Clone, Copy)]
enum Lay {
    /// Side by side, its longer side so long.
    Tiled(f32),
    /// Once on each side of the thing, filling this part of it.
    Centred(f32),
    /// In this share of the cells of a lattice of this width: posters on a wall, mats on a floor.
    Scattered(f32, f32),
}

/// A picture, where it lies, and how it shines.
pub(crate) struct Print {
    picture: Arc<Texture>,
    lay: Lay,
    wrap: Wrap,
    half: Vec3,
    middle: Vec3,
    seed: u32,
    roughness: f32,
    /// Added to the roughness from black to white.
    contrast: f32,
}

impl Print {
    /// A random picture for a thing with half sizes `half` that stands on y = 0.
    pub fn on_part(dice: &mut Dice, pictures: &Pictures, wrap: Wrap, half: Vec3, metal: bool) -> Self {
        let lay = if metal || dice.chance(0.55) { Lay::Centred(dice.range(0.45, 1.0)) } else { Lay::Tiled(dice.log(0.15, 0.9)) };
        Self::new(dice, pictures, lay, wrap, half, Vec3::Y * half.y)
    }

    /// A random picture for a floor or a wall, in units of things.
    pub fn on_stage(dice: &mut Dice, pictures: &Pictures, tiled: bool) -> Self {
        let lay = if tiled { Lay::Tiled(dice.log(0.5, 3.0)) } else { Lay::Scattered(dice.range(0.8, 2.5), dice.range(0.3, 0.9)) };
        Self::new(dice, pictures, lay, Wrap::Box, Vec3::ONE, Vec3::ZERO)
    }

    fn new(dice: &mut Dice, pictures: &Pictures, lay: Lay, wrap: Wrap, half: Vec3, middle: Vec3) -> Self {
        let (picture, seed) = (pictures.any(dice), dice.bits());
        Self {
            picture,
            lay,
            wrap,
            half,
            middle,
            seed,
            roughness: super::roughness(dice),
            contrast: dice.range(-0.3, 0.3) * f32::from(u8::from(dice.chance(0.6))),
        }
    }

    /// The picture's colour and roughness at a point; none beside it.
    pub fn at(&self, p: Vec3, n: Vec3) -> Option<(Vec3, f32)> {
        let side = self.wrap.upright(p - self.middle, n, self.half);
        let shape = Vec2::new(self.picture.width as f32, self.picture.height as f32);
        let shape = shape / shape.max_element();
        let (from, size) = match self.lay {
            Lay::Tiled(size) => (side.place, shape * size),
            Lay::Centred(fill) => (side.place, shape * (2.0 * fill * (side.half / shape).min_element())),
            Lay::Scattered(cell, share) => {
                let place = (side.place / cell).floor();
                if random(IVec3::new(place.x as i32, place.y as i32, 11), self.seed) > share {
                    return None;
                }
                (side.place - (place + 0.5) * cell, shape * (0.7 * cell))
            }
        };
        let uv = from / size + 0.5;
        let beside = !matches!(self.lay, Lay::Tiled(_)) && (uv.min_element() < 0.0 || uv.max_element() >= 1.0);
        (!beside).then(|| {
            let albedo = self.picture.sample(uv);
            (albedo, self.roughness + self.contrast * (albedo.element_sum() / 3.0 - 0.3))
        })
    }
}
