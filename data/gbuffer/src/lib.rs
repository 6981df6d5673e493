//! The passes: names, units, ranges, spaces; EXR layers; folder layouts; false-colour views; cameras.

mod camera;
mod clip;
mod exr_read;
mod exr_write;
mod folder;
mod gbuffer;
mod mend;
mod names;
mod official;
mod official_read;
mod pass;
mod rewrite;
mod unit;
mod view;

pub use camera::Camera;
pub use clip::{ClipFile, ClipLight};
pub use exr_read::{ReadOptions, Stored};
pub use exr_write::write_exr;
pub use folder::{Folder, open_folder, open_partial_folder};
pub use gbuffer::GBuffer;
pub use names::official_name;
pub use official::OfficialWriter;
pub use pass::Pass;
pub use rewrite::rewrite_exr;
pub use unit::DepthUnit;
pub use view::{DepthRange, turbo, view};
