//! Things that were not there: placed on the scene's surfaces, lit by its light, casting their shadow on it.
//!
//! An [`Object`] gets its place by a [`Placing`]; `follow` finds how the camera moved where nobody tells; an [`Inserter`] renders the
//! object's buffers with the path tracer, [`compose`]s them into the scene's by depth, traces light between it and a mesh of the scene (`gather`,
//! `proxy`), and brings the change to the input's own pixels.

mod card;
mod compose;
mod directions;
mod follow;
mod gather;
mod insert;
mod object;
mod place;
mod proxy;
mod smooth;
mod thing;

pub use card::Card;
pub use compose::compose;
pub use follow::{Follower, Moved};
pub use insert::{How, Inserter, Layer};
pub use object::Object;
pub use place::{Place, Placing, Size};
