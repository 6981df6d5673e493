//! NVIDIA's Cosmos DiffusionRenderer: a 7B diffusion transformer over the latents of a causal video tokenizer.
//!
//! Written from a specification of the published network (Apache-2.0) and held to its own numbers by fixtures that the official modules made. Reading order:
//! [`relight_tensor::Volume`] is the data; [`Tokenizer`] takes a clip to latents and back, [`Statistics`] normalises them; [`Dit`] is the network and [`Clue`] what it is
//! asked; [`Latents`] puts it behind [`relight_diffusion::Denoiser`]; [`Cosmos`] is all of that from a folder as published. Weights stay in their mapped files
//! and a block's are read when it runs.

mod config;
mod denoise;
mod dit;
mod finish;
mod folder;
mod keys;
mod layers;
mod memory;
mod noise;
mod position;
mod prepare;
mod rows;
mod statistics;
mod tables;
mod tokenizer;
mod wavelet;

/// Frames a second that the networks are told, whatever the clip has: the official pipeline's.
pub const FPS: f32 = 24.0;

pub use config::{DitConfig, TokenizerConfig};
pub use denoise::{Clue, Latents};
pub use dit::{Context, Dit, Precision};
pub use finish::{normalise_normals, to_bytes};
pub use folder::{CONDITIONS, Cosmos, Map};
pub use keys::{Key, decoder_keys, dit_keys, encoder_keys};
pub use memory::peak;
pub use noise::noise;
pub use position::{Angles, Rope, Sinusoids, rope_angles, time_embedding};
pub use prepare::{fit, resize};
pub use statistics::Statistics;
pub use tables::tables;
pub use tokenizer::{SHRINK, Tokenizer};
pub use wavelet::{haar, unhaar};
