//! Shards as a trainer meets them.

use half::f16;
use relight_file::Fault;
use relight_synth::{Kind, Options, Progress, reshade, synth};
use safetensors::{SafeTensors, tensor::TensorView};
use std::{collections::HashMap, fs, path::Path};

const T: usize = 2;
const N: usize = 32 * 32;

fn options(out: &Path, threads: usize) -> Options {
    Options { out: out.to_owned(), clips: 6, seed: 5, frames: T, width: 32, height: 32, samples: 4, threads, ..Options::default() }
}

fn run(options: &Options) -> Vec<Progress> {
    let mut heard = Vec::new();
    let listen = &mut |p| {
        heard.push(p);
        Ok(())
    };
    synth(options, listen).unwrap();
    heard
}

fn halves(file: &SafeTensors, name: &str) -> Vec<f32> {
    file.tensor(name).unwrap().data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
}

fn floats(file: &SafeTensors, name: &str) -> Vec<f32> {
    file.tensor(name).unwrap().data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[test]
fn the_same_key_gives_the_same_bytes_on_any_number_of_threads_and_runs_resume() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&options(one.path(), 1));
    let mut later = options(two.path(), 3);
    (later.first, later.clips) = (2, 2);
    assert!(run(&later).iter().all(|p| !p.skipped && p.seconds > 0.0));
    let heard = run(&options(two.path(), 3));
    assert_eq!(heard.iter().filter(|p| p.skipped).count(), 2);
    for k in 0..6 {
        let name = format!("clip.{k:06}.safetensors");
        assert!(fs::read(one.path().join(&name)).unwrap() == fs::read(two.path().join(&name)).unwrap(), "{name} differs");
    }
    assert_eq!(fs::read_dir(two.path()).unwrap().count(), 6);
}

#[test]
fn kept_clips_are_the_newest_and_removed_ones_are_not_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let few = Options { keep: Some(2), shading: false, samples: 1, ..options(folder.path(), 1) };
    run(&few);
    let names = || {
        let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["clip.000004.safetensors", "clip.000005.safetensors"]);
    let heard = run(&Options { clips: 7, ..few });
    assert_eq!(heard.iter().filter(|p| !p.skipped).map(|p| p.clip).collect::<Vec<_>>(), [6]);
    assert_eq!(names(), ["clip.000005.safetensors", "clip.000006.safetensors"]);
    let bytes = fs::read(folder.path().join("clip.000006.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert!(file.tensor("ssrt").is_err() && file.tensor("rgb").is_ok());
}

#[test]
fn shading_again_gives_the_same_shading_up_to_halves() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&Options { clips: 2, frames: 1, ..options(folder.path(), 2) });
    assert_eq!(reshade(folder.path(), out.path(), &|p| if p.skipped { Err(Fault::new("skipped", "")) } else { Ok(()) }), Ok(2));
    for k in 0..2 {
        let read = |folder: &Path| fs::read(folder.join(format!("clip.{k:06}.safetensors"))).unwrap();
        let (old, new) = (read(folder.path()), read(out.path()));
        let (old, new) = (SafeTensors::deserialize(&old).unwrap(), SafeTensors::deserialize(&new).unwrap());
        assert_eq!(old.names().len(), new.names().len());
        assert!(old.tensor("rgb").unwrap().data() == new.tensor("rgb").unwrap().data());
        let (a, b) = (halves(&old, "ssrt"), halves(&new, "ssrt"));
        // Halves of the buffers move single rays across edges.
        let apart = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum::<f32>() / a.iter().sum::<f32>();
        assert!(apart < 0.02, "{apart}");
    }
}

#[test]
fn estimated_depth_is_made_to_agree_with_the_normals() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&Options { clips: 1, frames: 1, ..options(folder.path(), 1) });
    let path = folder.path().join("clip.000000.safetensors");
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    // A wall that faces the camera, with ripples in its depth that the normals do not have.
    let normal: Vec<u8> = [f16::ZERO, f16::ZERO, f16::ONE].repeat(N).into_iter().flat_map(f16::to_le_bytes).collect();
    let ripple = |i: usize| 2.0 * (0.05 * ((i % 32) as f32 * 1.3).sin()).exp();
    let depth: Vec<u8> = (0..N).flat_map(|i| ripple(i).to_le_bytes()).collect();
    let changed: Vec<(String, TensorView)> = file
        .iter()
        .map(|(name, tensor)| {
            let data = match name {
                "normal" => &normal[..],
                "depth" => &depth[..],
                _ => tensor.data(),
            };
            (name.to_owned(), TensorView::new(tensor.dtype(), tensor.shape().to_vec(), data).unwrap())
        })
        .collect();
    let facts = HashMap::from([("buffers".to_owned(), "estimated".to_owned())]);
    fs::write(&path, safetensors::serialize(changed, Some(facts)).unwrap()).unwrap();
    reshade(folder.path(), out.path(), &|_| Ok(())).unwrap();
    let bytes = fs::read(out.path().join("clip.000000.safetensors")).unwrap();
    let settled = floats(&SafeTensors::deserialize(&bytes).unwrap(), "depth");
    let rough = |depth: &dyn Fn(usize) -> f32| (0..N - 1).map(|i| (depth(i + 1) / depth(i)).ln().abs()).sum::<f32>();
    let (before, after) = (rough(&ripple), rough(&|i| settled[i]));
    assert!(after < 0.3 * before, "{before} {after}");
    assert!((settled.iter().sum::<f32>() / N as f32 - 2.0).abs() < 0.05);
}

