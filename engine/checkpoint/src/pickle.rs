//! A pickle machine for tensors: few opcodes, few classes, no code.
//!
//! Opcodes: PEP 307 (protocol 2) and the parts of PEP 3154 (protocol 4) that torch writes. Nothing is ever called: a `REDUCE` of a class
//! on the list becomes a [`Node`] that says what would have been made; any other class is refused by its name.

mod machine;
mod node;

pub use machine::parse;
pub use node::{Graph, Id, Node};
