//! Frames with the thing in them.

use crate::{
    Object, compose,
    gather::{self, Gather},
    thing::Thing,
};
use glam::Affine3A;
use rayon::prelude::*;
use relight_edit::{Plane, joint_bilateral, transfer};
use relight_file::{Fault, Result};
use relight_gbuffer::{DepthUnit, GBuffer};
use relight_light::Light;
use relight_render::{Change, Forward, Shot, shrink};
use relight_shade::{Settings, Shader};
use relight_video::{Frame, transfer::encode};
use std::sync::Arc;

/// Width of the map that paths read.
const MAP: usize = 256;
/// Added to both sides of a ratio of light, so that it stays finite in the dark: a hundredth of white.
const FLARE: f32 = 0.01;
/// How far the thing may stand behind the scene's depth and still be seen, as a part of its size: known depth, estimated depth.
const SLACK: [f32; 2] = [0.02, 0.15];
/// Below this coverage nothing can be said of a pixel's colour.
const LEAST_ALPHA: f32 = 1.0 / 32.0;

/// How light between object and scene is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The object path traced by itself, the scene left as it is: no shadow.
    Pasted,
    /// Object and scene path traced together, with the object and without it.
    Traced,
}

/// Puts one object into frames under one light.
pub struct Inserter {
    thing: Thing,
    gather: Gather,
    plain: Shader,
    size: usize,
    how: How,
}

impl Inserter {
    /// `to_world` as [`crate::Placing::to_world`] gives it; `light` is the scene's own; `size` is the short side of the pictures for which paths
    /// are traced, in pixels.
    ///
    /// # Errors
    /// The object's mesh is damaged.
    pub fn new(object: &Object, to_world: Affine3A, light: &Light, size: usize, how: How) -> Result<Self> {
        let map = if light.map.width > MAP { Arc::new(light.map.resized(MAP, MAP / 2)) } else { light.map.clone() };
        let gather = Gather::new(Light { map: map.clone(), ..light.clone() });
        Ok(Self { thing: Thing::new(object, to_world)?, gather, plain: Shader::new(map), size, how })
    }

    /// The frame of a shot, whose buffers hold their picture, with the object. What the object does not influence stays as it is, bit by bit.
    ///
    /// The light's turn and exposure are those that [`Inserter::new`] was given; the shot's own turn is not used.
    ///
    /// # Errors
    /// The buffers have no picture.
    pub fn frame(&self, shot: &Shot) -> Result<Frame> {
        let (input, scene, camera) = (picture(&shot.buffers)?, &shot.buffers, &shot.camera);
        let (width, height) = (scene.width, scene.height);
        let layer = self.thing.buffers(camera, width, height);
        let slack = SLACK[usize::from(shot.depth == DepthUnit::Relative)] * self.thing.size;
        let shares = compose(&mut scene.clone(), &layer, slack);
        let (w, h) = smaller(width, height, self.size);
        let small = Small::new(scene, &layer, w, h);
        let frame = gather::Frame { scene: &small.scene, layer: &small.layer, camera };
        let (changed, light) = match self.how {
            How::Pasted => (input, self.gather.alone(&frame, &self.thing)),
            How::Traced => {
                let change = self.gather.change(&frame, &self.thing)?;
                let ratio = Plane::new(w, h, 3, change.ratio);
                let ratio = if (w, h) == (width, height) {
                    ratio
                } else {
                    joint_bilateral(&ratio, &codes(small.rgb(), w, h), &codes(input.rgb.clone(), width, height))
                };
                let one = Frame { width, height, rgb: vec![1.0; 3 * width * height], alpha: None };
                (transfer(&input, &one, &Frame { rgb: ratio.data, ..one.clone() }, None), change.light)
            }
        };
        let object = Frame { width, height, rgb: self.object(&layer, &small, light, shot), alpha: None };
        Ok(transfer(&changed, &object, &object, Some(&shares)))
    }

