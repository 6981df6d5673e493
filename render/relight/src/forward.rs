//! Buffers and light to picture.

use crate::{
    Network, Shot, Stage, Watch, Work,
    conditions::{median_depth, pack},
    exposure::well_exposed,
    guided::joint_bilateral,
    plane::Plane,
    shrink::shrink,
    size::WorkSize,
    tone::{tone, untone},
    windowed::{Process, Windowed},
};
use glam::Mat3;
use relight_diffusion::Window;
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_light::{Environment, Light};
use relight_nets::Conditions;
use relight_shade::{Settings, Shader, Shading};
use relight_video::{Frame, transfer::encode};
use std::sync::Arc;

/// Short side of the pictures by which the exposure is chosen.
const EXPOSURE_SIZE: usize = 128;
/// Width of the map of which the network's view of the light is made.
const SEEN_WIDTH: usize = 256;

/// The forward renderer: buffers in, pictures of the same size out, with bounded memory.
///
/// Rays and network work at the working size. What they change against plain split-sum shading is a difference of tones (a ratio, except
/// in the deepest shadows); it is brought to full size along the edges of the full-size split-sum picture and applied to it, so that
/// albedo keeps every pixel of its texture.
pub struct Forward {
    network: Option<Box<dyn Network>>,
    shader: Shader,
    map: Arc<Environment>,
    work: Work,
}

impl Forward {
    /// A renderer under `map`. Without a network it is the analytic shader alone: the preview.
    pub fn new(network: Option<Box<dyn Network>>, map: Arc<Environment>, work: Work) -> Self {
        let shader = Shader::new(map.clone());
        let map = if map.width > SEEN_WIDTH { Arc::new(map.resized(SEEN_WIDTH, SEEN_WIDTH / 2)) } else { map };
        Self { network, shader, map, work }
    }

    /// The exposure at which the buffers look well exposed under the map, the same for every one of these `yaws` (radians).
    pub fn exposure(&self, shot: &Shot, yaws: &[f32]) -> f32 {
        let size = WorkSize::new(shot.buffers.width, shot.buffers.height, EXPOSURE_SIZE);
        let small = shrink(&shot.buffers, size.width, size.height);
        let pictures: Vec<Vec<f32>> = yaws.iter().map(|yaw| self.shader.shade(&small, &shot.camera, *yaw, 1.0, &Settings::preview()).ssrt).collect();
        well_exposed(pictures.iter().map(|p| (&p[..], &small.alpha[..])))
    }

    /// The picture of every shot of a stream under the map times `exposure`: linear, premultiplied, with the shots' alpha where something
    /// is transparent. All shots have one size.
    pub fn stream<'a, I>(&'a mut self, shots: I, exposure: f32, watch: &'a Watch) -> impl Iterator<Item = Result<Frame>> + use<'a, I>
    where
        I: Iterator<Item = Result<Shot>> + 'a,
    {
        let (shader, size) = (&self.shader, self.work.size);
        let lit = shots.map(move |shot| shot.map(|shot| watch.time(Stage::Forward, || Lit::new(shot, shader, exposure, size))));
        let network = self.network.as_mut().map(|n| &mut **n as &mut dyn Network);
        let process = Estimate { network, map: self.map.clone(), exposure, work: self.work, median: None, watch };
        // Without a network nothing joins frames, so none waits for another.
        let windows = if process.network.is_some() { self.work.windows } else { crate::Windows { length: 1, overlap: 0 } };
        Windowed::new(lit, windows, watch, process).map(move |result| {
            let (lit, tones) = result?;
            Ok(watch.time(Stage::Forward, || lit.finish(tones)))
        })
    }

    /// [`Forward::stream`] for a clip in memory.
    ///
    /// # Errors
    /// As the network's.
    pub fn clip(&mut self, shots: &[Shot], exposure: f32) -> Result<Vec<Frame>> {
        let watch = Watch::silent();
        self.stream(shots.iter().cloned().map(Ok), exposure, &watch).collect()
    }
}

/// A shot with its shading.
struct Lit {
    shot: Shot,
    size: WorkSize,
    /// At working size.
    small: GBuffer,
    shading: Shading,
    /// Split-sum shading at full size, times alpha; absent where the working size is the full one.
    full: Option<Vec<f32>>,
}

