//! Every tensor of a checkpoint, by name and shape.

use super::config::{DitConfig, TokenizerConfig};
use crate::Table;

/// One tensor of a published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file, without the prefix of the file.
    pub name: String,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Whether rendering needs it. Others (training only, or fixed tables) may be missing.
    pub needed: bool,
}

/// The table of the tensors that rendering needs.
pub(crate) fn needed(keys: &[Key]) -> Table {
    let mut table = Table::default();
    keys.iter().filter(|key| key.needed).for_each(|key| drop(table.slot(&key.name, &key.shape)));
    table
}

/// Collects keys.
struct Keys(Vec<Key>);

impl Keys {
    fn need(&mut self, name: impl Into<String>, shape: &[usize]) {
        self.0.push(Key { name: name.into(), shape: shape.to_vec(), needed: true });
    }

    fn unused(&mut self, name: &str, shape: &[usize]) {
        self.0.push(Key { name: name.into(), shape: shape.to_vec(), needed: false });
    }

    /// A convolution `[outputs, inputs, kernel…]` with its bias.
    fn conv(&mut self, name: &str, outputs: usize, inputs: usize, [t, h, w]: [usize; 3]) {
        self.need(format!("{name}.conv3d.weight"), &[outputs, inputs, t, h, w]);
        self.need(format!("{name}.conv3d.bias"), &[outputs]);
    }

    /// Over space, then over time.
    fn pair(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.conv(&format!("{name}.0"), outputs, inputs, [1, 3, 3]);
        self.conv(&format!("{name}.1"), outputs, outputs, [3, 1, 1]);
    }

    fn norm(&mut self, name: &str, channels: usize) {
        self.need(format!("{name}.norm.weight"), &[channels]);
        self.need(format!("{name}.norm.bias"), &[channels]);
    }

    fn block(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.norm(&format!("{name}.norm1"), inputs);
        self.pair(&format!("{name}.conv1"), outputs, inputs);
        self.norm(&format!("{name}.norm2"), outputs);
        self.pair(&format!("{name}.conv2"), outputs, outputs);
        if inputs != outputs {
            self.conv(&format!("{name}.nin_shortcut"), outputs, inputs, [1; 3]);
        }
    }

    fn middle(&mut self, name: &str, channels: usize) {
        self.block(&format!("{name}.block_1"), channels, channels);
        for part in 0..2 {
            let name = format!("{name}.attn_1.{part}");
            self.norm(&format!("{name}.norm"), channels);
            ["q", "k", "v", "proj_out"].iter().for_each(|which| self.conv(&format!("{name}.{which}"), channels, channels, [1; 3]));
        }
        self.block(&format!("{name}.block_2"), channels, channels);
    }

    fn resample(&mut self, name: &str, channels: usize, kernels: [[usize; 3]; 3]) {
        kernels.iter().enumerate().for_each(|(i, kernel)| self.conv(&format!("{name}.conv{}", i + 1), channels, channels, *kernel));
    }
}

