//! The four tables.

use crate::Table;
use serde_json::{Value, json};
use std::fmt;

/// Everything that was measured. Displays as text; [`Report::json`] is the same for machines, with every clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// From frames to buffers.
    pub inverse: Table,
    /// From true buffers to frames.
    pub forward: Table,
    /// From estimated buffers back to the input: what errors of the buffers cost.
    pub predicted: Table,
    /// From frames to frames under other lights.
    pub relight: Table,
}

impl Report {
    /// `{"inverse": {"columns": […], "means": [{method, group, clips, values}…], "clips": [{method, clip, group, values}…]}, …}`
    pub fn json(&self) -> Value {
        let Self { inverse, forward, predicted, relight } = self;
        json!({"inverse": inverse.json(), "forward": forward.json(), "predicted": predicted.json(), "relight": relight.json()})
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n{}", self.inverse.text(), self.forward.text(), self.predicted.text(), self.relight.text())
    }
}
