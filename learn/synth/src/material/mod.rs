//! What things are made of: coats laid out by patterns, with relief from the same patterns; pictures and normal maps over them. No
//! texture coordinates are needed.

mod coats;
mod emboss;
mod field;
mod grain;
mod living;
mod palette;
mod print;
mod stuff;
mod wrap;
mod zone;

use crate::{dice::Dice, picture::Pictures};
use coats::coats;
use emboss::Emboss;
use field::{Field, field};
use glam::Vec3;
use grain::{GRAINS, Grain, grain};
pub(crate) use living::cover;
pub(crate) use palette::colour;
use palette::{Coat, roughness};
use print::Print;
use relight_trace::{Material, Point, Surface};
use std::sync::Arc;
use stuff::{Place, Stuff};
pub(crate) use wrap::Wrap;
pub(crate) use zone::zoned;

/// A finished material.
struct Finish {
    field: Field,
    /// Features a unit of mesh space.
    frequency: f32,
    /// Slope of the pattern's height.
    relief: f32,
    /// Of mark 0, at tint 0.
    first: Coat,
    /// Albedo of mark 0 at tint 1.
    other: Vec3,
    /// Of mark 1.
    second: Coat,
    grain: Option<Grain>,
    /// Slope of the grain, and how far it moves the roughness.
    grain_relief: f32,
    grain_roughness: f32,
    /// Feature size that the grain was made for, in mesh units.
    grain_size: f32,
    print: Option<Print>,
    emboss: Option<Emboss>,
}

impl Finish {
    /// Coats and the relief of their pattern, nothing over them.
    fn bare(field: Field, frequency: f32, relief: f32, first: Coat, other: Vec3, second: Coat) -> Self {
        Self {
            field,
            frequency,
            relief,
            first,
            other,
            second,
            grain: None,
            grain_relief: 0.0,
            grain_roughness: 0.0,
            grain_size: 1.0,
            print: None,
            emboss: None,
        }
    }

    fn material(self) -> Material {
        Material::Procedural(Arc::new(move |point: &Point| self.surface(point)))
    }

    fn surface(&self, point: &Point) -> Surface {
        let (p, n) = (point.position, point.normal);
        let q = p * self.frequency;
        let mark = (self.field)(q, n);
        let first = Coat { albedo: self.first.albedo.lerp(self.other, mark.tint.clamp(0.0, 1.0)), ..self.first };
        let mut coat = first.mix(&self.second, mark.mix.clamp(0.0, 1.0));
        if let Some((albedo, roughness)) = self.print.as_ref().and_then(|print| print.at(p, n)) {
            coat = Coat { albedo, roughness, metallic: 0.0 };
        }
        let g = p * self.grain_size;
        let fine = self.grain.as_ref().map(|grain| grain(g));
        if let Some((_, mask)) = fine {
            coat.roughness += self.grain_roughness * (mask - 0.3);
        }
        let normal = self.bent(point, mark.height, fine.map_or(0.0, |(height, _)| height));
        Surface {
            albedo: coat.albedo.clamp(Vec3::splat(0.005), Vec3::splat(0.98)),
            roughness: coat.roughness.clamp(0.03, 1.0),
            metallic: coat.metallic.clamp(0.0, 1.0),
            normal,
        }
    }

    /// Blinn's bump mapping (1978): the normal less the tangential gradient of the height, by forward differences along two tangents.
    fn bent(&self, point: &Point, height: f32, fine: f32) -> Vec3 {
        const STEP: f32 = 0.02;
        const FINE: f32 = 0.004;
        let (p, n) = (point.position, point.normal);
        let (coarse, detail) = (self.relief > 0.0, self.grain_relief > 0.0);
        if !coarse && !detail && self.emboss.is_none() {
            return n;
        }
        let (q, g) = (p * self.frequency, p * self.grain_size);
        let t = (point.tangent - n * n.dot(point.tangent)).normalize_or(n.any_orthonormal_vector());
        let mut gradient = self.emboss.as_ref().map_or(Vec3::ZERO, |emboss| emboss.gradient(p, n));
        for axis in [t, n.cross(t)].into_iter().filter(|_| coarse || detail) {
            let mut slope = 0.0;
            if coarse {
                slope += self.relief * ((self.field)(q + axis * STEP, n).height - height) / STEP;
            }
            if let Some(grain) = self.grain.as_ref().filter(|_| detail) {
                slope += self.grain_relief * (grain(g + axis * FINE).0 - fine) / FINE;
            }
            gradient += axis * slope;
        }
        // Slopes beyond 1.2 (50 degrees) only make noise at these sizes.
        (n - gradient.clamp_length_max(1.2)).normalize_or(n)
    }
}

/// What a material is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    /// A part of a thing about one unit large that reaches this far from its middle.
    Part { half: Vec3, metal: bool },
    /// A floor, in world units where things are about one unit large.
    Ground,
    /// A wall, likewise.
    Wall,
}

