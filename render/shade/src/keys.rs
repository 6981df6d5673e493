//! Which frames of a clip the rays of others go on in: now and then one, as the camera moves on.

use crate::{Settings, Shader, Shading, View};
use relight_gbuffer::{Camera, GBuffer};
use std::collections::VecDeque;

/// How far a camera turns from one kept frame to the next, in radians.
const TURN: f32 = 0.17;
/// Or how far it moves, over the median depth of what the kept frame shows.
const WAY: f32 = 0.15;
/// Frames before a frame, and frames after it, that its rays go on in at most.
const EACH: usize = 2;

/// Frames of a clip that others look at, kept as they come. A still camera keeps the first alone, and nothing looks at it.
#[derive(Default)]
pub struct Keys {
    kept: VecDeque<(usize, View)>,
}

impl Keys {
    /// Whether the next frame, from `camera`, is to be kept: it has moved on from the last that was.
    pub fn wants(&self, camera: &Camera) -> bool {
        self.kept.back().is_none_or(|(_, view)| apart(view, camera) >= 1.0)
    }

    /// Keeps frame number `frame` of the clip.
    pub fn keep(&mut self, frame: usize, view: View) {
        self.kept.push_back((frame, view));
    }

    /// The kept frames that frame number `frame`, from `camera`, is shaded among: the nearest before and after it that show it from elsewhere.
    pub fn around(&self, frame: usize, camera: &Camera) -> Vec<&View> {
        let elsewhere = |(_, view): &&(usize, View)| apart(view, camera) >= 0.5;
        let before = self.kept.iter().rev().filter(|(at, _)| *at < frame).filter(elsewhere).take(EACH);
        let after = self.kept.iter().filter(|(at, _)| *at > frame).filter(elsewhere).take(EACH);
        before.chain(after).map(|(_, view)| view).collect()
    }

    /// Whether no later frame can change what [`Keys::around`] says.
    pub fn settled(&self, frame: usize, camera: &Camera) -> bool {
        self.kept.iter().filter(|(at, view)| *at > frame && apart(view, camera) >= 0.5).count() >= EACH
    }

    /// Drops what frames from number `frame` on do not look at: all but the last few before it.
    pub fn forget(&mut self, frame: usize) {
        while self.kept.iter().filter(|(at, _)| *at < frame).count() > EACH + 1 {
            self.kept.pop_front();
        }
    }
}

/// How far `camera` is from the one of a view, 1 where the next frame is kept.
fn apart(view: &View, camera: &Camera) -> f32 {
    let (_, turn, from) = view.to_world.to_scale_rotation_translation();
    let (_, turned, to) = camera.to_world.to_scale_rotation_translation();
    (turn.angle_between(turned) / TURN).max(from.distance(to) / (WAY * view.depth))
}

impl Shader {
    /// [`Shader::shade`] for the frames of a clip in memory (buffers, camera, yaw), whose depths and cameras are true ones: each among those around it.
    pub fn shade_clip(&self, frames: &[(&GBuffer, Camera, f32)], exposure: f32, settings: &Settings) -> Vec<Shading> {
        let mut keys = Keys::default();
        let mut alone = Vec::new();
        for (i, (buffers, camera, yaw)) in frames.iter().enumerate() {
            alone.push(keys.wants(camera).then(|| {
                let (shading, view) = self.view(buffers, camera, *yaw, exposure, settings);
                keys.keep(i, view);
                shading
            }));
        }
        let mut shadings = Vec::new();
        for (i, ((buffers, camera, yaw), alone)) in frames.iter().zip(alone).enumerate() {
            let others = keys.around(i, camera);
            shadings.push(match alone {
                Some(shading) if others.is_empty() => shading,
                _ => self.shade_among(buffers, camera, *yaw, exposure, settings, &others),
            });
        }
        shadings
    }
}
