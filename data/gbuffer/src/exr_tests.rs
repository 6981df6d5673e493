//! Buffers through files and back.

use crate::{Camera, DepthRange, DepthUnit, GBuffer, OfficialWriter, Pass, ReadOptions, open_folder, open_partial_folder, rewrite_exr, write_exr};
use exr::{
    image::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer},
    meta::header::{ImageAttributes, LayerAttributes},
    prelude::{IntegerBounds, WritableImage},
};
use glam::{Mat4, Vec3};
use std::{fs, path::Path};

/// A ramp of everything, its last column background.
fn ramp(width: usize, height: usize) -> GBuffer {
    let mut buffers = GBuffer::empty(width, height);
    let mut rgb = vec![0.0; 3 * width * height];
    for i in (0..width * height).filter(|i| i % width != width - 1) {
        let t = i as f32 / (width * height) as f32;
        buffers.alpha[i] = 1.0;
        let n = Vec3::new(t - 0.5, 0.5 - t * t, 0.7).normalize();
        for c in 0..3 {
            rgb[3 * i + c] = t * (c + 1) as f32;
            buffers.albedo[3 * i + c] = (0.1 + 0.2 * c as f32 + 0.4 * t).min(1.0);
            buffers.normal[3 * i + c] = n[c];
        }
        buffers.depth[i] = 2.0 + t;
        buffers.roughness[i] = 0.1 + 0.8 * t;
        buffers.metallic[i] = t;
    }
    buffers.rgb = Some(rgb);
    buffers
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn close(a: &GBuffer, b: &GBuffer, slack: f32) {
    assert_eq!(a.alpha, b.alpha);
    for (x, y) in [(&a.albedo, &b.albedo), (&a.normal, &b.normal), (&a.depth, &b.depth), (&a.roughness, &b.roughness), (&a.metallic, &b.metallic)] {
        assert!(distance(x, y) <= slack, "{}", distance(x, y));
    }
}

fn camera() -> Camera {
    Camera { fov_x: 0.8, to_world: Mat4::from_translation(Vec3::new(1.0, 2.0, 3.0)) * Mat4::from_rotation_y(0.5) * Mat4::from_rotation_x(-0.3) }
}

/// A channel's name and samples.
type Named<'a> = (&'a str, &'a [f32]);

/// A file of named channels, as parts of the given names.
fn save(path: &Path, parts: &[(&str, &[Named])], width: usize) {
    let layers: Vec<_> = parts
        .iter()
        .map(|(name, channels)| {
            let list = channels.iter().map(|(name, values)| AnyChannel::new(*name, FlatSamples::F32(values.to_vec()))).collect();
            let size = (width, channels[0].1.len() / width);
            Layer::new(size, LayerAttributes::named(*name), Encoding::FAST_LOSSLESS, AnyChannels::sort(list))
        })
        .collect();
    let bounds = IntegerBounds::from_dimensions((width, parts[0].1[0].1.len() / width));
    Image::from_layers(ImageAttributes::new(bounds), layers).write().to_file(path).unwrap();
}

#[test]
fn our_own_files_come_back_with_camera_and_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0000.exr");
    let buffers = ramp(24, 10);
    write_exr(&path, &buffers, DepthUnit::Relative, Some(&camera()), false).unwrap();
    let stored = ReadOptions::default().read_exr(&path).unwrap();
    close(&buffers, &stored.buffers, 1e-3);
    assert_eq!(buffers.depth, stored.buffers.depth);
    assert!(distance(buffers.rgb.as_ref().unwrap(), stored.buffers.rgb.as_ref().unwrap()) < 2e-3);
    assert_eq!(stored.unit, DepthUnit::Relative);
    let back = stored.camera.unwrap();
    assert!(back.to_world.abs_diff_eq(camera().to_world, 1e-6) && (back.fov_x - 0.8).abs() < 1e-6);
    assert!(write_exr(&path, &buffers, DepthUnit::Scene, None, false).unwrap_err().remedy.contains("-y"));
}

