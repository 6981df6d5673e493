//! Environment maps: load, rotate, sample, prefilter; what the networks see of them.

mod brdf;
mod conditioning;
mod cubemap;
mod environment;
mod irradiance;
mod load;
mod lobe;
mod microfacet;
mod octahedron;
mod placed;
mod prefilter;
mod resize;
mod sample;
mod save;
mod seen;
mod sound;
mod tree;

pub use brdf::brdf;
pub use conditioning::{LightMap, LightPictures, direction_picture, logarithmic, looks, low, official_turns};
pub use cubemap::{CUBE_EDGE, Cubemap};
pub use environment::Environment;
pub use load::{LoadOptions, Loaded};
pub use lobe::Lobe;
pub use microfacet::{frame, schlick, smith, visible_normal};
pub use placed::Light;
pub use prefilter::Prefiltered;
pub use sample::Sampler;
pub use seen::{SEEN_COLUMNS, SEEN_NUMBERS, SEEN_ROWS};
