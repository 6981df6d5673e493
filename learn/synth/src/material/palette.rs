//! Colours and finishes.

use crate::dice::Dice;
use glam::Vec3;

/// A uniform finish: what glTF's factors say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coat {
    /// Linear base colour.
    pub albedo: Vec3,
    /// Perceptual roughness.
    pub roughness: f32,
    /// 0..1.
    pub metallic: f32,
}

impl Coat {
    /// The coat between two, part by part.
    pub fn mix(&self, other: &Self, t: f32) -> Self {
        Self {
            albedo: self.albedo.lerp(other.albedo, t),
            roughness: self.roughness + (other.roughness - self.roughness) * t,
            metallic: self.metallic + (other.metallic - self.metallic) * t,
        }
    }
}

/// Base colours of metals, linear Rec.709 (rounded from published normal reflectances: silver, aluminium, iron, chromium, titanium,
/// gold, copper, brass, bronze, gun metal).
const METALS: [[f32; 3]; 10] = [
    [0.95, 0.93, 0.88],
    [0.91, 0.92, 0.92],
    [0.56, 0.57, 0.58],
    [0.55, 0.55, 0.55],
    [0.54, 0.50, 0.45],
    [1.00, 0.71, 0.29],
    [0.95, 0.64, 0.54],
    [0.89, 0.73, 0.38],
    [0.71, 0.50, 0.26],
    [0.30, 0.31, 0.33],
];

/// Hue (turns), saturation and value, all display-referred, as linear light (a square for the transfer curve is close enough for a palette).
fn hsv(h: f32, s: f32, v: f32) -> Vec3 {
    let ramp = |shift: f32| ((((h + shift).fract() * 6.0 - 3.0).abs() - 1.0).clamp(0.0, 1.0) - 1.0) * s + 1.0;
    let c = Vec3::new(ramp(0.0), ramp(2.0 / 3.0), ramp(1.0 / 3.0)) * v;
    (c * c).clamp(Vec3::splat(0.012), Vec3::splat(0.92))
}

/// A colour of a dielectric: saturated, muted, grey to white, or nearly black.
pub(crate) fn colour(dice: &mut Dice) -> Vec3 {
    match dice.weighted(&[0.34, 0.28, 0.26, 0.12]) {
        0 => hsv(dice.unit(), dice.range(0.6, 1.0), dice.range(0.35, 1.0)),
        1 => hsv(dice.unit(), dice.range(0.12, 0.55), dice.range(0.25, 0.95)),
        2 => hsv(dice.range(0.0, 0.2), dice.range(0.0, 0.08), dice.range(0.1, 0.97)),
        _ => hsv(dice.unit(), dice.range(0.0, 0.4), dice.range(0.08, 0.24)),
    }
}

/// A colour of floors and walls: concrete, plaster, paper, pale wood.
pub(crate) fn neutral(dice: &mut Dice) -> Vec3 {
    hsv(dice.range(0.0, 0.17), dice.range(0.0, 0.2), dice.range(0.3, 0.97))
}

/// A colour of earth, stone or wood.
pub(crate) fn earthy(dice: &mut Dice) -> Vec3 {
    hsv(dice.range(0.015, 0.13), dice.range(0.1, 0.75), dice.range(0.25, 0.9))
}

/// A colour that goes with another: lighter, darker, or unrelated.
pub(crate) fn companion(dice: &mut Dice, first: Vec3) -> Vec3 {
    match dice.index(3) {
        0 => (first * dice.range(1.5, 3.0) + 0.04).min(Vec3::splat(0.92)),
        1 => (first * dice.range(0.15, 0.65)).max(Vec3::splat(0.012)),
        _ => colour(dice),
    }
}

/// A roughness for anything: matt a little more often than glossy and satin.
pub(crate) fn roughness(dice: &mut Dice) -> f32 {
    match dice.weighted(&[0.27, 0.33, 0.4]) {
        0 => dice.range(0.03, 0.25),
        1 => dice.range(0.25, 0.6),
        _ => dice.range(0.6, 1.0),
    }
}

/// Paint, plastic, ceramic.
pub(crate) fn dielectric(dice: &mut Dice) -> Coat {
    Coat { albedo: colour(dice), roughness: roughness(dice), metallic: 0.0 }
}

/// Bare or anodised metal.
pub(crate) fn metal(dice: &mut Dice) -> Coat {
    let pure = Vec3::from_array(*dice.pick(&METALS));
    let albedo = if dice.chance(0.2) { colour(dice).max(Vec3::splat(0.05)) } else { pure * dice.range(0.8, 1.0) };
    let roughness = if dice.chance(0.4) { dice.range(0.03, 0.2) } else { dice.range(0.15, 0.7) };
    Coat { albedo, roughness, metallic: 1.0 }
}
