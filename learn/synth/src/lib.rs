//! Procedural worlds with known answers, rendered into training shards.

mod dice;
mod material;
mod noise;
mod shape;
