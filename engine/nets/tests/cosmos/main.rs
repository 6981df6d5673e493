//! The Cosmos family against numbers that the official modules made. Fixtures are in the shared folder, or in the folder that `RELIGHT_REFERENCE` names; no
//! dimension of them is known here: what is not in a file's metadata is in its shapes.

#[path = "../shared/cut.rs"]
mod cut;
mod dit;
mod fixture;
mod keys;
mod pictures;
mod sampler;
mod tables;
mod tokenizer;
