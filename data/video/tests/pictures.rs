//! Pictures, numbered or alone, in and out.

use relight_file::Result;
use relight_video::{About, Audio, CreateOptions, Frame, OpenOptions, Rate, create, open, resize};
use std::{fs, path::Path};

fn gradient(width: usize, height: usize, shift: f32) -> Frame {
    let rgb = (0..width * height).flat_map(|i| [(i % width) as f32 / width as f32, (i / width) as f32 / height as f32, shift]).collect();
    Frame { width, height, rgb, alpha: None }
}

fn read(path: &Path, options: &OpenOptions) -> Result<Vec<Frame>> {
    let mut source = open(path, options)?;
    let mut frames = Vec::new();
    while let Some(frame) = source.next()? {
        assert_eq!((frame.width, frame.height), (source.about().width, source.about().height));
        frames.push(frame);
    }
    assert!(source.next()?.is_none());
    assert_eq!(source.about().frames.unwrap_or(frames.len()), frames.len());
    Ok(frames)
}

fn write(path: &Path, frames: &[Frame], options: &CreateOptions) -> Result<Vec<String>> {
    let about = About { frames: Some(frames.len()), ..About::new(frames[0].width, frames[0].height, Rate::default()) };
    let mut sink = create(path, &about, options)?;
    frames.iter().try_for_each(|frame| sink.write(frame))?;
    sink.finish()
}

fn worst(a: &Frame, b: &Frame) -> f32 {
    a.rgb.iter().zip(&b.rgb).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn every_kind_of_picture_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..3).map(|i| gradient(19, 11, i as f32 * 0.25)).collect();
    for (extension, error) in [("png", 0.005), ("jpg", 0.2), ("exr", 0.0005), ("hdr", 0.01)] {
        let pattern = folder.path().join(format!("{extension}/f.%04d.{extension}"));
        write(&pattern, &frames, &CreateOptions::default()).unwrap();
        for path in [pattern.clone(), pattern.parent().unwrap().to_owned()] {
            let back = read(&path, &OpenOptions::default()).unwrap();
            let worst = back.iter().zip(&frames).map(|(a, b)| worst(a, b)).fold(0.0, f32::max);
            assert!(back.len() == 3 && worst < error, "{extension}: {worst}");
        }
        let one = open(&folder.path().join(format!("{extension}/f.0001.{extension}")), &OpenOptions::default()).unwrap();
        assert_eq!(one.about().frames, Some(1));
    }
    let back = folder.path().join("plain");
    let options = CreateOptions { extension: Some("exr".into()), audio: Some(Audio::default()), ..CreateOptions::default() };
    assert!(write(&back, &frames, &options).unwrap()[0].contains("sound"));
    assert_eq!(fs::read_dir(&back).unwrap().count(), 3);
    assert!(back.join("0002.exr").exists());
}

#[test]
fn alpha_is_straight_in_png_and_premultiplied_here() {
    let folder = tempfile::tempdir().unwrap();
    let frame = Frame { width: 2, height: 1, rgb: vec![0.25, 0.5, 0.0, 0.0, 0.0, 0.0], alpha: Some(vec![0.5, 0.0]) };
    for name in ["a.png", "a.exr"] {
        let path = folder.path().join(name);
        write(&path, std::slice::from_ref(&frame), &CreateOptions::default()).unwrap();
        let back = &read(&path, &OpenOptions::default()).unwrap()[0];
        assert!(worst(back, &frame) < 0.005, "{back:?}");
        assert!((back.alpha.as_ref().unwrap()[0] - 0.5).abs() < 0.005 && back.alpha.as_ref().unwrap()[1] == 0.0);
    }
}

#[test]
fn parts_of_a_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..10).map(|i| gradient(4, 4, i as f32 / 10.0)).collect();
    let pattern = folder.path().join("%d.exr");
    write(&pattern, &frames, &CreateOptions::default()).unwrap();
    let part = |start, duration, most| {
        let options = OpenOptions { start, duration, frames: most, rate: Some(Rate { num: 10, den: 1 }), ..OpenOptions::default() };
        read(&pattern, &options).map(|frames| frames.iter().map(|f| (f.rgb[2] * 10.0).round() as usize).collect::<Vec<_>>())
    };
    assert_eq!(part(0.2, Some(0.3), None).unwrap(), [2, 3, 4]);
    assert_eq!(part(0.25, None, Some(2)).unwrap(), [3, 4]);
    assert!(part(1.0, None, None).unwrap_err().cause.contains("it has 10"));
    assert!(part(0.0, None, Some(0)).is_err());
    assert!(part(-1.0, None, None).is_err());
    assert!(part(f64::NAN, None, None).is_err());
}

