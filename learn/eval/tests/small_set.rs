//! Scores of a small made-up set, where they are known.

use glam::Mat4;
use relight_eval::{Analytic, Forward, Inverse, Lighting, Methods, Options, Set, Trivial, evaluate, robust, sizes, time};
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, DepthUnit, GBuffer, write_exr};
use relight_light::Environment;
use relight_video::{Frame, still};
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

const SIZE: usize = 24;
const FRAMES: usize = 2;

/// A tilted wall in front of the camera, its left edge background.
fn wall() -> GBuffer {
    let mut b = GBuffer::empty(SIZE, SIZE);
    let mut rgb = vec![0.0; 3 * SIZE * SIZE];
    for i in (0..SIZE * SIZE).filter(|i| i % SIZE > 3) {
        let (x, y) = (i % SIZE, i / SIZE);
        b.alpha[i] = 1.0;
        b.albedo[3 * i..3 * i + 3].copy_from_slice(&[0.25 + 0.02 * (x % 8) as f32, 0.5, 0.125]);
        b.normal[3 * i..3 * i + 3].copy_from_slice(&[0.0, 0.6, 0.8]);
        b.depth[i] = 4.0 - y as f32 / SIZE as f32;
        (b.roughness[i], b.metallic[i]) = (0.75, 0.25);
        for c in 0..3 {
            rgb[3 * i + c] = 0.5 * b.albedo[3 * i + c];
        }
    }
    b.rgb = Some(rgb);
    b
}

fn clip(folder: &Path, kind: &str) {
    fs::create_dir_all(folder).unwrap();
    let pose = "[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]";
    let light = |turns: &str| format!("{{\"file\": \"../lights/grey.exr\", \"rotation_deg\": {turns}, \"exposure\": 0.5}}");
    let words = format!(
        "{{\"frames\": 2, \"fov_x_deg\": 40, \"kind\": \"{kind}\", \"camera_to_world\": [{pose}, {pose}],
          \"lights\": {{\"A\": {0}, \"B\": {1}, \"C\": {0}}}}}",
        light("[0, 0]"),
        light("[0, 90]")
    );
    fs::write(folder.join("clip.json"), words).unwrap();
    let camera = Camera { fov_x: 40f32.to_radians(), to_world: Mat4::IDENTITY };
    for i in 0..FRAMES {
        let buffers = wall();
        let frame = Frame { width: SIZE, height: SIZE, rgb: buffers.rgb.clone().unwrap(), alpha: None };
        write_exr(&folder.join(format!("frame.{i:04}.exr")), &buffers, DepthUnit::Scene, Some(&camera), false).unwrap();
        for name in [format!("rgb.{i:04}.png"), format!("relit_B.{i:04}.exr"), format!("relit_C.{i:04}.exr")] {
            still::write(&frame, &folder.join(&name), Path::new(&name)).unwrap();
        }
    }
}

fn set(folder: &Path) -> Set {
    fs::create_dir_all(folder.join("lights")).unwrap();
    Environment::constant(32, 16, [1.0; 3]).save(&folder.join("lights/grey.exr"), false).unwrap();
    clip(&folder.join("objects_00"), "objects");
    clip(&folder.join("scenes_00"), "scenes");
    Set::open(folder).unwrap()
}

/// Knows the answer.
struct Oracle;

impl Inverse for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn buffers(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>> {
        assert!(frames.iter().all(|f| f.alpha.is_none()), "the input is the PNGs' colours alone");
        // Another scale of albedo and depth must not matter.
        let mut wall = wall();
        wall.albedo.iter_mut().for_each(|v| *v *= 0.5);
        wall.depth.iter_mut().for_each(|v| *v *= 7.0);
        Ok(vec![wall; frames.len()])
    }
}

/// Gives albedo times a number that alternates from frame to frame, and remembers whether it saw a picture beside the buffers.
#[derive(Default)]
struct Blinking(Arc<Mutex<Vec<bool>>>);

impl Forward for Blinking {
    fn names(&self) -> &'static [&'static str] {
        &["network"]
    }

    fn frames(&mut self, buffers: &[GBuffer], light: &Lighting) -> Result<Vec<Vec<Frame>>> {
        self.0.lock().unwrap().push(buffers.iter().any(|b| b.rgb.is_some()));
        assert_eq!((light.yaw.len(), light.exposure, light.cameras.len()), (FRAMES, 0.5, FRAMES));
        let frame = |(i, b): (usize, &GBuffer)| Frame {
            width: b.width,
            height: b.height,
            rgb: b.albedo.iter().map(|v| v * if i == 0 { 0.5 } else { 0.4 }).collect(),
            alpha: None,
        };
        Ok(vec![buffers.iter().enumerate().map(frame).collect()])
    }
}

