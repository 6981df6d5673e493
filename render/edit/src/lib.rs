//! Edits of buffers, the masks that say where, and what an edit makes of the input's pixels.
//!
//! [`Edit`] is what the command line and a TOML file say; an [`Editor`] holds a list of them for a clip, with masks from pictures or grown
//! from a click and followed. [`transfer()`] is how edits and insertions keep the input: only the change between two renders reaches its
//! pixels. [`textured`] gives an estimated albedo the fine texture of the picture that it was estimated from.

mod areas;
mod choose;
mod edit;
mod editor;
mod flow;
mod follow;
mod gloss;
mod grow;
mod guided;
mod mask;
mod plane;
mod reach;
mod regions;
mod select;
mod sight;
mod snap;
mod texture;
mod transfer;
mod value;

pub use areas::areas;
pub use edit::Edit;
pub use editor::Editor;
pub use flow::{carried, flow};
pub use gloss::gloss;
pub use guided::{Follow, guided, joint_bilateral, mean};
pub use plane::Plane;
pub use reach::{UNLIMITED, reach};
pub use select::Select;
pub use texture::textured;
pub use transfer::{Gloss, MOST, transfer, transfer_glossy};
pub use value::{Assign, Colour, EDITABLE};
