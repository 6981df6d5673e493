//! Small dense layers on single vectors: the embedding and what follows from it. A thousandth of the work, so plain code.

use crate::weights::Weights;
use relight_file::Result;

/// `weight · x + bias`.
#[derive(Debug, Clone)]
pub(crate) struct Dense {
    /// `[inputs][outputs]`, so that the inner loop runs over outputs and vectorises.
    columns: Vec<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// Takes `key.weight` `[outputs, inputs]` and `key.bias`.
    pub fn take(weights: &Weights<'_>, key: &str, outputs: usize, inputs: usize) -> Result<Self> {
        let rows = weights.take(&format!("{key}.weight"), &[outputs, inputs])?;
        let bias = weights.take(&format!("{key}.bias"), &[outputs])?;
        let columns = (0..inputs).flat_map(|i| rows.iter().skip(i).step_by(inputs)).copied().collect();
        Ok(Self { columns, bias })
    }

    pub fn run(&self, x: &[f32]) -> Vec<f32> {
        let mut out = self.bias.clone();
        assert_eq!(x.len() * out.len(), self.columns.len(), "inputs of a dense layer");
        for (x, column) in x.iter().zip(self.columns.chunks_exact(self.bias.len())) {
            out.iter_mut().zip(column).for_each(|(out, weight)| *out += x * weight);
        }
        out
    }
}
