//! Solids by set operations on signed distances: drilled, hollowed, cut, melted together.

use super::{Shape, Soup, contour::contour};
use crate::dice::Dice;
use glam::{Affine3A, Quat, Vec2, Vec3};

/// A body about the origin, by its signed distance (exact outside, a bound inside).
#[derive(Clone, Copy)]
pub(super) enum Body {
    Ball(f32),
    /// Half sizes and the radius of all edges.
    Cuboid(Vec3, f32),
    /// Radius and half height along y, and the radius of both rims.
    Rod(f32, f32, f32),
    /// Radii of the ring about y and of its tube.
    Ring(f32, f32),
    /// Half the length along y between the middles of two balls of these radii (below, above), and what spans them.
    Limb(f32, [f32; 2]),
}

impl Body {
    fn distance(self, p: Vec3) -> f32 {
        match self {
            Self::Ball(radius) => p.length() - radius,
            Self::Cuboid(half, round) => {
                let q = p.abs() - (half - round);
                q.max(Vec3::ZERO).length() + q.max_element().min(0.0) - round
            }
            Self::Rod(radius, half, round) => {
                let q = Vec2::new(Vec2::new(p.x, p.z).length() - radius, p.y.abs() - half) + round;
                q.max(Vec2::ZERO).length() + q.max_element().min(0.0) - round
            }
            Self::Ring(ring, tube) => Vec2::new(Vec2::new(p.x, p.z).length() - ring, p.y).length() - tube,
            Self::Limb(half, [below, above]) => {
                // Quilez's round cone.
                let q = Vec2::new(Vec2::new(p.x, p.z).length(), p.y + half);
                let slope = ((below - above) / (2.0 * half)).clamp(-0.99, 0.99);
                let side = Vec2::new((1.0 - slope * slope).sqrt(), slope);
                match q.dot(Vec2::new(-side.y, side.x)) {
                    k if k < 0.0 => q.length() - below,
                    k if k > side.x * 2.0 * half => (q - Vec2::new(0.0, 2.0 * half)).length() - above,
                    _ => q.dot(side) - below,
                }
            }
        }
    }

    fn any(dice: &mut Dice, size: f32) -> Self {
        let round = size * dice.log(0.01, 0.2);
        match dice.index(5) {
            0 => Self::Ball(size),
            1 | 2 => Self::Cuboid(size * Vec3::new(dice.range(0.4, 1.0), dice.range(0.4, 1.0), dice.range(0.4, 1.0)), round),
            3 => Self::Rod(size * dice.range(0.4, 0.9), size * dice.range(0.4, 1.1), round),
            _ => Self::Ring(0.75 * size, size * dice.range(0.15, 0.35)),
        }
    }
}

/// How a body joins what is there.
#[derive(Clone, Copy)]
pub(super) enum Join {
    Union,
    /// A union whose seam is filled to this radius.
    Melt(f32),
    Cut,
    Meet,
}

/// A body in its place, repeated on a lattice where it has one.
pub(super) struct Piece {
    body: Body,
    to_body: Affine3A,
    join: Join,
    /// Spacing, and copies to either side, along x and z of the body's space.
    lattice: Option<(f32, f32)>,
    /// The slot of the surface that it makes.
    slot: usize,
}

impl Piece {
    fn new(body: Body, join: Join, to_world: Affine3A) -> Self {
        Self::of(body, join, to_world, usize::from(matches!(join, Join::Cut)))
    }

    pub(super) fn of(body: Body, join: Join, to_world: Affine3A, slot: usize) -> Self {
        Self { body, to_body: to_world.inverse(), join, lattice: None, slot }
    }

    /// Turns it about the origin.
    pub(super) fn turn(&mut self, by: Quat) {
        self.to_body *= Affine3A::from_quat(by.inverse());
    }

    fn distance(&self, p: Vec3) -> f32 {
        let mut q = self.to_body.transform_point3(p);
        if let Some((gap, copies)) = self.lattice {
            let nearest = |x: f32| x - gap * (x / gap).round().clamp(-copies, copies);
            q = Vec3::new(nearest(q.x), q.y, nearest(q.z));
        }
        self.body.distance(q)
    }
}

/// Distance to all pieces joined in order.
fn distance(pieces: &[Piece], p: Vec3) -> f32 {
    pieces.iter().fold(f32::INFINITY, |all, piece| {
        let d = piece.distance(p);
        match piece.join {
            Join::Union => all.min(d),
            Join::Cut => all.max(-d),
            Join::Meet => all.max(d),
            Join::Melt(radius) => {
                // Quilez's polynomial smooth minimum.
                let h = (radius - (all - d).abs()).max(0.0) / radius;
                all.min(d) - 0.25 * radius * h * h
            }
        }
    })
}

