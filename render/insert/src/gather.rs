//! What the object changes: light that it keeps from the scene and sends to it, and light that reaches the object.
//!
//! Differential rendering (Debevec, "Rendering Synthetic Objects into Real Scenes", 1998): the scene, as far as its buffers tell it, is path traced
//! with the object and without it along the same paths. Where none of them meets the object both are the same, bit by bit, and the ratio is 1.

use crate::{
    directions::Directions,
    proxy::proxy,
    smooth::{around, fill, pair, smooth},
    thing::Thing,
};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;
use relight_shade::{Probe, Seen};
use relight_trace::{Rendering, Settings, Tracer};

/// Paths a pixel of the scene, which 25 pixels share, and of the object, which shares its rough parts alone.
const SCENE: u32 = 32;
const OBJECT: u32 = 64;
/// Surfaces that a path may touch: light from the object to the scene and back again.
const DEPTH: u32 = 4;
/// What light that comes by two or more surfaces may add to one path, in units of white.
const BRIGHTEST: f32 = 8.0;
/// Roughness up to which the object's pixels keep what they see to themselves, and from which on they share it: reflections are sharp.
const SHARP: [f32; 2] = [0.15, 0.4];
/// Least part of light that a material is taken to send on, where light is divided by that.
const DARK: f32 = 0.02;

/// One frame, small.
pub(crate) struct Frame<'a> {
    pub scene: &'a GBuffer,
    pub layer: &'a GBuffer,
    pub camera: &'a Camera,
}

/// What the paths say.
pub(crate) struct Change {
    /// Factor on the scene's light, 3 a pixel; exactly 1 where the object changes nothing.
    pub ratio: Vec<f32>,
    /// Light of the object, not premultiplied, 3 a pixel; 0 where it is not.
    pub light: Vec<f32>,
}

/// Traces under one light.
pub(crate) struct Gather {
    pub light: Light,
    directions: Directions,
}

impl Gather {
    pub fn new(light: Light) -> Self {
        Self { directions: Directions::new(&light), light }
    }

    /// The object in the scene.
    pub fn change(&self, frame: &Frame, thing: &Thing) -> Result<Change> {
        let probe = Probe::new(frame.scene, frame.camera);
        let mut scene = proxy(frame.scene, frame.camera, &probe);
        let alone = Tracer::new(&scene)?;
        thing.join(&mut scene);
        let whole = Tracer::new(&scene)?;
        let ratio = self.ratio(frame, thing, &probe, &alone, &whole);
        Ok(Change { ratio, light: self.light(frame, thing, &whole) })
    }

    /// The object's light where there is nothing else.
    pub fn alone(&self, frame: &Frame, thing: &Thing) -> Vec<f32> {
        self.light(frame, thing, thing.tracer())
    }

    fn trace(&self, within: &Tracer, part: &Tracer, wanted: &(dyn Fn(usize) -> bool + Sync), frame: &Frame, samples: u32) -> Rendering {
        let (width, height) = (frame.scene.width, frame.scene.height);
        let clamp_indirect = BRIGHTEST / self.light.exposure.max(f32::MIN_POSITIVE);
        let settings = Settings { width, height, samples, max_depth: DEPTH, clamp_indirect, ..Settings::default() };
        within.render_part(part, wanted, frame.camera, std::slice::from_ref(&self.light), &settings)
    }

    fn ratio(&self, frame: &Frame, thing: &Thing, probe: &Probe, alone: &Tracer, whole: &Tracer) -> Vec<f32> {
        let (width, count) = (frame.scene.width, frame.scene.alpha.len());
        let seen: Vec<Option<Seen>> = (0..count).into_par_iter().map(|i| probe.seen(i)).collect();
        let to_world = Mat3::from_mat4(frame.camera.to_world);
        let eye = frame.camera.to_world.w_axis.truncate();
        let touches = |i: usize| {
            let Some(seen) = &seen[i] else { return false };
            let origin = eye + to_world * (seen.position + seen.facet * (0.5 * footprint(frame) * -seen.position.z));
            let ways = self.directions.ways(i % width, i / width, seen, frame.scene.roughness[i], &to_world);
            thing.meets(origin, ways)
        };
        let touched: Vec<bool> = (0..count).into_par_iter().map(touches).collect();
        let wanted = around(&touched, width);
        let light = |within: &Tracer| self.trace(within, alone, &|i| wanted[i], frame, SCENE);
        let (before, after) = (light(alone), light(whole));
        let (before, after, alpha) = (&before.lights[0], &after.lights[0], &before.gbuffer.alpha);
        let both = |i: usize| (wanted[i] && alpha[i] > 0.0).then(|| pair(Vec3::from_slice(&before[3 * i..]), Vec3::from_slice(&after[3 * i..])));
        let smoothed = smooth(&(0..count).map(both).collect::<Vec<_>>(), &seen, width, footprint(frame));
        let mut ratio = vec![1.0f32; 3 * count];
        for ((out, sums), wanted) in ratio.chunks_exact_mut(3).zip(fill(&smoothed, width)).zip(&wanted) {
            if let (Some([a, b, c, x, y, z]), true) = (sums, wanted) {
                for (o, (before, after)) in out.iter_mut().zip([(a, x), (b, y), (c, z)]) {
                    *o = if before > 1e-9 { after / before } else { 1.0 };
                }
            }
        }
        ratio
    }

    /// Light of the object as it is `within` a scene.
    fn light(&self, frame: &Frame, thing: &Thing, within: &Tracer) -> Vec<f32> {
        let layer = frame.layer;
        let made = self.trace(within, thing.tracer(), &|i| layer.alpha[i] > 0.0, frame, OBJECT);
        let probe = Probe::new(layer, frame.camera);
        let seen: Vec<Option<Seen>> = (0..layer.alpha.len()).map(|i| probe.seen(i)).collect();
        let sent = |seen: &Seen| (seen.diffuse + seen.specular).max(Vec3::splat(DARK));
        // Without texture and coverage neighbours can share it.
        let plain = |i: usize| {
            let alpha = made.gbuffer.alpha[i];
            let seen = seen[i].as_ref().filter(|_| alpha > 0.0)?;
            Some((Vec3::from_slice(&made.lights[0][3 * i..]) / alpha / sent(seen)).to_array())
        };
        let raw: Vec<Option<[f32; 3]>> = (0..layer.alpha.len()).map(plain).collect();
        let shared = smooth(&raw, &seen, layer.width, footprint(frame));
        let mut out = vec![0.0f32; 3 * raw.len()];
        for (i, out) in out.chunks_exact_mut(3).enumerate() {
            if let (Some(raw), Some(shared), Some(seen)) = (raw[i], shared[i], &seen[i]) {
                let t = ((layer.roughness[i] - SHARP[0]) / (SHARP[1] - SHARP[0])).clamp(0.0, 1.0);
                let light = Vec3::from(raw).lerp(Vec3::from(shared), t) * sent(seen);
                out.copy_from_slice(&light.max(Vec3::ZERO).to_array());
            }
        }
        out
    }
}

/// Size of a pixel at depth 1.
fn footprint(frame: &Frame) -> f32 {
    2.0 * frame.camera.tangent() / frame.scene.width as f32
}