    /// The object's light at full size: what paths found against plain split-sum shading is a ratio, which follows the full-size shading's edges, so
    /// that textures keep every pixel.
    fn object(&self, layer: &GBuffer, small: &Small, light: Vec<f32>, shot: &Shot) -> Vec<f32> {
        let (w, h) = (small.layer.width, small.layer.height);
        if (w, h) == (layer.width, layer.height) {
            return light;
        }
        let none = Settings { lamps: 0, directions: 0, reflections: 0, bounces: 0, ..Settings::preview() };
        let Light { yaw, exposure, .. } = self.gather.light;
        let shade = |buffers: &GBuffer| {
            let shading = self.plain.shade(buffers, &shot.camera, yaw, exposure, &none);
            shading.split_sum.iter().enumerate().map(|(i, v)| v / buffers.alpha[i / 3].max(LEAST_ALPHA)).collect::<Vec<f32>>()
        };
        let (full, coarse) = (shade(layer), shade(&small.layer));
        let change = light.iter().zip(&coarse).map(|(new, old)| if *new > 0.0 { ((new + FLARE) / (old + FLARE)).ln() } else { 0.0 }).collect();
        let change = Plane::new(w, h, 3, change);
        let change = joint_bilateral(&change, &codes(coarse, w, h), &codes(full.clone(), layer.width, layer.height));
        change.data.par_iter().zip(&full).map(|(c, f)| ((f + FLARE) * c.exp() - FLARE).max(0.0)).collect()
    }
}

/// Buffers of a foreground, rendered by whatever made them, put into shots: shadow and light come from the forward renderer alone, run on the
/// buffers with and without them, and only where rays join a pixel to the foreground ([`relight_render::Retouch`]). A foreground that holds its picture is shown as it is.
pub struct Layer {
    forward: Forward,
    exposure: f32,
}

impl Layer {
    /// `forward` renders under the scene's light, times `exposure`.
    pub fn new(forward: Forward, exposure: f32) -> Self {
        Self { forward, exposure }
    }

    /// The frames of some consecutive shots with one layer each.
    ///
    /// # Errors
    /// The shots have no picture; a layer has another size; the network's faults.
    pub fn frames(&mut self, shots: &[Shot], layers: &[GBuffer]) -> Result<Vec<Frame>> {
        let (mut changes, mut all) = (Vec::new(), Vec::new());
        for (before, layer) in shots.iter().zip(layers) {
            let mut after = before.clone();
            let (b, l) = (&mut after.buffers, layer);
            if (b.width, b.height) != (l.width, l.height) {
                let cause = format!("the layer is {}x{}, the scene {}x{}", l.width, l.height, b.width, b.height);
                return Err(Fault::new(cause, "render the layer at the size of the scene"));
            }
            let input = picture(b)?;
            let shares = compose(b, l, 0.0);
            // What has a picture is shown as it is, not as the render sees it.
            let replaced = l.rgb.is_none().then(|| shares.clone());
            changes.push(Change { input, before: before.clone(), after, replaced, gloss: None });
            all.push(shares);
        }
        let frames = self.forward.retouched(changes, self.exposure)?;
        Ok(frames.into_iter().zip(layers.iter().zip(&all)).map(|(frame, (layer, shares))| shown(frame, layer, shares)).collect())
    }
}

/// A frame with the layer's own picture in front, where it has one.
fn shown(frame: Frame, layer: &GBuffer, shares: &[f32]) -> Frame {
    let Some(rgb) = &layer.rgb else { return frame };
    let straight = rgb.iter().enumerate().map(|(i, v)| v / layer.alpha[i / 3].max(LEAST_ALPHA)).collect();
    let picture = Frame { width: frame.width, height: frame.height, rgb: straight, alpha: None };
    transfer(&frame, &picture, &picture, Some(shares))
}

/// Both at the size for which paths are traced.
struct Small {
    scene: GBuffer,
    layer: GBuffer,
}

