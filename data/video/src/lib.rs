//! Clips of linear frames, colour, and every way in and out of a file.
//!
//! [`open`] gives a [`Source`] that streams [`Frame`]s; [`create`] gives a [`Sink`] that takes them. Both say what they are by [`About`].

mod about;
mod ffmpeg;
mod frame;
#[cfg(feature = "h264")]
mod mp4;
mod rate;
mod resize;
mod sequence;
mod series;
mod sink;
mod source;
pub mod still;
pub mod transfer;
#[cfg(feature = "h264")]
mod yuv;

pub use about::{About, LONGEST_SIDE, MOST_PIXELS};
pub use ffmpeg::Ffmpeg;
pub use frame::Frame;
pub use rate::Rate;
pub use resize::resize;
pub use sink::{Audio, CreateOptions, Sink, create};
pub use source::{OpenOptions, Source, open};