#[test]
fn perfect_predictions_score_perfectly_and_baselines_as_they_must() {
    let folder = tempfile::tempdir().unwrap();
    let set = set(folder.path());
    let out = folder.path().join("out");
    let blinking = Blinking::default();
    let pictured = blinking.0.clone();
    let mut methods =
        Methods { inverse: vec![Box::new(Trivial), Box::new(Oracle)], forward: vec![Box::new(Analytic::default()), Box::new(blinking)] };
    let mut told = 0;
    let options = Options { write: Some(out.clone()), ..Options::default() };
    let report = evaluate(&set, &mut methods, &options, |done| {
        told = done;
        Ok(())
    })
    .unwrap();
    assert_eq!(told, 2);
    // True buffers under A, B and C, estimated ones under A: the picture would be the answer, or tell of it. Relighting to B and C has it.
    assert_eq!(*pictured.lock().unwrap(), [false, false, false, false, true, true].repeat(2));

    let inverse = |method, column| report.inverse.mean(method, "all", column).unwrap();
    assert!(inverse("oracle", "albedo_psnr") > 55.0 && inverse("oracle", "albedo_ssim") > 0.999);
    assert!(inverse("oracle", "albedo_psnr_unscaled") < 20.0);
    for perfect in [
        "albedo_flicker",
        "normal_deg",
        "normal_median_deg",
        "roughness_rmse",
        "roughness_flicker",
        "metallic_rmse",
        "metallic_flicker",
        "depth_absrel",
    ] {
        assert!(inverse("oracle", perfect) < 0.05, "{perfect}: {}", inverse("oracle", perfect));
    }
    assert_eq!((inverse("oracle", "normal_within"), inverse("oracle", "depth_delta")), (1.0, 1.0));
    // The picture is half the albedo, so one factor brings the baseline to the quantisation of 8 bits.
    assert!(inverse("trivial", "albedo_psnr") > 45.0);
    assert!((inverse("trivial", "normal_deg") - 0.8f64.acos().to_degrees()).abs() < 0.05);
    assert!((inverse("trivial", "roughness_rmse") - 0.25).abs() < 1e-3 && (inverse("trivial", "metallic_rmse") - 0.25).abs() < 1e-3);
    // Depth falls with the row, as the baseline says.
    assert!(inverse("trivial", "depth_absrel") < 1e-4);

    let forward = |method, column| report.forward.mean(method, "scenes", column).unwrap();
    assert!(forward("network", "A_psnr") > 25.0 && forward("network", "A_flicker") > 0.01);
    assert!(forward("splitsum", "B_flicker") < 1e-3, "a grey light that turns changes nothing");
    // Without metal and occlusion a grey sky of .5 gives half the albedo and a few percent of reflection.
    assert!(forward("splitsum", "A_psnr") > 18.0);
    // Scored under the input's own light, from the buffers that the oracle estimated: half the albedo, a quarter of the light.
    let predicted = |method, column| report.predicted.mean(method, "all", column).unwrap();
    assert!(predicted("network", "A_psnr") < forward("network", "A_psnr") && predicted("splitsum", "A_flicker") < 1e-3);
    let relight = |method, column| report.relight.mean(method, "all", column).unwrap();
    assert!(relight("input", "B_psnr") > 45.0 && relight("input", "C_ssim") > 0.99);
    assert!(relight("network", "C_psnr_scaled") > relight("network", "C_psnr"));

    for path in [
        "inverse/objects_00/frame.0001.exr",
        "forward/scenes_00/rgb.0000.png",
        "forward/scenes_00/relit_B.0001.png",
        "splitsum/objects_00/relit_C.0000.png",
        "ssrt/objects_00/rgb.0001.png",
        "relight/scenes_00/relit_C.0001.png",
    ] {
        assert!(out.join(path).exists(), "{path}");
    }
    assert!(!out.join("relight/scenes_00/rgb.0000.png").exists(), "relighting to the light of the input is not asked for");
    let json = report.json();
    assert_eq!(json["inverse"]["clips"].as_array().unwrap().len(), 4);
    assert_eq!(json["forward"]["means"][0]["group"], "objects");
    assert_eq!(json["relight"]["columns"][0], "B_psnr");
    assert!(report.to_string().contains("scenes (1 clip)"));
}

/// Knows the answer of a picture of any size by the picture, which is half the albedo; alone it is unsure.
struct Seeing;

impl Inverse for Seeing {
    fn name(&self) -> &'static str {
        "seeing"
    }

    fn buffers(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>> {
        let see = |(k, f): (usize, &Frame)| {
            let mut b = GBuffer::empty(f.width, f.height);
            let doubt = if frames.len() == 1 { f.rgb[3 * (f.width / 2)] } else { 0.01 * (k % 2) as f32 };
            b.alpha.fill(1.0);
            b.albedo = f.rgb.iter().map(|v| 2.0 * v).collect();
            b.normal.chunks_exact_mut(3).for_each(|n| n.copy_from_slice(&[0.0, 0.6, 0.8]));
            b.depth.iter_mut().enumerate().for_each(|(i, d)| *d = 4.0 - (i / f.width) as f32 / f.height as f32);
            b.roughness.fill(0.75 + doubt);
            b.metallic.fill(0.25);
            b
        };
        Ok(frames.iter().enumerate().map(see).collect())
    }
}

