//! The analytic renderer: split-sum shading and screen-space ray-traced visibility and reflection.

mod dome;
mod extent;
mod gather;
mod keys;
mod lamp;
mod march;
mod pattern;
mod plane;
mod probe;
mod rays;
mod settings;
mod shader;
mod shading;
mod split_sum;
mod surface;
mod view;

pub use keys::Keys;
pub use probe::{Bound, Met, Probe, Seen};
pub use settings::Settings;
pub use shader::Shader;
pub use shading::Shading;
pub use view::View;

/// A number of a pass held to 0..1; `other` where it is none.
fn sound(value: f32, other: f32) -> f32 {
    if value.is_finite() { value.clamp(0.0, 1.0) } else { other }
}