#[test]
fn gaps_mixed_sizes_and_empty_folders_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::create_dir(&path).unwrap();
    let fault = |path: &Path| open(path, &OpenOptions::default()).err().expect("a fault");
    assert!(fault(&path).cause.contains("no numbered pictures"));
    let frames: Vec<_> = (0..3).map(|_| gradient(6, 4, 0.0)).collect();
    write(&path.join("%04d.png"), &frames, &CreateOptions::default()).unwrap();
    fs::rename(path.join("0001.png"), path.join("0001.txt")).unwrap();
    assert!(fault(&path).cause.contains("0001.png is missing"));
    assert!(fault(&path.join("%04d.png")).cause.contains("0001.png is missing"));
    write(&path.join("0001.png"), &[gradient(4, 6, 0.0)], &CreateOptions::default()).unwrap();
    assert!(fault(&path).cause.contains("4x6, but the first frame is 6x4"));
    write(&path.join("b.%04d.png"), &frames, &CreateOptions::default()).unwrap();
    assert!(fault(&path).remedy.contains("b.%04d.png"));
    write(&path.join("rgb.%04d.png"), &frames, &CreateOptions::default()).unwrap();
    assert_eq!(read(&path, &OpenOptions::default()).unwrap().len(), 3);
    assert!(fault(&folder.path().join("none.png")).remedy.contains("check the path"));
    assert!(fault(&folder.path().join("none/%04d.png")).remedy.contains("check the path"));
}

#[test]
fn damaged_pictures_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    for extension in ["png", "jpg", "exr", "hdr"] {
        let path = folder.path().join(format!("a.{extension}"));
        write(&path, &[gradient(64, 64, 0.5)], &CreateOptions::default()).unwrap();
        let whole = fs::read(&path).unwrap();
        for bytes in [&b"not a picture"[..], &whole[..whole.len() / 20], &whole[..4], b""] {
            fs::write(&path, bytes).unwrap();
            let result = read(&path, &OpenOptions::default());
            assert!(result.is_err_and(|f| f.cause.contains("a.") && !f.remedy.is_empty()), "{extension}, {} bytes", bytes.len());
        }
    }
    // A header of 60000x60000 pixels, and one of 16000x4000 in a file that cannot hold them.
    for (width, height) in [(60_000u32, 60_000u32), (16_000, 4_000)] {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.extend([8, 2, 0, 0, 0]);
        let path = folder.path().join("huge.png");
        fs::write(&path, &png).unwrap();
        assert!(open(&path, &OpenOptions::default()).is_err());
    }
}

#[test]
fn nothing_is_left_of_what_was_not_finished() {
    let folder = tempfile::tempdir().unwrap();
    let about = About::new(4, 4, Rate::default());
    let left = || fs::read_dir(folder.path()).unwrap().count();
    for name in ["%04d.png", "folder", "one.exr"] {
        let path = folder.path().join(name);
        let mut sink = create(&path, &about, &CreateOptions::default()).unwrap();
        sink.write(&gradient(4, 4, 0.0)).unwrap();
        assert!(sink.write(&gradient(5, 4, 0.0)).unwrap_err().cause.contains("5x4"));
        drop(sink);
        assert_eq!(left(), 0, "{name}");
        assert!(create(&path, &about, &CreateOptions::default()).unwrap().finish().unwrap_err().cause.contains("no frame"));
        assert_eq!(left(), 0, "{name}");
    }
    let path = folder.path().join("one.png");
    let mut sink = create(&path, &about, &CreateOptions::default()).unwrap();
    sink.write(&gradient(4, 4, 0.0)).unwrap();
    assert!(sink.write(&gradient(4, 4, 0.0)).unwrap_err().remedy.contains("one.%04d.png"));
    drop(sink);
    assert_eq!(left(), 0);
    write(&folder.path().join("%04d.png"), &[gradient(4, 4, 0.0)], &CreateOptions::default()).unwrap();
    assert!(create(&folder.path().join("%04d.png"), &about, &CreateOptions::default()).err().unwrap().remedy.contains("-y"));
    assert!(create(&folder.path().join("a.txt"), &about, &CreateOptions::default()).err().unwrap().remedy.contains("mp4"));
    assert!(create(Path::new("/proc/no/%04d.png"), &about, &CreateOptions::default()).and_then(|mut s| s.write(&gradient(4, 4, 0.0))).is_err());
}

#[test]
fn an_evaluation_frame_reads_and_scales_when_there_is_one() {
    let shared = std::env::var("RELIGHT_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    let Ok(clips) = fs::read_dir(Path::new(&shared).join("evalset/dev")) else { return };
    let Some(clip) = clips.flatten().map(|c| c.path()).find(|p| p.is_dir()) else { return };
    let mut source = open(&clip, &OpenOptions { frames: Some(2), ..OpenOptions::default() }).unwrap();
    let frame = source.next().unwrap().unwrap();
    let small = resize(&frame, frame.width / 3, frame.height / 3).unwrap();
    let mean = |f: &Frame| f.rgb.iter().sum::<f32>() / f.rgb.len() as f32;
    assert!((mean(&small) / mean(&frame) - 1.0).abs() < 0.02, "{} {}", mean(&small), mean(&frame));
}
