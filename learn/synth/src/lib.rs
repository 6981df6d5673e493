//! Procedural worlds with known answers, rendered into training shards.
//!
//! A clip is a world (`world`) of models (`shape`, `pool`) made of procedural materials (`material`) and pictures (`picture`) under two lights (`sky`), path traced
//! with all its passes, shaded analytically from those passes, and written as one safetensors file (`shard`).

mod absent;
mod clip;
mod dice;
mod folder;
mod kind;
mod material;
mod model;
mod noise;
mod options;
mod picture;
mod pool;
mod recycle;
mod reserved;
mod reshade;
mod shape;
mod shard;
mod shown;
mod sky;
mod still;
mod stock;
mod synth;
mod take;
mod world;

pub use absent::Absent;
pub use kind::Kind;
pub use options::{Options, Progress};
pub use reshade::reshade;
pub use shown::Shown;
pub use still::{Alter, Still};
pub use synth::synth;
pub use take::Take;
