//! The diffusion transformer: tokens of 2×2 latent pixels through blocks of self-attention, folded cross-attention and a perceptron.

use super::{
    config::{DitConfig, Shapes},
    keys::{dit_keys, needed},
    position::{Angles, Rope, Sinusoids, bf, time_embedding},
    rows::{each, gated, gelu, modulate, rms, silu},
};
use crate::Store;
use half::bf16;
use relight_checkpoint::Checkpoint;
use relight_file::Result;
use relight_tensor::{Heads, Number, Volume, attend, linear};
use std::sync::Arc;

/// In which precision activations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// f32 throughout.
    Single,
    /// bf16 after every operation, as in the official pipeline; sums inside an operation stay f32. Tokens take half the memory.
    #[default]
    Bfloat,
}

impl Precision {
    /// Bytes of a number of a token.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Bfloat => 2,
        }
    }
}

/// A diffusion transformer whose weights stay in the mapped file: a matrix is read when it is used and leaves memory after that.
#[derive(Debug, Clone)]
pub struct Dit {
    store: Arc<Store>,
    config: DitConfig,
    /// How activations are rounded.
    pub precision: Precision,
    /// How rotary angles are rounded.
    pub angles: Angles,
}

/// What cross-attention adds in each block: with one row of context, or rows that are all equal, it does not depend on the tokens (SPEC section 3, step 6).
#[derive(Debug, Clone, Default)]
pub struct Context(Vec<Vec<f32>>);

impl Dit {
    /// A network of the tensors under `prefix` (empty for the published files). The official precision is the default.
    ///
    /// # Errors
    /// A tensor is missing or has a shape that does not fit the others.
    pub fn new(checkpoint: Arc<Checkpoint>, prefix: &str) -> Result<Self> {
        let config = DitConfig::of(&Shapes { file: &checkpoint, prefix })?;
        let store = Arc::new(Store::under(checkpoint, prefix, &needed(&dit_keys(&config)))?);
        Ok(Self { store, config, precision: Precision::default(), angles: Angles::default() })
    }

    /// Its shape.
    pub fn config(&self) -> &DitConfig {
        &self.config
    }

    /// Bytes of the largest matrix: what is mapped of the weights at a time.
    pub fn mapped(&self) -> usize {
        self.store.largest()
    }

    /// What cross-attention adds for row `index` of the table of contexts, or nothing for networks without such a table, whose context is all zeros.
    ///
    /// # Panics
    /// There is no such row.
    pub fn context(&self, index: usize) -> Context {
        let (c, d) = (&self.config, self.config.width);
        if c.contexts == 0 {
            return Context::default();
        }
        assert!(index < c.contexts, "context {index} of {}", c.contexts);
        let row = self.store.numbers("net.context_embedding.weight")[index * c.cross..][..c.cross].to_vec();
        let fold = |block: usize| {
            let name = format!("net.blocks.block{block}.blocks.1.block.attn");
            let mut value = vec![0.0; d];
            self.vector(&format!("{name}.to_v.0.weight"), &row, &mut value);
            let mut out = vec![0.0; d];
            self.vector(&format!("{name}.to_out.0.weight"), &value, &mut out);
            out
        };
        Context((0..c.blocks).map(fold).collect())
    }

    /// The network's raw answer F for latents `x` (already multiplied by c_in) of `outputs` channels, `condition` of `conditions` channels, and
    /// `time = ln(sigma)/4`. Heights and widths are even. `fps` is 24 in the official pipeline.
    ///
    /// # Panics
    /// Shapes do not fit the configuration.
    pub fn run(&self, x: &Volume, condition: &Volume, time: f32, fps: f32, context: &Context) -> Volume {
        self.run_seen(x, condition, time, fps, context, &mut |_, _| {})
    }

    /// [`Dit::run`] that shows `seen` its intermediate numbers: `x_embed` the tokens, `affline_emb` and `adaln_lora` the noise level's embeddings,
    /// `block0_fa`, `block0_ca`, `block0_mlp` and so on the tokens after each part of a block, `final_layer` the patches. Tokens that are kept in bf16 are not
    /// shown.
    ///
    /// # Panics
    /// As there.
    pub fn run_seen(&self, x: &Volume, condition: &Volume, time: f32, fps: f32, context: &Context, seen: &mut dyn FnMut(&str, &[f32])) -> Volume {
        match self.precision {
            Precision::Single => self.run_in::<f32>(x, condition, time, fps, context, seen),
            Precision::Bfloat => self.run_in::<bf16>(x, condition, time, fps, context, seen),
        }
    }