/// A random material for a use; `pictures` are what may be printed on it.
pub(crate) fn any(dice: &mut Dice, purpose: Use, pictures: &Pictures) -> Material {
    let place = match purpose {
        Use::Part { metal: false, .. } => Place::Part,
        Use::Part { metal: true, .. } => Place::Metal,
        Use::Ground => Place::Ground,
        Use::Wall => Place::Wall,
    };
    of(&Stuff::any(dice, place), dice, purpose, pictures)
}

/// A random material of some stuff.
fn of(stuff: &Stuff, dice: &mut Dice, purpose: Use, pictures: &Pictures) -> Material {
    let stage = matches!(purpose, Use::Ground | Use::Wall);
    let half = if let Use::Part { half, .. } = purpose { half.max(Vec3::splat(0.02)) } else { Vec3::ONE };
    let frequency = stuff.frequency(dice, stage);
    // So many features round the thing's mean circumference, so that the pattern meets itself.
    let round = (std::f32::consts::TAU * 0.5 * (half.x + half.z) * frequency).round().max(2.0);
    let cylindrical = !stage && (half.x - half.z).abs() < 0.08 * half.x;
    let wrap = if cylindrical && dice.chance(0.6) { Wrap::Round(round) } else { Wrap::Box };
    let edge = move |q: Vec3| {
        let p = (q / frequency).abs();
        // Within 8 % of two faces of the bounding box at once, measured from its middle at half the height.
        let near = |x: f32, h: f32| crate::noise::step(0.86, 1.0, x / h);
        let (x, y, z) = (near(p.x, half.x), near((p.y - half.y).abs(), half.y), near(p.z, half.z));
        (x * y).max(y * z).max(x * z)
    };
    let pattern = field(stuff.pattern, dice, wrap, edge);
    let is_metal = match purpose {
        Use::Part { metal, .. } => metal,
        Use::Ground | Use::Wall => dice.chance(0.04),
    };
    let (first, other, second) = coats(stuff, dice, is_metal, stage);
    let print = match purpose {
        Use::Part { metal, .. } => dice.chance(0.2).then(|| Print::on_part(dice, pictures, wrap, half, metal)),
        Use::Ground => dice.chance(0.25).then(|| Print::on_stage(dice, pictures, true)),
        Use::Wall => dice.chance(0.45).then(|| Print::on_stage(dice, pictures, false)),
    };
    let tiles = if stage { dice.log(0.3, 2.0) } else { dice.log(1.0, 6.0) };
    let emboss = dice.chance(0.18).then(|| Emboss::any(dice, wrap, half, tiles));
    let grain_name = if emboss.is_some() {
        None
    } else if dice.chance(if is_metal { 0.5 } else { 0.35 }) {
        Some(*dice.pick(&GRAINS))
    } else {
        None
    };
    let relief = if emboss.is_none() && dice.chance(0.7) { dice.log(0.15, 1.2) } else { 0.0 };
    let detail = if grain_name.is_some_and(|g| g != "dust") { dice.log(0.004, 0.04) } else { 0.0 };
    let finish = Finish {
        field: pattern,
        frequency,
        relief,
        first,
        other,
        second,
        grain: grain_name.map(|g| grain(g, dice)),
        grain_relief: detail,
        grain_roughness: dice.range(0.05, 0.35) * if dice.chance(0.3) { -1.0 } else { 1.0 },
        grain_size: if stage { dice.range(0.3, 1.0) } else { 1.0 },
        print,
        emboss,
    };
    finish.material()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec2;

    fn check(material: &Material, what: &str) {
        let Material::Procedural(surface) = material else { panic!("{what}") };
        let mut dice = Dice::new(&[1]);
        for _ in 0..200 {
            let normal = dice.direction();
            let position = Vec3::new(dice.range(-3.0, 3.0), dice.range(-3.0, 3.0), dice.range(-3.0, 3.0));
            let point = Point { position, normal, uv: Vec2::ZERO, tangent: normal.any_orthonormal_vector(), sign: 1.0 };
            let s = surface(&point);
            assert!(s.albedo.is_finite() && s.albedo.min_element() >= 0.0 && s.albedo.max_element() <= 1.0, "{what} {s:?}");
            assert!((0.03..=1.0).contains(&s.roughness) && (0.0..=1.0).contains(&s.metallic), "{what} {s:?}");
            assert!((s.normal.length() - 1.0).abs() < 1e-4 && s.normal.dot(normal) > 0.3, "{what} {s:?}");
        }
    }

    #[test]
    fn every_pattern_gives_valid_surfaces_for_every_use() {
        for stuff in stuff::STUFFS {
            for seed in 0..12 {
                for purpose in [
                    Use::Ground,
                    Use::Wall,
                    Use::Part { half: Vec3::splat(0.5), metal: true },
                    Use::Part { half: Vec3::new(0.5, 0.2, 0.4), metal: false },
                ] {
                    check(&of(&stuff, &mut Dice::new(&[seed]), purpose, &Pictures::default()), &format!("{:?}", stuff.pattern));
                }
            }
        }
    }
}
