//! Frames are those that ffmpeg sees, in its order.

use crate::{alone, drain, fixture, read};
use relight_video::{Ffmpeg, Frame, OpenOptions, Rate, open};
use serde_json::Value;
use std::{fs, path::Path};

/// Mean codes of 4×3 cells.
fn cells(frame: &Frame) -> Vec<f64> {
    let codes = frame.to_srgb8();
    let cut = |i: usize, n: usize, length: usize| i * length / n..(i + 1) * length / n;
    let mut cells = Vec::new();
    for (row, column) in (0..12).map(|i| (i / 4, i % 4)) {
        let (ys, xs) = (cut(row, 3, frame.height), cut(column, 4, frame.width));
        for channel in 0..3 {
            let line = |y: usize| xs.clone().map(|x| f64::from(codes[3 * (y * frame.width + x) + channel])).sum::<f64>();
            cells.push(ys.clone().map(line).sum::<f64>() / (ys.len() * xs.len()) as f64);
        }
    }
    cells
}

fn reference(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/reference.json")).unwrap();
    all[name].clone()
}

/// Compares frames with those that ffmpeg sees from `first` on. Frames beside each other differ by 4 codes or more somewhere.
fn compare(name: &str, frames: &[Frame], first: usize, bound: f64) {
    let reference = reference(name);
    for (index, frame) in frames.iter().enumerate() {
        let cells = cells(frame);
        let expected = reference["frames"][first + index].as_array().unwrap();
        let worst = cells.iter().zip(expected).map(|(a, b)| (a - b.as_f64().unwrap()).abs()).fold(0.0, f64::max);
        assert!(worst < bound, "{name}, frame {index}: {worst} off");
    }
}

fn check(name: &str, options: &OpenOptions, bound: f64) {
    let reference = reference(name);
    let source = open(&fixture(name), options).unwrap_or_else(|e| panic!("{name}: {e}"));
    let about = source.about().clone();
    assert_eq!(about.rate, reference["rate"].as_str().unwrap().parse::<Rate>().unwrap(), "{name}");
    assert_eq!((about.width as u64, about.height as u64), (reference["width"].as_u64().unwrap(), reference["height"].as_u64().unwrap()), "{name}");
    let frames = drain(source).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(frames.len(), reference["frames"].as_array().unwrap().len(), "{name}");
    compare(name, &frames, 0, bound);
}

#[test]
fn every_h264_clip_is_frame_exact_without_ffmpeg() {
    for name in ["baseline.mp4", "bframes.mp4", "cropped.mp4", "fragmented.mp4", "full.mp4", "sound.mp4", "edited.mp4", "rotated.mp4"] {
        check(name, &alone(), 0.6);
    }
}

#[test]
fn what_a_clip_is_is_said() {
    let about = |name: &str| open(&fixture(name), &alone()).unwrap().about().clone();
    assert_eq!(about("bframes.mp4").format, "H.264 High, BT.709, limited range");
    assert_eq!(about("full.mp4").format, "H.264 High, BT.601, full range");
    assert!(about("baseline.mp4").format.ends_with("BT.601, limited range"));
    assert!(about("sound.mp4").audio && !about("full.mp4").audio);
    assert_eq!(about("sound.mp4").notes, [""; 0]);
}

#[test]
fn parts_begin_and_end_at_the_right_frame() {
    for (name, rate) in [("bframes.mp4", 24000.0 / 1001.0), ("sound.mp4", 25.0), ("edited.mp4", 25.0), ("fragmented.mp4", 7.0)] {
        let total = reference(name)["frames"].as_array().unwrap().len();
        for first in 0..total {
            let options = OpenOptions { start: first as f64 / rate, frames: Some(2), ..alone() };
            let frames = read(&fixture(name), &options).unwrap();
            assert_eq!(frames.len(), 2.min(total - first), "{name} from {first}");
            compare(name, &frames, first, 0.6);
        }
        let options = OpenOptions { start: 2.0 / rate, duration: Some(3.0 / rate), ..alone() };
        let frames = read(&fixture(name), &options).unwrap();
        assert_eq!(frames.len(), 3);
        compare(name, &frames, 2, 0.6);
        let late = OpenOptions { start: 100.0, ..alone() };
        assert!(read(&fixture(name), &late).unwrap_err().cause.contains(&format!("it has {total}")));
    }
}

#[test]
fn other_codecs_go_through_ffmpeg_where_it_is() {
    if Ffmpeg::Found.program().is_none() {
        return;
    }
    for name in ["hevc.mp4", "vp9.webm", "high10.mp4", "yuv444.mp4"] {
        check(name, &OpenOptions::default(), 0.6);
        let part = OpenOptions { start: 0.08, frames: Some(1), ..OpenOptions::default() };
        let frames = read(&fixture(name), &part).unwrap();
        compare(name, &frames, 2, 0.6);
    }
    let interlaced = open(&fixture("interlaced.mp4"), &OpenOptions::default()).unwrap();
    assert!(interlaced.about().notes[0].contains("interlaced"));
    assert_eq!(drain(interlaced).unwrap().len(), 4);
}

#[test]
fn real_clips_are_whole_where_they_are() {
    let shared = std::env::var("RELIGHT_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    let clips = Path::new(&shared).join("clips");
    if !clips.is_dir() {
        return;
    }
    for name in ["demo1.mp4", "demo2.mp4"] {
        let source = open(&clips.join(name), &alone()).unwrap();
        assert_eq!(source.about().rate, Rate { num: 7, den: 1 });
        let frames = drain(source).unwrap();
        assert_eq!(frames.len(), 24);
        // Out of order, frames would jump to and fro: each lies nearer to the next than to the one after that.
        let apart = |a: &Frame, b: &Frame| cells(a).iter().zip(cells(b)).map(|(a, b)| (a - b).abs()).sum::<f64>();
        let nearer = frames.windows(3).filter(|f| apart(&f[0], &f[1]) <= apart(&f[0], &f[2])).count();
        assert!(nearer >= 20, "{name}: {nearer} of 22");
    }
    let cup = open(&clips.join("cup.mp4"), &OpenOptions { start: 5.0, frames: Some(12), ..alone() }).unwrap();
    assert_eq!((cup.about().rate, cup.about().audio), (Rate { num: 26777, den: 1000 }, true));
    assert_eq!(drain(cup).unwrap().len(), 12);
    let cockatoo = clips.join("cockatoo.mp4");
    if fs::exists(&cockatoo).unwrap() {
        assert!(open(&cockatoo, &alone()).err().unwrap().cause.contains("4:4:4 H.264"));
    }
}