    /// [`Dit::run_seen`] with tokens kept in one format.
    fn run_in<N: Number>(
        &self,
        x: &Volume,
        condition: &Volume,
        time: f32,
        fps: f32,
        context: &Context,
        seen: &mut dyn FnMut(&str, &[f32]),
    ) -> Volume {
        let (c, d) = (&self.config, self.config.width);
        assert!(x.channels == c.outputs && condition.channels == c.conditions, "channels of latents and conditions");
        assert!(x.shape()[..3] == condition.shape()[..3] && x.height.is_multiple_of(2) && x.width.is_multiple_of(2), "even sizes, the same for both");
        let grid = [x.frames, x.height / 2, x.width / 2];
        let tokens: usize = grid.iter().product();
        if tokens == 0 {
            return x.clone();
        }
        let rope = Rope::new(c.head, grid, fps, self.angles);
        let places = Sinusoids::new(d, grid, self.precision == Precision::Bfloat);
        let (emb, shared) = self.time(time, seen);
        let mut show = |what: &str, tokens: &[N]| {
            if let Some(tokens) = N::single(tokens) {
                seen(what, tokens);
            }
        };
        let mut stream: Vec<N> = self.embed(x, condition, grid);
        show("x_embed", &stream);
        let mut scratch: [Vec<N>; 4] = Default::default();
        scratch.iter_mut().for_each(|s| s.resize(tokens * d, N::default()));
        for block in 0..c.blocks {
            let name = format!("net.blocks.block{block}.blocks");
            each(&mut stream, d, |token, row| places.add(token, row));
            let parts: [Vec<f32>; 3] = [0, 1, 2].map(|part| self.modulation(&format!("{name}.{part}"), &emb, &shared));
            self.attention(&format!("{name}.0.block.attn"), &parts[0], &rope, &mut stream, &mut scratch);
            show(&format!("block{block}_fa"), &stream);
            if let Some(constant) = context.0.get(block) {
                let update: Vec<f32> = parts[1][2 * d..].iter().zip(constant).map(|(gate, x)| gate * x).collect();
                each(&mut stream, d, |_, row| row.iter_mut().zip(&update).for_each(|(x, update)| *x += update));
            }
            show(&format!("block{block}_ca"), &stream);
            self.perceptron(&format!("{name}.2.block"), &parts[2], &mut stream, &mut scratch);
            show(&format!("block{block}_mlp"), &stream);
        }
        let shift = self.modulation("net.final_layer", &emb, &shared[..2 * d]);
        modulate(&stream, &shift[..d], &shift[d..], &mut scratch[0]);
        let mut patches = vec![N::default(); tokens * 4 * c.outputs];
        self.product("net.final_layer.linear.weight", &scratch[0], &mut patches);
        show("final_layer", &patches);
        self.place(&patches, x.shape())
    }

    /// `out = x · Wᵀ`, in the format of the tokens.
    fn product<N: Number>(&self, key: &str, x: &[N], out: &mut [N]) {
        self.store.with_matrix(key, |matrix| linear(self.store.level, x, matrix, None, out));
    }

    /// The same of a vector, rounded.
    fn vector(&self, key: &str, x: &[f32], out: &mut [f32]) {
        self.product(key, x, out);
        self.round(out);
    }

    fn round(&self, numbers: &mut [f32]) {
        if self.precision == Precision::Bfloat {
            numbers.iter_mut().for_each(|x| *x = bf(*x));
        }
    }

    /// SiLU of the normalised embedding of the noise level, and the modulation that all blocks share.
    fn time(&self, time: f32, seen: &mut dyn FnMut(&str, &[f32])) -> (Vec<f32>, Vec<f32>) {
        let d = self.config.width;
        let time = if self.precision == Precision::Bfloat { bf(time) } else { time };
        let mut first = time_embedding(time, d);
        self.round(&mut first);
        let mut hidden = vec![0.0; d];
        self.vector("net.t_embedder.1.linear_1.weight", &first, &mut hidden);
        hidden.iter_mut().for_each(|x| *x = silu(*x));
        self.round(&mut hidden);
        let mut shared = vec![0.0; 3 * d];
        self.vector("net.t_embedder.1.linear_2.weight", &hidden, &mut shared);
        seen("adaln_lora", &shared);
        rms(&mut first, &self.store.numbers("net.affline_norm.weight"));
        self.round(&mut first);
        seen("affline_emb", &first);
        first.iter_mut().for_each(|x| *x = silu(*x));
        self.round(&mut first);
        (first, shared)
    }