/// The tensors of a `model.pt` (SPEC section 2), with the prefix `net.` of all that render.
pub fn dit_keys(config: &DitConfig) -> Vec<Key> {
    let mut table = Keys(Vec::new());
    let (d, head, lora) = (config.width, config.head, config.lora);
    table.need("net.x_embedder.proj.1.weight", &[d, config.columns()]);
    table.need("net.t_embedder.1.linear_1.weight", &[d, d]);
    table.need("net.t_embedder.1.linear_2.weight", &[3 * d, d]);
    table.need("net.affline_norm.weight", &[d]);
    if config.contexts > 0 {
        table.need("net.context_embedding.weight", &[config.contexts, config.cross]);
    }
    for block in 0..config.blocks {
        let name = format!("net.blocks.block{block}.blocks");
        for (part, inputs) in [(0, d), (1, config.cross)] {
            let attention = format!("{name}.{part}.block.attn");
            table.need(format!("{attention}.to_q.0.weight"), &[d, d]);
            table.need(format!("{attention}.to_q.1.weight"), &[head]);
            table.need(format!("{attention}.to_k.0.weight"), &[d, inputs]);
            table.need(format!("{attention}.to_k.1.weight"), &[head]);
            table.need(format!("{attention}.to_v.0.weight"), &[d, inputs]);
            table.need(format!("{attention}.to_out.0.weight"), &[d, d]);
        }
        table.need(format!("{name}.2.block.layer1.weight"), &[config.hidden, d]);
        table.need(format!("{name}.2.block.layer2.weight"), &[d, config.hidden]);
        for part in 0..3 {
            table.need(format!("{name}.{part}.adaLN_modulation.1.weight"), &[lora, d]);
            table.need(format!("{name}.{part}.adaLN_modulation.2.weight"), &[3 * d, lora]);
        }
    }
    table.need("net.final_layer.adaLN_modulation.1.weight", &[lora, d]);
    table.need("net.final_layer.adaLN_modulation.2.weight", &[2 * d, lora]);
    table.need("net.final_layer.linear.weight", &[4 * config.outputs, d]);
    table.unused("net.pos_embedder.seq", &[config.positions]);
    table.unused("logvar.0.freqs", &[128]);
    table.unused("logvar.0.phases", &[128]);
    table.unused("logvar.1.weight", &[1, 128]);
    table.0
}

/// The tensors of an `encoder.jit` (SPEC section 4).
pub fn encoder_keys(config: &TokenizerConfig) -> Vec<Key> {
    let mut table = Keys(Vec::new());
    let widths = &config.widths;
    table.unused("encoder.patcher3d.wavelets", &[2]);
    table.unused("encoder.patcher3d._arange", &[2]);
    table.unused("encoder.patcher3d.patch_size_buffer", &[1]);
    table.pair("encoder.conv_in", config.stem, config.bands);
    let mut inputs = config.stem;
    for (level, &width) in widths.iter().enumerate() {
        for block in 0..config.blocks {
            table.block(&format!("encoder.down.{level}.block.{block}"), width, inputs);
            inputs = width;
        }
        if level < config.halvings {
            table.resample(&format!("encoder.down.{level}.downsample"), width, [[1, 3, 3], [3, 1, 1], [1; 3]]);
        }
    }
    table.middle("encoder.mid", inputs);
    table.norm("encoder.norm_out", inputs);
    table.pair("encoder.conv_out", config.latents, inputs);
    table.conv("quant_conv", config.latents, config.latents, [1; 3]);
    table.0
}

/// The tensors of a `decoder.jit` (SPEC section 4).
pub fn decoder_keys(config: &TokenizerConfig) -> Vec<Key> {
    let mut table = Keys(Vec::new());
    let (widths, levels) = (&config.widths, config.widths.len());
    let mut inputs = widths[levels - 1];
    table.conv("post_quant_conv", config.latents, config.latents, [1; 3]);
    table.unused("decoder.unpatcher3d.wavelets", &[2]);
    table.unused("decoder.unpatcher3d._arange", &[2]);
    table.pair("decoder.conv_in", inputs, config.latents);
    table.middle("decoder.mid", inputs);
    for level in (0..levels).rev() {
        for block in 0..=config.blocks {
            table.block(&format!("decoder.up.{level}.block.{block}"), widths[level], inputs);
            inputs = widths[level];
        }
        // Counted from the coarsest, doublings begin at the second level.
        if level > 0 && levels - 1 - level > 0 && levels - 1 - level <= config.halvings {
            table.resample(&format!("decoder.up.{level}.upsample"), inputs, [[3, 1, 1], [1, 3, 3], [1; 3]]);
        }
    }
    table.norm("decoder.norm_out", inputs);
    table.pair("decoder.conv_out", config.bands, inputs);
    table.0
}