impl Small {
    fn new(scene: &GBuffer, layer: &GBuffer, w: usize, h: usize) -> Self {
        let rgb = scene.rgb.as_ref().map(|rgb| Plane::new(scene.width, scene.height, 3, rgb.clone()).resize(w, h).data);
        Self { scene: GBuffer { rgb, ..shrink(scene, w, h) }, layer: shrink(layer, w, h) }
    }

    fn rgb(&self) -> Vec<f32> {
        self.scene.rgb.clone().unwrap_or_default()
    }
}

fn picture(buffers: &GBuffer) -> Result<Frame> {
    let rgb = buffers.rgb.clone().ok_or_else(|| {
        Fault::new("the buffers hold no picture into which something could be put", "give the video itself, or EXR buffers with R, G and B")
    })?;
    let alpha = buffers.alpha.iter().any(|a| *a < 1.0).then(|| buffers.alpha.clone());
    Ok(Frame { width: buffers.width, height: buffers.height, rgb, alpha })
}

/// A picture's size with a short side of at most `short`.
fn smaller(width: usize, height: usize, short: usize) -> (usize, usize) {
    let shorter = width.min(height);
    let scale = |side: usize| if shorter > short { ((side * short) as f64 / shorter as f64).round().max(1.0) as usize } else { side };
    (scale(width), scale(height))
}

/// Light as sRGB codes, by which edges are found.
fn codes(mut rgb: Vec<f32>, width: usize, height: usize) -> Plane {
    rgb.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    encode(&mut rgb);
    Plane::new(width, height, 3, rgb)
}