#[test]
fn blenders_multilayer_and_multipart_files_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blender.exr");
    // Two pixels: one half covered whose surface faces up in the world, one of background.
    let up = [0.0, 0.0, 1.0];
    let plane = |v: f32| vec![v, 0.0];
    let half = 0.5f32;
    let (r, a, rough, metal) = (plane(0.25), plane(half), plane(0.8 * half), plane(half));
    let [nx, ny, nz] = up.map(plane);
    let depth = vec![4.0, 1e10];
    let channels: Vec<Named> = vec![
        ("ViewLayer.Combined.R", &r),
        ("ViewLayer.Combined.G", &r),
        ("ViewLayer.Combined.B", &r),
        ("ViewLayer.Combined.A", &a),
        ("ViewLayer.Normal.X", &nx),
        ("ViewLayer.Normal.Y", &ny),
        ("ViewLayer.Normal.Z", &nz),
        ("ViewLayer.Depth.V", &depth),
        ("ViewLayer.basecolor.R", &r),
        ("ViewLayer.basecolor.G", &r),
        ("ViewLayer.basecolor.B", &r),
        ("ViewLayer.rough.X", &rough),
        ("ViewLayer.metal.X", &metal),
    ];
    save(&path, &[("", &channels)], 2);
    assert!(ReadOptions::default().read_exr(&path).unwrap_err().remedy.contains("--camera"));
    let options = ReadOptions { camera: Some(camera()) };
    let one = options.read_exr(&path).unwrap().buffers;
    assert_eq!((one.alpha.as_slice(), one.depth.as_slice()), (&[0.5, 0.0][..], &[4.0, 0.0][..]));
    assert!((one.albedo[0] - 0.5).abs() < 1e-6 && (one.roughness[0] - 0.8).abs() < 1e-6 && one.metallic[0] == 1.0);
    // Blender's +Z is our +Y: in this camera's frame.
    let expected = camera().to_world.inverse().transform_vector3(Vec3::Y);
    assert!(Vec3::from_slice(&one.normal).abs_diff_eq(expected, 1e-5));
    assert_eq!(one.normal[3..], [0.0; 3]);
    // The same as parts, as newer versions write them.
    let parts = folder.path().join("parts.exr");
    let (colour, rest) = channels.split_at(4);
    save(&parts, &[("ViewLayer.Combined", colour), ("rest", rest)], 2);
    assert_eq!(options.read_exr(&parts).unwrap().buffers, one);
}

#[test]
fn missing_passes_and_bad_numbers_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let zero = [1.0f32, 1.0];
    save(&path, &[("", &[("R", &zero), ("G", &zero), ("B", &zero), ("depth.Z", &zero), ("DiffCol.R", &zero)])], 2);
    let fault = ReadOptions::default().read_exr(&path).unwrap_err();
    for word in ["no albedo", "no normal", "no roughness", "no metallic", "DiffCol.R"] {
        assert!(fault.cause.contains(word), "{fault}");
    }
    assert!(!fault.cause.contains("no depth") && fault.remedy.contains("N.X/Y/Z"));
    let mut buffers = ramp(8, 4);
    buffers.roughness[10] = f32::NAN;
    write_exr(&path, &buffers, DepthUnit::Scene, None, true).unwrap();
    let fault = ReadOptions::default().read_exr(&path).unwrap_err();
    assert!(fault.cause.contains("1 pixels of roughness") && fault.cause.contains("column 2, row 1"), "{fault}");
}

#[test]
fn folders_stream_in_order_and_gaps_and_sizes_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    let at = |i: usize| folder.path().join(format!("{i:04}.exr"));
    assert!(open_folder(folder.path(), &[]).unwrap_err().cause.contains("no frames"));
    for i in 0..3 {
        let mut buffers = ramp(8, 4);
        buffers.depth[0] = 10.0 + i as f32;
        write_exr(&at(i), &buffers, DepthUnit::Scene, None, false).unwrap();
    }
    let open = open_folder(folder.path(), &[]).unwrap();
    assert_eq!((open.len(), open.width, open.height), (3, 8, 4));
    let firsts: Vec<f32> = open.frames().map(|f| f.unwrap().depth[0]).collect();
    assert_eq!(firsts, [10.0, 11.0, 12.0]);
    assert_eq!(open_folder(&folder.path().join("%04d.exr"), &[]).unwrap().len(), 3);
    assert_eq!(open_folder(&at(1), &[]).unwrap().len(), 1);
    assert!(open_folder(folder.path(), &[camera()]).unwrap_err().cause.contains("1 cameras"));
    write_exr(&at(2), &ramp(6, 4), DepthUnit::Scene, None, true).unwrap();
    let last = open_folder(folder.path(), &[]).unwrap().read(2).unwrap_err();
    assert!(last.cause.contains("6x4") && last.cause.contains("8x4"));
    fs::remove_file(at(1)).unwrap();
    assert!(open_folder(folder.path(), &[]).unwrap_err().cause.contains("0001.exr is missing"));
    assert!(open_folder(&folder.path().join("absent"), &[]).is_err());
}

