//! Picture to buffers.

use crate::{
    INVERSE_SIZE, Network, Sampling, Stage, Watch, Work,
    size::WorkSize,
    windowed::{Process, Windowed},
};
use relight_diffusion::Window;
use relight_edit::{Follow, Plane, guided, joint_bilateral};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_nets::Conditions;
use relight_video::{
    Frame,
    transfer::{decode, encode},
};

/// Numbers per pixel of x0: albedo (sRGB-encoded, −1..1), normal, log depth, roughness and metallic (−1..1).
const OUTPUTS: usize = 9;
/// Where log depth is among them.
const Z: usize = 6;
/// Albedo has the picture's texture: everything above the noise of 8-bit codes (.02²) is followed.
const TEXTURE: Follow = Follow { radius: 8, noise: 4e-4 };
/// Normals, depth and the rest follow the picture's strong edges (.1²) alone: within a surface they are smooth.
const SURFACE: Follow = Follow { radius: 8, noise: 1e-2 };

/// The inverse renderer: frames in, buffers of the same size out, with bounded memory.
pub struct Inverse {
    network: Box<dyn Network>,
    work: Work,
}

impl Inverse {
    /// A renderer that asks `network`.
    pub fn new(network: Box<dyn Network>, work: Work) -> Self {
        Self { network, work }
    }

    /// The buffers of every frame of a stream; all frames have one size. Depth is relative: its median over the first window is 1.
    ///
    /// The network sees frames scaled to the working size; buffers are brought back to the frames' size along the frames' own edges.
    /// Where a frame has no alpha, alpha is 1.
    pub fn stream<'a, I>(&'a mut self, frames: I, watch: &'a Watch) -> impl Iterator<Item = Result<GBuffer>> + use<'a, I>
    where
        I: Iterator<Item = Result<Frame>> + 'a,
    {
        let Work { windows, sampling, .. } = self.work;
        let size = self.work.size.unwrap_or(INVERSE_SIZE);
        let process = Estimate { network: &mut *self.network, size, sampling, watch };
        Windowed::new(frames, windows, watch, process).map(move |result| {
            let (frame, x0) = result?;
            Ok(watch.time(Stage::Inverse, || to_buffers(frame, x0, size)))
        })
    }

    /// [`Inverse::stream`] for a clip in memory.
    ///
    /// # Errors
    /// As the network's.
    pub fn clip(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>> {
        let watch = Watch::silent();
        self.stream(frames.iter().cloned().map(Ok), &watch).collect()
    }
}

struct Estimate<'a> {
    network: &'a mut dyn Network,
    size: usize,
    sampling: Sampling,
    watch: &'a Watch,
}

/// The picture as sRGB codes in 0..1.
fn codes(frame: &Frame) -> Plane {
    let mut data: Vec<f32> = frame.rgb.iter().map(|v| v.clamp(0.0, 1.0)).collect();
    encode(&mut data);
    Plane::new(frame.width, frame.height, 3, data)
}

/// The picture scaled in linear light, where averaging is physical, as sRGB codes in 0..1.
fn small_codes(frame: &Frame, size: WorkSize) -> Plane {
    let linear = Plane::new(frame.width, frame.height, 3, frame.rgb.iter().map(|v| v.clamp(0.0, 1.0)).collect());
    let mut small = linear.resize(size.width, size.height);
    encode(&mut small.data);
    small
}

/// What is in front, at working size.
fn small_alpha(frame: &Frame, size: WorkSize) -> Option<Plane> {
    frame.alpha.as_ref().map(|alpha| Plane::new(frame.width, frame.height, 1, alpha.clone()).resize(size.width, size.height))
}

struct Seen {
    size: WorkSize,
    pixels: Plane,
    alpha: Option<Plane>,
}

