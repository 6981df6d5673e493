//! Geometry generators. A shape is one or more parts, each to be made of its own material.

mod assembly;
mod blob;
mod contour;
mod extrude;
pub(crate) mod glyph;
mod lathe;
pub(crate) mod living;
mod solid;
mod soup;
mod text;

pub(crate) use soup::Soup;

use crate::dice::Dice;
use extrude::{cuboid, extrude, polar, rectangle};
use glam::{Affine3A, Quat, Vec2, Vec3};
use lathe::{arc, capsule, cylinder, lathe, rounded, sphere, torus, tube};
use std::f32::consts::{FRAC_PI_2, TAU};

/// Parts by material slot, with the crease angle (degrees) that shades them.
pub(crate) struct Shape {
    /// Triangles of each slot, in one common space.
    pub parts: Vec<Soup>,
    /// Largest bend of an edge that is still shaded smoothly.
    pub crease: f32,
}

impl Shape {
    fn one(soup: Soup, crease: f32) -> Self {
        Self { parts: vec![soup], crease }
    }
}

/// The names of the generators, in the order of [`generate`]'s choice.
pub(crate) const KINDS: [&str; 10] = ["primitive", "lathe", "extrusion", "superellipsoid", "blob", "rock", "tube", "assembly", "solid", "text"];

/// How often each kind is chosen.
const WEIGHTS: [f32; 10] = [0.16, 0.13, 0.08, 0.05, 0.05, 0.05, 0.04, 0.22, 0.15, 0.07];

/// A random shape of any kind.
pub(crate) fn any(dice: &mut Dice) -> Shape {
    let kind = dice.weighted(&WEIGHTS);
    generate(KINDS[kind], dice)
}

/// A random shape of one of [`KINDS`].
pub(crate) fn generate(kind: &str, dice: &mut Dice) -> Shape {
    match kind {
        "primitive" => primitive(dice),
        "lathe" => Shape::one(vessel(dice), 35.0),
        "extrusion" => Shape::one(extrusion(dice), 35.0),
        "superellipsoid" => Shape::one(blob::superellipsoid(dice), 40.0),
        "blob" => Shape::one(blob::blob(dice), 60.0),
        "rock" => Shape::one(blob::rock(dice), 22.0),
        "tube" => Shape::one(knot(dice), 50.0),
        "solid" => solid::any(dice),
        "text" => text::any(dice),
        _ => assembly::any(dice),
    }
}

/// Sphere, box, cylinder, cone, torus or capsule.
pub(crate) fn primitive(dice: &mut Dice) -> Shape {
    let bevel = dice.log(0.005, 0.12);
    let soup = match dice.index(8) {
        0 | 1 => sphere(),
        2 | 3 => {
            let flat = dice.chance(0.5);
            let mut side = || if flat { dice.range(0.35, 1.0) } else { dice.range(0.85, 1.0) };
            cuboid(Vec3::new(side(), side(), side()), bevel)
        }
        4 => cylinder(0.5, 0.5, dice.log(0.25, 2.2), bevel, if dice.chance(0.8) { 64 } else { dice.count(3, 8) as u32 }),
        5 => cylinder(0.5, dice.range(0.02, 0.35), dice.log(0.5, 1.8), bevel, if dice.chance(0.75) { 64 } else { dice.count(3, 6) as u32 }),
        6 => torus(0.5, dice.range(0.1, 0.3)),
        _ => capsule(0.3, dice.range(0.3, 1.2)),
    };
    Shape::one(soup, 30.0)
}

/// Bottles, bowls, vases, cups, balusters: a random profile about the axis.
fn vessel(dice: &mut Dice) -> Soup {
    let points = dice.count(4, 8);
    let height = dice.log(0.6, 2.6);
    let mut outer = vec![Vec2::new(0.0, 0.0)];
    let mut radius = dice.range(0.25, 0.5);
    for i in 0..points {
        outer.push(Vec2::new(radius, height * i as f32 / (points - 1) as f32));
        radius = (radius * dice.log(0.62, 1.6)).clamp(0.1, 0.65);
    }
    if dice.chance(0.5) {
        // Hollow: the wall comes back inside.
        let wall = dice.range(0.02, 0.06);
        let inside: Vec<Vec2> = outer[1..].iter().rev().map(|p| Vec2::new((p.x - wall).max(0.02), p.y.max(wall))).collect();
        outer.extend(inside);
        outer.push(Vec2::new(0.0, wall));
    } else {
        outer.push(Vec2::new(0.0, height));
    }
    let mut profile = rounded(&outer, dice.log(0.01, 0.3));
    if dice.chance(0.6) {
        profile = rounded(&profile, 0.1);
    }
    lathe(&profile, false, if dice.chance(0.85) { 64 } else { dice.count(5, 10) as u32 })
}

