//! The analytic renderer: split-sum shading and screen-space ray-traced visibility and reflection.

mod settings;
mod shader;
mod shading;

pub use settings::Settings;
pub use shader::Shader;
pub use shading::Shading;
