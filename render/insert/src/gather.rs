//! What the object changes: light that it keeps from the scene and sends to it, and light that reaches the object.
//!
//! Differential rendering (Debevec, "Rendering Synthetic Objects into Real Scenes", 1998) with single rays: the scene hides and shines by its
//! depth buffer and its picture, the object by its mesh. With and without it the rays are the same, so where none meets it the ratio is 1.

use crate::{
    directions::{Directions, Way},
    smooth::{around, pair, smooth},
    thing::Thing,
};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Prefiltered;
use relight_shade::{Met, Probe, Seen};

/// Part of the irradiance that reaches a point of the object in the mean: the rest is hidden by itself and what it stands on.
const OPEN: f32 = 0.6;

/// One frame, small.
pub(crate) struct Frame<'a> {
    pub scene: &'a GBuffer,
    pub composed: &'a GBuffer,
    pub layer: &'a GBuffer,
    /// Share of each pixel that the object fills.
    pub shares: &'a [f32],
    pub camera: &'a Camera,
}

/// What the rays say.
pub(crate) struct Change {
    /// Factor on the scene's light, 3 a pixel; exactly 1 where the object changes nothing.
    pub ratio: Vec<f32>,
    /// Light of the object, not premultiplied, 3 a pixel; 0 where it is not.
    pub light: Vec<f32>,
}

/// Gathers under one light.
pub(crate) struct Gather {
    pub directions: Directions,
    filtered: Prefiltered,
}

impl Gather {
    pub fn new(directions: Directions) -> Self {
        let filtered = Prefiltered::new(directions.map());
        Self { directions, filtered }
    }

    pub fn change(&self, frame: &Frame, thing: &Thing) -> Change {
        let work = Work::new(self, frame, thing);
        let ratio = work.ratio();
        let light = work.light(&ratio);
        Change { ratio, light }
    }
}

struct Work<'a> {
    gather: &'a Gather,
    frame: &'a Frame<'a>,
    thing: &'a Thing,
    scene: Probe<'a>,
    composed: Probe<'a>,
    to_world: Mat3,
    eye: Vec3,
    /// Mean albedo of what is seen of the object.
    albedo: Vec3,
    /// Mean light of the scene.
    mean: Vec3,
    footprint: f32,
}

impl<'a> Work<'a> {
    fn new(gather: &'a Gather, frame: &'a Frame<'a>, thing: &'a Thing) -> Self {
        let weighted = |values: &[f32], weights: &[f32]| {
            let sum: Vec3 = values.chunks_exact(3).zip(weights).map(|(v, w)| Vec3::from_slice(v) * *w).sum();
            sum / weights.iter().sum::<f32>().max(1e-6)
        };
        // The picture is premultiplied already.
        let rgb = frame.scene.rgb.as_deref().unwrap_or_default();
        let mean = rgb.chunks_exact(3).map(Vec3::from_slice).sum::<Vec3>() / frame.scene.alpha.iter().sum::<f32>().max(1.0);
        Self {
            gather,
            frame,
            thing,
            scene: Probe::new(frame.scene, frame.camera),
            composed: Probe::new(frame.composed, frame.camera),
            to_world: Mat3::from_mat4(frame.camera.to_world),
            eye: frame.camera.to_world.w_axis.truncate(),
            albedo: weighted(&frame.layer.albedo, &frame.layer.alpha),
            mean,
            footprint: 2.0 * frame.camera.tangent() / frame.scene.width as f32,
        }
    }

    fn size(&self) -> (usize, usize) {
        (self.frame.scene.width, self.frame.scene.alpha.len())
    }

    /// A pixel and a half off a surface, in the world.
    fn origin(&self, seen: &Seen) -> Vec3 {
        self.eye + self.to_world * (seen.position + seen.facet * (0.5 * self.footprint * -seen.position.z))
    }

    /// Where each way meets the object.
    fn meets(&self, origin: Vec3, ways: &[Way]) -> Vec<Option<f32>> {
        let near: Vec<usize> = (0..ways.len()).filter(|k| self.thing.near(origin, self.to_world * ways[*k].d)).collect();
        let mut all = vec![None; ways.len()];
        if !near.is_empty() {
            let rays: Vec<(Vec3, Vec3)> = near.iter().map(|k| (origin, self.to_world * ways[*k].d)).collect();
            for (k, t) in near.into_iter().zip(self.thing.distances(&rays)) {
                all[k] = t;
            }
        }
        all
    }

    /// Light that the object's side towards a point in direction `d` from it sends there.
    fn object_light(&self, d: Vec3) -> Vec3 {
        let outward = self.gather.directions.to_map(self.to_world * -d);
        self.albedo * self.gather.filtered.irradiance_over_pi(outward) * (OPEN * self.gather.directions.exposure())
    }

    fn shown(&self, hit: usize) -> Vec3 {
        let rgb = self.frame.scene.rgb.as_deref().unwrap_or_default();
        Vec3::from_slice(&rgb[3 * hit..]) / self.frame.scene.alpha[hit].max(1.0 / 32.0)
    }

