//! Things put together from several parts: stools, tables, mugs, lamps, dumbbells, toys, towers, shelves.

use super::{Shape, Soup, arc, capsule, cuboid, cylinder, extrude, lathe, polar, primitive, rounded, sphere, torus, tube};
use crate::dice::Dice;
use glam::{Affine3A, Quat, Vec2, Vec3};
use std::f32::consts::{FRAC_PI_2, PI, TAU};

fn at(x: f32, y: f32, z: f32) -> Affine3A {
    Affine3A::from_translation(Vec3::new(x, y, z))
}

/// One of the assemblies.
pub(crate) fn any(dice: &mut Dice) -> Shape {
    let parts = match dice.index(9) {
        0 => table(dice),
        1 => mug(dice),
        2 => lamp(dice),
        3 => dumbbell(dice),
        4 => tower(dice),
        5 => shelf(dice),
        6 => bottle(dice),
        7 => toy(dice),
        _ => pile(dice),
    };
    Shape { parts, crease: 35.0 }
}

/// A top on three or four legs, round or square, low or high.
fn table(dice: &mut Dice) -> Vec<Soup> {
    let (height, thick, bevel) = (dice.range(0.35, 1.1), dice.range(0.03, 0.12), dice.log(0.004, 0.03));
    let (round, legs) = (dice.chance(0.5), dice.count(3, 4));
    let top = if round { cylinder(0.5, 0.5, thick, bevel, 64) } else { cuboid(Vec3::new(1.0, thick, dice.range(0.6, 1.0)), bevel) };
    let (radius, splay, inset) = (dice.range(0.02, 0.06), dice.range(0.0, 0.12), dice.range(0.28, 0.4));
    let mut feet = Soup::default();
    for i in 0..legs {
        let turn = TAU * (i as f32 + 0.5) / legs as f32;
        let tilt = Affine3A::from_rotation_y(-turn) * at(inset, 0.0, 0.0) * Affine3A::from_rotation_z(splay);
        feet.join(&cylinder(radius * 0.8, radius, height, 0.005, 24).moved(tilt));
    }
    let mut parts = vec![top.moved(at(0.0, height - 0.01, 0.0)), feet];
    if dice.chance(0.3) {
        let cushion = cylinder(0.42, 0.42, 0.1, 0.05, 48).moved(at(0.0, height + thick - 0.01, 0.0));
        parts.push(cushion);
    }
    parts
}

/// A cup with a handle, perhaps with something in it.
fn mug(dice: &mut Dice) -> Vec<Soup> {
    let (low, high, height, wall) = (dice.range(0.25, 0.4), dice.range(0.3, 0.45), dice.range(0.6, 1.0), 0.04);
    let profile =
        [Vec2::ZERO, Vec2::new(low, 0.0), Vec2::new(high, height), Vec2::new(high - wall, height), Vec2::new(low - wall, wall), Vec2::new(0.0, wall)];
    let cup = lathe(&rounded(&profile, 0.05), false, 64);
    let (reach, grip) = (dice.range(0.15, 0.3), dice.range(0.2, 0.32) * height);
    let curve: Vec<Vec3> = (0..=24)
        .map(|i| PI * (i as f32 / 24.0 - 0.5))
        .map(|a| Vec3::new(0.5 * (low + high) - 0.03 + reach * a.cos(), 0.5 * height + grip * a.sin(), 0.0))
        .collect();
    let handle = tube(&curve, |_| 0.04, false);
    let drink = cylinder(low - wall, high - wall - 0.01, 0.02, 0.002, 48).moved(at(0.0, 0.8 * height, 0.0));
    if dice.chance(0.5) { vec![cup, handle, drink] } else { vec![cup, handle] }
}

