//! People and animals, roughly: a hand with its arm, a head with shoulders, a beast on four legs, a bird.

use super::{
    Soup,
    solid::{
        Body,
        Join::{self, Cut, Melt, Union},
        Piece, surface,
    },
};
use crate::dice::Dice;
use Cover::{Cloth, Fur, Hair, Horn, Skin};
use glam::{Affine3A, Quat, Vec3};

/// What a part of a living thing is covered with; its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    Skin,
    Cloth,
    Hair,
    /// Fur or plumage.
    Fur,
    /// Hoofs, beaks.
    Horn,
}

/// A random living thing: the soup of each cover that it has, in one common space.
pub(crate) fn any(dice: &mut Dice) -> Vec<(Cover, Soup)> {
    let pieces = match dice.weighted(&[0.45, 0.25, 0.18, 0.12]) {
        0 => arm(dice),
        1 => bust(dice),
        2 => beast(dice),
        _ => bird(dice),
    };
    let covers = [Skin, Cloth, Hair, Fur, Horn];
    // Fingers are .06 wide: three cells.
    let soups = surface(&pieces, covers.len(), 1.5 / 72.0);
    covers.into_iter().zip(soups).filter(|(_, soup)| !soup.triangles.is_empty()).collect()
}

/// A tapering limb between two places.
fn limb(join: Join, cover: Cover, from: [f32; 3], to: [f32; 3], radii: [f32; 2]) -> Piece {
    let (from, to) = (Vec3::from(from), Vec3::from(to));
    let (way, length) = ((to - from).normalize_or(Vec3::Y), from.distance(to).max(1e-3));
    let pose = Affine3A::from_rotation_translation(Quat::from_rotation_arc(Vec3::Y, way), 0.5 * (from + to));
    Piece::of(Body::Limb(0.5 * length, radii), join, pose, cover as usize)
}

fn ball(join: Join, cover: Cover, at: [f32; 3], radius: f32) -> Piece {
    Piece::of(Body::Ball(radius), join, Affine3A::from_translation(Vec3::from(at)), cover as usize)
}

/// A forearm along x with a hand that is open, bent or a fist, perhaps in a sleeve.
fn arm(dice: &mut Dice) -> Vec<Piece> {
    let (thick, bend) = (dice.range(0.8, 1.25), dice.range(-0.15, 0.15));
    let mut pieces = vec![
        limb(Union, Skin, [-0.52, bend, 0.0], [-0.3, 0.5 * bend, 0.0], [0.105 * thick, 0.115 * thick]),
        limb(Melt(0.1), Skin, [-0.3, 0.5 * bend, 0.0], [0.08, 0.0, 0.0], [0.115 * thick, 0.065 * thick]),
        Piece::of(Body::Cuboid(Vec3::new(0.12, 0.045, 0.11), 0.04), Melt(0.08), Affine3A::from_translation(Vec3::new(0.2, 0.0, 0.0)), Skin as usize),
        ball(Melt(0.06), Skin, [0.15, -0.01, 0.08], 0.055),
    ];
    let curl = dice.range(0.0, 1.5);
    let spread = dice.range(0.0, 0.25);
    for finger in 0..4 {
        let across = finger as f32 - 1.5;
        let (z, long) = (0.058 * across, [0.85, 1.0, 0.95, 0.75][finger]);
        let mut from = Vec3::new(0.31, 0.0, z);
        let mut down = 0.3 * curl + dice.range(-0.1, 0.1);
        for (bone, length) in [0.11, 0.085, 0.065].into_iter().enumerate() {
            let way = Vec3::new(down.cos(), -down.sin(), spread * across * 0.5);
            let to = from + way * length * long;
            let (r0, r1) = (0.033 - 0.003 * bone as f32, 0.030 - 0.003 * bone as f32);
            pieces.push(limb(Melt(0.015), Skin, from.into(), to.into(), [r0, r1]));
            (from, down) = (to, down + curl * dice.range(0.8, 1.1));
        }
    }
    let out = dice.range(0.3, 1.0);
    let knuckle = Vec3::new(0.14 + 0.08 * out, -0.03, 0.15);
    pieces.push(limb(Melt(0.03), Skin, [0.13, -0.01, 0.09], knuckle.into(), [0.045, 0.036]));
    let tip = knuckle + Vec3::new(0.11, -0.04 * curl, 0.05 * (1.0 - curl));
    pieces.push(limb(Melt(0.02), Skin, knuckle.into(), tip.into(), [0.036, 0.028]));
    if dice.chance(0.5) {
        let end = dice.range(-0.4, -0.05);
        let wide = thick * dice.range(0.13, 0.17);
        pieces.push(limb(Union, Cloth, [-0.52, bend, 0.0], [end, -1.5 * bend * end, 0.0], [wide, wide * dice.range(0.85, 1.05)]));
    }
    // Pointing any way about the arm's own axis.
    turned(pieces, Quat::from_rotation_x(dice.angle()))
}

