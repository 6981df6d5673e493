//! Bad input: one line of cause, one of remedy, exit code 1, and nothing is left.

mod common;

use common::{clip, fails, folder, map, relight, works};
use exr::prelude::*;
use std::{fs, path::Path};

fn fixture(folder: &Path, name: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/video/tests/fixtures").join(name);
    fs::copy(&from, folder.join(name)).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
}

#[test]
fn clips_that_cannot_be_read() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("empty.mp4"), "").unwrap();
    fs::write(path.join("text.mp4"), "this is no video at all, whatever its name says").unwrap();
    let whole = fs::read(path.join("clip.mp4")).unwrap();
    fs::write(path.join("cut.mp4"), &whole[..whole.len() / 2]).unwrap();
    for name in ["hevc.mp4", "high10.mp4", "yuv444.mp4", "interlaced.mp4", "vp9.webm"] {
        fixture(path, name);
    }
    for (name, cause, remedy) in [
        ("absent.mp4", "absent.mp4", "check the path"),
        ("empty.mp4", "is empty", "again"),
        ("text.mp4", "text.mp4", ""),
        ("cut.mp4", "cut.mp4", "again"),
        ("hevc.mp4", "HEVC", "ffmpeg -i"),
        ("high10.mp4", "10", "ffmpeg -i"),
        ("yuv444.mp4", "4:4:4", "ffmpeg -i"),
        ("interlaced.mp4", "interlaced", "ffmpeg -i"),
        ("vp9.webm", "vp9.webm", "ffmpeg -i"),
        ("clip.mp4 -ss 1000", "no frame", "-ss"),
    ] {
        fails(path, &format!("{name} --light map.exr -o out.mp4"), cause, remedy);
        fails(path, &format!("inverse {name} -o gbuffer"), cause, remedy);
    }
}

#[test]
fn folders_of_pictures_with_gaps_or_mixed_sizes_or_nothing() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("none")).unwrap();
    clip(&path.join("gap/%04d.png"), 32, 16, 3);
    fs::remove_file(path.join("gap/0001.png")).unwrap();
    clip(&path.join("mixed/%04d.png"), 32, 16, 2);
    clip(&path.join("mixed/0001b.png"), 16, 16, 1);
    fs::rename(path.join("mixed/0001b.png"), path.join("mixed/0001.png")).unwrap();
    fails(path, "none --light map.exr -o out.mp4", "no numbered", "0000.png");
    fails(path, "gap --light map.exr -o out.mp4", "0001", "without a gap");
    fails(path, "mixed --light map.exr -o out.mp4", "16x16", "one size");
}

#[test]
fn maps_that_are_no_light() {
    let folder = folder();
    let path = folder.path();
    for (name, value) in [("nan", f32::NAN), ("infinite", f32::INFINITY), ("negative", -1.0)] {
        let mut bad = map();
        bad.rgb[3 * 100] = value;
        bad.save(&path.join(format!("{name}.exr")), false).unwrap();
        fails(path, &format!("clip.mp4 --light {name}.exr -o out.mp4"), name, "--clean-light");
        works(path, &format!("clip.mp4 --light {name}.exr --clean-light --preview --frames 1 -y -o out.png"));
        fs::remove_file(path.join("out.png")).unwrap();
        fs::remove_file(path.join("out.png.json")).unwrap();
    }
    clip(&path.join("square.png"), 32, 32, 1);
    fails(path, "clip.mp4 --light square.png -o out.mp4", "not 2:1", "equirectangular");
    fails(path, "clip.mp4 --light clip.mp4 -o out.mp4", "no environment map", ".hdr");
    fails(path, "clip.mp4 --light absent.hdr -o out.mp4", "absent.hdr", "check the path");
}

