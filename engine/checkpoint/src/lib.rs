//! Tensors on disk, never executed: safetensors, torch zip pickles, TorchScript archives.
//!
//! Reading order: [`Checkpoint`] maps a file and reads its [`Contents`], each tensor an [`Entry`]. A file is mapped, its table of tensors is read and checked against the file's size, and a tensor's numbers are read when asked for.
//! Pickles run on a machine that knows the opcodes and classes that tensors need and refuses everything else by name ([`pickle`]).

mod archive;
mod checkpoint;
mod contents;
mod convert;
mod directory;
mod dtype;
pub mod pickle;
mod plain;
mod tensors;
mod torch;

pub use checkpoint::Checkpoint;
pub use contents::Contents;
pub use convert::{Format, convert};
pub use dtype::Dtype;
pub use tensors::Entry;