/// Foot, stem and shade.
fn lamp(dice: &mut Dice) -> Vec<Soup> {
    let (height, foot) = (dice.range(0.8, 1.6), dice.range(0.2, 0.4));
    let base = lathe(&rounded(&[Vec2::ZERO, Vec2::new(foot, 0.0), Vec2::new(foot * 0.8, 0.06), Vec2::new(0.0, 0.1)], 0.03), false, 48);
    let stem = cylinder(0.03, 0.03, height, 0.003, 24);
    let (wide, narrow, tall) = (dice.range(0.3, 0.5), dice.range(0.12, 0.3), dice.range(0.25, 0.5));
    let skin = [Vec2::new(wide - 0.02, 0.0), Vec2::new(wide, 0.0), Vec2::new(narrow, tall), Vec2::new(narrow - 0.02, tall)];
    let shade = lathe(&skin, true, 64).moved(at(0.0, height - 0.6 * tall, 0.0));
    let bulb = sphere().moved(Affine3A::from_scale_rotation_translation(Vec3::splat(0.18), Quat::IDENTITY, Vec3::Y * (height + 0.04)));
    vec![base, stem, shade, bulb]
}

/// Two weights on a bar.
fn dumbbell(dice: &mut Dice) -> Vec<Soup> {
    let (radius, thick) = (dice.range(0.18, 0.35), dice.range(0.1, 0.3));
    let sides = if dice.chance(0.5) { 6 } else { 64 };
    let mut weights = Soup::default();
    for x in [-0.5, 0.5] {
        let weight = if dice.chance(0.3) {
            sphere().moved(Affine3A::from_scale(Vec3::splat(2.0 * radius)))
        } else {
            cylinder(radius, radius, thick, 0.03, sides).moved(Affine3A::from_rotation_z(FRAC_PI_2) * at(0.0, -0.5 * thick, 0.0))
        };
        weights.join(&weight.moved(at(x, 0.0, 0.0)));
    }
    let bar = cylinder(0.06, 0.06, 1.0, 0.005, 32).moved(Affine3A::from_rotation_z(FRAC_PI_2) * at(0.0, -0.5, 0.0));
    vec![weights, bar]
}

/// Primitives stacked by their heights.
fn tower(dice: &mut Dice) -> Vec<Soup> {
    let (mut parts, mut y, mut scale) = (Vec::new(), 0.0, 1.0);
    for _ in 0..dice.count(2, 4) {
        let piece = primitive(dice).parts.remove(0);
        let (low, high) = piece.bounds();
        let size = scale / (high - low).max_element();
        let centre = 0.5 * (low + high);
        let shift = Vec3::new(-centre.x * size, y - low.y * size, -centre.z * size);
        parts.push(piece.moved(Affine3A::from_scale_rotation_translation(Vec3::splat(size), Quat::IDENTITY, shift)));
        y += (high.y - low.y) * size * 0.995;
        scale *= dice.range(0.6, 0.95);
    }
    parts
}

/// Boards between two sides, a few things on them.
fn shelf(dice: &mut Dice) -> Vec<Soup> {
    let (height, depth, board) = (dice.range(0.8, 1.8), dice.range(0.25, 0.45), 0.04);
    let levels = dice.count(2, 5);
    let (mut frame, mut things) = (Soup::default(), Soup::default());
    for x in [-0.5, 0.5] {
        frame.join(&cuboid(Vec3::new(board, height, depth), 0.005).moved(at(x, 0.0, 0.0)));
    }
    let gap = (height - board) / levels as f32;
    for level in 0..=levels {
        let y = level as f32 * gap;
        frame.join(&cuboid(Vec3::new(1.0, board, depth), 0.005).moved(at(0.0, y, 0.0)));
        let mut x = -0.4;
        while level < levels && x < 0.36 {
            let (wide, tall) = (dice.range(0.05, 0.15), dice.range(0.3, 0.85) * (gap - board));
            if dice.chance(0.7) {
                things.join(&cuboid(Vec3::new(wide, tall, 0.7 * depth), 0.005).moved(at(x, y + board, 0.0)));
            }
            x += wide + dice.range(0.0, 0.1);
        }
    }
    let back = cuboid(Vec3::new(1.0, height, 0.02), 0.003).moved(at(0.0, 0.0, -0.5 * depth));
    let mut parts = vec![frame, back];
    if !things.triangles.is_empty() {
        parts.push(things);
    }
    parts
}