#[test]
fn buffers_that_are_not_whole() {
    let folder = folder();
    let path = folder.path();
    works(path, "inverse clip.mp4 -o gbuffer --frames 3");
    fs::copy(path.join("gbuffer/0000.exr"), path.join("one.exr")).unwrap();
    let bytes = fs::read(path.join("one.exr")).unwrap();
    fs::write(path.join("cut.exr"), &bytes[..bytes.len() / 2]).unwrap();
    write_rgb_file(path.join("picture.exr"), 32, 16, |_, _| (0.5f32, 0.5f32, 0.5f32)).unwrap();
    fails(path, "forward picture.exr --light map.exr -o out.mp4", "albedo", "");
    fails(path, "forward cut.exr --light map.exr -o out.mp4", "cut.exr", "");
    fails(path, "forward absent --light map.exr -o out.mp4", "absent", "check the path");
    fs::remove_file(path.join("gbuffer/0001.exr")).unwrap();
    fails(path, "forward gbuffer --light map.exr -o out.mp4", "0001", "");
    fs::copy(path.join("gbuffer/0000.exr"), path.join("gbuffer/0001.exr")).unwrap();
    works(path, "inverse clip.mp4 -o other --frames 1");
    clip(&path.join("small.png"), 32, 16, 1);
    works(path, "inverse small.png -o small");
    fs::copy(path.join("small/0000.exr"), path.join("gbuffer/0002.exr")).unwrap();
    fails(path, "forward gbuffer --light map.exr -o out.mp4 --preview", "32x16", "");
}

#[test]
fn outputs_that_cannot_be() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("taken.mp4"), "mine").unwrap();
    fails(path, "clip.mp4 --light map.exr -o taken.mp4", "exists already", "-y");
    assert_eq!(fs::read(path.join("taken.mp4")).unwrap(), b"mine");
    fails(path, "clip.mp4 --light map.exr -o /proc/nothing/out.mp4", "/proc/nothing", "-o");
    fails(path, "clip.mp4 --light map.exr -o out.avi", "out.avi", "out.mp4");
    fails(path, "clip.mp4 --light map.exr -o clip.mp4/out.mp4", "clip.mp4", "-o");
    fails(path, "inverse clip.mp4 -o grid.mp4 --layout official", "layout", "-o");
    fails(path, "clip.mp4 --light map.exr -o one.png", "one.png", "%04d");
    fs::create_dir(path.join("full")).unwrap();
    fs::write(path.join("full/mine"), "").unwrap();
    fails(path, "inverse clip.mp4 -o full", "exists already", "-y");
}

#[test]
fn weights_that_are_hostile() {
    let folder = folder();
    let path = folder.path();
    let header = |json: &str| [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat();
    fs::write(path.join("empty.safetensors"), "").unwrap();
    fs::write(path.join("huge.safetensors"), u64::MAX.to_le_bytes()).unwrap();
    fs::write(path.join("far.safetensors"), header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4000000000,4000000000],\"data_offsets\":[0,9000000000]}}"))
        .unwrap();
    fs::write(path.join("plain.safetensors"), header("{}")).unwrap();
    let config = r#"{\"kind\":\"inverse\",\"conditions\":3,\"outputs\":9,\"light\":false,\"widths\":[4000,4000,4000,4000],\"blocks\":[60,60,60,60],\"embed\":4000,\"head_dim\":4}"#;
    fs::write(path.join("bare.safetensors"), header(&format!("{{\"__metadata__\":{{\"config\":\"{config}\"}}}}"))).unwrap();
    for (name, cause) in [("empty", ""), ("huge", ""), ("far", ""), ("plain", "config"), ("bare", "missing"), ("absent", "absent")] {
        fails(path, &format!("inverse clip.mp4 --weights {name}.safetensors -o gbuffer"), &format!("{name}.safetensors"), "");
        fails(path, &format!("models --weights {name}.safetensors"), cause, "");
    }
    fs::create_dir(path.join("folder")).unwrap();
    fails(path, "clip.mp4 --light map.exr --weights folder -o out.mp4", "neither", "");
}

#[test]
fn cameras_that_do_not_fit() {
    let folder = folder();
    let path = folder.path();
    works(path, "inverse clip.mp4 -o gbuffer --frames 3");
    fs::write(path.join("text.json"), "hello").unwrap();
    let pose = "[[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]";
    fs::write(path.join("short.json"), format!("{{\"frames\":2,\"fov_x_deg\":50,\"camera_to_world\":[{pose},{pose}]}}")).unwrap();
    fails(path, "forward gbuffer --light map.exr --camera text.json -o out.mp4", "text.json", "");
    fails(path, "forward gbuffer --light map.exr --camera short.json -o out.mp4", "cameras", "clip.json");
    fails(path, "clip.mp4 --light map.exr --camera short.json --preview -o out.mp4", "poses", "clip.json");
}

