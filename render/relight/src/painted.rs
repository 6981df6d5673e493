//! Buffers and light to picture by a network that makes it by itself.

use crate::{
    Painter, Sampling, Scene, Shot, Stage, Watch, Work,
    shrink::shrink,
    size::WorkSize,
    windowed::{Process, Windowed},
};
use glam::Mat3;
use relight_diffusion::Window;
use relight_edit::Plane;
use relight_file::Result;
use relight_gbuffer::{DepthRange, GBuffer, Pass};
use relight_light::{Environment, LightMap};
use relight_video::{
    Frame,
    transfer::{decode, encode},
};

/// Numbers of a pixel of the official pictures of buffers, one after the other.
const NUMBERS: usize = 15;
/// Room on both sides of the first frame's depths, as the official layout's writer leaves it.
const ROOM: f32 = 0.25;

/// The picture of every shot; see [`crate::Forward::stream`]. A black map asks for a light of the network's own.
pub(crate) fn paint<'a, I>(
    painter: &'a mut dyn Painter,
    map: &Environment,
    work: Work,
    size: usize,
    shots: I,
    exposure: f32,
    watch: &'a Watch,
) -> impl Iterator<Item = Result<Frame>> + use<'a, I>
where
    I: Iterator<Item = Result<Shot>> + 'a,
{
    let light = map.rgb.iter().any(|v| *v > 0.0).then(|| LightMap::new(map, exposure));
    let process = Estimate { painter, light, sampling: work.sampling, size, range: None, watch };
    Windowed::new(shots, work.windows, watch, process).map(move |result| {
        let (shot, codes) = result?;
        Ok(watch.time(Stage::Forward, || finish(shot, codes, size)))
    })
}

struct Estimate<'a> {
    painter: &'a mut dyn Painter,
    light: Option<LightMap>,
    sampling: Sampling,
    size: usize,
    range: Option<DepthRange>,
    watch: &'a Watch,
}

struct Seen {
    size: WorkSize,
    /// Albedo, normal, depth, roughness, metallic; padded.
    maps: Plane,
    to_map: Mat3,
}

impl Process<Shot> for Estimate<'_> {
    type Seen = Seen;

    fn see(&mut self, shot: &Shot) -> Result<Seen> {
        let size = WorkSize::new(shot.buffers.width, shot.buffers.height, self.size);
        let small = shrink(&shot.buffers, size.width, size.height);
        let range = *self.range.get_or_insert_with(|| DepthRange::of(&small).widened(ROOM));
        let camera = Mat3::from_mat4(shot.camera.to_world);
        Ok(Seen { size, maps: codes(&small, range).pad(size.padded_width, size.padded_height), to_map: Mat3::from_rotation_y(-shot.yaw) * camera })
    }

    fn run(&mut self, window: &Window, seen: &[&Seen]) -> Result<Vec<Vec<f32>>> {
        let size = seen[0].size;
        let (width, height) = (size.padded_width, size.padded_height);
        let picture = |pass: Pass| -> Vec<f32> {
            let first = match pass {
                Pass::Albedo => 0,
                Pass::Normal => 3,
                Pass::Depth => 6,
                Pass::Roughness => 9,
                _ => 12,
            };
            seen.iter().flat_map(|s| s.maps.data.chunks_exact(NUMBERS)).flat_map(|p| &p[first..first + 3]).copied().collect()
        };
        let scene = Scene {
            frames: seen.len(),
            height,
            width,
            picture: &picture,
            light: self.light.as_ref(),
            to_map: seen.iter().map(|s| s.to_map).collect(),
        };
        let Sampling { steps, .. } = self.sampling;
        let key = self.sampling.key(window);
        let codes = self.watch.time(Stage::Forward, || self.painter.paint(&scene, steps, key, self.watch))?;
        let frames = codes.chunks_exact(width * height * 3);
        Ok(frames.map(|codes| Plane::new(width, height, 3, codes.to_vec()).crop(size.width, size.height).data).collect())
    }

    fn align(&mut self, _: &[Vec<f32>], _: &mut [Vec<f32>]) {}
}

/// The official tools' pictures of buffers in −1..1: what is not in front is black, and far.
fn codes(buffers: &GBuffer, range: DepthRange) -> Plane {
    let mut albedo: Vec<f32> = buffers.albedo.iter().map(|v| v.clamp(0.0, 1.0)).collect();
    encode(&mut albedo);
    Plane::from_fn(buffers.width, buffers.height, NUMBERS, |x, y, out| {
        let i = y * buffers.width + x;
        let alpha = buffers.alpha[i];
        // Towards black, and in depth towards white, at the edge of what is in front.
        let over = |code: f32, behind: f32| 2.0 * (alpha * code + (1.0 - alpha) * behind) - 1.0;
        for c in 0..3 {
            out[c] = over(albedo[3 * i + c], 0.0);
            out[3 + c] = over(0.5 * buffers.normal[3 * i + c] + 0.5, 0.0);
            out[6 + c] = over(range.fraction(buffers.depth[i]), 1.0);
            out[9 + c] = over(buffers.roughness[i], 0.0);
            out[12 + c] = over(buffers.metallic[i], 0.0);
        }
    })
}

/// Codes of the working size as light of the full size.
fn finish(shot: Shot, codes: Vec<f32>, size: usize) -> Frame {
    let buffers = shot.buffers;
    let work = WorkSize::new(buffers.width, buffers.height, size);
    let mut picture = Plane::new(work.width, work.height, 3, codes).resize(buffers.width, buffers.height);
    picture.data.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    decode(&mut picture.data);
    let rgb = picture.data.iter().enumerate().map(|(i, v)| v * buffers.alpha[i / 3]).collect();
    let alpha = buffers.alpha.iter().any(|a| *a < 1.0).then_some(buffers.alpha);
    Frame { width: buffers.width, height: buffers.height, rgb, alpha }
}
