//! Where the camera is.

use super::motion::Motion;
use crate::{dice::Dice, kind::Kind};
use glam::{Affine3A, Mat4, Quat, Vec3};
use relight_gbuffer::Camera;
use std::f32::consts::FRAC_PI_2;

/// A camera that looks at a target from a direction and a distance.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct View {
    pub target: Vec3,
    pub azimuth: f32,
    pub elevation: f32,
    pub distance: f32,
    pub roll: f32,
    pub fov: f32,
}

impl View {
    /// A view that holds `points` for all frames.
    pub fn framing(dice: &mut Dice, kind: Kind, points: &[Vec3], frames: usize, motion: &mut Motion) -> Self {
        let (low, high) = points.iter().fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(a, b), p| (a.min(*p), b.max(*p)));
        // Mostly a normal lens, now and then a long or a wide one.
        let fov = if dice.chance(0.72) { dice.range(35.0, 60.0f32) } else { dice.range(25.0, 90.0) };
        let elevation = match (kind, dice.weighted(&[0.8, 0.1, 0.1])) {
            (Kind::Objects, 0) => dice.range(-8.0, 42.0f32),
            (Kind::Objects, _) => dice.range(-30.0, 70.0),
            // A hand-held camera looks about level.
            (Kind::Backdrops, 0) => dice.range(-8.0, 14.0),
            (Kind::Backdrops, _) => dice.range(-20.0, 35.0),
            (_, 0) => dice.range(15.0, 42.0),
            (_, 1) => dice.range(8.0, 18.0),
            (Kind::Rooms, _) => dice.range(15.0, 35.0),
            _ => dice.range(42.0, 70.0),
        };
        let jitter = 0.08 * (high - low);
        let aim = Vec3::new(dice.range(-1.0, 1.0), dice.range(-1.0, 1.0), dice.range(-1.0, 1.0));
        let mut view = Self {
            target: 0.5 * (low + high) + jitter * aim,
            azimuth: dice.angle(),
            elevation: elevation.to_radians(),
            distance: 1.0,
            roll: if dice.chance(0.2) { dice.range(-8.0, 8.0f32).to_radians() } else { 0.0 },
            fov: fov.to_radians(),
        };
        // Part of the half width that things may fill; above 1 some of them leave the picture.
        let fill = match kind {
            Kind::Objects => dice.range(0.7, 1.1),
            Kind::Scenes | Kind::Rooms => dice.range(0.75, 1.5),
            Kind::Backdrops => dice.range(0.7, 2.2),
        };
        let swept = if matches!(motion, Motion::Turn { .. }) { turned(points) } else { points.to_vec() };
        view.distance = (0..frames).map(|f| view.reach(&swept, f, motion, fill)).fold(0.2, f32::max);
        view
    }

    /// The distance from which the points just fill that part of the picture of a frame.
    fn reach(&self, points: &[Vec3], frame: usize, motion: &Motion, fill: f32) -> f32 {
        let to_camera = Affine3A::from_mat4(Self { distance: 0.0, ..*self }.camera(frame, motion).to_world).inverse();
        let tangent = (0.5 * self.fov).tan() * fill;
        let far = points.iter().map(|p| to_camera.transform_point3(*p)).map(|p| (p.x.abs().max(p.y.abs()) / tangent + p.z).max(p.z + 0.15));
        far.fold(0.0, f32::max)
    }

    /// The camera of a frame.
    pub fn camera(&self, frame: usize, motion: &Motion) -> Camera {
        let t = frame as f32;
        let (mut azimuth, mut elevation, mut distance) = (self.azimuth, self.elevation, self.distance);
        if let Motion::Camera { azimuth: round, elevation: up, closer } = motion {
            azimuth += round * t;
            elevation = (elevation + up * t).clamp(-0.45 * FRAC_PI_2, 0.95 * FRAC_PI_2);
            distance *= closer.powf(t);
        }
        let turn = Quat::from_rotation_y(azimuth) * Quat::from_rotation_x(-elevation);
        let eye = self.target + turn * Vec3::Z * distance;
        Camera { fov_x: self.fov, to_world: Mat4::from_rotation_translation(turn * Quat::from_rotation_z(self.roll), eye) }
    }
}

/// The points at eight turns about their middle, so that a turning thing stays in the picture.
fn turned(points: &[Vec3]) -> Vec<Vec3> {
    let turns = (0..8).map(|k| Quat::from_rotation_y(k as f32 * FRAC_PI_2 / 2.0));
    turns.flat_map(|q| points.iter().step_by(3).map(move |p| q * *p)).collect()
}