#[test]
fn sets_and_scenes_that_are_not_there() {
    let folder = folder();
    let path = folder.path();
    fs::create_dir(path.join("none")).unwrap();
    fs::write(path.join("text.glb"), "hello").unwrap();
    fails(path, "eval none", "no clips", "clip.json");
    fails(path, "eval absent", "absent", "check the path");
    fails(path, "trace absent.glb --light map.exr -o t.exr", "absent.glb", "check the path");
    fails(path, "trace text.glb --light map.exr -o t.exr", "text.glb", "");
    fails(path, "trace text.glb --light map.exr -o t.png", "t.png", ".exr");
    fails(path, "synth -o shards --clips 1 --meshes absent", "absent", "");
    works(path, "synth -o shards --clips 1 --frames 1 --width 16 --height 16 --samples 1 --no-shading");
    fails(path, "synth --shade shards --estimate embedded -o shaded", "no picture", "photograph.py");
    fails(path, "synth --shade shards --estimate absent.safetensors -o shaded", "absent.safetensors", "check the path");
}

#[test]
fn lights_that_cannot_be_told_and_things_that_cannot_be_inserted() {
    let folder = folder();
    let path = folder.path();
    fs::write(path.join("text.glb"), "hello").unwrap();
    fs::write(path.join("empty.obj"), "# nothing").unwrap();
    fs::write(path.join("flat.obj"), "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").unwrap();
    fs::write(path.join("taken.exr"), "mine").unwrap();
    fails(path, "light absent.mp4 -o light.exr", "absent.mp4", "check the path");
    fails(path, "light clip.mp4 -o light.png", "light.png", ".exr");
    fails(path, "light clip.mp4 -o taken.exr", "exists already", "-y");
    fails(path, "light map.exr -o light.exr", "albedo", "albedo.R");
    fails(path, "insert clip.mp4 absent.glb -o out.mp4", "absent.glb", "check the path");
    fails(path, "insert clip.mp4 text.glb -o out.mp4", "text.glb", "");
    fails(path, "insert clip.mp4 empty.obj -o out.mp4", "empty.obj", "");
    fails(path, "insert clip.mp4 clip.mp4 -o out.mp4", "no object", ".glb");
    fails(path, "insert clip.mp4 flat.obj -o taken.exr", "taken.exr", "");
    fails(path, "insert clip.mp4 flat.obj --light map.exr --on 900,5 --frames 1 -o out.png", "outside", "upper left");
    fails(path, "insert clip.mp4 --layer absent -o out.mp4", "absent", "check the path");
    works(path, "inverse clip.mp4 -o gbuffer --frames 1");
    fails(path, "insert clip.mp4 --layer gbuffer/0001.exr -o out.mp4", "0001.exr", "");
    fails(path, "insert clip.mp4 --layer clip.mp4 --light map.exr --frames 1 -o out.png", "no alpha", "PNG");
    clip(&path.join("small.png"), 32, 16, 1);
    fails(path, "insert small.png --layer gbuffer -o out.png", "64x48", "size of the scene");
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_was_meant() {
    let folder = folder();
    for (args, words) in [
        ("inverze clip.mp4", "inverse"),
        ("clip.mp4 --light map.exr", "--output"),
        ("clip.mp4 --light map.exr -o o.mp4 --size 0", "32 to 4096"),
        ("clip.mp4 --light map.exr -o o.mp4 --exposure bright", "auto"),
        ("clip.mp4 --light map.exr -o o.mp4 --turn nan", "number"),
        ("clip.mp4 --light map.exr -o o.mp4 -ss yesterday", "MM:SS"),
        ("clip.mp4 --light map.exr -o o.mp4 --model svd:weights --steps 0", "1..=1000"),
        ("clip.mp4 --light map.exr -o o.mp4 --steps 4", "--steps is an option of official networks: --model svd:DIR or --model cosmos:DIR"),
        ("insert clip.mp4 -o o.mp4", "OBJECT"),
        ("insert clip.mp4 a.glb --size 0 -o o.mp4", "above 0"),
        ("insert clip.mp4 a.glb --on 5 -o o.mp4", "2 numbers"),
        ("insert clip.mp4 a.glb --at 1,2,3,4 -o o.mp4", "X,Y,DEPTH"),
        ("insert clip.mp4 a.glb --at 1,2 --on 3,4 -o o.mp4", "cannot be used with"),
        ("synth -o shards --clips 1 --estimate embedded", "cannot be used with"),
        ("synth -o shards --estimate embedded", "--shade"),
        ("", "Usage"),
    ] {
        let output = relight(folder.path(), args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "relight {args}\n{text}");
        assert!(text.contains(words), "relight {args}: {words:?} in\n{text}");
    }
}
