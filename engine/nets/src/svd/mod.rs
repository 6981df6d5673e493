//! The official SVD family: `inverse-svd`, `forward-svd`, `forward-svd-objaverse`.
//!
//! Reading order: the configurations say the sizes; [`Unet`], [`Vae`] and [`EnvEncoder`] are built from them without a file and know their tables of
//! tensors; a [`crate::Store`] has the numbers. [`Model`] runs the official pipelines over them.

mod attention;
mod config;
mod env_encoder;
mod folder;
mod layers;
mod lora;
mod memory;
mod model;
mod picture;
mod resnet;
mod scheduler;
mod tokens;
#[cfg(test)]
mod traces;
mod transformer;
mod unet;
mod vae;

pub use config::{EnvConfig, UnetConfig, VaeConfig};
pub use env_encoder::EnvEncoder;
pub use folder::{LORA_SCALE, find_model, tables, weights_of};
pub use lora::Lora;
pub use memory::{light_tokens, peak};
pub use model::{LightVolumes, Model, Options, Part};
pub use picture::{over_black, resize, work_size};
pub use scheduler::Scheduler;
pub use tokens::{Context, Tokens};
pub use unet::{Question, Unet};
pub use vae::Vae;