/// A random solid: slot 0, and slot 1 where cutting or a second body laid another material bare.
pub(crate) fn any(dice: &mut Dice) -> Shape {
    let pieces = match dice.index(6) {
        0 | 1 => carved(dice),
        2 => drilled(dice),
        3 => vessel(dice),
        4 => die(dice),
        _ => melted(dice),
    };
    let mut parts = surface(&pieces, if dice.chance(0.6) { 2 } else { 1 }, 1.5 / 42.0);
    parts.retain(|p| !p.triangles.is_empty());
    if parts.iter().map(|s| s.triangles.len()).sum::<usize>() < 200 {
        // The operations left nothing.
        return any(dice);
    }
    Shape { parts, crease: 32.0 }
}

/// The surface in cells of edge `cell`, by slots: each triangle belongs to the piece whose own surface is nearest.
pub(super) fn surface(pieces: &[Piece], slots: usize, cell: f32) -> Vec<Soup> {
    let half = Vec3::splat(0.75);
    let soup = contour(|p| distance(pieces, p), -half, half, cell);
    let mut parts = vec![Soup { positions: soup.positions.clone(), triangles: Vec::new() }; slots];
    for triangle in &soup.triangles {
        let middle = triangle.iter().map(|i| soup.positions[*i as usize]).sum::<Vec3>() / 3.0;
        let nearest = pieces.iter().min_by(|a, b| a.distance(middle).abs().total_cmp(&b.distance(middle).abs()));
        parts[nearest.map_or(0, |p| p.slot.min(slots - 1))].triangles.push(*triangle);
    }
    parts
}

fn anywhere(dice: &mut Dice, reach: f32) -> Affine3A {
    let turn = if dice.chance(0.5) { Quat::IDENTITY } else { dice.rotation() };
    Affine3A::from_rotation_translation(turn, reach * dice.direction() * dice.unit())
}

/// A body that others are cut from, added to and melted into.
fn carved(dice: &mut Dice) -> Vec<Piece> {
    let mut pieces = vec![Piece::new(Body::any(dice, 0.5), Join::Union, Affine3A::IDENTITY)];
    for _ in 0..dice.count(1, 4) {
        let join = match dice.weighted(&[0.5, 0.25, 0.15, 0.1]) {
            0 => Join::Cut,
            1 => Join::Union,
            2 => Join::Melt(dice.range(0.05, 0.25)),
            _ => Join::Meet,
        };
        let size = if matches!(join, Join::Meet) { dice.range(0.45, 0.65) } else { dice.range(0.18, 0.42) };
        let reach = if matches!(join, Join::Meet) { 0.15 } else { 0.55 };
        let mut piece = Piece::new(Body::any(dice, size), join, anywhere(dice, reach));
        piece.slot = piece.slot.max(usize::from(matches!(join, Join::Union)));
        pieces.push(piece);
    }
    pieces
}

/// A plate, block or disc with a lattice of round or square holes or studs.
fn drilled(dice: &mut Dice) -> Vec<Piece> {
    let thick = dice.log(0.04, 0.3);
    let bevel = 0.3 * thick * dice.unit();
    let plate = if dice.chance(0.6) { Body::Cuboid(Vec3::new(0.6, thick, dice.range(0.3, 0.6)), bevel) } else { Body::Rod(0.6, thick, bevel) };
    let (gap, copies) = (dice.range(0.17, 0.4), dice.count(0, 2) as f32);
    let wide = gap * dice.range(0.2, 0.4);
    let stud = dice.chance(0.35);
    let deep = if stud { thick + dice.range(0.03, 0.15) } else { 1.0 };
    let hole = if dice.chance(0.6) { Body::Rod(wide, deep, 0.1 * wide) } else { Body::Cuboid(Vec3::new(wide, deep, wide), 0.1 * wide) };
    let join = if stud { Join::Union } else { Join::Cut };
    let turn = Affine3A::from_rotation_y(if dice.chance(0.5) { 0.0 } else { dice.angle() });
    let mut holes = Piece::new(hole, join, turn);
    (holes.lattice, holes.slot) = (Some((gap, copies)), 1);
    let stand = if dice.chance(0.5) { Affine3A::from_rotation_x(std::f32::consts::FRAC_PI_2) } else { Affine3A::IDENTITY };
    let mut pieces = vec![Piece::new(plate, Join::Union, Affine3A::IDENTITY), holes];
    pieces.iter_mut().for_each(|p| p.to_body *= stand);
    pieces
}

