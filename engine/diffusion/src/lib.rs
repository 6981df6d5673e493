//! Sigma, noise, schedules, samplers, windows over time. Knows no network and no pixel.
//!
//! Reading order: [`Denoiser`] is the one contract, [`schedule`] says at which noise levels it is asked, [`sample`] asks it,
//! [`noise`] makes the Gaussian numbers in between ([`torch_noise`] those of the official models, whose samplers are [`euler_v`] and [`euler`]), and [`Overlap`] and [`Blend`] cut a stream of frames into windows and join the results.

mod blend;
mod denoiser;
mod edm;
mod karras;
mod noise;
mod sample;
mod schedule;
mod torch_noise;
mod window;

pub use blend::Blend;
pub use denoiser::Denoiser;
pub use edm::{Edm, euler};
pub use karras::{Karras, c_in, c_noise, euler_v};
pub use noise::{Key, noise};
pub use sample::sample;
pub use schedule::{SIGMA_MAX, schedule};
pub use torch_noise::{torch_noise, torch_noise_after, torch_uniform};
pub use window::{Cut, Overlap, Window, windows};
