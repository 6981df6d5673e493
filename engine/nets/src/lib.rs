//! Networks behind one contract, and where their weights are.
//!
//! Reading order: [`Conditions`] is what a network sees, [`Small`] the embedded network and its [`Config`], [`registry`] the list of all that is known.
//! [`svd`] and [`cosmos`] are the official families, [`PUBLISHED`] says where official models are looked for. Every embedded network is a [`relight_diffusion::Denoiser`].

#[cfg(test)]
extern crate self as relight_nets;

mod clips;
mod conditions;
mod config;
pub mod cosmos;
mod dense;
mod pad;
mod peak;
mod published;
mod registry;
mod small;
mod store;
pub mod svd;
mod table;
mod tiles;
mod weights;

pub use clips::{folder_key, frame_key, group, webdataset_key};
pub use conditions::{Conditions, LIGHT};
pub use config::{Config, Kind};
pub use pad::{crop, edge_pad};
pub use peak::{Peak, resident};
pub use published::{Family, PUBLISHED, Published};
pub use registry::{Known, registry};
pub use small::{Small, embedded};
pub use store::Store;
pub use table::{Comparison, SCALE, Slot, Table};
