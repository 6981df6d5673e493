//! H.264 in mp4 and mov, both ways.

mod boxes;
mod decode;
mod demux;
mod encode;
mod mux;
mod sound;
mod stream;
mod timing;

pub(crate) use decode::open;
pub(crate) use encode::Encode;
