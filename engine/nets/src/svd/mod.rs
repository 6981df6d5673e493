//! The official SVD family: `inverse-svd`, `forward-svd`, `forward-svd-objaverse`.
//!
//! Reading order: the configurations say the sizes; [`Unet`], [`Vae`] and [`EnvEncoder`] are built from them without a file and know their tables of
//! tensors; a [`crate::Store`] has the numbers.

mod attention;
mod config;
mod env_encoder;
mod layers;
mod lora;
mod resnet;
mod tokens;
mod transformer;
mod unet;
mod vae;

pub use config::{EnvConfig, UnetConfig, VaeConfig};
pub use env_encoder::EnvEncoder;
pub use lora::Lora;
pub use tokens::{Context, Tokens};
pub use unet::{Question, Unet};
pub use vae::Vae;
