//! Channels-last tensors and the operations renderer networks need, tuned per device.
//!
//! Reading order: [`Tensor`] is the data and [`Arena`] where it comes from; [`Level`] says which vector instructions run; every kernel is written once
//! over the `Isa` trait. [`Conv`] is the one matrix kernel behind convolutions, linear layers, strided and temporal convolutions; [`attention`] uses
//! it too. `plain` holds the slow references that the tests compare with.

mod activate;
mod arena;
mod attention;
mod conv;
mod isa;
mod math;
mod pack;
#[cfg(test)]
mod plain;
mod shuffle;
mod tensor;
mod tile;

pub use activate::{Prepare, activate};
pub use arena::Arena;
pub use attention::attention;
pub use conv::{Conv, Film, Finish};
pub use isa::Level;
pub use math::silu;
pub use shuffle::{depth_to_space, space_to_depth};
pub use tensor::{BLOCK, Tensor};
