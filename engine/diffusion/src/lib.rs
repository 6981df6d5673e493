//! Sigma, noise, schedules, samplers, windows over time. Knows no network and no pixel.
//!
//! Reading order: [`Denoiser`] is the one contract, [`schedule`] says at which noise levels it is asked, [`sample`] asks it,
//! [`noise`] makes the Gaussian numbers in between, and [`Overlap`] and [`Blend`] cut a stream of frames into windows and join the results.

mod blend;
mod denoiser;
mod noise;
mod sample;
mod schedule;
mod window;

pub use blend::Blend;
pub use denoiser::Denoiser;
pub use noise::{Key, noise};
pub use sample::sample;
pub use schedule::{SIGMA_MAX, schedule};
pub use window::{Overlap, Window, windows};