impl Lit {
    fn new(shot: Shot, shader: &Shader, exposure: f32, size: usize) -> Self {
        let size = WorkSize::new(shot.buffers.width, shot.buffers.height, size);
        let small = shrink(&shot.buffers, size.width, size.height);
        let shading = shader.shade(&small, &shot.camera, shot.yaw, exposure, &Settings::network());
        let whole = (size.width, size.height) == (shot.buffers.width, shot.buffers.height);
        let plain = Settings { lamps: 0, directions: 0, reflections: 0, bounces: 0, ..Settings::preview() };
        let full = (!whole).then(|| shader.shade(&shot.buffers, &shot.camera, shot.yaw, exposure, &plain).split_sum);
        Self { shot, size, small, shading, full }
    }

    /// The picture from the tones of the working size.
    fn finish(self, tones: Vec<f32>) -> Frame {
        let buffers = self.shot.buffers;
        let tones = match self.full {
            None => tones,
            Some(full) => {
                let (w, h) = (self.size.width, self.size.height);
                let change = tones.iter().zip(&self.shading.split_sum).map(|(t, s)| t - tone(*s)).collect();
                let guide = |rgb: &[f32], w, h| {
                    let mut codes: Vec<f32> = rgb.iter().map(|v| v.clamp(0.0, 1.0)).collect();
                    encode(&mut codes);
                    Plane::new(w, h, 3, codes)
                };
                let small = guide(&self.shading.split_sum, w, h);
                let large = guide(&full, buffers.width, buffers.height);
                let change = joint_bilateral(&Plane::new(w, h, 3, change), &small, &large);
                change.data.iter().zip(&full).map(|(c, f)| c + tone(*f)).collect()
            }
        };
        // Tones are of premultiplied light: alpha is in them already, and only what is not there at all is cut.
        let rgb = tones.iter().enumerate().map(|(i, t)| if buffers.alpha[i / 3] > 0.0 { untone(*t) } else { 0.0 }).collect();
        let alpha = buffers.alpha.iter().any(|a| *a < 1.0).then_some(buffers.alpha);
        Frame { width: buffers.width, height: buffers.height, rgb, alpha }
    }
}

struct Estimate<'a> {
    network: Option<&'a mut dyn Network>,
    map: Arc<Environment>,
    exposure: f32,
    work: Work,
    median: Option<f32>,
    watch: &'a Watch,
}

struct Seen {
    size: WorkSize,
    /// Toned ray-traced shading where no network follows, its conditions where one does.
    pixels: Plane,
    light: Vec<f32>,
}

impl Process<Lit> for Estimate<'_> {
    type Seen = Seen;

    fn see(&mut self, lit: &Lit) -> Result<Seen> {
        if self.network.is_none() {
            let pixels = Plane::new(lit.size.width, lit.size.height, 3, lit.shading.ssrt.iter().map(|v| tone(*v)).collect());
            return Ok(Seen { size: lit.size, pixels, light: Vec::new() });
        }
        // The clip's median is not known beforehand; the first frame's stands for it.
        let median = *self.median.get_or_insert_with(|| median_depth([&lit.small]));
        Ok(self.watch.time(Stage::Forward, || {
            let pixels = pack(&lit.small, &lit.shading, median).pad(lit.size.padded_width, lit.size.padded_height);
            let light = Light { map: self.map.clone(), yaw: lit.shot.yaw, exposure: self.exposure };
            Seen { size: lit.size, pixels, light: light.seen(Mat3::from_mat4(lit.shot.camera.to_world)) }
        }))
    }

    fn run(&mut self, window: &Window, seen: &[&Seen]) -> Result<Vec<Vec<f32>>> {
        let Some(network) = &mut self.network else { return Ok(seen.iter().map(|s| s.pixels.data.clone()).collect()) };
        let size = seen[0].size;
        let (pw, ph) = (size.padded_width, size.padded_height);
        let pixels = seen.iter().flat_map(|s| &s.pixels.data).copied().collect();
        let light = seen.iter().flat_map(|s| &s.light).copied().collect();
        let conditions = Conditions { frames: seen.len(), height: ph, width: pw, pixels, light };
        let sampling = self.work.sampling;
        let x0 = self.watch.time(Stage::Forward, || network.estimate(conditions, sampling.steps, sampling.key(window)))?;
        let frames = x0.chunks_exact(pw * ph * 3);
        Ok(frames.map(|x0| Plane::new(pw, ph, 3, x0.iter().map(|v| 0.5 * v + 0.5).collect()).crop(size.width, size.height).data).collect())
    }

    fn align(&mut self, _: &[Vec<f32>], _: &mut [Vec<f32>]) {}
}
