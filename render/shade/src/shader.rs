//! One map, made ready to shade frames.

use crate::{
    Settings, Shading,
    dome::Dome,
    extent,
    gather::{self, Filter},
    lamp::{self, Lamp, luminance},
    march::Field,
    plane::{self, Plane},
    rays::{self, Sky},
    sound,
    split_sum::{self, Response},
    surface::Surfaces,
    view::{Scene, View},
};
use glam::{Mat3, Vec3};
use rayon::prelude::*;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::{Environment, Lobe, Prefiltered};
use std::sync::Arc;

/// Size of the map that single rays read.
const COARSE: (usize, usize) = (64, 32);

/// How much brighter than its mean over all directions a pixel may be where other pixels see it.
const MOST: f32 = 2.0;

/// An environment map made ready: prefiltered, its lamps found. Building takes about half a second of one core, once a map.
pub struct Shader {
    whole: Prefiltered,
    /// The map without its lamps; equal to `whole` where there are none.
    rest: Prefiltered,
    coarse: Environment,
    lamps: Vec<Lamp>,
}

/// Unshadowed light on one pixel.
#[derive(Clone, Copy, Default)]
struct Light {
    /// Irradiance over π: of everything, of the map without its lamps.
    diffuse: [Vec3; 2],
    /// Radiance in the glossy lobe.
    specular: [Vec3; 2],
}

impl Shader {
    /// Prefilters `map` and finds its lamps.
    pub fn new(map: Arc<Environment>) -> Self {
        let (rest, lamps) = lamp::split(&map);
        let coarse = rest.resized(COARSE.0, COARSE.1);
        let [whole, rest] = if lamps.is_empty() {
            let whole = Prefiltered::new(&map);
            [whole.clone(), whole]
        } else {
            Prefiltered::together([&map, &rest])
        };
        Self { whole, rest, coarse, lamps }
    }

    /// Shades one frame under the map turned by `yaw` radians (positive: counter-clockwise seen from above) and scaled by `exposure`.
    ///
    /// Every pixel's result depends on the buffers, the camera and the settings alone, never on threads or on other frames.
    pub fn shade(&self, buffers: &GBuffer, camera: &Camera, yaw: f32, exposure: f32, settings: &Settings) -> Shading {
        self.shade_among(buffers, camera, yaw, exposure, settings, &[])
    }

    /// [`Shader::shade`] where rays that meet nothing in the frame go on in other frames of the same scene, which have its size and a camera elsewhere in the
    /// same world.
    ///
    /// Depths and cameras have to be true ones, in one unit. What has moved since a view is passed through where this frame sees that it has gone.
    ///
    /// # Panics
    /// Where a view has another size than the frame.
    pub fn shade_among(&self, buffers: &GBuffer, camera: &Camera, yaw: f32, exposure: f32, settings: &Settings, others: &[&View]) -> Shading {
        self.trace(buffers, camera, yaw, exposure, settings, others).shading(buffers)
    }

    /// [`Shader::shade`], and the frame as others may meet it.
    pub fn view(&self, buffers: &GBuffer, camera: &Camera, yaw: f32, exposure: f32, settings: &Settings) -> (Shading, View) {
        let traced = self.trace(buffers, camera, yaw, exposure, settings, &[]);
        (traced.shading(buffers), traced.view(camera))
    }

