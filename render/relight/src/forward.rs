//! Buffers and light to picture.

use crate::{
    FORWARD_SIZE, Network, Renderer, Shot, Stage, Watch, Work,
    among::Among,
    conditions::{median_depth, pack},
    exposure::well_exposed,
    painted::paint,
    shrink::shrink,
    size::WorkSize,
    tone::{tone, untone},
    windowed::{Process, Windowed},
};
use glam::Mat3;
use rayon::prelude::*;
use relight_diffusion::Window;
use relight_edit::{Plane, joint_bilateral};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_light::{Environment, Light};
use relight_nets::Conditions;
use relight_shade::{Settings, Shader, Shading};
use relight_video::{Frame, transfer::encode};
use std::sync::Arc;

/// Short side of the pictures by which the exposure is chosen.
const EXPOSURE_SIZE: usize = 128;
/// Added to both sides of the ratio that carries changes to full size, so that it stays finite in the dark: a hundredth of white.
const FLARE: f32 = 0.01;
/// Below this coverage nothing can be said of a pixel's colour; training has the same limit.
const LEAST_ALPHA: f32 = 1.0 / 32.0;
/// Width of the map of which the network's view of the light is made.
const SEEN_WIDTH: usize = 256;

/// The forward renderer: buffers in, pictures of the same size out, with bounded memory.
///
/// Rays and network work at the working size. What they change against plain split-sum shading is a ratio; it is brought to full size
/// along the edges of the full-size split-sum picture and applied to it, so that albedo keeps every pixel of its texture.
pub struct Forward {
    network: Option<Renderer>,
    shader: Shader,
    map: Arc<Environment>,
    /// The map small enough for the network's view of it.
    small: Arc<Environment>,
    work: Work,
}

impl Forward {
    /// A renderer under `map`. Without a network it is the analytic shader alone: the preview.
    pub fn new(network: Option<Renderer>, map: Arc<Environment>, work: Work) -> Self {
        let shader = Shader::new(map.clone());
        let small = if map.width > SEEN_WIDTH { Arc::new(map.resized(SEEN_WIDTH, SEEN_WIDTH / 2)) } else { map.clone() };
        Self { network, shader, map, small, work }
    }

    /// The exposure at which the buffers look well exposed under the map, the same for every one of these `yaws` (radians).
    /// Networks that make pictures by themselves take the map as it is: 1.
    pub fn exposure(&self, shot: &Shot, yaws: &[f32]) -> f32 {
        if matches!(self.network, Some(Renderer::Paints(_))) {
            return 1.0;
        }
        let size = WorkSize::new(shot.buffers.width, shot.buffers.height, EXPOSURE_SIZE);
        let small = shrink(&shot.buffers, size.width, size.height);
        let pictures: Vec<Vec<f32>> = yaws.iter().map(|yaw| self.shader.shade(&small, &shot.camera, *yaw, 1.0, &shot.settings()).ssrt).collect();
        well_exposed(pictures.iter().map(|p| (&p[..], &small.alpha[..])))
    }

    /// The exposure at which the shader's picture of a shot is as bright as `input`: by the mean luminance of what is in front, not clipped in
    /// the input and not black in the picture. 1 where that says nothing.
    pub fn as_bright_as(&self, shot: &Shot, input: &Frame) -> f32 {
        let size = WorkSize::new(shot.buffers.width, shot.buffers.height, EXPOSURE_SIZE);
        let small = shrink(&shot.buffers, size.width, size.height);
        let picture = self.shader.shade(&small, &shot.camera, shot.yaw, 1.0, &shot.settings()).ssrt;
        let input = Plane::new(input.width, input.height, 3, input.rgb.clone()).resize(size.width, size.height).data;
        let (mut wanted, mut got) = (0.0f64, 0.0f64);
        for ((i, p), alpha) in input.chunks_exact(3).zip(picture.chunks_exact(3)).zip(&small.alpha) {
            let luminance = |c: &[f32]| f64::from(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);
            if *alpha > 0.5 && i.iter().all(|v| *v < 0.95) {
                (wanted, got) = (wanted + luminance(i), got + luminance(p));
            }
        }
        let factor = (wanted / got) as f32;
        if factor.is_finite() && factor > 0.0 { factor } else { 1.0 }
    }