/// A hollow body, open where a plane or a ball cuts it, perhaps with windows.
fn vessel(dice: &mut Dice) -> Vec<Piece> {
    let wall = dice.range(0.05, 0.12);
    let (outer, inner) = match dice.index(3) {
        0 => (Body::Ball(0.55), Body::Ball(0.55 - wall)),
        1 => {
            let half = Vec3::new(0.55, dice.range(0.25, 0.55), dice.range(0.3, 0.55));
            let round = dice.range(0.01, 0.2);
            (Body::Cuboid(half, round), Body::Cuboid(half - wall, (round - 0.5 * wall).max(0.005)))
        }
        _ => {
            let (radius, half) = (dice.range(0.3, 0.55), dice.range(0.25, 0.65));
            (Body::Rod(radius, half, 0.03), Body::Rod(radius - wall, half - wall, 0.02))
        }
    };
    let mut pieces = vec![Piece::new(outer, Join::Union, Affine3A::IDENTITY), Piece::new(inner, Join::Cut, Affine3A::IDENTITY)];
    let opening = Affine3A::from_translation(Vec3::Y * (0.75 + dice.range(0.05, 0.4)));
    let mut cut = Piece::new(Body::Cuboid(Vec3::new(2.0, 0.75, 2.0), 0.0), Join::Cut, Affine3A::from_rotation_z(dice.range(-0.3, 0.3)) * opening);
    cut.slot = 0;
    pieces.push(cut);
    if dice.chance(0.5) {
        let size = dice.range(0.08, 0.2);
        let window = if dice.chance(0.5) { Body::Rod(size, 2.0, 0.0) } else { Body::Cuboid(Vec3::new(size, 2.0, 0.7 * size), 0.0) };
        for _ in 0..dice.count(1, 2) {
            let through = Affine3A::from_rotation_y(dice.angle()) * Affine3A::from_rotation_x(std::f32::consts::FRAC_PI_2);
            pieces.push(Piece::new(window, Join::Cut, Affine3A::from_translation(Vec3::Y * dice.range(-0.2, 0.1)) * through));
        }
    }
    pieces
}

/// A cube that a ball rounds, or a ball that a cube flattens, with hollows in its faces.
fn die(dice: &mut Dice) -> Vec<Piece> {
    let half = dice.range(0.38, 0.5);
    let mut pieces = vec![
        Piece::new(Body::Cuboid(Vec3::splat(half), 0.04), Join::Union, Affine3A::IDENTITY),
        Piece::new(Body::Ball(half * dice.range(1.2, 1.5)), Join::Meet, Affine3A::IDENTITY),
    ];
    let pip = half * dice.range(0.15, 0.55);
    let spread = half * dice.range(0.3, 0.5);
    for axis in [Vec3::X, Vec3::Y, Vec3::Z, Vec3::NEG_X, Vec3::NEG_Y, Vec3::NEG_Z] {
        let (u, v) = (axis.any_orthonormal_vector(), axis.cross(axis.any_orthonormal_vector()));
        for place in 0..if pip > 0.3 * half { 1 } else { dice.count(1, 4) } {
            let turn = Vec2::from_angle(std::f32::consts::FRAC_PI_2 * (place as f32 + 0.5)) * if pip > 0.3 * half { 0.0 } else { spread };
            let place = axis * (half + 0.4 * pip) + u * turn.x + v * turn.y;
            pieces.push(Piece::new(Body::Ball(pip), Join::Cut, Affine3A::from_translation(place)));
        }
    }
    pieces
}

/// Balls and rods run together.
fn melted(dice: &mut Dice) -> Vec<Piece> {
    let radius = dice.range(0.08, 0.3);
    (0..dice.count(3, 7))
        .map(|index| {
            let body =
                if dice.chance(0.7) { Body::Ball(dice.range(0.12, 0.3)) } else { Body::Rod(dice.range(0.06, 0.15), dice.range(0.2, 0.4), 0.04) };
            let join = if index == 0 { Join::Union } else { Join::Melt(radius) };
            Piece::new(body, join, Affine3A::from_rotation_translation(dice.rotation(), 0.38 * dice.direction() * dice.unit().sqrt()))
        })
        .collect()
}