#[test]
fn time_sizes_and_changes_of_the_input_have_their_tables() {
    let folder = tempfile::tempdir().unwrap();
    let set = set(folder.path());
    let table = time(&set, &mut Seeing, relight_render::Windows { length: 8, overlap: 2, ..Default::default() }, |_| Ok(())).unwrap();
    assert!((table.mean("video", "all", "roughness_std").unwrap() - 0.005).abs() < 1e-4, "{}", table.text());
    assert!(table.mean("alone", "all", "roughness_std").unwrap() < 1e-6);
    assert_eq!(table.rows.iter().filter(|r| r.method == "long").count(), 1);
    assert_eq!(table.mean("long", "all", "across"), Some(0.0), "both frames are one picture");

    let table = sizes(&set, &mut Seeing, |_| Ok(())).unwrap();
    for name in ["192", "256", "512", "1080", "portrait", "landscape"] {
        assert!(table.mean(name, "all", "albedo_psnr").unwrap() > 22.0, "{}", table.text());
        assert!(table.mean(name, "all", "normal_deg").unwrap() < 0.1 && table.mean(name, "all", "depth_absrel").unwrap() < 0.01);
    }

    let table = robust(&set, &mut Seeing, &mut Analytic::default(), |_| Ok(())).unwrap();
    let of = |row, column| table.mean(row, "all", column).unwrap();
    assert_eq!(of("as_is", "albedo_change_psnr"), 0.0);
    // A darker or warmer picture is the same up to a factor a channel; a brighter one is clipped.
    assert!(of("ev-2", "albedo_change_psnr").abs() < 0.5 && of("warm", "albedo_change_psnr").abs() < 0.5, "{}", table.text());
    assert!(of("ev+2", "albedo_change_psnr") < -3.0, "{}", table.text());
    assert!((of("as_is", "estimated_psnr") - of("as_is", "true_psnr") - of("as_is", "change_psnr")).abs() < 1e-9 && of("as_is", "true_psnr") > 10.0);
    assert_eq!(table.mean("warm", "all", "true_psnr"), None);
}

/// Cannot.
struct Failing;

impl Inverse for Failing {
    fn name(&self) -> &'static str {
        "failing"
    }

    fn buffers(&mut self, frames: &[Frame]) -> Result<Vec<GBuffer>> {
        if frames[0].rgb[0] == 0.0 { Ok(vec![wall()]) } else { Err(Fault::new("no", "none")) }
    }
}

#[test]
fn misfits_and_incomplete_sets_are_faults_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let set = set(folder.path());
    let out = folder.path().join("out");
    let options = Options { write: Some(out.clone()), ..Options::default() };
    let mut methods = Methods { inverse: vec![Box::new(Failing)], forward: Vec::new() };
    let fault = evaluate(&set, &mut methods, &options, |_| Ok(())).unwrap_err();
    assert!(fault.cause.contains("failing gave another number"), "{fault}");
    assert!(!out.exists());

    let gone = folder.path().join("scenes_00/relit_C.0001.exr");
    fs::remove_file(&gone).unwrap();
    let fault = evaluate(&set, &mut Methods::default(), &options, |_| Ok(())).unwrap_err();
    assert!(fault.cause.contains("relit_C.0001.exr") && !out.exists());
    assert!(Set::open(&folder.path().join("lights")).unwrap_err().cause.contains("holds no clips"));
}

/// The project's definitions of the measures are pinned by the figures that its documents name for the trivial guess.
#[test]
fn the_trivial_guess_has_the_documented_scores_where_the_set_is_there() {
    let shared = std::env::var_os("RELIGHT_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
    let folder = shared.join("evalset/dev");
    if !folder.exists() {
        return;
    }
    let mut methods = Methods { inverse: vec![Box::new(Trivial)], forward: Vec::new() };
    let report = evaluate(&Set::open(&folder).unwrap(), &mut methods, &Options::default(), |_| Ok(())).unwrap();
    let near = |group, column, told: f64, slack: f64| {
        let got = report.inverse.mean("trivial", group, column).unwrap();
        assert!((got - told).abs() <= slack, "{group} {column}: {got}, told {told}");
    };
    near("all", "albedo_psnr", 17.9, 0.1);
    near("objects", "albedo_psnr", 17.3, 0.25);
    near("scenes", "albedo_psnr", 18.4, 0.15);
    near("all", "normal_deg", 50.0, 0.5);
    near("objects", "normal_deg", 42.0, 0.5);
    near("scenes", "normal_deg", 55.0, 0.5);
    near("all", "roughness_rmse", 0.270, 0.001);
    near("all", "metallic_rmse", 0.252, 0.001);
    near("all", "depth_absrel", 0.197, 0.002);
}