#[test]
fn the_official_layout_comes_back_within_its_eight_bits() {
    let folder = tempfile::tempdir().unwrap();
    let clip = folder.path().join("gbuffer_frames/cup");
    let buffers = ramp(16, 6);
    let mut writer = OfficialWriter::new(&clip, Some(DepthRange { near: 1.5, far: 3.5 })).unwrap();
    for _ in 0..2 {
        writer.write(&buffers).unwrap();
    }
    assert!(clip.join("0000.0001.basecolor.png").exists() && clip.join("0000.0001.rgb.png").exists());
    for path in [&clip, &folder.path().join("gbuffer_frames")] {
        let open = open_folder(path, &[]).unwrap();
        assert_eq!(open.len(), 2);
        let back = open.read(1).unwrap();
        close(&buffers, &back.buffers, 0.012);
        assert_eq!(back.unit, DepthUnit::Relative);
    }
    let remove = |frame: usize, pass: &str| fs::remove_file(clip.join(format!("0000.{frame:04}.{pass}.png"))).unwrap();
    let refused = |open: fn(&Path, &[Camera]) -> relight_file::Result<crate::Folder>| open(&clip, &[]).unwrap_err().cause;
    remove(1, "metallic");
    assert!(refused(open_folder).contains("0000.0001.* has no metallic") && refused(open_partial_folder).contains("no metallic"));
    // A pass that no frame has may be left out where that is asked for, but not albedo.
    remove(0, "metallic");
    remove(0, "depth");
    remove(1, "depth");
    assert!(refused(open_folder).contains("no depth, no metallic"));
    let open = open_partial_folder(&clip, &[]).unwrap();
    assert_eq!(open.absent(), [Pass::Depth, Pass::Metallic]);
    let back = open.read(1).unwrap().buffers;
    assert!(back.alpha.iter().all(|a| *a == 1.0) && back.depth.iter().all(|d| *d == 1.5) && back.roughness.iter().any(|r| *r > 0.1));
    remove(0, "basecolor");
    remove(1, "basecolor");
    assert!(refused(open_partial_folder).contains("no basecolor"));
}

#[test]
fn files_of_the_evaluation_set_are_read_where_it_is_there() {
    let shared = std::env::var_os("RELIGHT_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
    let clip = shared.join("evalset/dev/objects_00");
    if !clip.exists() {
        return;
    }
    let told = crate::ClipFile::read(&clip.join("clip.json")).unwrap();
    let open = open_folder(&clip, &told.cameras).unwrap();
    assert_eq!((open.len(), open.width, told.lights.len()), (6, 256, 3));
    let frame = open.read(5).unwrap().buffers;
    let covered = frame.alpha.iter().filter(|a| **a > 0.5).count();
    assert!(covered > 1000 && frame.rgb.is_some());
    assert!((0..frame.alpha.len()).all(|i| (frame.depth[i] > 0.0) == (frame.alpha[i] > 0.0)));
}

#[test]
fn a_rewritten_file_differs_where_it_was_edited_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a.exr"), folder.path().join("b.exr"));
    write_exr(&from, &ramp(9, 7), DepthUnit::Relative, Some(&camera()), false).unwrap();
    let before = ReadOptions::default().read_exr(&from).unwrap();
    let mut after = before.buffers.clone();
    after.roughness[10] = 0.125;
    after.albedo[3 * 20 + 1] = 0.75;
    rewrite_exr(&from, &to, &to, &before.buffers, &after).unwrap();
    let read = ReadOptions::default().read_exr(&to).unwrap();
    assert_eq!((read.buffers, read.camera, read.unit), (after, before.camera, DepthUnit::Relative));
    let (a, b) = (relight_file::ExrLayers::read(&from).unwrap(), relight_file::ExrLayers::read(&to).unwrap());
    let sorted = |layers: &relight_file::ExrLayers| layers.attributes.iter().cloned().collect::<std::collections::BTreeMap<_, _>>();
    assert_eq!(sorted(&a), sorted(&b));
    let differ = a.channels.iter().zip(&b.channels).flat_map(|((_, x), (_, y))| x.iter().zip(y)).filter(|(x, y)| x.to_bits() != y.to_bits());
    assert_eq!(differ.count(), 2);
}
