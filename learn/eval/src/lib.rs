//! Scores inverse, forward and relighting against an evaluation set.
//!
//! [`evaluate`] walks a [`Set`], asks every [`Inverse`] and [`Forward`] method for its predictions, which see no more than their
//! arguments, scores them by [`metric`] and gives a [`Report`] of four [`Table`]s; [`time`], [`sizes`] and [`robust`] each give one of what a clip or a
//! camera does to the networks. [`edits`], [`lights`], [`insertions`] and
//! [`selections`] need no set: they render worlds of their own.

mod analytic;
mod balls;
mod baseline;
mod edits;
mod evaluate;
mod insert;
mod keep;
mod light;
mod method;
pub mod metric;
mod network;
mod report;
mod robust;
mod score;
mod select;
mod set;
mod sizes;
mod table;
mod time;

pub use analytic::Analytic;
pub use baseline::Trivial;
pub use edits::{EDITS, edits};
pub use evaluate::{Options, evaluate};
pub use insert::{INSERTIONS, insertions};
pub use light::{LIGHTS, lights};
pub use method::{Forward, Inverse, Lighting, Methods};
pub use network::{ForwardNetwork, InverseNetwork};
pub use report::Report;
pub use robust::robust;
pub use select::{SELECTIONS, selections};
pub use set::{Clip, Set, Truth};
pub use sizes::sizes;
pub use table::{Row, Table};
pub use time::time;
