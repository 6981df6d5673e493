//! How a clip moves: not at all, the camera, one thing, or the light.

use crate::{dice::Dice, kind::Kind};
use glam::{Affine3A, Vec3};

/// The motion of a clip, per frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Motion {
    /// Nothing moves.
    Still,
    /// The camera goes round, up and nearer: radians of azimuth and of elevation, and a factor on the distance.
    Camera { azimuth: f32, elevation: f32, closer: f32 },
    /// The first thing turns about the vertical (radians) through a point.
    Turn { angle: f32, about: Vec3 },
    /// The last thing slides (world units).
    Slide { index: usize, by: Vec3 },
    /// The light turns.
    Light,
}

impl Motion {
    /// A random motion. Things slide only where there is a ground.
    pub fn any(dice: &mut Dice, kind: Kind) -> Self {
        let sign = if dice.chance(0.5) { 1.0 } else { -1.0 };
        let slide = if matches!(kind, Kind::Scenes | Kind::Rooms) { 0.1 } else { 0.0 };
        match dice.weighted(&[0.12, 0.45, 0.15, slide, 0.18]) {
            0 => Self::Still,
            1 => {
                let dolly = dice.chance(0.3);
                Self::Camera {
                    azimuth: sign * dice.log(1.0, 16.0).to_radians() * if dolly { 0.1 } else { 1.0 },
                    elevation: if dice.chance(0.3) { dice.range(-3.0, 3.0f32).to_radians() } else { 0.0 },
                    closer: if dolly { dice.range(0.92, 1.08) } else { 1.0 },
                }
            }
            2 => Self::Turn { angle: sign * dice.log(2.0, 30.0).to_radians(), about: Vec3::ZERO },
            3 => Self::Slide { index: 0, by: sign * dice.log(0.02, 0.15) * Vec3::X },
            _ => Self::Light,
        }
    }

    /// How far thing `index` has moved by `frame`.
    pub fn body(&self, index: usize, frame: usize) -> Affine3A {
        let t = frame as f32;
        match self {
            Self::Turn { angle, about } if index == 0 => {
                Affine3A::from_translation(*about) * Affine3A::from_rotation_y(angle * t) * Affine3A::from_translation(-*about)
            }
            Self::Slide { index: moving, by } if index == *moving => Affine3A::from_translation(*by * t),
            _ => Affine3A::IDENTITY,
        }
    }
}
