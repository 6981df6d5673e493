//! Against Blender Cycles: frames of the evaluation set, rebuilt from their own passes and path traced by us.
//!
//! What the camera sees becomes a shell of triangles with the passes as its materials, the ground a large square below it, the ball a whole ball.
//! Backs of the other objects are missing, so shadows and reflections of unseen parts differ a little; the rest must agree.

use crate::things::{sphere, square};
use glam::{Affine3A, Mat4, Vec3};
use relight_file::ExrLayers;
use relight_gbuffer::Camera;
use relight_light::{Environment, Light};
use relight_trace::{Instance, Material, Mesh, Point, Scene, Settings, Surface, Tracer};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The evaluation set, where this machine has it.
fn evaluation_set() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RELIGHT_SHARED").map_or(beside, PathBuf::from);
    Some(shared.join("evalset/dev")).filter(|p| p.is_dir())
}

/// One file's channels.
struct Layers {
    width: usize,
    height: usize,
    channels: HashMap<String, Vec<f32>>,
}

impl Layers {
    fn read(path: &Path) -> Self {
        let layers = ExrLayers::read(path).unwrap();
        Self { width: layers.width, height: layers.height, channels: layers.channels.into_iter().collect() }
    }

    fn one(&self, name: &str, i: usize) -> f32 {
        self.channels[name][i]
    }

    fn three(&self, names: [&str; 3], i: usize) -> Vec3 {
        Vec3::from_array(names.map(|n| self.one(n, i)))
    }
}

/// A clip's first frame.
struct Frame {
    camera: Camera,
    passes: Layers,
    lights: Vec<(Light, Vec<Vec3>)>,
}

