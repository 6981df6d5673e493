//! What things are made of: coats laid out by patterns, with relief from the same patterns; pictures and normal maps over them. No
//! texture coordinates are needed.

mod emboss;
mod field;
mod grain;
mod palette;
mod print;
mod wrap;
mod zone;

use crate::{dice::Dice, picture::Pictures};
use emboss::Emboss;
use field::{FIELDS, Field, field};
use glam::Vec3;
use grain::{GRAINS, Grain, grain};
pub(crate) use palette::colour;
use palette::{Coat, companion, dielectric, earthy, metal, neutral, roughness, second_roughness, usual_roughness};
use print::Print;
use relight_trace::{Material, Point, Surface};
use std::sync::Arc;
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

/// Weights of [`FIELDS`] on things of paint, of metal, and on grounds.
const ON_PARTS: [f32; 21] = [5.0, 2.0, 0.8, 1.2, 0.8, 0.7, 0.7, 0.8, 1.2, 0.9, 0.8, 0.9, 0.5, 0.7, 0.6, 0.8, 0.3, 0.5, 0.5, 0.5, 1.0];
const ON_METAL: [f32; 21] = [5.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.2, 0.5, 0.3, 0.3, 0.0, 0.0, 0.2, 3.0, 0.6, 0.8, 0.2, 0.0, 0.2, 0.0];
const ON_GROUND: [f32; 21] = [1.2, 1.8, 1.5, 0.3, 2.0, 2.0, 2.0, 1.3, 1.0, 0.3, 0.5, 0.8, 1.2, 0.8, 0.3, 0.1, 0.1, 0.4, 1.2, 1.0, 1.0];

const ON_WALL: [f32; 21] = [3.5, 2.0, 0.3, 0.1, 0.8, 1.6, 1.0, 0.2, 0.6, 0.2, 0.2, 0.4, 0.5, 0.2, 0.2, 0.3, 0.05, 0.1, 0.5, 0.4, 0.2];

/// A random material for a use; `pictures` are what may be printed on it.
pub(crate) fn any(dice: &mut Dice, purpose: Use, pictures: &Pictures) -> Material {
    let name = match purpose {
        Use::Part { metal: false, .. } => FIELDS[dice.weighted(&ON_PARTS)],
        Use::Part { metal: true, .. } => FIELDS[dice.weighted(&ON_METAL)],
        Use::Ground => FIELDS[dice.weighted(&ON_GROUND)],
        Use::Wall => FIELDS[dice.weighted(&ON_WALL)],
    };
    of(name, dice, purpose, pictures)
}

/// A random material with the pattern of a name in [`FIELDS`].
pub(crate) fn of(name: &str, dice: &mut Dice, purpose: Use, pictures: &Pictures) -> Material {
    let ground = matches!(purpose, Use::Ground | Use::Wall);
    let half = if let Use::Part { half, .. } = purpose { half.max(Vec3::splat(0.02)) } else { Vec3::ONE };
    let frequency = match (ground, name) {
        (true, "planks" | "stripes") => dice.log(1.5, 6.0),
        (true, "marble" | "mottled" | "plain" | "veins" | "streaks") => dice.log(0.3, 3.0),
        (true, _) => dice.log(1.0, 6.0),
        (_, "weave" | "speckle" | "felt") => dice.log(4.0, 14.0),
        (_, "marble" | "worn" | "bands" | "veins" | "streaks") => dice.log(1.5, 4.0),
        _ => dice.log(2.0, 9.0),
    };
    // So many features round the thing's mean circumference, so that the pattern meets itself.
    let round = (std::f32::consts::TAU * 0.5 * (half.x + half.z) * frequency).round().max(2.0);
    let cylindrical = !ground && (half.x - half.z).abs() < 0.08 * half.x;
    let wrap = if cylindrical && dice.chance(0.6) { Wrap::Round(round) } else { Wrap::Box };
    let edge = move |q: Vec3| {
        let p = (q / frequency).abs();
        // Within 8 % of two faces of the bounding box at once, measured from its middle at half the height.
        let near = |x: f32, h: f32| crate::noise::step(0.86, 1.0, x / h);
        let (x, y, z) = (near(p.x, half.x), near((p.y - half.y).abs(), half.y), near(p.z, half.z));
        (x * y).max(y * z).max(x * z)
    };
    let pattern = field(name, dice, wrap, edge);
    let is_metal = match purpose {
        Use::Part { metal, .. } => metal,
        Use::Ground | Use::Wall => dice.chance(0.04),
    };
    let (first, other, second) = coats(name, dice, is_metal, ground);
    let print = match purpose {
        Use::Part { metal, .. } => dice.chance(0.2).then(|| Print::on_part(dice, pictures, wrap, half, metal)),
        Use::Ground => dice.chance(0.25).then(|| Print::on_stage(dice, pictures, true)),
        Use::Wall => dice.chance(0.45).then(|| Print::on_stage(dice, pictures, false)),
    };
    let tiles = if ground { dice.log(0.3, 2.0) } else { dice.log(1.0, 6.0) };
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
        grain_size: if ground { dice.range(0.3, 1.0) } else { 1.0 },
        print,
        emboss,
    };
    Material::Procedural(Arc::new(move |point: &Point| finish.surface(point)))
}