/// A head with neck and shoulders: skin, a shirt, hair or none.
fn bust(dice: &mut Dice) -> Vec<Piece> {
    let (wide, long) = (dice.range(0.9, 1.1), dice.range(0.9, 1.1));
    let mut pieces = vec![
        limb(Union, Skin, [0.0, 0.36, -0.02], [0.0, 0.36 - 0.17 * long, 0.06], [0.2 * wide, 0.115 * wide]),
        limb(Melt(0.05), Skin, [0.0, 0.3, 0.17], [0.0, 0.22, 0.215], [0.02, 0.035]),
        ball(Cut, Skin, [-0.075, 0.3, 0.205], 0.05),
        ball(Cut, Skin, [0.075, 0.3, 0.205], 0.05),
        ball(Melt(0.03), Skin, [-0.075, 0.3, 0.165], 0.032),
        ball(Melt(0.03), Skin, [0.075, 0.3, 0.165], 0.032),
        limb(Melt(0.02), Skin, [-0.045, 0.14, 0.165], [0.045, 0.14, 0.165], [0.016, 0.016]),
        ball(Melt(0.03), Skin, [-0.2 * wide, 0.27, -0.01], 0.04),
        ball(Melt(0.03), Skin, [0.2 * wide, 0.27, -0.01], 0.04),
        limb(Melt(0.08), Skin, [0.0, 0.15, -0.02], [0.0, -0.2, -0.02], [0.095, 0.12]),
        limb(Melt(0.15), Cloth, [-0.34, -0.22, -0.02], [0.34, -0.22, -0.02], [0.12, 0.12]),
        limb(Melt(0.15), Cloth, [0.0, -0.25, -0.02], [0.0, -0.46, -0.02], [0.26, 0.25]),
    ];
    if dice.chance(0.8) {
        let high = dice.range(0.02, 0.06);
        pieces.push(ball(Union, Hair, [0.0, 0.37 + high, -0.06], 0.205 * wide));
        if dice.chance(0.5) {
            pieces.push(limb(Melt(0.06), Hair, [0.0, 0.3, -0.12], [0.0, dice.range(-0.2, 0.15), -0.14], [0.19 * wide, 0.1]));
        }
    }
    turned(pieces, Quat::from_rotation_y(dice.angle()))
}