impl Frame {
    fn read(clip: &Path) -> Self {
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(clip.join("clip.json")).unwrap()).unwrap();
        let number = |v: &serde_json::Value| v.as_f64().unwrap() as f32;
        let rows = &json["camera_to_world"][0];
        let pose = Mat4::from_cols_array(&std::array::from_fn(|k| number(&rows[k / 4][k % 4]))).transpose();
        let camera = Camera { fov_x: number(&json["fov_x_deg"]).to_radians(), to_world: pose };
        let lights = ["A", "B", "C"].map(|name| {
            let light = &json["lights"][name];
            let map = Layers::read(&clip.join(light["file"].as_str().unwrap()));
            let rgb = (0..map.width * map.height).flat_map(|i| map.three(["R", "G", "B"], i).to_array()).collect();
            let light = Light {
                map: Arc::new(Environment { width: map.width, height: map.height, rgb }),
                yaw: number(&light["rotation_deg"][0]).to_radians(),
                exposure: number(&light["exposure"]),
            };
            let file = if name == "A" { "frame.0000.exr".into() } else { format!("relit_{name}.0000.exr") };
            let picture = Layers::read(&clip.join(file));
            (light, (0..picture.width * picture.height).map(|i| picture.three(["R", "G", "B"], i)).collect())
        });
        Self { camera, passes: Layers::read(&clip.join("frame.0000.exr")), lights: lights.into() }
    }

    fn position(&self, i: usize) -> Vec3 {
        let (w, h) = (self.passes.width, self.passes.height);
        let ray = self.camera.ray((i % w) as f32 + 0.5, (i / w) as f32 + 0.5, w, h);
        self.camera.to_world.transform_point3(ray * self.passes.one("depth.Z", i))
    }

    fn normal(&self, i: usize) -> Vec3 {
        self.camera.to_world.transform_vector3(self.passes.three(["N.X", "N.Y", "N.Z"], i)).normalize()
    }

    /// Centre and radius of the smooth ball around pixel `seed`: least squares of `p + k n = c` over a patch, and the pixels that lie on it.
    fn ball(&self, seed: (usize, usize)) -> (Vec3, f32, Vec<usize>) {
        let w = self.passes.width;
        let patch: Vec<usize> = (0..81).map(|k| (seed.1 + k / 9 - 4) * w + seed.0 + k % 9 - 4).collect();
        let n = patch.len() as f32;
        let (p, q) = patch.iter().fold((Vec3::ZERO, Vec3::ZERO), |s, &i| (s.0 + self.position(i) / n, s.1 + self.normal(i) / n));
        let (above, below) = patch.iter().fold((0.0, 0.0), |s, &i| {
            let (dp, dq) = (self.position(i) - p, self.normal(i) - q);
            (s.0 + dp.dot(dq), s.1 + dq.dot(dq))
        });
        let radius = above / below;
        let centre = p - radius * q;
        let on = (0..w * self.passes.height).filter(|&i| {
            let offset = self.position(i) - centre;
            self.passes.one("A", i) > 0.99 && (offset.length() / radius - 1.0).abs() < 0.02 && self.normal(i).dot(offset / radius) > 0.95
        });
        (centre, radius, on.collect())
    }

    /// The passes as a material of things whose mesh space is the world; `fallback` where the camera does not see the point.
    fn seen(self: &Arc<Self>, fallback: Surface) -> impl Fn(&Point) -> Surface + Send + Sync + 'static {
        let frame = self.clone();
        let to_camera = frame.camera.to_world.inverse();
        move |point| {
            let (w, h) = (frame.passes.width, frame.passes.height);
            let local = to_camera.transform_point3(point.position);
            let (x, y) = frame.camera.project(local, w, h);
            let inside = local.z < 0.0 && x >= 0.0 && y >= 0.0 && x < w as f32 && y < h as f32;
            let i = if inside { y as usize * w + x as usize } else { 0 };
            if !inside || frame.passes.one("A", i) < 0.5 || (frame.passes.one("depth.Z", i) / -local.z - 1.0).abs() > 0.03 {
                return Surface { normal: point.normal, ..fallback };
            }
            Surface {
                albedo: frame.passes.three(["albedo.R", "albedo.G", "albedo.B"], i),
                roughness: frame.passes.one("roughness.R", i),
                metallic: frame.passes.one("metallic.R", i),
                normal: frame.normal(i),
            }
        }
    }

    /// The whole scene: shell, ground, and the ball if there is one.
    fn rebuild(self: &Arc<Self>, ball: &(Vec3, f32, Vec<usize>)) -> Scene {
        let (w, h) = (self.passes.width, self.passes.height);
        let solid = |i: usize| self.passes.one("A", i) > 0.99 && self.position(i).y > 0.01 && !ball.2.contains(&i);
        let mut shell = Mesh { positions: (0..w * h).map(|i| self.position(i)).collect(), ..Mesh::default() };
        for i in (0..w * (h - 1)).filter(|i| i % w + 1 < w) {
            let corners = [i, i + w, i + w + 1, i + 1];
            let depths = corners.map(|k| self.passes.one("depth.Z", k));
            let (near, far) = depths.iter().fold((f32::INFINITY, 0.0f32), |s, d| (s.0.min(*d), s.1.max(*d)));
            if corners.iter().all(|&k| solid(k)) && far < 1.03 * near {
                let [a, b, c, d] = corners.map(|k| k as u32);
                shell.triangles.extend([[a, b, c], [a, c, d]]);
            }
        }
        let ground: Vec<usize> = (0..w * h).filter(|&i| self.passes.one("A", i) > 0.99 && self.position(i).y.abs() < 0.005).collect();
        let n = ground.len() as f32;
        let mean = |names: [&str; 3]| ground.iter().fold(Vec3::ZERO, |s, &i| s + self.passes.three(names, i) / n);
        let fallback = Surface {
            albedo: mean(["albedo.R", "albedo.G", "albedo.B"]),
            roughness: mean(["roughness.R"; 3]).x,
            metallic: mean(["metallic.R"; 3]).x,
            normal: Vec3::Y,
        };
        let middle = self.normal(ball.2[ball.2.len() / 2]);
        let i = ball.2[ball.2.len() / 2];
        let ball_surface = Surface {
            albedo: self.passes.three(["albedo.R", "albedo.G", "albedo.B"], i),
            roughness: self.passes.one("roughness.R", i),
            metallic: self.passes.one("metallic.R", i),
            normal: middle,
        };
        let place = |mesh, material, to_world| Instance { mesh, material, to_world };
        let seen = Material::Procedural(Arc::new(self.seen(fallback)));
        Scene {
            instances: vec![
                place(Arc::new(shell), 0, Affine3A::IDENTITY),
                place(square(12.0), 0, Affine3A::IDENTITY),
                place(sphere(64), 1, Affine3A::from_translation(ball.0) * Affine3A::from_scale(Vec3::splat(ball.1))),
            ],
            materials: vec![seen, Material::Procedural(Arc::new(move |p| Surface { normal: p.normal, ..ball_surface }))],
        }
    }
}