    fn trace(&self, buffers: &GBuffer, camera: &Camera, yaw: f32, exposure: f32, settings: &Settings, others: &[&View]) -> Traced {
        let surfaces = Arc::new(Surfaces::new(buffers, camera));
        let count = surfaces.pixels.len();
        let to_map = Mat3::from_rotation_y(-yaw) * Mat3::from_mat4(camera.to_world);
        let light: Vec<Light> = (0..count).into_par_iter().map(|i| self.light(&surfaces, buffers, &to_map, exposure, settings.slanting, i)).collect();
        let response: Vec<Response> = (0..count)
            .into_par_iter()
            .map(|i| if surfaces.pixels[i].shaded { response(&surfaces, buffers, i) } else { Response::default() })
            .collect();

        let field = Field::new(surfaces.clone(), &extent::thickness(&surfaces), plane::find(&surfaces, settings.rooms));
        let to_camera = to_map.transpose();
        let sky = Sky {
            lamps: self.lamps.iter().map(|l| (to_camera * l.direction, l.power * exposure)).collect(),
            rest: Dome::new(|d| nearest(&self.coarse, to_map * d) * exposure),
        };
        let found = rays::send(&Scene::new(&field, camera, others), &sky, &buffers.roughness, settings);
        let filter = Filter::new(&surfaces);

        // What a pixel sends to the camera, what falls on it, and how much of the light is visible.
        let direct: Vec<(Vec3, Vec3, f32)> = (0..count)
            .into_par_iter()
            .map(|i| {
                if !surfaces.pixels[i].shaded {
                    return (Vec3::ZERO, Vec3::ZERO, 1.0);
                }
                let (seen, l, r) = (filter.seen(&found, i), &light[i], &response[i]);
                let ratio = |[all, visible]: [f32; 2]| if all > 1e-12 { visible / all } else { 1.0 };
                let ratios = |[all, visible]: [Vec3; 2]| Vec3::new(ratio([all.x, visible.x]), ratio([all.y, visible.y]), ratio([all.z, visible.z]));
                let lit = l.diffuse[1] * ratios(seen.rest) + (l.diffuse[0] - l.diffuse[1]).max(Vec3::ZERO) * ratio(seen.lamps);
                let shine = l.specular[1] * ratios(seen.gloss) + (l.specular[0] - l.specular[1]).max(Vec3::ZERO) * ratio(seen.shine);
                let all = luminance(l.diffuse[0]);
                (r.diffuse * lit + r.specular * shine, lit, if all > 1e-12 { (luminance(lit) / all).clamp(0.0, 1.0) } else { 1.0 })
            })
            .collect();
        let visibility: Vec<f32> = direct.iter().map(|d| d.2).collect();
        let mut image: Vec<Vec3> = direct.iter().map(|d| d.0).collect();
        let mut falling: Vec<Vec3> = direct.iter().map(|d| d.1).collect();
        let with = |mut own: Vec<Vec3>, of: fn(&View) -> &Vec<Vec3>| {
            own.extend(others.iter().flat_map(|view| of(view)));
            own
        };
        for bounce in 0..settings.bounces {
            let sent = even(&image, &falling, &response);
            let planes = with(of_planes(&field, &sent), |view| &view.planes);
            let sent = with(sent, |view| &view.sent);
            let gathered: Vec<(Vec3, Vec3)> = (0..count)
                .into_par_iter()
                .map(|i| {
                    let (around, mirrored) = found.hits[i * found.stride..(i + 1) * found.stride].split_at(settings.directions);
                    (gather::met(around, &sent, &planes), gather::met(mirrored, &sent, &planes))
                })
                .collect();
            (image, falling) = (0..count)
                .into_par_iter()
                .map(|i| {
                    if !surfaces.pixels[i].shaded {
                        return (Vec3::ZERO, Vec3::ZERO);
                    }
                    // Only what is shown needs smoothing: earlier bounces are averaged by the rays that gather them.
                    let (around, mirrored) = if bounce + 1 == settings.bounces { filter.mean(&gathered, i) } else { gathered[i] };
                    (direct[i].0 + response[i].diffuse * around + response[i].specular * mirrored, direct[i].1 + around)
                })
                .unzip();
        }

        Traced { field, light, response, visibility, image, falling }
    }

    fn light(&self, surfaces: &Surfaces, buffers: &GBuffer, to_map: &Mat3, exposure: f32, slanting: bool, i: usize) -> Light {
        let p = &surfaces.pixels[i];
        if !p.shaded {
            return Light::default();
        }
        let roughness = sound(buffers.roughness[i], 1.0);
        let normal = *to_map * p.normal;
        let lobe = slanting.then(|| Lobe::new(p.normal, p.view, (roughness.powi(4) + surfaces.spread(i)).powf(0.25).min(1.0), f0(buffers, i)));
        let mirror = split_sum::reflected(p);
        let diffuse = self.whole.irradiance_over_pi(normal) * exposure;
        if self.lamps.is_empty() {
            let [specular] = glossy([&self.whole], lobe, to_map, mirror, roughness).map(|light| light * exposure);
            return Light { diffuse: [diffuse; 2], specular: [specular; 2] };
        }
        let [specular, rest] = glossy([&self.whole, &self.rest], lobe, to_map, mirror, roughness).map(|light| light * exposure);
        Light { diffuse: [diffuse, (self.rest.irradiance_over_pi(normal) * exposure).min(diffuse)], specular: [specular, rest.min(specular)] }
    }
}