    /// [`Forward::stream`] with what else is known of every picture.
    pub(crate) fn parts<'a, I>(&'a mut self, shots: I, exposure: f32, watch: &'a Watch) -> Box<dyn Iterator<Item = Result<Parts>> + 'a>
    where
        I: Iterator<Item = Result<Shot>> + 'a,
    {
        let (shader, size) = (&self.shader, self.work.size.unwrap_or(FORWARD_SIZE));
        let network: Option<&mut dyn Network> = match &mut self.network {
            Some(Renderer::Paints(painter)) => {
                let pictures = paint(&mut **painter, &self.map, self.work, size, shots, exposure, watch);
                return Box::new(pictures.map(|frame| frame.map(|frame| Parts { frame, known: None })));
            }
            Some(Renderer::Corrects(network)) => Some(&mut **network),
            None => None,
        };
        let lit = Among::new(shots, shader, exposure, size, watch);
        let process = Estimate { network, map: self.small.clone(), exposure, work: self.work, median: None, watch };
        // Without a network nothing joins frames, so none waits for another.
        let windows =
            if process.network.is_some() { self.work.windows } else { crate::Windows { length: 1, overlap: 0, ..crate::Windows::default() } };
        Box::new(Windowed::new(lit, windows, watch, process).map(move |result| {
            let (mut lit, tones) = result?;
            Ok(watch.time(Stage::Forward, || {
                let full = lit.full(shader, exposure);
                let known = Known { shine: lit.shine(full.as_ref()), traced: lit.traced() };
                Parts { frame: lit.finish(tones, full), known: Some(known) }
            }))
        }))
    }