#[test]
fn every_pass_is_in_its_range_and_exposed_by_the_rule() {
    let folder = tempfile::tempdir().unwrap();
    run(&options(folder.path(), 2));
    for k in 0..6 {
        let bytes = fs::read(folder.path().join(format!("clip.{k:06}.safetensors"))).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let (alpha, rgb) = (halves(&file, "alpha"), halves(&file, "rgb"));
        assert_eq!((alpha.len(), rgb.len()), (T * N, 2 * T * N * 3));
        assert!(alpha.iter().all(|a| (0.0..=1.0).contains(a)));
        let unit = |name: &str| halves(&file, name).iter().all(|x| (0.0..=1.0).contains(x));
        assert!(unit("albedo") && unit("roughness") && unit("metallic") && unit("visibility"));
        let (normal, depth) = (halves(&file, "normal"), floats(&file, "depth"));
        for (i, a) in alpha.iter().enumerate() {
            let length = normal[3 * i..3 * i + 3].iter().map(|x| x * x).sum::<f32>().sqrt();
            if *a > 0.0 {
                assert!((length - 1.0).abs() < 0.01 && depth[i] > 0.0 && depth[i].is_finite(), "clip {k}: normal {length}, depth {}", depth[i]);
            } else {
                assert!(length == 0.0 && depth[i] == 0.0);
            }
        }
        for light in rgb.chunks_exact(T * N * 3) {
            let lit = light.chunks_exact(3).zip(&alpha).filter(|(_, a)| **a > 0.5);
            let mut luminance: Vec<f32> = lit.map(|(p, a)| (0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]) / a).collect();
            luminance.sort_by(f32::total_cmp);
            let bright = luminance[(0.95 * (luminance.len() - 1) as f32) as usize];
            assert!((0.02..0.802).contains(&bright), "clip {k}: {bright}");
        }
        for name in ["diffuse", "specular", "ssrt", "map", "light"] {
            assert!(halves(&file, name).iter().all(|x| x.is_finite() && *x >= 0.0), "clip {k}: {name}");
        }
        assert_eq!(file.tensor("light").unwrap().shape(), [2, T, 8, 16, 3]);
        assert_eq!(file.tensor("map").unwrap().shape(), [2, 128, 256, 3]);
        let pose = floats(&file, "camera_to_world");
        assert_eq!(&pose[12..16], [0.0, 0.0, 0.0, 1.0]);
        let (_, head) = SafeTensors::read_metadata(&bytes).unwrap();
        let facts = head.metadata().clone().unwrap();
        assert!(Kind::ALL.map(Kind::name).contains(&facts["kind"].as_str()) && facts["seed"] == "5" && facts["clip"] == k.to_string());
    }
}

#[test]
fn a_kind_that_is_asked_for_is_all_there_is_and_backdrops_fill_the_picture_with_a_wall() {
    for kind in Kind::ALL {
        let folder = tempfile::tempdir().unwrap();
        let heard = run(&Options { kind: Some(kind), clips: 8, shading: false, samples: 1, ..options(folder.path(), 2) });
        assert!(heard.iter().all(|p| p.kind == kind.name()));
        let (mut open, mut floor) = (0, 0);
        for k in 0..8 {
            let bytes = fs::read(folder.path().join(format!("clip.{k:06}.safetensors"))).unwrap();
            let file = SafeTensors::deserialize(&bytes).unwrap();
            open += halves(&file, "alpha").iter().filter(|a| **a < 1.0).count();
            let (normal, pose) = (halves(&file, "normal"), floats(&file, "camera_to_world"));
            // The world's up as the first frame's camera sees it: the second row of its rotation.
            let up = [pose[4], pose[5], pose[6]];
            floor += normal[..3 * N].chunks_exact(3).filter(|n| n[0] * up[0] + n[1] * up[1] + n[2] * up[2] > 0.95).count();
        }
        if kind == Kind::Backdrops {
            assert!(open == 0 && floor < 8 * N / 10, "{open} {floor}");
        } else if kind != Kind::Objects {
            assert!(floor > 8 * N / 8, "{}: {floor}", kind.name());
        }
    }
}

#[test]
fn reserved_models_and_maps_and_mad_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["kitchenaid.obj", "lebombo_1k.hdr"] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    let usual = options(&folder.path().join("out"), 1);
    let bad = [
        Options { meshes: vec![folder.path().join("kitchenaid.obj")], ..usual.clone() },
        Options { meshes: vec![folder.path().to_owned()], ..usual.clone() },
        Options { lights: vec![folder.path().join("lebombo_1k.hdr")], ..usual.clone() },
        Options { lights: vec![folder.path().join("missing.hdr")], ..usual.clone() },
        Options { width: 1 << 20, ..usual.clone() },
        Options { samples: 0, ..usual },
    ];
    for options in bad {
        let fault = synth(&options, &mut |_| Ok(())).unwrap_err();
        assert!(!fault.remedy.is_empty());
    }
    assert!(!folder.path().join("out").exists());
}
