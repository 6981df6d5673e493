//! The passes: names, units, ranges, spaces; EXR layers; folder layouts; false-colour views; cameras.

mod camera;
mod gbuffer;
mod pass;

pub use camera::Camera;
pub use gbuffer::GBuffer;
pub use pass::Pass;