/// Means over squares of 16 pixels that hold ground alone, far from anything: our brightness over Cycles'.
fn ground_ratios(frame: &Frame, ours: &[f32], theirs: &[Vec3]) -> Vec<f32> {
    let (w, h) = (frame.passes.width, frame.passes.height);
    let flat = |x: usize, y: usize| {
        let i = y.min(h - 1) * w + x.min(w - 1);
        frame.passes.one("A", i) > 0.99 && frame.position(i).y.abs() < 0.005
    };
    let mut ratios = Vec::new();
    for (x, y) in (0..h / 16).flat_map(|y| (0..w / 16).map(move |x| (16 * x, 16 * y))) {
        // The margin keeps contact shadows away, which the open shells let light into.
        if (y.saturating_sub(16)..y + 32).all(|y| (x.saturating_sub(16)..x + 32).all(|x| flat(x, y))) {
            let pixels = (y..y + 16).flat_map(|y| (x..x + 16).map(move |x| y * w + x));
            let (a, b) = pixels.fold((0.0, 0.0), |s, i| (s.0 + ours[3 * i..3 * i + 3].iter().sum::<f32>(), s.1 + theirs[i].element_sum()));
            ratios.push(a / b);
        }
    }
    ratios.sort_by(f32::total_cmp);
    ratios
}

#[test]
fn a_floor_and_a_mirror_ball_agree_with_cycles_under_three_lights() {
    let Some(set) = evaluation_set() else { return };
    let frame = Arc::new(Frame::read(&set.join("scenes_00")));
    let ball = frame.ball((205, 118));
    assert!((1000..4000).contains(&ball.2.len()), "{} pixels on the ball", ball.2.len());
    let tracer = Tracer::new(&frame.rebuild(&ball)).unwrap();
    let lights: Vec<Light> = frame.lights.iter().map(|(l, _)| l.clone()).collect();
    let (width, height) = (frame.passes.width, frame.passes.height);
    let out =
        tracer.render(&frame.camera, &lights, &Settings { width, height, samples: 8, max_depth: 5, clamp_indirect: 8.0, ..Settings::default() });
    // The sky mirrored: the median pixel of the ball within a tenth. The floor, diffuse under the sky and half mirroring a low sun under the
    // sunset: squares of it within a few percent. The warehouse's small lamps leave more noise at 8 samples.
    for (name, k, middle, spread) in [("sky", 0, 0.04, 0.05), ("warehouse", 1, 0.08, 0.25), ("sunset", 2, 0.05, 0.08)] {
        let (ours, theirs) = (&out.lights[k], &frame.lights[k].1);
        let ratios = ground_ratios(&frame, ours, theirs);
        let at = |q: f32| ratios[(q * ratios.len() as f32) as usize];
        assert!(ratios.len() > 60, "{} squares", ratios.len());
        assert!((at(0.5) - 1.0).abs() < middle, "{name}: the median square has {} of Cycles' light", at(0.5));
        assert!(at(0.1) > 1.0 - spread && at(0.9) < 1.0 + spread, "{name}: squares from {} to {}", at(0.1), at(0.9));
    }
    let mut errors: Vec<f32> = ball.2.iter().map(|&i| (out.lights[0][3 * i + 1] / frame.lights[0].1[i].y - 1.0).abs()).collect();
    errors.sort_by(f32::total_cmp);
    assert!(errors[errors.len() / 2] < 0.1, "the ball's median error is {}", errors[errors.len() / 2]);
}
