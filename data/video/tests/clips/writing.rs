//! What is written reads back, here and by ffmpeg.

use crate::{alone, drain, fixture, read};
use relight_video::{About, Audio, CreateOptions, Ffmpeg, Frame, Rate, create, open};
use std::{fs, path::Path, process::Command};

/// Frame `index` of a smooth picture with some detail, in motion.
fn picture(width: usize, height: usize, index: usize) -> Frame {
    let pixel = |i: usize| {
        let (x, y, t) = ((i % width) as f32, (i / width) as f32, index as f32);
        let wave = 0.5 + 0.4 * ((x + 2.0 * t) * 0.21).sin() * ((y - t) * 0.17).cos();
        let slope = (x + y) / (width + height) as f32;
        [wave * slope + 0.05, 0.6 * wave + 0.1, 0.3 + 0.5 * (1.0 - slope) * wave]
    };
    Frame { width, height, rgb: (0..width * height).flat_map(pixel).collect(), alpha: None }
}

fn psnr(a: &Frame, b: &Frame) -> f64 {
    let (a, b) = (a.to_srgb8(), b.to_srgb8());
    let error: f64 = a.iter().zip(&b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (error / a.len() as f64).max(1e-9)).log10()
}

fn write(path: &Path, frames: &[Frame], rate: Rate, options: &CreateOptions) -> Vec<String> {
    let mut sink = create(path, &About::new(frames[0].width, frames[0].height, rate), options).unwrap();
    frames.iter().for_each(|frame| sink.write(frame).unwrap());
    sink.finish().unwrap()
}

#[test]
fn clips_come_back_with_their_rate_and_more_than_38_decibels() {
    let folder = tempfile::tempdir().unwrap();
    for (num, den, width, height) in [(24000, 1001, 128, 96), (7, 1, 64, 48), (30, 1, 96, 64), (26777, 1000, 65, 33), (25, 2, 5, 3)] {
        let path = folder.path().join(format!("{width}.mp4"));
        let frames: Vec<_> = (0..10).map(|index| picture(width, height, index)).collect();
        let rate = Rate { num, den };
        let notes = write(&path, &frames, rate, &CreateOptions::default());
        assert_eq!(notes.len(), width % 2, "{notes:?}");
        let source = open(&path, &alone()).unwrap();
        let about = source.about().clone();
        assert_eq!((about.width, about.height, about.rate, about.frames), (width, height, rate, Some(10)));
        assert!(about.format.ends_with("BT.709, limited range") && !about.audio, "{about:?}");
        // Of five pixels in motion, chroma keeps less.
        let bound = if width > 16 { 38.0 } else { 25.0 };
        for (index, (a, b)) in drain(source).unwrap().iter().zip(&frames).enumerate() {
            assert!(psnr(a, b) > bound, "{width}x{height}, frame {index}: {} dB", psnr(a, b));
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "nothing but the clips");
}

#[test]
fn saturated_colours_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patches.mp4");
    let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 0, 255], [255, 255, 255], [0, 0, 0]];
    let codes: Vec<u8> = (0..64 * 64 * 2).flat_map(|i| colours[i % 128 / 32 + i / 128 / 32 * 4]).collect();
    let frame = Frame::from_srgb8(128, 64, &codes);
    write(&path, &[frame], Rate::default(), &CreateOptions::default());
    let back = read(&path, &alone()).unwrap()[0].to_srgb8();
    for (patch, colour) in colours.iter().enumerate() {
        let centre = 3 * ((patch / 4 * 32 + 16) * 128 + patch % 4 * 32 + 16);
        let got = &back[centre..centre + 3];
        assert!(got.iter().zip(colour).all(|(a, b)| a.abs_diff(*b) <= 3), "{colour:?} became {got:?}");
    }
}

#[test]
fn sound_comes_along_or_its_loss_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..15).map(|index| picture(32, 32, index)).collect();
    let rate = Rate { num: 25, den: 1 };
    let with = |name: &str, start: f64, count: usize| {
        let path = folder.path().join("out.mp4");
        let audio = Some(Audio { path: fixture(name), start });
        let notes = write(&path, &frames[..count], rate, &CreateOptions { overwrite: true, audio, ..CreateOptions::default() });
        (open(&path, &alone()).unwrap().about().audio, notes, fs::metadata(&path).unwrap().len())
    };
    let (there, notes, whole) = with("sound.mp4", 0.0, 15);
    assert!(there && notes.is_empty(), "{notes:?}");
    assert!(whole > fs::metadata(fixture("silent.mp4")).unwrap().len());
    let (there, notes, _) = with("sound.mp4", 0.2, 5);
    assert!(there && notes.is_empty(), "{notes:?}");
    for name in ["baseline.mp4", "vp9.webm", "none.mp4"] {
        let (there, notes, _) = with(name, 0.0, 5);
        assert!(!there && notes[0].contains("is lost"), "{notes:?}");
    }
    let (there, notes, _) = with("sound.mp4", 9.0, 5);
    assert!(!there && notes[0].contains("ends before"), "{notes:?}");
}

