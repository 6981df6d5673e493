//! What things stand on and before: grounds and walls.

use super::{World, motion::Motion};
use crate::{
    dice::Dice,
    kind::Kind,
    material::{self, Use},
    picture::Pictures,
};
use glam::{Affine3A, Quat, Vec2, Vec3};
use relight_trace::{Instance, Mesh};
use std::{f32::consts::TAU, sync::Arc};

/// Adds the ground and, in a room, one or two walls behind the things as the camera sees them; keeps moving things clear of each other
/// and the camera out of the walls.
pub(crate) fn build(dice: &mut Dice, world: &mut World, points: &[Vec3], frames: usize, pictures: &Pictures) {
    let reach = points.iter().map(|p| Vec2::new(p.x, p.z).length()).fold(0.3, f32::max);
    let slide = if let Motion::Slide { by, .. } = world.motion { by.length() * frames as f32 } else { 0.0 };
    let reach = reach + slide;
    settle(world);
    let extent = if world.kind == Kind::Rooms { 6.0 * reach + 4.0 } else { reach * dice.log(4.0, 60.0) + 2.0 };
    let floor = if dice.chance(0.2) { disc(extent) } else { rectangle(extent, extent) };
    let spin = Affine3A::from_rotation_y(dice.angle());
    add(dice, world, floor, spin, Use::Ground, pictures);
    if world.kind == Kind::Rooms {
        walls(dice, world, reach, extent, frames, pictures);
    }
}

fn walls(dice: &mut Dice, world: &mut World, reach: f32, extent: f32, frames: usize, pictures: &Pictures) {
    let lean = dice.range(8.0, 38.0f32).to_radians() * if dice.chance(0.5) { 1.0 } else { -1.0 };
    let (back, height) = (world.view.azimuth + lean, dice.range(1.2, 3.5) * reach + 1.0);
    // The side wall stands where its inner face looks towards the camera.
    let side = back - lean.signum() * 0.25 * TAU;
    let count = if dice.chance(0.55) { 2 } else { 1 };
    let mut gaps = Vec::new();
    for azimuth in [back, side].into_iter().take(count) {
        let inward = Vec3::new(azimuth.sin(), 0.0, azimuth.cos());
        let gap = reach * dice.range(1.02, 1.7) + 0.05;
        gaps.push((inward, gap));
        let turn = Affine3A::from_rotation_translation(Quat::from_rotation_y(azimuth), -inward * gap);
        // Stand the rectangle up: its local -z edge becomes the top.
        let upright = turn * Affine3A::from_translation(Vec3::Y * 0.5 * height) * Affine3A::from_rotation_x(0.25 * TAU);
        let same = dice.chance(0.5) && world.fixed.len() > 1;
        let wall = rectangle(extent, 0.5 * height);
        if same {
            let material = world.fixed[1].material;
            world.fixed.push(Instance { mesh: Arc::new(wall), material, to_world: upright });
        } else {
            add(dice, world, wall, upright, Use::Wall, pictures);
        }
    }
    stay_inside(world, &gaps, frames);
}

/// Hangs a wall behind the things that fills the picture: mostly upright, turned at most 40 degrees from the camera.
pub(crate) fn hang(dice: &mut Dice, world: &mut World, points: &[Vec3], frames: usize, pictures: &Pictures) {
    settle(world);
    let azimuth = world.view.azimuth + dice.range(-40.0, 40.0f32).to_radians();
    let tilt = if dice.chance(0.3) { dice.range(-20.0, 20.0f32).to_radians() } else { 0.0 };
    let facing = Quat::from_rotation_y(azimuth) * Quat::from_rotation_x(-tilt);
    let inward = facing * Vec3::Z;
    let turning = matches!(world.motion, Motion::Turn { .. });
    let behind = |p: &Vec3| if turning { p.length() } else { -p.dot(inward) };
    let gap = points.iter().map(behind).fold(0.0, f32::max) + dice.log(0.02, 4.0);
    // From 40 degrees beside its normal, and half of 90 degrees of view more, the wall still fills the picture this far out.
    let extent = 16.0 * (world.view.distance + gap);
    let upright = Affine3A::from_rotation_translation(facing * Quat::from_rotation_x(0.25 * TAU), -inward * gap);
    add(dice, world, rectangle(extent, extent), upright, Use::Wall, pictures);
    stay_inside(world, &[(inward, gap)], frames);
}

/// Turns the camera the other way or not at all where it would go through a wall, given by its inward normal and its distance from the middle.
fn stay_inside(world: &mut World, walls: &[(Vec3, f32)], frames: usize) {
    let inside = |world: &World| (0..frames).all(|f| walls.iter().all(|(n, gap)| world.camera(f).to_world.w_axis.truncate().dot(*n) > 0.3 - gap));
    if !inside(world) {
        if let Motion::Camera { azimuth, .. } = &mut world.motion {
            *azimuth = -*azimuth;
        }
        if !inside(world) {
            world.motion = Motion::Still;
        }
    }
}

/// Gives turning and sliding things their pivot and a way that leads outwards.
fn settle(world: &mut World) {
    let foot = |w: &World, i: usize| {
        let cloud = w.bodies[i].sample();
        let (low, high) = cloud.iter().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(a, b), p| (a.min(*p), b.max(*p)));
        0.5 * (low + high)
    };
    match world.motion {
        // The first thing stands at the origin; everything keeps its distance from that axis.
        Motion::Turn { angle, .. } => world.motion = Motion::Turn { angle, about: Vec3::ZERO },
        Motion::Slide { by, .. } => {
            let index = world.bodies.len() - 1;
            let place = foot(world, index);
            let out = Vec3::new(place.x, 0.0, place.z).normalize_or(Vec3::X);
            world.motion = Motion::Slide { index, by: out * by.length() };
        }
        _ => {}
    }
}

fn add(dice: &mut Dice, world: &mut World, mesh: Mesh, to_world: Affine3A, purpose: Use, pictures: &Pictures) {
    world.materials.push(material::any(dice, purpose, pictures));
    world.fixed.push(Instance { mesh: Arc::new(mesh), material: world.materials.len() - 1, to_world });
}

/// A rectangle in y = 0 that looks up.
fn rectangle(x: f32, z: f32) -> Mesh {
    let positions = vec![Vec3::new(-x, 0.0, z), Vec3::new(x, 0.0, z), Vec3::new(x, 0.0, -z), Vec3::new(-x, 0.0, -z)];
    Mesh { positions, normals: vec![Vec3::Y; 4], uvs: Vec::new(), triangles: vec![[0, 1, 2], [0, 2, 3]] }
}

/// A disc in y = 0 that looks up.
fn disc(radius: f32) -> Mesh {
    const SIDES: u32 = 64;
    let mut positions = vec![Vec3::ZERO];
    positions.extend((0..SIDES).map(|i| TAU * i as f32 / SIDES as f32).map(|a| radius * Vec3::new(a.cos(), 0.0, -a.sin())));
    let triangles = (0..SIDES).map(|i| [0, 1 + i, 1 + (i + 1) % SIDES]).collect();
    Mesh { normals: vec![Vec3::Y; positions.len()], positions, uvs: Vec::new(), triangles }
}
