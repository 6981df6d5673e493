//! Inverse, forward and relight: the facade that the shells call.
//!
//! Reading order: [`Network`] is what a renderer asks of a network; [`Inverse`] and [`Forward`] stream frames through one; [`Event`] and
//! [`Watch`] are how a shell follows along.

mod among;
mod conditions;
mod cosmos;
mod cutouts;
mod encoded;
mod event;
mod exposure;
mod forward;
mod inverse;
mod look;
mod matte;
mod network;
mod networks;
mod official;
mod painted;
mod plan;
mod relight;
mod retouch;
mod settle;
mod setup;
mod shot;
mod shrink;
mod size;
mod steady;
mod svd;
mod tone;
mod watch;
mod windowed;

pub use cosmos::cosmos_light;
pub use cutouts::Cutouts;
pub use event::{Event, Stage};
pub use exposure::well_exposed;
pub use forward::Forward;
pub use inverse::Inverse;
pub use network::{FORWARD_SIZE, INVERSE_SIZE, Network, Painter, Renderer, Sampling, Scene, Unknown, Work};
pub use networks::{Networks, Weights};
pub use official::Official;
pub use relight::Relight;
pub use relight_diffusion::Cut;
pub use relight_nets::cosmos::Precision;
pub use retouch::{Change, Retouch};
pub use setup::{DEFAULT_FOV_DEG, Exposure, Setup};
pub use shot::Shot;
pub use shrink::shrink;
pub use svd::svd_light;
pub use watch::Watch;
pub use windowed::Windows;