    /// Shift, scale (and gate) of a part, one after the other.
    fn modulation(&self, name: &str, emb: &[f32], shared: &[f32]) -> Vec<f32> {
        let mut low = vec![0.0; self.config.lora];
        self.vector(&format!("{name}.adaLN_modulation.1.weight"), emb, &mut low);
        let mut out = vec![0.0; shared.len()];
        self.vector(&format!("{name}.adaLN_modulation.2.weight"), &low, &mut out);
        out.iter_mut().zip(shared).for_each(|(x, shared)| *x += shared);
        self.round(&mut out);
        out
    }

    /// Tokens of 2×2 pixels: channels slowest, then rows, then columns of the patch.
    fn embed<N: Number>(&self, x: &Volume, condition: &Volume, grid: [usize; 3]) -> Vec<N> {
        let (c, [_, rows, columns]) = (&self.config, grid);
        let tokens: usize = grid.iter().product();
        let mut patches = vec![N::default(); tokens * c.columns()];
        each(&mut patches, c.columns(), |token, patch| {
            let (t, y, column) = (token / (rows * columns), token / columns % rows, token % columns);
            for (corner, (dy, dx)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
                let pixel = (t * x.height + 2 * y + dy) * x.width + 2 * column + dx;
                let numbers =
                    x.data[pixel * x.channels..][..x.channels].iter().chain(&condition.data[pixel * condition.channels..][..condition.channels]);
                numbers.enumerate().for_each(|(channel, number)| patch[channel * 4 + corner] = *number);
            }
        });
        let mut stream = vec![N::default(); tokens * c.width];
        self.product("net.x_embedder.proj.1.weight", &patches, &mut stream);
        stream
    }

    /// Pixels of the final patches, whose order is rows, columns, channels.
    fn place<N: Number>(&self, patches: &[N], shape: [usize; 4]) -> Volume {
        let mut out = Volume::zeros(shape);
        let [_, height, width, channels] = shape;
        let per_row = width / 2;
        for (pixel, numbers) in out.data.chunks_exact_mut(channels).enumerate() {
            let (t, y, x) = (pixel / (height * width), pixel / width % height, pixel % width);
            let token = (t * height / 2 + y / 2) * per_row + x / 2;
            let corner = (y % 2) * 2 + x % 2;
            N::widen(&patches[(token * 4 + corner) * channels..][..channels], numbers);
        }
        out
    }

    /// Full self-attention over all tokens of the window.
    fn attention<N: Number>(&self, name: &str, modulation: &[f32], rope: &Rope, stream: &mut [N], scratch: &mut [Vec<N>; 4]) {
        let (d, head) = (self.config.width, self.config.head);
        let [h, q, k, v] = scratch;
        modulate(stream, &modulation[..d], &modulation[d..2 * d], h);
        for (part, out) in [("q", &mut *q), ("k", &mut *k), ("v", &mut *v)] {
            self.product(&format!("{name}.to_{part}.0.weight"), h, out);
        }
        for (part, out) in [("q", &mut *q), ("k", &mut *k)] {
            let gain = self.store.numbers(format!("{name}.to_{part}.1.weight"));
            each(out, d, |_, row| row.chunks_exact_mut(head).for_each(|numbers| rms(numbers, &gain)));
            each(out, d, |token, row| row.chunks_exact_mut(head).for_each(|numbers| rope.turn(token, numbers)));
        }
        let shape = Heads { heads: d / head, dim: head, scale: (head as f32).sqrt().recip() };
        attend(self.store.level, shape, 1, q, k, v, h);
        self.product(&format!("{name}.to_out.0.weight"), h, q);
        gated(stream, &modulation[2 * d..], q);
    }

    /// Two layers with a GELU between, as many tokens at a time as have room in a scratch of the stream's size: with four times as many hidden numbers, a quarter.
    fn perceptron<N: Number>(&self, name: &str, modulation: &[f32], stream: &mut [N], scratch: &mut [Vec<N>; 4]) {
        let d = self.config.width;
        let [h, hidden, ..] = scratch;
        let mut own = Vec::new();
        let hidden: &mut [N] = if hidden.len() < self.config.hidden {
            own.resize(self.config.hidden, N::default());
            &mut own
        } else {
            hidden
        };
        let band = (hidden.len() / self.config.hidden).min(stream.len() / d);
        for stream in stream.chunks_mut(band * d) {
            let rows = stream.len() / d;
            let (h, hidden) = (&mut h[..rows * d], &mut hidden[..rows * self.config.hidden]);
            modulate(stream, &modulation[..d], &modulation[d..2 * d], h);
            self.product(&format!("{name}.layer1.weight"), h, hidden);
            gelu(hidden);
            self.product(&format!("{name}.layer2.weight"), hidden, h);
            gated(stream, &modulation[2 * d..], h);
        }
    }
}