    /// The picture of every shot of a stream under the map times `exposure`, in which the network also sees what the buffers hold of their own
    /// picture (`rgb`): linear, premultiplied, with the shots' alpha where something
    /// is transparent. All shots have one size.
    pub fn stream<'a, I>(&'a mut self, shots: I, exposure: f32, watch: &'a Watch) -> Box<dyn Iterator<Item = Result<Frame>> + 'a>
    where
        I: Iterator<Item = Result<Shot>> + 'a,
    {
        Box::new(self.parts(shots, exposure, watch).map(|parts| parts.map(|parts| parts.frame)))
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

/// A picture, and what the shader knows of it; nothing where a network made it by itself.
pub(crate) struct Parts {
    pub frame: Frame,
    pub known: Option<Known>,
}

/// What the shader knows of a picture.
pub(crate) struct Known {
    /// The specular part of its light, 0..1, 3 a pixel.
    pub shine: Vec<f32>,
    /// The ray-traced picture at the working size, premultiplied, which the network corrects.
    pub traced: Plane,
}

/// A shot with its shading.
pub(crate) struct Lit {
    pub shot: Shot,
    pub size: WorkSize,
    /// At working size.
    pub small: GBuffer,
    pub shading: Shading,
}

impl Lit {
    /// The picture that the buffers were estimated from, in sRGB codes at working size, where they hold it.
    fn picture(&self) -> Option<Plane> {
        let buffers = &self.shot.buffers;
        let linear = buffers.rgb.as_ref()?.iter().map(|v| v.clamp(0.0, 1.0)).collect();
        let small = Plane::new(buffers.width, buffers.height, 3, linear).resize(self.size.width, self.size.height);
        Some(codes(small.data, self.size.width, self.size.height))
    }

    /// Split-sum shading alone at full size; none where the working size is the full one. Made when a frame is finished: the frames of a window wait
    /// for one another, and would hold 52 bytes a pixel each of it.
    fn full(&self, shader: &Shader, exposure: f32) -> Option<Shading> {
        let shot = &self.shot;
        let whole = (self.size.width, self.size.height) == (shot.buffers.width, shot.buffers.height);
        let plain = Settings { lamps: 0, directions: 0, reflections: 0, bounces: 0, ..Settings::preview() };
        (!whole).then(|| shader.shade(&shot.buffers, &shot.camera, shot.yaw, exposure, &plain))
    }

    /// What of the unshadowed light is specular, 0..1.
    fn shine(&self, full: Option<&Shading>) -> Vec<f32> {
        let (shading, alpha) = full.map_or((&self.shading, &self.small.alpha), |full| (full, &self.shot.buffers.alpha));
        let one = |(i, (specular, whole)): (usize, (&f32, &f32))| if *whole > 0.0 { (specular * alpha[i / 3] / whole).clamp(0.0, 1.0) } else { 0.0 };
        shading.specular.iter().zip(&shading.split_sum).enumerate().map(one).collect()
    }

    /// The ray-traced picture, which nothing else needs from here on.
    fn traced(&mut self) -> Plane {
        Plane::new(self.size.width, self.size.height, 3, std::mem::take(&mut self.shading.ssrt))
    }

    /// The picture from the tones of the working size, which are of light that is not premultiplied.
    fn finish(self, tones: Vec<f32>, full: Option<Shading>) -> Frame {
        let buffers = self.shot.buffers;
        let light: Vec<f32> = tones.into_iter().map(untone).collect();
        let light = match full {
            None => light,
            Some(full) => {
                let full = straight(&full.split_sum, &buffers.alpha);
                let small = straight(&self.shading.split_sum, &self.small.alpha);
                let change = light.iter().zip(&small).map(|(new, old)| ((new + FLARE) / (old + FLARE)).ln()).collect();
                let change = Plane::new(self.size.width, self.size.height, 3, change);
                let small = codes(small, self.size.width, self.size.height);
                let change = joint_bilateral(&change, &small, &codes(full.clone(), buffers.width, buffers.height));
                change.data.par_iter().zip(&full).map(|(c, f)| ((f + FLARE) * c.exp() - FLARE).max(0.0)).collect()
            }
        };
        let rgb = light.iter().enumerate().map(|(i, v)| v * buffers.alpha[i / 3]).collect();
        let alpha = buffers.alpha.iter().any(|a| *a < 1.0).then_some(buffers.alpha);
        Frame { width: buffers.width, height: buffers.height, rgb, alpha }
    }
}

/// Light of what is in front alone, from premultiplied light.
pub(crate) fn straight(rgb: &[f32], alpha: &[f32]) -> Vec<f32> {
    rgb.iter().enumerate().map(|(i, v)| v / alpha[i / 3].max(LEAST_ALPHA)).collect()
}

/// Light as sRGB codes, by which edges are found.
fn codes(mut rgb: Vec<f32>, width: usize, height: usize) -> Plane {
    rgb.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    encode(&mut rgb);
    Plane::new(width, height, 3, rgb)
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
            let ssrt = straight(&lit.shading.ssrt, &lit.small.alpha);
            let pixels = Plane::new(lit.size.width, lit.size.height, 3, ssrt.into_iter().map(tone).collect());
            return Ok(Seen { size: lit.size, pixels, light: Vec::new() });
        }
        // The clip's median is not known beforehand; the first frame's stands for it.
        let median = *self.median.get_or_insert_with(|| median_depth([&lit.small]));
        Ok(self.watch.time(Stage::Forward, || {
            let packed = pack(&lit.small, &lit.shading, median, lit.picture().as_ref(), lit.shot.estimated());
            let pixels = packed.pad(lit.size.padded_width, lit.size.padded_height);
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
        let x0 = self.watch.time(Stage::Forward, || network.estimate(conditions, sampling.steps, sampling.key(window), self.watch))?;
        let frames = x0.chunks_exact(pw * ph * 3);
        Ok(frames.map(|x0| Plane::new(pw, ph, 3, x0.iter().map(|v| 0.5 * v + 0.5).collect()).crop(size.width, size.height).data).collect())
    }

    fn align(&mut self, _: &[Vec<f32>], _: &mut [Vec<f32>]) {}
}