/// A frame whose rays have been followed.
struct Traced {
    field: Field,
    light: Vec<Light>,
    response: Vec<Response>,
    visibility: Vec<f32>,
    /// What every pixel sends to the camera, and what falls on it.
    image: Vec<Vec3>,
    falling: Vec<Vec3>,
}

impl Traced {
    fn shading(&self, buffers: &GBuffer) -> Shading {
        let Self { light, response, image, .. } = self;
        let finish = |v: Vec3, i: usize| if v.is_finite() { v.max(Vec3::ZERO) * sound(buffers.alpha[i], 0.0) } else { Vec3::ZERO };
        let flat = |each: &(dyn Fn(usize) -> Vec3 + Sync)| (0..image.len()).flat_map(|i| each(i).to_array()).collect::<Vec<f32>>();
        Shading {
            width: buffers.width,
            height: buffers.height,
            split_sum: flat(&|i| finish(response[i].diffuse * light[i].diffuse[0] + response[i].specular * light[i].specular[0], i)),
            diffuse: flat(&|i| light[i].diffuse[0]),
            specular: flat(&|i| response[i].specular * light[i].specular[0]),
            visibility: self.visibility.clone(),
            ssrt: flat(&|i| finish(image[i], i)),
        }
    }

    fn view(self, camera: &Camera) -> View {
        let sent = even(&self.image, &self.falling, &self.response);
        let planes = of_planes(&self.field, &sent);
        View::new(self.field, camera, sent, planes)
    }
}

/// What pixels send elsewhere: as much as to the camera, but no highlight. That goes one way only; sent to all sides, it left specks of light on walls
/// beside metal, and a chrome ball showed the sky's sheen of a floor seen aslant where it looks straight down at it (60 scenes by rays: 24.88 dB with
/// highlights in mirrors, 24.93 without).
fn even(image: &[Vec3], falling: &[Vec3], response: &[Response]) -> Vec<Vec3> {
    (0..image.len()).into_par_iter().map(|i| image[i].min(MOST * (response[i].diffuse + response[i].specular) * falling[i])).collect()
}

/// Mean radiance of what is seen of each plane.
fn of_planes(field: &Field, image: &[Vec3]) -> Vec<Vec3> {
    field.planes.iter().map(|p| shade_of(p, &field.surfaces, image)).collect()
}

/// What maps send into a lobe, or into a round one about the mirror direction where there is none.
fn glossy<const N: usize>(maps: [&Prefiltered; N], lobe: Option<Lobe>, to_map: &Mat3, mirror: Vec3, roughness: f32) -> [Vec3; N] {
    match lobe {
        Some(lobe) => lobe.gather(|d, width| Prefiltered::speculars(maps, *to_map * d, width)),
        None => Prefiltered::speculars(maps, *to_map * mirror, roughness),
    }
}

/// What the material of pixel `i` makes of light.
pub(crate) fn response(surfaces: &Surfaces, buffers: &GBuffer, i: usize) -> Response {
    Response::new(&surfaces.pixels[i], albedo(buffers, i), sound(buffers.roughness[i], 1.0), sound(buffers.metallic[i], 0.0))
}

/// Luminance of the reflectance of pixel `i` at normal incidence.
pub(crate) fn f0(buffers: &GBuffer, i: usize) -> f32 {
    luminance(split_sum::f0(albedo(buffers, i), sound(buffers.metallic[i], 0.0)))
}

fn albedo(buffers: &GBuffer, i: usize) -> Vec3 {
    let albedo = Vec3::from_slice(&buffers.albedo[3 * i..]);
    if albedo.is_finite() { albedo.clamp(Vec3::ZERO, Vec3::ONE) } else { Vec3::splat(0.5) }
}

/// Mean radiance of what is seen of a plane.
fn shade_of(plane: &Plane, surfaces: &Surfaces, image: &[Vec3]) -> Vec3 {
    let (mut sum, mut count) = (Vec3::ZERO, 0);
    for (p, v) in surfaces.pixels.iter().zip(image).step_by(7) {
        if p.inverse > 0.0 && plane.holds(p.position, p.facet) {
            (sum, count) = (sum + *v, count + 1);
        }
    }
    if count > 0 { sum / count as f32 } else { Vec3::ZERO }
}

fn nearest(map: &Environment, d: Vec3) -> Vec3 {
    let (u, v) = Environment::fractions(d);
    let x = ((u * map.width as f32) as usize).min(map.width - 1);
    let y = ((v * map.height as f32) as usize).min(map.height - 1);
    map.texel(x, y)
}
