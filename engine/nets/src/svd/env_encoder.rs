//! The environment encoder: latents of the light's pictures to tokens at every resolution.

use crate::{
    store::Store,
    svd::{
        EnvConfig,
        layers::Conv,
        resnet::{Sizes, Spatial},
    },
    table::Table,
};
use relight_tensor::{Reach, Volume};

/// What it is made of, without its numbers.
#[derive(Debug, Clone)]
pub struct EnvEncoder {
    config: EnvConfig,
    table: Table,
    conv_in: Conv,
    levels: Vec<(Vec<Spatial>, Option<Conv>)>,
}

impl EnvEncoder {
    /// Builds the encoder of a configuration.
    pub fn new(config: EnvConfig) -> Self {
        let mut table = Table::default();
        let t = &mut table;
        let channels = &config.channels;
        let conv_in = Conv::new(t, "conv_in", config.in_channels, channels[0], Reach::SPACE);
        let levels = (0..channels.len())
            .map(|level| {
                let name = format!("down_blocks.{level}");
                let inputs = |i: usize| if i == 0 { channels[level.saturating_sub(1)] } else { channels[level] };
                let residual = (0..config.layers)
                    .map(|i| {
                        let sizes = Sizes { inputs: inputs(i), outputs: channels[level], time: None, eps: 1e-6 };
                        Spatial::new(t, &format!("{name}.resnets.{i}"), sizes)
                    })
                    .collect();
                let halve = || Conv::new(t, format!("{name}.downsamplers.0.conv"), channels[level], channels[level], Reach::HALVE);
                (residual, (level > 0).then(halve))
            })
            .collect();
        Self { config, table, conv_in, levels }
    }

    /// Its sizes.
    pub fn config(&self) -> &EnvConfig {
        &self.config
    }

    /// Its tensors.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The features of every level, the finest first; their pixels are the tokens.
    pub fn run(&self, store: &Store, latents: &Volume) -> Vec<Volume> {
        let mut x = self.conv_in.run(store, latents, 1, None);
        let mut features = Vec::with_capacity(self.levels.len());
        for (residual, halve) in &self.levels {
            for residual in residual {
                x = residual.run(store, x, None);
            }
            if let Some(halve) = halve {
                x = halve.run(store, &x, 1, None);
            }
            features.push(x.clone());
        }
        features
    }
}
