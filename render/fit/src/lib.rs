//! The light of the input: an environment map fitted to frames and their buffers.
//!
//! Shading is linear in the map, so every pixel is a row of a least-squares problem (`rows`): the cosine for its diffuse part, the GGX lobe
//! for its specular one, both with what the depth buffer hides, and with the light of what hides it taken from the frame itself. [`fit`]
//! solves for a map that is not negative, trusts rows less the worse they agree (`solve`), and asks whether one source beside the smooth
//! map explains the frames much better (`sun`).

mod dominant;
mod fit;
mod gram;
mod grid;
mod level;
mod pick;
mod report;
mod rows;
mod shrink;
mod solve;
mod sun;
mod verify;
mod view;

pub use dominant::dominant;
pub use fit::{Fitted, fit};
pub use level::level;
pub use report::{Dominant, Report};
pub use view::View;
