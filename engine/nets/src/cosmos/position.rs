//! Where a token is: rotary angles and sinusoidal embeddings over time, rows and columns.

use half::bf16;

/// Base of the geometric series of frequencies (Vaswani et al. 2017; Su et al. 2021).
const BASE: f64 = 10_000.0;
/// Frames a second at which a frame's position is its index.
const RATE: f32 = 24.0;

/// How rotary angles are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Angles {
    /// Exact in f32.
    Exact,
    /// As in the official pipeline, which keeps exponents, frequencies and angles in bf16, up to 0.28 rad off: the published weights were made for these.
    #[default]
    Rounded,
}

/// Rounds to the nearest bf16.
pub(crate) fn bf(x: f32) -> f32 {
    bf16::from_f32(x).to_f32()
}

/// Cosines and sines of one axis: `count` positions of `half` angles.
#[derive(Debug, Clone)]
struct Axis {
    half: usize,
    cos: Vec<f32>,
    sin: Vec<f32>,
}

/// Rotary position angles in three axes (SPEC section 3, step 2).
#[derive(Debug, Clone)]
pub struct Rope {
    axes: [Axis; 3],
    grid: [usize; 3],
}

/// Angles of the three axes of a head of `head` numbers for each position: time `[frames][dt/2]`, rows and columns `[count][dh/2]` with
/// `dh = dw = ⌊head/6⌋·2` and dt the rest. Angle i of an axis of d numbers at position p is `p · 10000^(−2i/d)`; time counts in 24ths of a second.
pub fn rope_angles(head: usize, grid: [usize; 3], fps: f32, angles: Angles) -> [Vec<f32>; 3] {
    let side = head / 6 * 2;
    let sizes = [head - 2 * side, side, side];
    let mut tables: [Vec<f32>; 3] = Default::default();
    for (axis, table) in tables.iter_mut().enumerate() {
        let size = sizes[axis];
        let frequency = |i: usize| {
            let exponent = (2 * i) as f32 / size as f32;
            match angles {
                Angles::Exact => 1.0 / (BASE as f32).powf(exponent),
                // bf16 has no 10000: 9984 is its nearest.
                Angles::Rounded => bf(1.0 / bf(bf(BASE as f32).powf(bf(exponent)))),
            }
        };
        let frequencies: Vec<f32> = (0..size / 2).map(frequency).collect();
        for position in 0..grid[axis] {
            let place = match (axis, angles) {
                (0, Angles::Exact) => position as f32 / fps * RATE,
                (0, Angles::Rounded) => bf(bf(bf(position as f32) / bf(fps)) * RATE),
                _ => position as f32,
            };
            table.extend(frequencies.iter().map(|f| if angles == Angles::Exact { place * f } else { bf(place * f) }));
        }
    }
    tables
}

impl Rope {
    /// For a grid of frames, rows and columns.
    pub fn new(head: usize, grid: [usize; 3], fps: f32, angles: Angles) -> Self {
        let axes = rope_angles(head, grid, fps, angles).map(|table| Axis {
            half: 0,
            cos: table.iter().map(|a| a.cos()).collect(),
            sin: table.iter().map(|a| a.sin()).collect(),
        });
        let mut rope = Self { axes, grid };
        for (axis, count) in rope.axes.iter_mut().zip(grid) {
            axis.half = axis.cos.len() / count.max(1);
        }
        rope
    }

    /// Turns one head of token `token` (x fastest, then rows, then frames): halves x1, x2 become `x1·cos − x2·sin` and `x2·cos + x1·sin`.
    pub fn turn(&self, token: usize, head: &mut [f32]) {
        let [_, rows, columns] = self.grid;
        let places = [token / (rows * columns), token / columns % rows, token % columns];
        let (mut first, mut second) = head.split_at_mut(head.len() / 2);
        for (axis, place) in self.axes.iter().zip(places) {
            let range = place * axis.half..(place + 1) * axis.half;
            let (now1, rest1) = first.split_at_mut(axis.half);
            let (now2, rest2) = second.split_at_mut(axis.half);
            for (((x1, x2), cos), sin) in now1.iter_mut().zip(now2).zip(&axis.cos[range.clone()]).zip(&axis.sin[range]) {
                (*x1, *x2) = (*x1 * cos - *x2 * sin, *x2 * cos + *x1 * sin);
            }
            (first, second) = (rest1, rest2);
        }
    }
}

/// Fixed embeddings that every block adds to its tokens (SPEC section 3, step 3).
#[derive(Debug, Clone)]
pub struct Sinusoids {
    tables: [Vec<f32>; 3],
    sizes: [usize; 3],
    grid: [usize; 3],
}

impl Sinusoids {
    /// For tokens of `width` numbers. Rows and columns have `⌊width/6⌋·2` numbers each, time the rest; of an axis of d numbers the first half holds
    /// `sin(p · 10000^(−k/(d/2)))`, the second the cosines. `rounded` gives them in bf16.
    pub fn new(width: usize, grid: [usize; 3], rounded: bool) -> Self {
        let side = width / 6 * 2;
        let sizes = [width - 2 * side, side, side];
        let mut tables: [Vec<f32>; 3] = Default::default();
        for ((table, size), count) in tables.iter_mut().zip(sizes).zip(grid) {
            let half = size / 2;
            for position in 0..count {
                let angle = |k: usize| position as f64 * BASE.powf(-(k as f64) / half as f64);
                let numbers = (0..half).map(|k| angle(k).sin()).chain((0..half).map(|k| angle(k).cos()));
                table.extend(numbers.map(|x| if rounded { bf(x as f32) } else { x as f32 }));
            }
        }
        Self { tables, sizes, grid }
    }

    /// Adds the embedding of token `token` to it.
    pub fn add(&self, token: usize, numbers: &mut [f32]) {
        let [_, rows, columns] = self.grid;
        let places = [token / (rows * columns), token / columns % rows, token % columns];
        let mut rest = numbers;
        for ((table, size), place) in self.tables.iter().zip(self.sizes).zip(places) {
            let (now, later) = rest.split_at_mut(size);
            now.iter_mut().zip(&table[place * size..]).for_each(|(to, x)| *to += x);
            rest = later;
        }
    }
}

/// The embedding of the noise level: `[cos(t·f_k), sin(t·f_k)]`, `f_k = exp(−ln(10000)·k/half)`, half of `width` each (SPEC section 3, step 4).
pub fn time_embedding(time: f32, width: usize) -> Vec<f32> {
    let half = width / 2;
    let angle = |k: usize| time * (-(BASE.ln() as f32) * k as f32 / half as f32).exp();
    (0..half).map(|k| angle(k).cos()).chain((0..half).map(|k| angle(k).sin())).collect()
}
