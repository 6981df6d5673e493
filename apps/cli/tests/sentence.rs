//! The whole sentence on small clips: video → inverse → buffers → forward → video.

mod common;

use common::{clip, fails, files, folder, read, relight, works};
use relight_video::{About, CreateOptions, Frame, Rate, create};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

#[test]
fn a_video_under_another_light_keeps_its_size_length_and_rate() {
    let folder = folder();
    let words = works(folder.path(), "clip.mp4 --light map.exr -o out.mp4");
    assert!(words.contains("no camera is known") && words.contains("wrote out.mp4: 8 frames, 64x48"), "{words}");
    let (about, frames) = read(&folder.path().join("out.mp4"));
    assert_eq!((about.width, about.height, about.rate, frames.len()), (64, 48, Rate { num: 25, den: 1 }, 8));
    let mean = frames[0].rgb.iter().sum::<f32>() / frames[0].rgb.len() as f32;
    assert!((0.02..0.9).contains(&mean), "well exposed: {mean}");
    let receipt: serde_json::Value = serde_json::from_slice(&fs::read(folder.path().join("out.mp4.json")).unwrap()).unwrap();
    assert_eq!(receipt["frames"], 8);
    assert_eq!(receipt["weights"]["inverse"]["sha256"].as_str().unwrap().len(), 64);
    assert!(receipt["facts"]["exposure"].as_f64().unwrap() > 0.0 && receipt["seconds"]["total"].as_f64().unwrap() > 0.0);
    assert_eq!(files(folder.path()).len(), 4, "clip, map, output, receipt and nothing else");
}

#[test]
fn in_two_steps_with_every_way_out() {
    let folder = folder();
    works(folder.path(), "inverse clip.mp4 -o gbuffer --frames 3");
    assert_eq!(files(&folder.path().join("gbuffer")).len(), 3);
    works(folder.path(), "forward gbuffer --light map.exr --turn 360 -o a.%04d.exr");
    works(folder.path(), "forward gbuffer --light map.exr --turn 360 --picture -o seen.%04d.exr");
    let (blind, seen) = (read(&folder.path().join("a.%04d.exr")).1, read(&folder.path().join("seen.%04d.exr")).1);
    assert!(seen.len() == 3 && seen[0].rgb.iter().zip(&blind[0].rgb).any(|(s, b)| (s - b).abs() > 1e-3), "the network saw the picture");
    works(folder.path(), "forward gbuffer/ --light map.exr --preview --exposure -1 -o b.mp4");
    works(folder.path(), "forward gbuffer/%04d.exr --light map.exr --rotation 90 --frames 1 -o c.png");
    assert_eq!(read(&folder.path().join("a.%04d.exr")).1.len(), 3);
    assert_eq!(read(&folder.path().join("b.mp4")).1.len(), 3);
    works(folder.path(), "inverse clip.mp4 -o official --layout official -ss 0.1 -t 0.08");
    works(folder.path(), "forward official --light map.exr --preview -o d.png --frames 1");
    let official = folder.path().join("official/clip");
    let pictures = fs::read_dir(&official).unwrap().map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().contains(".rgb."));
    assert!(pictures.map(|p| fs::remove_file(p).unwrap()).count() > 0);
    fails(folder.path(), "forward official --light map.exr --picture -o e.png --frames 1", "official holds no picture", "--picture");
    works(folder.path(), "inverse clip.mp4 -o grid.mp4 --frames 2");
    assert!(read(&folder.path().join("grid.mp4")).0.width > 3 * 64);
}

#[test]
fn the_light_of_a_clip_and_a_thing_in_it() {
    let folder = folder();
    let path = folder.path();
    let words = works(path, "light clip.mp4 -o light.exr --frames 4");
    assert!(words.contains("light: most of it from") && words.contains("wrote light.exr: 256x128 map"), "{words}");
    let receipt: serde_json::Value = serde_json::from_slice(&fs::read(path.join("light.exr.json")).unwrap()).unwrap();
    assert!(receipt["facts"]["light"]["dominant"]["confidence"].as_f64().is_some() && receipt["facts"]["light"]["psnr"].as_f64().unwrap() > 5.0);
    let cube =
        "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nv 0 0 1\nv 1 0 1\nv 1 1 1\nv 0 1 1\nf 4 3 2 1\nf 5 6 7 8\nf 1 2 6 5\nf 4 8 7 3\nf 1 5 8 4\nf 2 3 7 6\n";
    fs::write(path.join("cube.obj"), cube).unwrap();
    works(path, "insert clip.mp4 cube.obj --on 32,40 --size 0.4 --yaw 30 --frames 2 --keep-light kept.exr -o in.%04d.exr");
    let (before, after) = (read(&path.join("clip.mp4")).1, read(&path.join("in.%04d.exr")).1);
    assert_eq!((after.len(), path.join("kept.exr").exists()), (2, true));
    let same = (0..64 * 48).filter(|i| (0..3).all(|c| (before[0].rgb[3 * i + c] - after[0].rgb[3 * i + c]).abs() < 1e-3)).count();
    assert!(same > 64 * 48 / 8 && same < 64 * 48 * 97 / 100, "{same}");
    works(path, "inverse clip.mp4 -o gbuffer --frames 2");
    works(path, "insert gbuffer cube.obj --at 20,40 --size 0.3 --light map.exr --rotation 40 -o a.mp4");
    works(path, "insert gbuffer --layer gbuffer/0001.exr --light map.exr -o b.%04d.png");
    assert_eq!(read(&path.join("b.%04d.png")).1.len(), 2);
    let card = Frame { width: 8, height: 12, rgb: [0.0, 0.5, 0.0].repeat(96), alpha: Some(vec![0.5; 96]) };
    let mut sink = create(&path.join("card.png"), &About::new(8, 12, Rate { num: 25, den: 1 }), &CreateOptions::default()).unwrap();
    sink.write(&card).unwrap();
    sink.finish().unwrap();
    works(path, "insert gbuffer --layer card.png --at 20,40,0.5 --size 0.5 --light map.exr -o d.%04d.png");
    let carded = read(&path.join("d.%04d.png")).1;
    let green = |f: &Frame| f.rgb[3 * (32 * 64 + 20) + 1] - f.rgb[3 * (32 * 64 + 20)];
    assert!(carded.len() == 2 && green(&carded[0]) > green(&before[0]) + 0.1, "the card is seen before a scene about 1 away");
    let words = works(path, "insert clip.mp4 cube.obj --light map.exr --track --frames 2 -o c.mp4");
    assert!(words.contains("poses told from the pictures"), "{words}");
}

