//! Shards as a trainer meets them.

use half::f16;
use relight_file::Fault;
use relight_render::{Inverse, Networks, Work};
use relight_synth::{Kind, Options, Progress, reshade, synth};
use relight_video::{Frame, transfer::decode};
use safetensors::{SafeTensors, tensor::TensorView};
use std::{fs, path::Path};

const T: usize = 2;
const SIDE: usize = 32;
const N: usize = SIDE * SIDE;

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
    assert_eq!(reshade(folder.path(), out.path(), None, &|p| if p.skipped { Err(Fault::new("skipped", "")) } else { Ok(()) }), Ok(2));
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
fn estimated_buffers_are_those_of_the_inverse_renderer() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(&Options { clips: 1, frames: 2, ..options(folder.path(), 1) });
    let path = folder.path().join("clip.000000.safetensors");
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let networks = Networks::embedded();
    let again = |out: &Path| reshade(folder.path(), out, Some(&networks.inverse), &|_| Ok(()));
    // Nothing was photographed yet.
    assert!(again(out.path()).unwrap_err().to_string().contains("picture"));
    let codes: Vec<f32> = (0..2 * N * 3).map(|i| f16::from_f32((i * 37 % 101) as f32 / 101.0).to_f32()).collect();
    let picture: Vec<u8> = codes.iter().flat_map(|c| f16::from_f32(*c).to_le_bytes()).collect();
    let mut tensors: Vec<(String, TensorView)> = file.iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect();
    tensors.push(("picture".to_owned(), TensorView::new(safetensors::Dtype::F16, vec![2, SIDE, SIDE, 3], &picture).unwrap()));
    fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    again(out.path()).unwrap();
    let bytes = fs::read(out.path().join("clip.000000.safetensors")).unwrap();
    let made = SafeTensors::deserialize(&bytes).unwrap();
    let frames: Vec<Frame> = codes
        .chunks_exact(3 * N)
        .map(|codes| {
            let mut rgb = codes.to_vec();
            decode(&mut rgb);
            Frame { width: SIDE, height: SIDE, rgb, alpha: None }
        })
        .collect();
    let fov = floats(&file, "fov_x_deg")[0].to_radians();
    let expected = Inverse::new(networks.inverse.estimator().unwrap(), Work::default()).seeing(fov).clip(&frames).unwrap();
    let depth: Vec<f32> = expected.iter().flat_map(|b| b.depth.iter().copied()).collect();
    assert_eq!(floats(&made, "depth"), depth);
    let normal = expected.iter().flat_map(|b| &b.normal);
    assert!(halves(&made, "normal").iter().zip(normal).all(|(a, b)| (a - b).abs() < 1e-3));
    let (_, head) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(head.metadata().clone().unwrap()["buffers"], "estimated");
    assert!(halves(&made, "matte").iter().eq(expected.iter().flat_map(|b| &b.alpha)));
    // Shading them again does not need the network.
    let twice = tempfile::tempdir().unwrap();
    reshade(out.path(), twice.path(), None, &|_| Ok(())).unwrap();
    let bytes = fs::read(twice.path().join("clip.000000.safetensors")).unwrap();
    assert!(halves(&SafeTensors::deserialize(&bytes).unwrap(), "ssrt").len() == halves(&made, "ssrt").len());
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
