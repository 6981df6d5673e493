//! One layer at a time, on tensors from the arena. All change `x` in place.

use super::build::{Attention, Block, Time};
use relight_tensor::{Arena, BLOCK, Film, Finish, Level, Prepare, Tensor, activate, attention};

const ADD: Finish<'static> = Finish { accumulate: true, film: None };

/// The embedding of each frame after SiLU; a slice of it where frames run one by one.
pub(crate) type Embedding = [Vec<f32>];

impl Block {
    /// x + conv(silu(rms(film(conv(silu(rms(x))))))).
    pub fn run(&self, level: Level, arena: &mut Arena, embedding: &Embedding, x: &mut Tensor) {
        let (width, stride) = (x.channels, x.channels.next_multiple_of(BLOCK));
        let (mut scale, mut shift) = (vec![0.0; embedding.len() * stride], vec![0.0; embedding.len() * stride]);
        for ((e, scale), shift) in embedding.iter().zip(scale.chunks_exact_mut(stride)).zip(shift.chunks_exact_mut(stride)) {
            let film = self.film.run(e);
            scale[..width].iter_mut().zip(&film).for_each(|(scale, a)| *scale = 1.0 + a);
            shift[..width].copy_from_slice(&film[width..]);
        }
        let mut h = arena.take(x.shape());
        let film = Some(Film { scale: &scale, shift: &shift });
        self.conv1.run(level, x, Prepare::RmsSilu(&self.gain1), Finish { accumulate: false, film }, &mut h);
        self.conv2.run(level, &h, Prepare::RmsSilu(&self.gain2), ADD, x);
        arena.give(h);
    }
}

impl Time {
    /// x + convolution over time of silu(rms(x)).
    pub fn run(&self, level: Level, arena: &mut Arena, x: &mut Tensor) {
        let mut h = arena.take(x.shape());
        activate(level, x, Prepare::RmsSilu(&self.gain), &mut h);
        self.conv.run(level, &h, Prepare::Nothing, ADD, x);
        arena.give(h);
    }
}

impl Attention {
    /// x + linear(attention of rms(x)), per frame over all positions.
    pub fn run(&self, level: Level, arena: &mut Arena, x: &mut Tensor) {
        let mut h = arena.take(x.shape());
        activate(level, x, Prepare::Rms(&self.gain), &mut h);
        let mut qkv = arena.take(self.qkv.shape(x.shape()));
        self.qkv.run(level, &h, Prepare::Nothing, Finish::default(), &mut qkv);
        attention(level, &qkv, &self.scales, &mut h);
        self.out.run(level, &h, Prepare::Nothing, ADD, x);
        arena.give(h);
        arena.give(qkv);
    }
}