#[test]
fn ffmpeg_agrees_where_it_is() {
    let Some(ffmpeg) = Ffmpeg::Found.program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    let frames: Vec<_> = (0..15).map(|index| picture(66, 34, index)).collect();
    let audio = Some(Audio { path: fixture("sound.mp4"), start: 0.0 });
    write(&path, &frames, Rate { num: 24000, den: 1001 }, &CreateOptions { audio, ..CreateOptions::default() });
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(["-v", "error"]).args(arguments).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let name = path.to_str().unwrap();
    let flags = "scale=flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp";
    let filter = format!("{flags}:in_h_chr_pos=0,format=yuv444p16le,{flags},format=rgb24");
    let raw = run(&ffmpeg, &["-i", name, "-vf", &filter, "-f", "rawvideo", "-"]);
    assert_eq!(raw.len(), 15 * 66 * 34 * 3);
    for (bytes, frame) in raw.chunks(66 * 34 * 3).zip(&frames) {
        let seen = Frame::from_srgb8(66, 34, bytes);
        assert!(psnr(&seen, frame) > 38.0, "{}", psnr(&seen, frame));
    }
    let keys = "stream=codec_name,width,height,color_range,color_space,color_transfer,color_primaries,r_frame_rate,avg_frame_rate,duration";
    let said = String::from_utf8(run(&ffmpeg.with_file_name("ffprobe"), &["-show_entries", keys, "-of", "default=nw=1", name])).unwrap();
    let keys = "color_range=tv color_space=bt709 color_transfer=bt709 color_primaries=bt709 r_frame_rate=24000/1001 avg_frame_rate=24000/1001";
    for key in keys.split(' ').chain(["width=66", "codec_name=aac"]) {
        assert!(said.contains(key), "{key} is not in {said}");
    }
    // 15 frames of 1001/24000 s, or a little less: the fixture's sound is .6 s long.
    assert!(said.contains("duration=0.625625") && said.matches("duration=0.6").count() == 2, "{said}");
    run(&ffmpeg, &["-i", name, "-vn", "-f", "null", "-"]);
}

#[test]
fn only_h264_sizes_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    for (width, height) in [(4000, 100), (3000, 3000), (0, 8), (1 << 20, 1 << 20)] {
        let fault = create(&folder.path().join("a.mp4"), &About::new(width, height, Rate::default()), &CreateOptions::default()).err().unwrap();
        assert!(!fault.remedy.is_empty());
    }
    let mut sink = create(&folder.path().join("a.mp4"), &About::new(32, 32, Rate::default()), &CreateOptions::default()).unwrap();
    assert!(sink.write(&Frame::black(32, 30)).unwrap_err().cause.contains("32x30"));
    assert!(sink.finish().unwrap_err().cause.contains("no frame"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// In a process whose files may not grow beyond 64 KiB, as on a full disk: called by the test below.
#[test]
fn limited() {
    let Some(folder) = std::env::var_os("RELIGHT_TEST_LIMITED") else { return };
    let folder = Path::new(&folder);
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 24) as f32
    };
    let frame = Frame { width: 256, height: 256, rgb: (0..256 * 256 * 3).map(|_| noise()).collect(), alpha: None };
    for name in ["a.mp4", "a.png", "a.exr", "a.hdr", "a.%04d.jpg", "folder"] {
        let mut sink = create(&folder.join(name), &About::new(256, 256, Rate::default()), &CreateOptions::default()).unwrap();
        let count = if name == "a.mp4" { 8 } else { 1 };
        let result = (0..count).try_for_each(|_| sink.write(&frame));
        let fault = result.and_then(|()| sink.finish().map(drop)).unwrap_err();
        assert!(fault.cause.contains("cannot write") && !fault.cause.contains(".draft"), "{name}: {fault}");
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "{name}");
    }
}

#[test]
fn a_full_disk_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let test = std::env::current_exe().unwrap();
    // Ignoring the signal turns it into an error of write(2).
    let script = "trap '' XFSZ; ulimit -f 128; exec \"$0\" --exact writing::limited";
    let output = Command::new("sh").arg("-c").arg(script).arg(&test).env("RELIGHT_TEST_LIMITED", folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
