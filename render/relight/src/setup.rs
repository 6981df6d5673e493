//! Where the cameras are and how the light stands over a clip.

use crate::Shot;
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, DepthUnit, GBuffer};

/// Horizontal field of view of a camera that nobody told of, in degrees: between a phone's (65) and a portrait lens (30).
pub const DEFAULT_FOV_DEG: f32 = 50.0;

/// The most turns of the light that automatic exposure looks at.
const MOST_YAWS: usize = 8;

/// Cameras and light of a clip.
#[derive(Debug, Clone)]
pub struct Setup {
    /// One pose a frame, or a single one that holds for all.
    pub cameras: Vec<Camera>,
    /// Frames of the clip that `cameras` skips: frame i of the stream has camera `first + i`.
    pub first: usize,
    /// Turn of the light's map at the first frame, in radians.
    pub rotation: f32,
    /// How much more it turns over the clip, in radians; the frame after the last would have all of it, so a full turn loops.
    pub turn: f32,
    /// Frames of the clip, over which the light turns.
    pub frames: usize,
    /// How bright the map is taken.
    pub exposure: Exposure,
}

/// How bright a map is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Exposure {
    /// So that the first frame is well exposed ([`crate::well_exposed`]), whichever way the light is turned; constant over the clip.
    Auto,
    /// The map's numbers times this.
    Factor(f32),
}

impl Setup {
    /// A camera at the origin with the default field of view, the light as the map has it, exposed automatically.
    pub fn still(frames: usize) -> Self {
        let cameras = vec![Camera::at_origin(DEFAULT_FOV_DEG.to_radians())];
        Self { cameras, first: 0, rotation: 0.0, turn: 0.0, frames, exposure: Exposure::Auto }
    }

    /// Turn of the light at frame `index`, in radians.
    pub fn yaw(&self, index: usize) -> f32 {
        self.rotation + self.turn * index as f32 / self.frames.max(1) as f32
    }

    /// A few turns that stand for all of the clip's.
    pub(crate) fn yaws(&self) -> Vec<f32> {
        let count = if self.turn == 0.0 { 1 } else { self.frames.clamp(1, MOST_YAWS) };
        (0..count).map(|k| self.yaw(k * self.frames / count)).collect()
    }

    /// Frame `index` with its buffers, taken for estimated ones: their depth is relative.
    ///
    /// # Errors
    /// There are poses, but none for this frame.
    pub fn shot(&self, index: usize, buffers: GBuffer) -> Result<Shot> {
        let camera = match &self.cameras[..] {
            [one] => *one,
            many => *many.get(self.first + index).ok_or_else(|| {
                let cause = format!("there are {} camera poses, but the clip goes on", many.len());
                Fault::new(cause, "give a clip.json with one pose a frame, or render fewer with --frames")
            })?,
        };
        Ok(Shot { buffers, camera, yaw: self.yaw(index), depth: DepthUnit::Relative })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    #[test]
    fn a_full_turn_loops_and_few_yaws_stand_for_all() {
        let setup = Setup { turn: TAU, rotation: 1.0, ..Setup::still(24) };
        assert_eq!((setup.yaw(0), setup.yaw(24)), (1.0, 1.0 + TAU));
        assert_eq!(setup.yaws().len(), 8);
        assert_eq!(setup.yaws()[4], setup.yaw(12));
        assert_eq!(Setup::still(24).yaws(), [0.0]);
    }

    #[test]
    fn poses_run_out_with_a_fault_and_one_camera_never_does() {
        let mut setup = Setup::still(9);
        assert!(setup.shot(100, GBuffer::empty(1, 1)).is_ok());
        setup.cameras = vec![setup.cameras[0]; 4];
        setup.first = 2;
        assert!(setup.shot(1, GBuffer::empty(1, 1)).is_ok() && setup.shot(2, GBuffer::empty(1, 1)).is_err());
    }
}
