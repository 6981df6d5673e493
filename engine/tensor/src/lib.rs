//! Channels-last tensors and the operations renderer networks need, tuned per device.
//!
//! Reading order: [`Tensor`] is the data and [`Arena`] where it comes from; [`Level`] says which vector instructions run; every kernel is written once
//! over the `Isa` trait. [`Conv`] is the one matrix kernel behind convolutions, linear layers, strided and temporal convolutions; [`attention`] uses
//! it too; [`Depthwise`] has one filter a channel. The large networks, whose weights stay in mapped checkpoints, use [`linear`], [`convolve`] and [`attend`] on plain slices. `plain` holds the slow references that the tests compare with.

mod activate;
mod arena;
mod attend;
mod attention;
mod conv;
mod depthwise;
mod gelu;
mod isa;
mod linear;
mod math;
mod matrix;
mod norm;
mod number;
mod online;
mod pack;
#[cfg(test)]
mod plain;
mod shuffle;
mod tensor;
mod tile;
mod volume;

pub use activate::{Prepare, activate};
pub use arena::Arena;
pub use attend::{Heads, attend};
pub use attention::attention;
pub use conv::{Conv, Film, Finish};
pub use depthwise::Depthwise;
pub use gelu::{geglu, gelu};
pub use isa::Level;
pub use linear::{convolve, linear};
pub use math::silu;
pub use matrix::{Matrix, Numbers};
pub use norm::{Groups, group_norm, layer_norm, silu_any};
pub use number::Number;
pub use shuffle::{depth_to_space, space_to_depth};
pub use tensor::{BLOCK, Tensor};
pub use volume::{Reach, Volume};