/// A map of one colour for tests.
#[cfg(test)]
fn even() -> Light {
    Light { map: Arc::new(relight_light::Environment::constant(32, 16, [0.8; 3])), yaw: 0.0, exposure: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Placing, Size};
    use glam::{Mat4, Vec3};
    use relight_gbuffer::Camera;
    use relight_trace::{Instance, Material, Mesh, Scene, Standard};

    /// A cube with a corner at the origin.
    fn cube() -> Object {
        let positions: Vec<Vec3> = (0..8).map(|i| Vec3::new((i & 1) as f32, (i >> 1 & 1) as f32, (i >> 2) as f32)).collect();
        let quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
        let triangles = quads.iter().flat_map(|q| [[q[0], q[1], q[2]], [q[0], q[2], q[3]]]).collect();
        let mesh = Arc::new(Mesh { positions, triangles, ..Mesh::default() });
        let materials = vec![Material::Standard(Standard { albedo: Vec3::new(0.8, 0.1, 0.1), ..Standard::default() })];
        Object::new(&Scene { instances: vec![Instance { mesh, material: 0, to_world: Affine3A::IDENTITY }], materials }).unwrap()
    }

    /// A grey floor that shows .4 everywhere.
    fn floor() -> Shot {
        let camera = Camera { fov_x: 1.0, to_world: Mat4::from_rotation_x(-0.5) };
        let mut buffers = GBuffer::empty(80, 60);
        let down = camera.to_world.inverse().transform_vector3(Vec3::NEG_Y);
        for i in 0..80 * 60 {
            let along = camera.ray((i % 80) as f32 + 0.5, (i / 80) as f32 + 0.5, 80, 60).dot(down).max(0.02);
            buffers.alpha[i] = 1.0;
            buffers.depth[i] = 1.5 / along;
            buffers.normal[3 * i..3 * i + 3].copy_from_slice(&(-down).to_array());
            buffers.albedo[3 * i..3 * i + 3].fill(0.5);
            buffers.roughness[i] = 0.9;
        }
        buffers.rgb = Some((0..3 * 80 * 60).map(|i| 0.4 + 1e-4 * (i % 7) as f32).collect());
        Shot { buffers, camera, yaw: 0.0, depth: DepthUnit::Scene }
    }

    fn placed(shot: &Shot) -> Affine3A {
        Placing { place: Place::On { x: 40.0, y: 38.0 }, size: Size::Picture(0.3), yaw: 0.6 }.to_world(&shot.buffers, &shot.camera).unwrap()
    }

    #[test]
    fn a_cube_is_seen_darkens_the_floor_round_its_foot_and_leaves_the_rest_bit_by_bit() {
        let shot = floor();
        let before = shot.buffers.rgb.clone().unwrap();
        let frame = Inserter::new(&cube(), placed(&shot), &even(), 256, How::Traced).unwrap().frame(&shot).unwrap();
        let at = |x: usize, y: usize| &frame.rgb[3 * (y * 80 + x)..3 * (y * 80 + x) + 3];
        assert!(at(40, 33)[0] > 2.0 * at(40, 33)[1], "the red cube: {:?}", at(40, 33));
        // Just before the foot, to its left and right: the sky is hidden by up to a third.
        let foot = (38..48).map(|y| at(40, y)[1]).filter(|v| *v > 0.2).fold(1.0f32, f32::min);
        assert!(foot < 0.385, "{foot}");
        let same = (0..80 * 60).filter(|i| frame.rgb[3 * i..3 * i + 3] == before[3 * i..3 * i + 3]).count();
        // An even sky is hidden a little far around; beyond a few times the cube's size nothing is left of it.
        assert!(same > 80 * 60 / 4, "{same}");
        assert!((at(2, 58)[0] - before[3 * (58 * 80 + 2)]).abs() < 0.004, "less than a code far away");
        let again = Inserter::new(&cube(), placed(&shot), &even(), 256, How::Traced).unwrap().frame(&shot).unwrap();
        assert_eq!(frame, again);
        let pasted = Inserter::new(&cube(), placed(&shot), &even(), 256, How::Pasted).unwrap().frame(&shot).unwrap();
        assert!(pasted.rgb.iter().zip(&before).filter(|(a, b)| a == b).count() > 3 * same);
        let coarse = Inserter::new(&cube(), placed(&shot), &even(), 40, How::Traced).unwrap().frame(&shot).unwrap();
        let off = coarse.rgb.iter().zip(&frame.rgb).map(|(a, b)| (a - b).abs()).sum::<f32>() / frame.rgb.len() as f32;
        assert!(off < 0.01, "paths at half size change little: {off}");
    }

    #[test]
    fn a_layer_of_buffers_is_put_in_by_the_forward_renderer() {
        let shot = floor();
        let thing = Thing::new(&cube(), placed(&shot)).unwrap();
        let layer = thing.buffers(&shot.camera, 80, 60);
        let mut inserter = Layer::new(Forward::new(None, even().map, relight_render::Work::default()), 1.0);
        let frame = inserter.frames(std::slice::from_ref(&shot), std::slice::from_ref(&layer)).unwrap().remove(0);
        assert!(frame.rgb[3 * (33 * 80 + 40)] > 2.0 * frame.rgb[3 * (33 * 80 + 40) + 1]);
        // With a picture of its own it is shown in its own light.
        let green: Vec<f32> = layer.alpha.iter().flat_map(|a| [0.0, 0.5 * a, 0.0]).collect();
        let own = inserter.frames(std::slice::from_ref(&shot), &[GBuffer { rgb: Some(green), ..layer.clone() }]).unwrap().remove(0);
        assert!((own.rgb[3 * (33 * 80 + 40) + 1] - 0.5).abs() < 1e-3 && own.rgb[3 * (33 * 80 + 40)] < 1e-3);
        assert_eq!(own.rgb[3 * (58 * 80 + 2)], frame.rgb[3 * (58 * 80 + 2)]);
        assert!(inserter.frames(std::slice::from_ref(&shot), &[GBuffer::empty(4, 4)]).unwrap_err().cause.contains("4x4"));
        let mut bare = shot.clone();
        bare.buffers.rgb = None;
        assert!(inserter.frames(&[bare.clone()], &[layer]).unwrap_err().cause.contains("no picture"));
        assert!(Inserter::new(&cube(), placed(&shot), &even(), 256, How::Traced).unwrap().frame(&bare).is_err());
    }
}
