//! `relight trace SCENE --light MAP -o OUT.exr`.

use crate::{args, job, receipt};
use glam::{Mat4, Quat, Vec3};
use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{Camera, DepthUnit, write_exr};
use relight_light::Light;
use relight_render::{DEFAULT_FOV_DEG, Event, Stage, Watch, well_exposed};
use relight_trace::{Scene, Settings, Tracer, load_gltf};
use serde_json::json;
use std::time::Instant;

/// Directions from which an unposed camera looks: a little from the right and from above, as products are photographed.
const VIEW_YAW_DEG: f32 = 30.0;
const VIEW_PITCH_DEG: f32 = -20.0;

pub fn trace(options: &args::Trace, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let map = job::map(&options.light, options.clean_light, watch)?;
    let extension = options.out.output.extension().map(|e| e.to_ascii_lowercase());
    if extension.is_none_or(|e| e != "exr") {
        return Err(Fault::new(format!("{} is no EXR file", options.out.output.display()), "passes are written as EXR: choose -o truth.exr"));
    }
    let draft = Draft::file(&options.out.output, options.out.yes)?;
    let scene = load_gltf(&options.scene)?;
    let aspect = options.width as f32 / options.height as f32;
    let camera = match &options.camera {
        Some(path) => job::cameras(path)?[0],
        None => whole_view(&scene, aspect)
            .ok_or_else(|| Fault::new(format!("{} holds nothing to see", options.scene.display()), "export it with its meshes"))?,
    };
    let tracer = Tracer::new(&scene)?;
    watch.check()?;
    let settings = Settings {
        width: options.width as usize,
        height: options.height as usize,
        samples: options.samples,
        seed: options.seed,
        ..Settings::default()
    };
    let light = Light { map, yaw: options.rotation.to_radians(), exposure: 1.0 };
    let mut rendering = watch.time(Stage::Trace, || tracer.render(&camera, &[light], &settings));
    watch.check()?;
    let mut rgb = rendering.lights.remove(0);
    let mut buffers = rendering.gbuffer;
    let exposure = match options.exposure {
        args::Exposure::Auto => well_exposed([(&rgb[..], &buffers.alpha[..])]),
        args::Exposure::Ev(stops) => stops.exp2(),
    };
    rgb.iter_mut().for_each(|v| *v *= exposure);
    buffers.rgb = Some(rgb);
    write_exr(draft.path(), &buffers, DepthUnit::Scene, Some(&camera), true)?;
    draft.keep()?;
    let receipt = receipt::Receipt {
        command: "trace",
        config: receipt::config(options),
        weights: json!(null),
        facts: json!({ "exposure": exposure, "fov_x_deg": camera.fov_x.to_degrees(), "camera_to_world": camera.to_world.transpose().to_cols_array_2d() }),
        frames: 1,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(&options.out.output, watch)?;
    let what = format!("{}x{} EXR with the picture and its passes", options.width, options.height);
    watch.tell(Event::Wrote { path: options.out.output.clone(), what });
    Ok(())
}

/// A camera that sees the bounding sphere of the whole scene; nothing where the scene has no vertex.
fn whole_view(scene: &Scene, aspect: f32) -> Option<Camera> {
    let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
    for instance in &scene.instances {
        for position in &instance.mesh.positions {
            let p = instance.to_world.transform_point3(*position);
            (low, high) = (low.min(p), high.max(p));
        }
    }
    if !(low.is_finite() && high.is_finite()) {
        return None;
    }
    let (centre, radius) = (0.5 * (low + high), (0.5 * (high - low).length()).max(1e-6));
    let fov_x = DEFAULT_FOV_DEG.to_radians();
    let narrow = (0.5 * fov_x).tan().min((0.5 * fov_x).tan() / aspect).atan();
    let turn = Quat::from_rotation_y(VIEW_YAW_DEG.to_radians()) * Quat::from_rotation_x(VIEW_PITCH_DEG.to_radians());
    let eye = centre + turn * Vec3::Z * (radius / narrow.sin());
    Some(Camera { fov_x, to_world: Mat4::from_rotation_translation(turn, eye) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Affine3A;
    use relight_trace::{Instance, Mesh};
    use std::sync::Arc;

    #[test]
    fn an_unposed_camera_sees_every_corner() {
        let positions: Vec<Vec3> = (0..8).map(|i| Vec3::new((i & 1) as f32 * 3.0, (i >> 1 & 1) as f32, (i >> 2) as f32 * 0.5)).collect();
        let mesh = Arc::new(Mesh { positions: positions.clone(), ..Mesh::default() });
        let to_world = Affine3A::from_translation(Vec3::new(5.0, -2.0, 1.0));
        let scene = Scene { instances: vec![Instance { mesh, material: 0, to_world }], materials: Vec::new() };
        for (width, height) in [(400, 300), (300, 400)] {
            let camera = whole_view(&scene, width as f32 / height as f32).unwrap();
            for p in &positions {
                let seen = camera.to_world.inverse().transform_point3(to_world.transform_point3(*p));
                let (x, y) = camera.project(seen, width, height);
                assert!(seen.z < 0.0 && x > 0.0 && y > 0.0 && x < width as f32 && y < height as f32, "{x} {y}");
            }
        }
        assert!(whole_view(&Scene::default(), 1.0).is_none());
    }
}