    fn ratio(&self) -> Vec<f32> {
        let (width, count) = self.size();
        let seen: Vec<Option<Seen>> = (0..count).into_par_iter().map(|i| self.scene.seen(i)).collect();
        let roughness = &self.frame.scene.roughness;
        let touches = |i: usize| {
            let Some(seen) = &seen[i] else { return false };
            let mut ways = Vec::new();
            self.gather.directions.ways(i % width, i / width, seen, roughness[i], &self.to_world, &mut ways);
            self.meets(self.origin(seen), &ways).iter().any(Option::is_some)
        };
        let touched: Vec<bool> = (0..count).into_par_iter().map(touches).collect();
        let wanted = around(&touched, width);
        let gathered: Vec<Option<[f32; 6]>> = (0..count)
            .into_par_iter()
            .map(|i| {
                let seen = seen[i].as_ref().filter(|_| wanted[i])?;
                let mut ways = Vec::new();
                self.gather.directions.ways(i % width, i / width, seen, roughness[i], &self.to_world, &mut ways);
                let meets = self.meets(self.origin(seen), &ways);
                let (mut before, mut after) = (Vec3::ZERO, Vec3::ZERO);
                for (k, (way, met)) in ways.iter().zip(&meets).enumerate() {
                    let weight = seen.diffuse * way.diffuse + seen.specular * way.specular;
                    let (light, first) = self.scene_light(i, seen, way, k);
                    before += weight * light;
                    after += weight * met.filter(|t| *t < first).map_or(light, |_| self.object_light(way.d));
                }
                Some(pair(before, after))
            })
            .collect();
        let smoothed = smooth(&gathered, &seen, width, self.footprint);
        let mut ratio = vec![1.0f32; 3 * count];
        for (out, sums) in ratio.chunks_exact_mut(3).zip(smoothed) {
            if let Some([a, b, c, x, y, z]) = sums {
                for (o, (before, after)) in out.iter_mut().zip([(a, x), (b, y), (c, z)]) {
                    *o = if before > 1e-9 { after / before } else { 1.0 };
                }
            }
        }
        ratio
    }

    /// Light from the scene along a way, and how far away it comes from.
    fn scene_light(&self, pixel: usize, seen: &Seen, way: &Way, shift: usize) -> (Vec3, f32) {
        match self.scene.meet(pixel, way.d, shift) {
            Met::Sky | Met::Inside => (way.sky, f32::INFINITY),
            Met::Beyond => (self.mean, f32::INFINITY),
            Met::Pixel(hit) => (self.shown(hit), self.scene.seen(hit).map_or(f32::INFINITY, |h| h.position.distance(seen.position))),
        }
    }

    fn light(&self, ratio: &[f32]) -> Vec<f32> {
        let (width, count) = self.size();
        let layer = Probe::new(self.frame.layer, self.frame.camera);
        let shares = self.frame.shares;
        let seen: Vec<Option<Seen>> = (0..count).into_par_iter().map(|i| if shares[i] > 0.0 { layer.seen(i) } else { None }).collect();
        let gathered: Vec<Option<[f32; 6]>> = (0..count)
            .into_par_iter()
            .map(|i| {
                let seen = seen[i].as_ref()?;
                let mut ways = Vec::new();
                self.gather.directions.ways(i % width, i / width, seen, self.frame.layer.roughness[i], &self.to_world, &mut ways);
                let meets = self.meets(self.origin(seen), &ways);
                let (mut around, mut mirrored) = (Vec3::ZERO, Vec3::ZERO);
                for (k, (way, met)) in ways.iter().zip(&meets).enumerate() {
                    let light = if met.is_some() { self.object_light(way.d) } else { self.light_on_object(i, way, k, ratio) };
                    around += light * way.diffuse;
                    mirrored += light * way.specular;
                }
                Some(pair(around, mirrored))
            })
            .collect();
        let mut out = vec![0.0f32; 3 * count];
        for ((out, sums), seen) in out.chunks_exact_mut(3).zip(smooth(&gathered, &seen, width, self.footprint)).zip(&seen) {
            if let (Some([a, b, c, x, y, z]), Some(seen)) = (sums, seen) {
                let light = seen.diffuse * Vec3::new(a, b, c) + seen.specular * Vec3::new(x, y, z);
                out.copy_from_slice(&light.max(Vec3::ZERO).to_array());
            }
        }
        out
    }

    /// Light that reaches the object from outside of itself. The scene around it lies in its shadow, too.
    fn light_on_object(&self, pixel: usize, way: &Way, shift: usize, ratio: &[f32]) -> Vec3 {
        if self.frame.shares[pixel] < 0.5 {
            return way.sky;
        }
        match self.composed.meet(pixel, way.d, shift) {
            Met::Pixel(hit) if self.frame.shares[hit] < 0.5 => self.shown(hit) * Vec3::from_slice(&ratio[3 * hit..]),
            // The mesh itself was not met: the depth buffer only thought that it is thicker.
            Met::Pixel(_) | Met::Sky | Met::Inside => way.sky,
            Met::Beyond => self.mean,
        }
    }
}