/// Four legs, a body, a neck or none, a head with ears, a tail.
fn beast(dice: &mut Dice) -> Vec<Piece> {
    let (stout, legs, neck) = (dice.range(0.7, 1.3), dice.range(0.15, 0.45), dice.range(0.05, 0.3));
    let (body, foot) = (0.05, 0.05 - legs - 0.1);
    let mut pieces = vec![limb(Union, Fur, [-0.32, body, 0.0], [0.24, body + 0.02, 0.0], [0.16 * stout, 0.15 * stout])];
    for (x, z) in [(-0.34, -0.09), (-0.34, 0.09), (0.24, -0.08), (0.24, 0.08)] {
        let step = dice.range(-0.08, 0.08);
        pieces.push(limb(Melt(0.06), Fur, [x, body - 0.03, z], [x + step, foot, z], [0.075 * stout, 0.04]));
        pieces.push(limb(Union, Horn, [x + step, foot, z], [x + step + 0.03, foot - 0.03, z], [0.046, 0.046]));
    }
    let head = [0.3 + 0.4 * neck, body + 0.1 + neck, dice.range(-0.08, 0.08)];
    pieces.push(limb(Melt(0.08), Fur, [0.26, body + 0.05, 0.0], head, [0.12 * stout, 0.085]));
    let nose = [head[0] + dice.range(0.1, 0.2), head[1] - 0.05, head[2]];
    pieces.push(limb(Melt(0.05), Fur, head, nose, [0.1, 0.055]));
    pieces.push(ball(Union, Horn, [nose[0] + 0.045, nose[1] + 0.015, nose[2]], 0.022));
    for side in [-1.0, 1.0] {
        let ear = dice.range(0.1, 0.2);
        pieces.push(limb(
            Melt(0.02),
            Fur,
            [head[0] - 0.03, head[1] + 0.05, head[2] + side * 0.06],
            [head[0] - 0.05, head[1] + ear, head[2] + side * 0.09],
            [0.035, 0.018],
        ));
    }
    let tail = [-0.6, body + dice.range(-0.2, 0.25), dice.range(-0.1, 0.1)];
    pieces.push(limb(Melt(0.05), Fur, [-0.42, body + 0.05, 0.0], tail, [0.045, 0.025]));
    pieces
}

/// A bird that sits: body, head, beak, folded wings, tail.
fn bird(dice: &mut Dice) -> Vec<Piece> {
    let (lean, stout) = (dice.range(0.1, 0.35), dice.range(0.8, 1.15));
    let mut pieces = vec![
        limb(Union, Fur, [-lean, -0.12, 0.0], [0.06, 0.12, 0.0], [0.15 * stout, 0.19 * stout]),
        ball(Melt(0.12), Fur, [0.12, 0.4, 0.0], 0.14),
        limb(Melt(0.05), Fur, [-lean - 0.05, -0.18, 0.0], [-lean - 0.28, -0.5, 0.0], [0.09, 0.04]),
        limb(Union, Horn, [0.22, 0.4, 0.0], [0.3, 0.36, 0.0], [0.05, 0.025]),
        limb(Melt(0.02), Horn, [0.3, 0.36, 0.0], [0.31, 0.31, 0.0], [0.025, 0.01]),
    ];
    for side in [-1.0, 1.0] {
        pieces.push(limb(Melt(0.03), Fur, [0.05, 0.16, side * 0.15 * stout], [-lean - 0.15, -0.3, side * 0.09], [0.09, 0.03]));
        pieces.push(limb(Union, Horn, [-0.02, -0.18, side * 0.06], [0.03, -0.45, side * 0.06], [0.02, 0.02]));
        pieces.push(ball(Union, Horn, [0.2, 0.45, side * 0.095], 0.022));
    }
    if dice.chance(0.5) {
        pieces.push(limb(Melt(0.03), Fur, [0.08, 0.5, 0.0], [-0.04, dice.range(0.55, 0.68), 0.0], [0.06, 0.015]));
    }
    pieces
}

fn turned(mut pieces: Vec<Piece>, by: Quat) -> Vec<Piece> {
    pieces.iter_mut().for_each(|piece| piece.turn(by));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn living_things_are_one_closed_surface_and_fit_their_box() {
        for seed in 0..24 {
            let parts = any(&mut Dice::new(&[seed]));
            assert!(matches!(parts[0].0, Skin | Fur) && parts[0].1.triangles.len() > 1500, "{seed}");
            let mut volume = 0.0;
            for (_, soup) in &parts {
                let (low, high) = soup.bounds();
                assert!(low.min_element() > -0.75 && high.max_element() < 0.75, "{seed}: {low} {high} is cut off");
                volume += soup.volume();
            }
            assert!(volume > 0.01, "{seed}: {volume}");
        }
    }
}
