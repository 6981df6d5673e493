//! The shape of a network, as its file tells it.

use relight_file::{Fault, Result};
use serde::Deserialize;

/// What a network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Video to G-buffer: x0 is albedo sRGB-encoded · 2 − 1 (3), camera-space normal (3), ln of relative depth, roughness · 2 − 1, metallic · 2 − 1.
    Inverse,
    /// G-buffer and light to video: x0 is 2 · tone(rgb) − 1.
    Forward,
}

/// The configuration of a [`crate::Small`], stored as JSON under the key `config` of the file's metadata.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What it does.
    pub kind: Kind,
    /// Channels of the conditions: 3 inverse, 23 forward.
    pub conditions: usize,
    /// Channels of the data: 9 inverse, 3 forward.
    pub outputs: usize,
    /// Whether it sees a light map.
    pub light: bool,
    /// Channels at strides 2, 4, 8, …
    pub widths: Vec<usize>,
    /// Encoder blocks of each level.
    pub blocks: Vec<usize>,
    /// Decoder blocks of each level but the coarsest; one each where the file says nothing.
    #[serde(default)]
    pub decoder: Vec<usize>,
    /// Numbers of the embedding of sigma and light.
    pub embed: usize,
    /// Channels of an attention head.
    pub head_dim: usize,
    /// Levels at least this wide mix over time.
    #[serde(default = "time")]
    pub time: usize,
    /// Stages of a backbone that looks at the picture, too; inverse networks alone may have one.
    #[serde(default)]
    pub backbone: Vec<BackboneStage>,
}

/// A stage of inverted bottlenecks, in the file a list of its six numbers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BackboneStage {
    /// Channels that it gives.
    pub channels: usize,
    /// Bottlenecks.
    pub blocks: usize,
    /// Side of the depthwise kernels, odd.
    pub kernel: usize,
    /// How many times wider a bottleneck is inside.
    pub expansion: usize,
    /// 1, or 2 to halve the size.
    pub stride: usize,
    /// Distance of the taps of all depthwise kernels but the first.
    pub dilation: usize,
}

fn time() -> usize {
    128
}

impl Config {
    /// From the JSON of the metadata.
    ///
    /// # Errors
    /// It is not such JSON, or sizes are absurd.
    pub fn parse(json: &str, name: &str) -> Result<Self> {
        let fault = |why: String| Fault::new(format!("{name}: its configuration {why}"), "export the network again with training/export.py");
        let mut config: Self = serde_json::from_str(json).map_err(|e| fault(format!("does not parse: {e}")))?;
        let within = |what: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) { Ok(()) } else { Err(fault(format!("has {what} {value}, not 1 to {most}"))) }
        };
        within("levels", config.widths.len(), 6)?;
        if config.blocks.len() != config.widths.len() {
            return Err(fault(format!("has {} levels of blocks, not {}", config.blocks.len(), config.widths.len())));
        }
        if config.decoder.is_empty() {
            config.decoder = vec![1; config.widths.len() - 1];
        }
        if config.decoder.len() + 1 != config.widths.len() {
            return Err(fault(format!("has {} levels of decoder blocks, not {}", config.decoder.len(), config.widths.len() - 1)));
        }
        config.widths.iter().try_for_each(|&width| within("width", width, 4096))?;
        config.blocks.iter().chain(&config.decoder).try_for_each(|&blocks| within("blocks", blocks, 64))?;
        within("embedding", config.embed, 4096)?;
        within("head dimension", config.head_dim, config.coarsest())?;
        if !config.coarsest().is_multiple_of(config.head_dim) {
            return Err(fault(format!("has heads of {}, which do not divide {}", config.head_dim, config.coarsest())));
        }
        let mut halved = 1;
        for stage in &config.backbone {
            within("backbone channels", stage.channels, 4096)?;
            within("backbone blocks", stage.blocks, 64)?;
            within("backbone expansion", stage.expansion, 16)?;
            within("backbone stride", stage.stride, 2)?;
            within("backbone dilation", stage.dilation, 8)?;
            if ![3, 5, 7].contains(&stage.kernel) {
                return Err(fault(format!("has a backbone kernel of {}, not 3, 5 or 7", stage.kernel)));
            }
            halved += stage.stride - 1;
            within("backbone halvings", halved, config.widths.len())?;
        }
        if config.kind == Kind::Forward && !config.backbone.is_empty() {
            return Err(fault("has a backbone, which looks at a picture, in a forward network".into()));
        }
        let (conditions, outputs) = match config.kind {
            Kind::Inverse => (3, 9),
            Kind::Forward => (23, 3),
        };
        if (config.conditions, config.outputs) != (conditions, outputs) {
            return Err(fault(format!("has {} conditions and {} outputs, not {conditions} and {outputs}", config.conditions, config.outputs)));
        }
        Ok(config)
    }

    /// Heights and widths must be multiples of this.
    pub fn stride(&self) -> usize {
        1 << self.widths.len()
    }

    /// Channels of the coarsest level.
    pub(crate) fn coarsest(&self) -> usize {
        self.widths.last().copied().unwrap_or(0)
    }
}
