//! The shapes of the networks, as their tensors tell them.

use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};

/// The shapes of a file's tensors whose names begin with `prefix`, which is left out in what follows.
pub(crate) struct Shapes<'a> {
    pub file: &'a Checkpoint,
    pub prefix: &'a str,
}

impl Shapes<'_> {
    fn shape(&self, key: &str) -> Option<&[usize]> {
        self.file.tensors().get(&format!("{}{key}", self.prefix)).map(|entry| &entry.shape[..])
    }

    fn has(&self, key: &str) -> bool {
        self.shape(key).is_some()
    }

    /// The shape of a tensor by which a network is recognised.
    ///
    /// # Errors
    /// There is none with so many axes, or one of them is empty or beyond any such network's (2^20).
    fn known<const N: usize>(&self, key: &str) -> Result<[usize; N]> {
        let shape: Option<[usize; N]> = self.shape(key).and_then(|shape| shape.try_into().ok());
        shape.filter(|shape| shape.iter().all(|n| (1..=1 << 20).contains(n))).ok_or_else(|| {
            Fault::new(
                format!("{} has no tensor {}{key} of {N} axes", self.file.path().display(), self.prefix),
                "give the folder of an official Cosmos DiffusionRenderer, with its files as published",
            )
        })
    }
}

/// The shape of a diffusion transformer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DitConfig {
    /// Numbers of a token.
    pub width: usize,
    /// Numbers of an attention head.
    pub head: usize,
    /// Blocks of self-attention, cross-attention and perceptron.
    pub blocks: usize,
    /// Numbers between the two layers of a perceptron.
    pub hidden: usize,
    /// Numbers of a row of context.
    pub cross: usize,
    /// Rank of the modulations.
    pub lora: usize,
    /// Channels of the latents.
    pub outputs: usize,
    /// Channels of the conditions, masks included.
    pub conditions: usize,
    /// Rows of the table of contexts; 0 for networks that have none (forward).
    pub contexts: usize,
    /// Length of the stored, unused list of positions.
    pub positions: usize,
}

impl DitConfig {
    /// The published 7B networks: 16 condition channels and 16 contexts for the inverse one, 136 and none for the forward one.
    pub fn full(conditions: usize, contexts: usize) -> Self {
        Self { width: 4096, head: 128, blocks: 28, hidden: 16384, cross: 1024, lora: 256, outputs: 16, conditions, contexts, positions: 128 }
    }

    /// Numbers of a patch: latents, conditions and one padding mask, 2×2 pixels.
    pub fn columns(&self) -> usize {
        4 * (self.outputs + self.conditions + 1)
    }

    /// From the shapes of tensors (names as in [`super::dit_keys`]).
    pub(crate) fn of(shapes: &Shapes<'_>) -> Result<Self> {
        let [width, columns] = shapes.known("net.x_embedder.proj.1.weight")?;
        let [head] = shapes.known("net.blocks.block0.blocks.0.block.attn.to_q.1.weight")?;
        let [hidden, _] = shapes.known("net.blocks.block0.blocks.2.block.layer1.weight")?;
        let [_, cross] = shapes.known("net.blocks.block0.blocks.1.block.attn.to_k.0.weight")?;
        let [lora, _] = shapes.known("net.blocks.block0.blocks.0.adaLN_modulation.1.weight")?;
        let [rows, _] = shapes.known("net.final_layer.linear.weight")?;
        let blocks = (0..).take_while(|i| shapes.has(&format!("net.blocks.block{i}.blocks.0.block.attn.to_q.0.weight"))).count();
        let contexts = if shapes.has("net.context_embedding.weight") { shapes.known::<2>("net.context_embedding.weight")?[0] } else { 0 };
        let positions = shapes.known::<1>("net.pos_embedder.seq").map_or(128, |[n]| n);
        let outputs = rows / 4;
        let fault = |why: String| Fault::new(format!("the transformer's weights make no sense: {why}"), "download the checkpoint again");
        if !rows.is_multiple_of(4) || !columns.is_multiple_of(4) || columns / 4 < outputs + 1 {
            return Err(fault(format!("{columns} numbers of a patch in, {rows} out")));
        }
        if !width.is_multiple_of(head) || head < 6 || !head.is_multiple_of(2) || !width.is_multiple_of(2) {
            return Err(fault(format!("heads of {head} in tokens of {width}")));
        }
        Ok(Self { width, head, blocks, hidden, cross, lora, outputs, conditions: columns / 4 - outputs - 1, contexts, positions })
    }
}

/// The shape of a video tokenizer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerConfig {
    /// Wavelet bands of the three colours: 192 after two rounds of eight.
    pub bands: usize,
    /// Channels after the first convolution.
    pub stem: usize,
    /// Channels of each level, the finest first.
    pub widths: Vec<usize>,
    /// Blocks of a level of the encoder; the decoder has one more.
    pub blocks: usize,
    /// Levels that halve time, height and width.
    pub halvings: usize,
    /// Channels of the latents.
    pub latents: usize,
}

impl TokenizerConfig {
    /// The published CV8x8x8 tokenizer.
    pub fn full() -> Self {
        Self { bands: 192, stem: 128, widths: vec![256, 512, 512], blocks: 2, halvings: 1, latents: 16 }
    }

    /// From the shapes of an encoder's tensors.
    pub(crate) fn of(shapes: &Shapes<'_>) -> Result<Self> {
        let [stem, bands, ..] = shapes.known::<5>("encoder.conv_in.0.conv3d.weight")?;
        let [latents, ..] = shapes.known::<5>("encoder.conv_out.0.conv3d.weight")?;
        let mut widths = Vec::new();
        while shapes.has(&format!("encoder.down.{}.block.0.conv1.0.conv3d.weight", widths.len())) {
            widths.push(shapes.known::<5>(&format!("encoder.down.{}.block.0.conv1.0.conv3d.weight", widths.len()))?[0]);
        }
        let blocks = (0..).take_while(|i| shapes.has(&format!("encoder.down.0.block.{i}.norm1.norm.weight"))).count();
        let halvings = (0..widths.len()).take_while(|i| shapes.has(&format!("encoder.down.{i}.downsample.conv1.conv3d.weight"))).count();
        if bands != 192 || halvings != 1 || widths.len() < 2 || blocks == 0 {
            let cause = format!("the tokenizer's weights are of another kind: {bands} bands, {} levels, {halvings} halvings", widths.len());
            return Err(Fault::new(cause, "give the folder of Cosmos-Tokenize1-CV8x8x8-720p"));
        }
        Ok(Self { bands, stem, widths, blocks, halvings, latents })
    }
}