impl Process<Frame> for Estimate<'_> {
    type Seen = Seen;

    fn see(&mut self, frame: &Frame) -> Result<Seen> {
        Ok(self.watch.time(Stage::Inverse, || {
            let size = WorkSize::new(frame.width, frame.height, self.size);
            let mut pixels = small_codes(frame, size).pad(size.padded_width, size.padded_height);
            pixels.data.iter_mut().for_each(|v| *v = 2.0 * *v - 1.0);
            Seen { size, pixels, alpha: small_alpha(frame, size) }
        }))
    }

    fn run(&mut self, window: &Window, seen: &[&Seen]) -> Result<Vec<Vec<f32>>> {
        let size = seen[0].size;
        let pixels: Vec<f32> = seen.iter().flat_map(|s| &s.pixels.data).copied().collect();
        let conditions = Conditions { frames: seen.len(), height: size.padded_height, width: size.padded_width, pixels, light: Vec::new() };
        let sampling = self.sampling;
        let x0 = self.watch.time(Stage::Inverse, || self.network.estimate(conditions, sampling.steps, sampling.key(window)))?;
        let mut frames: Vec<Vec<f32>> = x0
            .chunks_exact(size.padded_width * size.padded_height * OUTPUTS)
            .map(|x0| Plane::new(size.padded_width, size.padded_height, OUTPUTS, x0.to_vec()).crop(size.width, size.height).data)
            .collect();
        if window.index == 0 {
            let inside = frames.iter().zip(seen).flat_map(|(x0, seen)| {
                x0.chunks_exact(OUTPUTS).enumerate().filter(|(i, _)| seen.alpha.as_ref().is_none_or(|a| a.data[*i] > 0.5)).map(|(_, p)| p[Z])
            });
            let middle = median(inside.collect());
            shift(&mut frames, -middle);
        }
        Ok(frames)
    }

    /// Depth is relative within a window: a window's log depth is moved onto that of the window before.
    fn align(&mut self, old: &[Vec<f32>], new: &mut [Vec<f32>]) {
        let apart =
            old.iter().zip(new.iter()).flat_map(|(old, new)| old.chunks_exact(OUTPUTS).zip(new.chunks_exact(OUTPUTS)).map(|(o, n)| o[Z] - n[Z]));
        let middle = median(apart.collect());
        shift(new, middle);
    }
}

fn shift(frames: &mut [Vec<f32>], by: f32) {
    frames.iter_mut().flat_map(|f| f.chunks_exact_mut(OUTPUTS)).for_each(|p| p[Z] += by);
}

/// The middle value, 0 of nothing.
fn median(mut values: Vec<f32>) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Brings x0 of the working size to the frame's size and into the buffers' units and ranges.
fn to_buffers(frame: Frame, x0: Vec<f32>, size: usize) -> GBuffer {
    let work = WorkSize::new(frame.width, frame.height, size);
    let pick = |from: usize, to: usize| {
        let data = x0.chunks_exact(OUTPUTS).flat_map(|p| &p[from..to]).copied().collect();
        Plane::new(work.width, work.height, to - from, data)
    };
    let (full, small) = (codes(&frame), small_codes(&frame, work));
    let mut albedo = pick(0, 3);
    albedo.data.iter_mut().for_each(|v| *v = 0.5 * *v + 0.5);
    let mut albedo = guided(&albedo, &small, &full, TEXTURE);
    albedo.data.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    decode(&mut albedo.data);
    let grey = Plane::from_fn(work.width, work.height, 1, |x, y, p| p[0] = small.at(x, y).iter().sum::<f32>() / 3.0);
    let rest = guided(&pick(3, OUTPUTS), &grey, &grey, SURFACE);
    let rest = if (work.width, work.height) == (frame.width, frame.height) { rest } else { joint_bilateral(&rest, &small, &full) };

    let mut buffers = GBuffer::empty(frame.width, frame.height);
    for (i, p) in rest.data.chunks_exact(OUTPUTS - 3).enumerate() {
        let alpha = frame.alpha.as_ref().map_or(1.0, |a| a[i]);
        buffers.alpha[i] = alpha;
        if alpha > 0.0 {
            let length = (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt();
            let normal = if length > 1e-3 { [p[0] / length, p[1] / length, p[2] / length] } else { [0.0, 0.0, 1.0] };
            buffers.normal[3 * i..3 * i + 3].copy_from_slice(&normal);
            buffers.albedo[3 * i..3 * i + 3].copy_from_slice(&albedo.data[3 * i..3 * i + 3]);
            // e^±8: a range of nine million, far beyond any scene.
            buffers.depth[i] = p[3].clamp(-8.0, 8.0).exp();
            buffers.roughness[i] = (0.5 * p[4] + 0.5).clamp(0.0, 1.0);
            buffers.metallic[i] = (0.5 * p[5] + 0.5).clamp(0.0, 1.0);
        }
    }
    buffers.rgb = Some(frame.rgb);
    buffers
}