/// Body, label, cap.
fn bottle(dice: &mut Dice) -> Vec<Soup> {
    let (radius, height, neck) = (dice.range(0.18, 0.4), dice.range(0.6, 1.0), dice.range(0.06, 0.12));
    let shoulder = dice.range(0.1, 0.4);
    let profile = [
        Vec2::ZERO,
        Vec2::new(radius, 0.0),
        Vec2::new(radius, height),
        Vec2::new(neck, height + shoulder),
        Vec2::new(neck, height + shoulder + 0.15),
        Vec2::new(0.0, height + shoulder + 0.15),
    ];
    let body = lathe(&rounded(&profile, 0.12), false, 64);
    let (low, high) = (dice.range(0.15, 0.35) * height, dice.range(0.6, 0.85) * height);
    let r = radius * 1.012;
    let label = lathe(&[Vec2::new(radius * 0.98, low), Vec2::new(r, low), Vec2::new(r, high), Vec2::new(radius * 0.98, high)], true, 64);
    let cap = cylinder(neck * 1.2, neck * 1.15, 0.14, 0.015, 48).moved(at(0.0, height + shoulder + 0.08, 0.0));
    vec![body, label, cap]
}

/// A four-wheeled toy.
fn toy(dice: &mut Dice) -> Vec<Soup> {
    let (long, wide, wheel) = (1.0, dice.range(0.35, 0.6), dice.range(0.1, 0.2));
    let body = cuboid(Vec3::new(long, dice.range(0.15, 0.35), wide), dice.log(0.01, 0.1)).moved(at(0.0, wheel, 0.0));
    let roof = dice.range(0.35, 0.7);
    let cabin = cuboid(Vec3::new(roof, 0.3, 0.85 * wide), dice.log(0.01, 0.1)).moved(at(dice.range(-0.2, 0.1), wheel + 0.2, 0.0));
    let (mut tyres, mut hubs) = (Soup::default(), Soup::default());
    for (x, z) in [(-0.3, -0.5), (0.3, -0.5), (-0.3, 0.5), (0.3, 0.5)] {
        let place = at(x, wheel, z * wide) * Affine3A::from_rotation_x(FRAC_PI_2);
        tyres.join(&torus(0.72 * wheel, 0.28 * wheel).moved(place));
        hubs.join(&cylinder(0.6 * wheel, 0.6 * wheel, 0.4 * wheel, 0.01, 32).moved(place * at(0.0, -0.2 * wheel, 0.0)));
    }
    let lights = capsule(0.05, 0.5 * wide).moved(at(0.5 * long, wheel + 0.1, -0.25 * wide) * Affine3A::from_rotation_x(FRAC_PI_2));
    vec![body, cabin, tyres, hubs, lights]
}

/// Balls, gears and rods through one another.
fn pile(dice: &mut Dice) -> Vec<Soup> {
    (0..dice.count(2, 5))
        .map(|_| {
            let piece = match dice.index(4) {
                0 => lathe(&arc(Vec2::ZERO, Vec2::new(0.5, 0.35), -FRAC_PI_2, FRAC_PI_2, 24), false, 48),
                1 => {
                    let tips = dice.count(3, 7) as f32;
                    extrude(&polar(96, |a| 0.4 + 0.1 * (a * tips).sin()), 0.2, 0.02)
                }
                _ => primitive(dice).parts.remove(0),
            };
            let place = 0.35 * dice.direction() * dice.unit();
            piece.moved(Affine3A::from_scale_rotation_translation(Vec3::splat(dice.range(0.4, 1.0)), dice.rotation(), place))
        })
        .collect()
}