#[test]
fn any_shape_and_more_frames_than_a_window() {
    let folder = folder();
    for (name, width, height, frames) in [("portrait", 46, 62, 2), ("odd", 33, 17, 2), ("long", 32, 16, 21)] {
        let input = folder.path().join(format!("{name}.%04d.png"));
        clip(&input, width, height, frames);
        works(folder.path(), &format!("{name}.%04d.png --light map.exr -o out_{name}.%04d.png --rate 12"));
        let (about, pictures) = read(&folder.path().join(format!("out_{name}.%04d.png")));
        assert_eq!((about.width, about.height, pictures.len()), (width, height, frames), "{name}");
    }
}

#[test]
fn the_same_command_gives_the_same_bytes_whatever_the_threads() {
    let folder = folder();
    let bytes = |args: &str| {
        works(folder.path(), &format!("clip.mp4 --light map.exr -y -o out.mp4 {args}"));
        fs::read(folder.path().join("out.mp4")).unwrap()
    };
    let once = bytes("--threads 2 --frames 4");
    assert!(once == bytes("--threads 2 --frames 4") && once == bytes("--threads 1 --frames 4") && once == bytes("--threads 5 --frames 4"));
}

#[test]
fn a_smaller_working_size_keeps_the_videos_size_and_its_texture() {
    let folder = folder();
    clip(&folder.path().join("large.png"), 96, 64, 1);
    works(folder.path(), "large.png --light map.exr --size 32 --preview -o out.png");
    let out = &read(&folder.path().join("out.png")).1[0];
    assert_eq!((out.width, out.height), (96, 64));
}

#[test]
fn events_are_json_lines_on_stdout() {
    let folder = folder();
    let output = relight(folder.path(), "--json inverse clip.mp4 -o gbuffer --frames 2");
    assert!(output.status.success() && output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    let events: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let kinds: Vec<&str> = events.iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("start", "done"));
    assert!(kinds.contains(&"wrote"));
    let last = events.iter().rfind(|e| e["event"] == "progress").unwrap();
    assert_eq!((last["stage"].as_str(), last["done"].as_u64(), last["total"].as_u64()), (Some("inverse"), Some(2), Some(2)));
}

#[test]
fn the_light_stays_in_the_world_when_the_camera_turns() {
    let folder = folder();
    works(folder.path(), "inverse clip.mp4 -o gbuffer --frames 1");
    let pose = |degrees: f32| {
        let (s, c) = degrees.to_radians().sin_cos();
        format!("[[{c},0,{s},0],[0,1,0,0],[{},0,{c},0],[0,0,0,1]]", -s)
    };
    let json = |degrees: f32| format!("{{\"frames\":1,\"fov_x_deg\":50,\"camera_to_world\":[{}]}}", pose(degrees));
    fs::write(folder.path().join("ahead.json"), json(0.0)).unwrap();
    fs::write(folder.path().join("turned.json"), json(90.0)).unwrap();
    let picture = |name: &str, args: &str| {
        works(folder.path(), &format!("forward gbuffer --light map.exr --preview --exposure 0 -o {name}.png {args}"));
        fs::read(folder.path().join(format!("{name}.png"))).unwrap()
    };
    let ahead = picture("a", "--camera ahead.json");
    assert!(ahead != picture("b", "--camera turned.json"), "another view of the light");
    // A camera turned by 90 degrees under a light turned by 90 degrees sees what it saw.
    let (turned, ahead) = (picture("c", "--camera turned.json --rotation 90"), read(&folder.path().join("a.png")).1);
    assert!(!turned.is_empty());
    let turned = read(&folder.path().join("c.png")).1;
    let worst = ahead[0].rgb.iter().zip(&turned[0].rgb).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 0.02, "{worst}");
}

#[cfg(unix)]
#[test]
fn an_interruption_leaves_nothing() {
    let folder = folder();
    clip(&folder.path().join("long.mp4"), 64, 48, 300);
    let before = files(folder.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_relight"))
        .args(["--json", "long.mp4", "--light", "map.exr", "-o", "out.mp4"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"done\":1,")), "it began");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    // Reading on keeps the pipe from filling up.
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("interrupted"));
    assert_eq!(files(folder.path()), before);
}

#[test]
fn training_clips_go_on_where_they_stopped() {
    let folder = folder();
    let args = "synth -o shards --seed 3 --frames 1 --width 32 --height 32 --samples 2";
    works(folder.path(), &format!("{args} --clips 1"));
    let words = works(folder.path(), &format!("{args} --clips 2"));
    assert!(words.contains("2 clips, 1 of them from before"), "{words}");
    assert_eq!(files(&folder.path().join("shards")).len(), 2);
    let words = works(folder.path(), "synth --shade shards -o shaded");
    assert!(words.contains("2 clips with new shading"), "{words}");
    assert_eq!(files(&folder.path().join("shaded")).len(), 2);
}
