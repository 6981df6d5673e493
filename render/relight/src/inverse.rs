//! Picture to buffers.

use crate::{
    DEFAULT_FOV_DEG, INVERSE_SIZE, Network, Sampling, Stage, Unknown, Watch, Work,
    forward::straight,
    look::Look,
    matte::matted,
    official::OUTPUTS,
    settle::settle,
    size::WorkSize,
    steady::{REACH, Steady},
    windowed::{Process, Windowed},
};
use relight_diffusion::Window;
use relight_edit::{Follow, Plane, guided, joint_bilateral, textured};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_nets::Conditions;
use relight_video::{
    Frame,
    transfer::{decode, encode},
};

/// Where log depth is among them.
const Z: usize = 6;
/// Albedo has the picture's texture: everything above the noise of coded video (.01²) is followed. On 48 own worlds of 256² a radius of 2 gives
/// 21.29 dB, of 8 21.08; noise of .02² gives the same and 4 % less of the texture.
const TEXTURE: Follow = Follow { radius: 2, noise: 1e-4 };

/// Normals, roughness and metallic follow themselves: what varies by less than .06 in 17 pixels of the network's size is the network's own pattern and goes, edges
/// stay. On the same worlds nothing is lost (normals 20.92 to 20.88°, roughness .2451 to .2447), and relit walls are even.
const FLAT: Follow = Follow { radius: 8, noise: 4e-3 };

/// The inverse renderer: frames in, buffers of the same size out, with bounded memory.
pub struct Inverse {
    network: Box<dyn Network>,
    work: Work,
    fov_x: f32,
}

impl Inverse {
    /// A renderer that asks `network`, of pictures with the default field of view.
    pub fn new(network: Box<dyn Network>, work: Work) -> Self {
        Self { network, work, fov_x: DEFAULT_FOV_DEG.to_radians() }
    }

    /// The same for pictures of a camera that sees `fov_x` radians across.
    pub fn seeing(self, fov_x: f32) -> Self {
        Self { fov_x, ..self }
    }

    /// The network, for another renderer.
    pub fn into_network(self) -> Box<dyn Network> {
        self.network
    }

