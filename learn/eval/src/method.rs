//! What is scored: anything that predicts, from no more than its arguments.

use relight_file::Result;
use relight_gbuffer::{Camera, DepthUnit, GBuffer};
use relight_light::Environment;
use relight_video::Frame;
use std::sync::Arc;

/// Cameras and light of a clip.
#[derive(Debug, Clone)]
pub struct Lighting<'a> {
    /// One a frame.
    pub cameras: &'a [Camera],
    /// The environment.
    pub map: Arc<Environment>,
    /// Its turn about the vertical, one a frame, in radians.
    pub yaw: &'a [f32],
    /// Factor on its radiance.
    pub exposure: f32,
    /// What the buffers' depth means: relative where a method estimated it.
    pub depth: DepthUnit,
}

/// From frames to buffers.
pub trait Inverse {
    /// The name in tables and of the folder that keeps its predictions.
    fn name(&self) -> &'static str;

    /// The buffers of a clip's frames (linear light, no alpha), of the same size and number.
    ///
    /// # Errors
    /// Whatever keeps it from predicting.
    fn buffers(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>>;
}

/// From buffers and light to frames.
pub trait Forward {
    /// The names in tables and of the folders of each picture that it makes of a frame.
    fn names(&self) -> &'static [&'static str];

    /// For each of its names the clip's frames: linear light, premultiplied, unclipped. The buffers hold no picture.
    ///
    /// # Errors
    /// Whatever keeps it from predicting.
    fn frames(&mut self, buffers: &[GBuffer], light: &Lighting) -> Result<Vec<Vec<Frame>>>;
}

/// All that are compared. The last inverse method feeds the relighting rows of every forward method.
#[derive(Default)]
pub struct Methods {
    /// From frames to buffers.
    pub inverse: Vec<Box<dyn Inverse>>,
    /// From buffers to frames.
    pub forward: Vec<Box<dyn Forward>>,
}