/// Stars, gears, hearts of noise, L and T profiles, prisms.
fn extrusion(dice: &mut Dice) -> Soup {
    let (bevel, height) = (dice.log(0.005, 0.05), dice.log(0.12, 1.0));
    let outline = match dice.index(5) {
        0 => {
            let (tips, deep) = (dice.count(3, 9), dice.range(0.4, 0.8));
            polar(2 * tips, |a| if ((a * tips as f32 / TAU + 0.25).fract()) < 0.5 { 0.5 } else { 0.5 * deep })
        }
        1 => {
            let (teeth, deep, steep) = (dice.count(7, 16) as f32, dice.range(0.06, 0.15), dice.range(3.0, 8.0));
            polar(192, |a| 0.5 - deep * (0.5 + 0.5 * ((a * teeth).sin() * steep).tanh()))
        }
        2 => {
            let waves: Vec<(f32, f32, f32)> = (1..5).map(|k| (k as f32, dice.range(0.0, 0.3 / k as f32), dice.angle())).collect();
            polar(96, |a| 0.5 * (1.0 + waves.iter().map(|(k, s, o)| s * (k * a + o).sin()).sum::<f32>()).max(0.3))
        }
        3 => {
            // An L, T or U: a comb of steps above a base.
            let (arm, thick) = (dice.range(0.4, 1.0), dice.range(0.15, 0.35));
            let (x, y) = (dice.range(0.6, 1.0), thick);
            let left = dice.range(0.0, x - thick);
            let mut out = vec![Vec2::ZERO, Vec2::new(x, 0.0), Vec2::new(x, y)];
            out.extend([Vec2::new(left + thick, y), Vec2::new(left + thick, y + arm), Vec2::new(left, y + arm)]);
            if left > 0.02 {
                out.extend([Vec2::new(left, y), Vec2::new(0.0, y)]);
            }
            out
        }
        _ => rectangle(1.0, dice.range(0.3, 1.0), dice.log(0.02, 0.5)),
    };
    let soup = extrude(&outline, height, bevel);
    if dice.chance(0.5) { soup.moved(Affine3A::from_rotation_x(FRAC_PI_2)) } else { soup }
}

/// Torus knots, coils and bent rods.
fn knot(dice: &mut Dice) -> Soup {
    let thick = dice.log(0.03, 0.12);
    let n = 220;
    let fraction = |i: usize| i as f32 / n as f32;
    match dice.index(3) {
        0 => {
            let (p, q) = *dice.pick(&[(2.0, 3.0), (3.0, 2.0), (2.0, 5.0), (1.0, 4.0), (3.0, 5.0)]);
            let swing = dice.range(0.15, 0.22);
            let curve: Vec<Vec3> = (0..n)
                .map(|i| {
                    let a = TAU * fraction(i);
                    let r = 0.42 + swing * (q * a).cos();
                    Vec3::new(r * (p * a).cos(), swing * (q * a).sin(), r * (p * a).sin())
                })
                .collect();
            tube(&curve, |_| thick, true)
        }
        1 => {
            let (turns, height, taper) = (dice.range(2.0, 6.0), dice.range(0.5, 1.5), dice.range(0.3, 1.0));
            let curve = (0..=n).map(|i| {
                let (f, a) = (fraction(i), TAU * turns * fraction(i));
                let r = 0.5 * (1.0 + (taper - 1.0) * f);
                Vec3::new(r * a.cos(), height * f, r * a.sin())
            });
            tube(&curve.collect::<Vec<_>>(), |_| thick.min(0.3 * height / turns), false)
        }
        _ => {
            let waves: Vec<(Vec3, f32)> = (1..4).map(|k| (dice.direction() * 0.5 / k as f32, dice.angle())).collect();
            let point = |i: usize| waves.iter().enumerate().map(|(k, (d, o))| *d * ((k + 1) as f32 * TAU * fraction(i) + o).sin()).sum::<Vec3>();
            let curve: Vec<Vec3> = (0..n).map(point).collect();
            tube(&curve, |f| thick * (1.0 + 0.3 * (TAU * f).sin()), true)
        }
    }
}

/// A rotation for something that was thrown down: upright mostly, else on its side or anyhow.
pub(crate) fn tumble(dice: &mut Dice) -> Quat {
    let yaw = Quat::from_rotation_y(dice.angle());
    match dice.weighted(&[0.72, 0.16, 0.12]) {
        0 => yaw,
        1 => yaw * Quat::from_rotation_z(FRAC_PI_2),
        _ => dice.rotation(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_generator_makes_finite_closed_looking_meshes_of_sane_size() {
        for kind in KINDS {
            for seed in 0..10 {
                let shape = generate(kind, &mut Dice::new(&[seed]));
                assert!(!shape.parts.is_empty());
                for part in &shape.parts {
                    let mesh = part.shaded(shape.crease);
                    let (low, high) = part.bounds();
                    let size = (high - low).max_element();
                    assert!(size.is_finite() && (0.01..60.0).contains(&size), "{kind} {seed}: {size}");
                    assert!((12..60_000).contains(&mesh.triangles.len()), "{kind} {seed}: {}", mesh.triangles.len());
                    assert!(mesh.normals.iter().all(|n| (n.length() - 1.0).abs() < 1e-4), "{kind} {seed}");
                    assert!(mesh.triangles.iter().flatten().all(|i| (*i as usize) < mesh.positions.len()));
                }
            }
        }
    }

    #[test]
    fn surfaces_face_outwards() {
        let ball = sphere().volume();
        assert!((ball - TAU / 12.0).abs() < 0.01, "{ball}");
        assert!((cuboid(Vec3::new(1.0, 2.0, 3.0), 0.001).volume() - 6.0).abs() < 0.05);
        assert!((blob::icosphere(4).volume() - 2.0 * TAU / 3.0).abs() < 0.02);
        for solid in [cylinder(0.5, 0.2, 1.0, 0.02, 32), torus(0.5, 0.2), capsule(0.3, 1.0)] {
            assert!(solid.volume() > 0.1);
        }
        for kind in KINDS {
            for seed in 0..10 {
                let shape = generate(kind, &mut Dice::new(&[seed]));
                // A solid's parts are open: together they close.
                let whole: f32 = shape.parts.iter().map(Soup::volume).sum();
                assert!(whole > 0.0 && (kind == "solid" || shape.parts.iter().all(|p| p.volume() > 0.0)), "{kind} {seed}");
            }
        }
    }
}
