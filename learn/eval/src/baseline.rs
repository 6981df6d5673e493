//! What one gets for nothing.

use crate::Inverse;
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_video::Frame;

/// The guess without a look: albedo is the picture, normals face the camera, lower rows are nearer, roughness is a half, nothing is
/// metal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trivial;

impl Inverse for Trivial {
    fn name(&self) -> &'static str {
        "trivial"
    }

    fn buffers(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>> {
        let guess = |frame: &Frame| {
            let mut buffers = GBuffer::empty(frame.width, frame.height);
            buffers.alpha.fill(1.0);
            buffers.albedo.copy_from_slice(&frame.rgb);
            buffers.normal.chunks_exact_mut(3).for_each(|n| n[2] = 1.0);
            for (i, depth) in buffers.depth.iter_mut().enumerate() {
                // Scale and shift are fitted before scoring; only the ramp counts.
                *depth = 2.0 - (i / frame.width) as f32 / frame.height as f32;
            }
            buffers.roughness.fill(0.5);
            buffers
        };
        Ok(frames.iter().map(guess).collect())
    }
}
