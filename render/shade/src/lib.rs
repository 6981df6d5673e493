//! The analytic renderer: split-sum shading and screen-space ray-traced visibility and reflection.

mod extent;
mod gather;
mod lamp;
mod march;
mod pattern;
mod plane;
mod rays;
mod settings;
mod shader;
mod shading;
mod split_sum;
mod surface;

pub use settings::Settings;
pub use shader::Shader;
pub use shading::Shading;