/// The coats of a pattern: its first at tint 0, the first's colour at tint 1, its second.
fn coats(name: &str, dice: &mut Dice, is_metal: bool, ground: bool) -> (Coat, Vec3, Coat) {
    let vary = |dice: &mut Dice, c: Vec3, by: f32| (c * dice.log(1.0 / (1.0 + by), 1.0 + by)).clamp(Vec3::splat(0.012), Vec3::splat(0.92));
    if is_metal {
        let bare = metal(dice);
        if name == "worn" || name == "patches" || name == "bands" {
            // Paint or rust over metal.
            let rust = dice.chance(0.3);
            let over = if rust {
                Coat {
                    albedo: Vec3::new(dice.range(0.2, 0.45), dice.range(0.06, 0.16), dice.range(0.01, 0.06)),
                    roughness: dice.range(0.7, 1.0),
                    metallic: 0.0,
                }
            } else {
                dielectric(dice)
            };
            let other = vary(dice, over.albedo, if rust { 1.0 } else { 0.2 });
            return (over, other, bare);
        }
        let second = Coat { roughness: (bare.roughness + dice.range(-0.25, 0.35)).clamp(0.03, 1.0), albedo: vary(dice, bare.albedo, 0.25), ..bare };
        let second = if matches!(name, "stripes" | "checker" | "tiles" | "spots") && dice.chance(0.5) { dielectric(dice) } else { second };
        return (bare, vary(dice, bare.albedo, 0.1), second);
    }
    let base = match name {
        "rings" | "planks" => earthy(dice),
        "bricks" | "stones" | "streaks" if dice.chance(0.6) => earthy(dice),
        "marble" | "veins" | "streaks" if dice.chance(0.6) => neutral(dice),
        _ if ground && dice.chance(0.55) => neutral(dice),
        _ => colour(dice),
    };
    let first = Coat { albedo: base, roughness: usual_roughness(name, ground, dice), metallic: 0.0 };
    let other = match name {
        "tiles" | "patches" | "stripes" => companion(dice, base),
        "plain" => vary(dice, base, 0.06),
        _ => vary(dice, base, 0.6),
    };
    let again = if matches!(name, "rings" | "planks") { base * dice.range(0.2, 0.6) } else { companion(dice, base) };
    let second = Coat { albedo: again, roughness: second_roughness(name, first.roughness, ground, dice), metallic: 0.0 };
    // Gold leaf, foil and studs.
    let second = if matches!(name, "stripes" | "spots" | "checker" | "weave") && dice.chance(0.1) { metal(dice) } else { second };
    (first, other, second)
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
        for name in FIELDS {
            for seed in 0..12 {
                for purpose in [
                    Use::Ground,
                    Use::Wall,
                    Use::Part { half: Vec3::splat(0.5), metal: true },
                    Use::Part { half: Vec3::new(0.5, 0.2, 0.4), metal: false },
                ] {
                    check(&of(name, &mut Dice::new(&[seed]), purpose, &Pictures::default()), name);
                }
            }
        }
    }
}