    /// The buffers of every frame of a stream; all frames have one size. Depth is relative: its median over the first window is 1.
    ///
    /// The network sees frames scaled to the working size; buffers are brought back to the frames' size along the frames' own edges. Estimates of a network that
    /// is [`Network::unsettled`] are the mean of three looks, at the working size, 3/4 and 1/2 of it, averaged over time where the camera stands still, made
    /// even where they hardly vary, and their depth is made to agree with their normals.
    /// Alpha is the frame's; where it has none, for such a network, that of what is not black nothing (`matte.rs`), else 1.
    pub fn stream<'a, I>(&'a mut self, frames: I, watch: &'a Watch) -> impl Iterator<Item = Result<GBuffer>> + use<'a, I>
    where
        I: Iterator<Item = Result<Frame>> + 'a,
    {
        let Work { windows, sampling, .. } = self.work;
        let size = self.work.size.unwrap_or(INVERSE_SIZE);
        let fov_x = self.network.unsettled().then_some(self.fov_x);
        let reach = if fov_x.is_some() { REACH } else { 0 };
        let looks = if fov_x.is_some() { Look::several } else { Look::once };
        let process = Estimate { network: &mut *self.network, size, looks, sampling, watch };
        let frames = frames.map(move |frame| frame.map(|frame| if fov_x.is_some() { matted(frame) } else { frame }));
        let look = move |frame: &Frame| grey(&small_codes(&linear(&frame.rgb, frame), WorkSize::new(frame.width, frame.height, size)));
        Steady::new(Windowed::new(frames, windows, watch, process), reach, watch, look).map(move |result| {
            let (frame, x0) = result?;
            Ok(watch.time(Stage::Inverse, || to_buffers(frame, x0, size, fov_x)))
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
    /// How pictures of a width and a height are looked at; the first look has the working size.
    looks: fn(usize, usize, usize) -> Vec<Look>,
    sampling: Sampling,
    watch: &'a Watch,
}

/// Light of a frame, held to 0..1.
fn linear(rgb: &[f32], frame: &Frame) -> Plane {
    Plane::new(frame.width, frame.height, 3, rgb.iter().map(|v| v.clamp(0.0, 1.0)).collect())
}

/// A linear picture as sRGB codes in 0..1.
fn codes(mut linear: Plane) -> Plane {
    encode(&mut linear.data);
    linear
}

/// The same scaled in linear light, where averaging is physical.
fn small_codes(linear: &Plane, size: WorkSize) -> Plane {
    codes(linear.resize(size.width, size.height))
}

/// The mean of three codes.
fn grey(codes: &Plane) -> Plane {
    Plane::new(codes.width, codes.height, 1, codes.data.chunks_exact(3).map(|p| p.iter().sum::<f32>() / 3.0).collect())
}

/// What is in front, at working size.
fn small_alpha(frame: &Frame, size: WorkSize) -> Option<Plane> {
    frame.alpha.as_ref().map(|alpha| Plane::new(frame.width, frame.height, 1, alpha.clone()).resize(size.width, size.height))
}

struct Seen {
    /// What the network is given, one picture a look.
    looks: Vec<(Look, Plane)>,
    alpha: Option<Plane>,
}

impl Process<Frame> for Estimate<'_> {
    type Seen = Seen;

    fn see(&mut self, frame: &Frame) -> Result<Seen> {
        Ok(self.watch.time(Stage::Inverse, || {
            let linear = linear(&frame.rgb, frame);
            let looks = (self.looks)(frame.width, frame.height, self.size);
            let alpha = small_alpha(frame, looks[0].size);
            Seen { looks: looks.into_iter().map(|look| (look, look.see(small_codes(&linear, look.size)))).collect(), alpha }
        }))
    }

    fn run(&mut self, window: &Window, seen: &[&Seen]) -> Result<Vec<Vec<f32>>> {
        let looks: Vec<Look> = seen[0].looks.iter().map(|(look, _)| *look).collect();
        let size = looks[0].size;
        let mut frames = vec![vec![0.0; size.width * size.height * OUTPUTS]; seen.len()];
        for (i, look) in looks.iter().enumerate() {
            let (height, width) = (look.size.padded_height, look.size.padded_width);
            let pixels: Vec<f32> = seen.iter().flat_map(|s| &s.looks[i].1.data).copied().collect();
            let conditions = Conditions { frames: seen.len(), height, width, pixels, light: Vec::new() };
            let sampling = self.sampling;
            let x0 = self.watch.time(Stage::Inverse, || self.network.estimate(conditions, sampling.steps, sampling.key(window), self.watch))?;
            for (mean, x0) in frames.iter_mut().zip(x0.chunks_exact(width * height * OUTPUTS)) {
                look.add(mean, &look.undo(x0, size));
            }
        }
        if window.index == 0 {
            let inside = frames.iter().zip(seen).flat_map(|(x0, seen)| {
                x0.chunks_exact(OUTPUTS).enumerate().filter(|(i, _)| seen.alpha.as_ref().is_none_or(|a| a.data[*i] > 0.5)).map(|(_, p)| p[Z])
            });
            let middle = median(inside.collect());
            shift(&mut frames, -middle);
        }
        Ok(frames)
    }

    /// Depth is relative within a window: a window's depth is moved onto that of the window before.
    fn align(&mut self, old: &[Vec<f32>], new: &mut [Vec<f32>]) {
        let pairs =
            old.iter().zip(new.iter()).flat_map(|(old, new)| old.chunks_exact(OUTPUTS).zip(new.chunks_exact(OUTPUTS)).map(|(o, n)| (o[Z], n[Z])));
        match self.network.depth() {
            Unknown::Factor => {
                let middle = median(pairs.map(|(o, n)| o - n).collect());
                shift(new, middle);
            }
            Unknown::FactorAndShift => {
                let (factor, distance) = line(pairs.map(|(o, n)| (f64::from(n).exp(), f64::from(o).exp())));
                // A thousandth of the middle depth keeps what would fall behind the camera in front of it.
                let moved = |z: f32| (factor * f64::from(z).exp() + distance).max(1e-3).ln() as f32;
                new.iter_mut().flat_map(|f| f.chunks_exact_mut(OUTPUTS)).for_each(|p| p[Z] = moved(p[Z]));
            }
        }
    }
}

/// Factor and distance of the line through points (x, y) with the least squares; a distance alone where all x are the same or y falls with x.
fn line(points: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let (mut n, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (px, py) in points {
        (n, x, y, xx, xy) = (n + 1.0, x + px, y + py, xx + px * px, xy + px * py);
    }
    if n == 0.0 {
        return (1.0, 0.0);
    }
    let spread = n * xx - x * x;
    let factor = (n * xy - x * y) / spread;
    if spread > 1e-9 * n * xx && factor > 0.0 { (factor, (y - factor * x) / n) } else { (1.0, (y - x) / n) }
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

/// Brings x0 of the working size to the frame's size and into the buffers' units and ranges. With a field of view, depth and normals are made to agree.
fn to_buffers(frame: Frame, x0: Vec<f32>, size: usize, fov_x: Option<f32>) -> GBuffer {
    let work = WorkSize::new(frame.width, frame.height, size);
    let pick = |from: usize, to: usize| {
        let data = x0.chunks_exact(OUTPUTS).flat_map(|p| &p[from..to]).copied().collect();
        Plane::new(work.width, work.height, to - from, data)
    };
    // Of what is in front: at a soft edge of alpha the picture is darker, the surface is not.
    let straight = frame.alpha.as_ref().map(|alpha| straight(&frame.rgb, alpha));
    let linear = linear(straight.as_ref().unwrap_or(&frame.rgb), &frame);
    let small = small_codes(&linear, work);
    let full = codes(linear);
    let mut albedo = pick(0, 3);
    albedo.data.iter_mut().for_each(|v| *v = 0.5 * *v + 0.5);
    let mut albedo = guided(&albedo, &small, &full, TEXTURE);
    albedo.data.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    decode(&mut albedo.data);
    let albedo = textured(&albedo.data, &frame);
    let mut rest = pick(3, OUTPUTS);
    if let Some(fov_x) = fov_x {
        let mut flat = guided(&rest, &rest, &rest, FLAT);
        // Depth keeps its slopes.
        flat.data.chunks_exact_mut(OUTPUTS - 3).zip(rest.data.chunks_exact(OUTPUTS - 3)).for_each(|(p, own)| p[Z - 3] = own[Z - 3]);
        rest = flat;
        settle(&mut rest, small_alpha(&frame, work).as_ref(), fov_x);
    }
    let rest = if (work.width, work.height) == (frame.width, frame.height) { rest } else { joint_bilateral(&rest, &small, &full) };

    let mut buffers = GBuffer::empty(frame.width, frame.height);
    for (i, p) in rest.data.chunks_exact(OUTPUTS - 3).enumerate() {
        let alpha = frame.alpha.as_ref().map_or(1.0, |a| a[i]);
        buffers.alpha[i] = alpha;
        if alpha > 0.0 {
            let length = (p[0] * p[0] + p[1] * p[1] + p[2] * p[2]).sqrt();
            let normal = if length > 1e-3 { [p[0] / length, p[1] / length, p[2] / length] } else { [0.0, 0.0, 1.0] };
            buffers.normal[3 * i..3 * i + 3].copy_from_slice(&normal);
            buffers.albedo[3 * i..3 * i + 3].copy_from_slice(&albedo[3 * i..3 * i + 3]);
            // e^±8: a range of nine million, far beyond any scene.
            buffers.depth[i] = p[3].clamp(-8.0, 8.0).exp();
            buffers.roughness[i] = (0.5 * p[4] + 0.5).clamp(0.0, 1.0);
            buffers.metallic[i] = (0.5 * p[5] + 0.5).clamp(0.0, 1.0);
        }
    }
    buffers.rgb = Some(frame.rgb);
    buffers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Windows;
    use relight_diffusion::Key;

    /// Gives a slope in depth that leans with the picture's brightness, in a range that differs from window to window where it shall.
    struct Slope {
        differs: bool,
    }

    impl Network for Slope {
        fn estimate(&mut self, seen: Conditions, _: usize, key: Key, _: &Watch) -> Result<Vec<f32>> {
            let window = if self.differs { key.window as f32 } else { 0.0 };
            let (factor, distance) = (1.0 + 0.4 * window, 0.7 * window);
            let pixel = |(i, rgb): (usize, &[f32])| {
                let depth = 2.0 + (i % seen.width) as f32 / seen.width as f32 + 0.5 * rgb[0];
                let mut x0 = [0.0; OUTPUTS];
                x0[5] = 1.0;
                x0[Z] = (factor * depth + distance).ln();
                x0
            };
            Ok(seen.pixels.chunks_exact(3).enumerate().flat_map(pixel).collect())
        }

        fn depth(&self) -> Unknown {
            Unknown::FactorAndShift
        }
    }

    #[test]
    fn windows_in_ranges_of_their_own_join_into_one_clip() {
        let frames: Vec<Frame> = (0..23).map(|i| Frame { width: 32, height: 16, rgb: vec![0.04 * i as f32; 3 * 32 * 16], alpha: None }).collect();
        let clip = |differs| {
            let work = Work { windows: Windows { length: 6, overlap: 3, ..Windows::default() }, ..Work::default() };
            Inverse::new(Box::new(Slope { differs }), work).clip(&frames).unwrap()
        };
        let (joined, plain) = (clip(true), clip(false));
        for (frame, (joined, plain)) in joined.iter().zip(&plain).enumerate() {
            let worst = joined.depth.iter().zip(&plain.depth).map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f32::max);
            assert!(worst < 2e-3, "frame {frame}: depth is off by {worst}");
        }
        // No leap at the seams that plain windows lack: brightness alone moves the depth, by an eighth between the first two frames.
        let leap = |clip: &[GBuffer]| clip.windows(2).map(|pair| pair[1].depth[100] / pair[0].depth[100]).fold(0.0, f32::max);
        assert!(joined.len() == 23 && leap(&joined) < 1.005 * leap(&plain), "{} against {}", leap(&joined), leap(&plain));
    }

    #[test]
    fn faint_patterns_go_and_edges_stay() {
        let frame = Frame { width: 64, height: 48, rgb: vec![0.5; 3 * 64 * 48], alpha: None };
        let ripple = |i: usize| if (i % 64 / 8).is_multiple_of(2) { 0.03 } else { -0.03 };
        let lean = |i: usize| if i % 64 < 32 { -0.6 } else { 0.6 };
        let x0 = (0..64 * 48).flat_map(|i| [0.0, 0.0, 0.0, lean(i) + ripple(i), 0.0, 0.8, 0.0, ripple(i), -1.0]).collect();
        let buffers = to_buffers(frame, x0, 64, Some(0.9));
        let row = |x: usize| buffers.normal[3 * (24 * 64 + x)];
        assert!(
            (10..22).all(|x| (row(x) + 0.6).abs() < 0.015) && (42..54).all(|x| (row(x) - 0.6).abs() < 0.015),
            "{:?}",
            (0..64).map(row).collect::<Vec<_>>()
        );
        assert!(row(29) < -0.45 && row(34) > 0.45, "{} {}", row(29), row(34));
        assert!((10..54).all(|x| (buffers.roughness[24 * 64 + x] - 0.5).abs() < 0.008));
    }

    #[test]
    fn depths_in_a_range_of_their_own_are_brought_to_the_other_range() {
        let (factor, distance) = line((1..50).map(|i| (f64::from(i), 2.5 * f64::from(i) - 0.75)));
        assert!((factor - 2.5).abs() < 1e-9 && (distance + 0.75).abs() < 1e-9);
        assert_eq!(line([(2.0, 3.0), (2.0, 3.0)].into_iter()), (1.0, 1.0));
        assert_eq!(line([(1.0, 3.0), (2.0, 1.0)].into_iter()), (1.0, 0.5));
        assert_eq!(line(std::iter::empty()), (1.0, 0.0));
    }
}
