//! Files that cannot be read, each with its cause and remedy.

use crate::{alone, fixture, read};
use relight_file::Fault;
use relight_video::{Ffmpeg, OpenOptions, open};
use std::{fs, path::Path, process::Command};

fn fault(path: &Path) -> Fault {
    let fault = read(path, &alone()).err().unwrap_or_else(|| panic!("{} was read", path.display()));
    assert!(!fault.remedy.is_empty() && !fault.cause.contains('\n'));
    fault
}

#[test]
fn foreign_codecs_without_ffmpeg_name_the_codec_and_the_conversion() {
    let files = [
        ("hevc.mp4", "HEVC"),
        ("vp9.webm", "no mp4"),
        ("high10.mp4", "10-bit H.264"),
        ("yuv444.mp4", "4:4:4 H.264"),
        ("interlaced.mp4", "interlaced H.264"),
    ];
    for (name, what) in files {
        let fault = fault(&fixture(name));
        assert!(fault.cause.contains(what) && fault.remedy.contains("ffmpeg -i"), "{name}: {fault}");
    }
}

#[test]
fn damaged_and_empty_files() {
    let folder = tempfile::tempdir().unwrap();
    let with = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        fault(&path)
    };
    assert!(with("empty.mp4", b"").cause.contains("is empty"));
    assert!(with("text.mp4", b"hello, world").cause.contains("no mp4"));
    assert!(with("text.mov", b"\0\0\0\x08moov").cause.contains("damaged"));
    let clip = fs::read(fixture("bframes.mp4")).unwrap();
    // Its index lies at the end.
    assert!(with("cut.mp4", &clip[..clip.len() / 2]).cause.contains("index (moov) is missing"));
    assert!(with("cut.mp4", &clip[..clip.len() - 9]).cause.contains("index is cut off"));
    let fragmented = fs::read(fixture("fragmented.mp4")).unwrap();
    let moof = fragmented.windows(4).position(|name| name == b"moof").unwrap() - 4;
    assert!(with("zero.mp4", &fragmented[..moof]).cause.contains("holds no frames"));
    assert!(fault(&fixture("silent.mp4")).cause.contains("no video track"));
    assert!(fault(&fixture("none.mp4")).remedy.contains("check the path"));
    // Its index lies in front: what is there can be read.
    let cup = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../apps/cli/assets/cup.mp4")).unwrap();
    let path = folder.path().join("cup.mp4");
    fs::write(&path, &cup[..cup.len() * 3 / 4]).unwrap();
    let fault = fault(&path);
    assert!(fault.cause.contains("of 24 frames are there"), "{fault}");
    let whole = fault.remedy.rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(read(&path, &OpenOptions { frames: Some(whole), ..alone() }).unwrap().len(), whole);
}

#[test]
fn lies_in_the_index_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut seed = 7_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for name in ["bframes.mp4", "sound.mp4", "fragmented.mp4", "edited.mp4"] {
        let clip = fs::read(fixture(name)).unwrap();
        let moov = clip.windows(4).position(|name| name == b"moov").unwrap();
        let index = clip[moov..].windows(4).position(|name| name == b"mdat").map_or(clip.len(), |end| moov + end);
        for round in 0..150 {
            let mut bytes = clip.clone();
            for _ in 0..1 + random(3) {
                bytes[moov + random(index - moov)] = [0, 1, 0x7f, 0x80, 0xff][random(5)];
            }
            let path = folder.path().join(format!("{round}.mp4"));
            fs::write(&path, &bytes).unwrap();
            // Opening reads the whole index; what it says of the pictures is the decoder's business.
            let _ = open(&path, &alone());
        }
    }
}

/// Called by the test below with the environment that it sets.
#[test]
fn found() {
    match std::env::var("RELIGHT_TEST_FOUND").as_deref() {
        Ok("none") => assert_eq!(Ffmpeg::Found.program(), None),
        Ok(path) => assert_eq!(Ffmpeg::Found.program().as_deref(), Some(Path::new(path))),
        Err(_) => {}
    }
}

#[test]
fn the_environment_names_the_ffmpeg_program_or_none() {
    let sh = "/bin/sh";
    for (name, expected) in [("", "none"), (sh, sh), ("/no/such/ffmpeg", "none")] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command.args(["--exact", "bad::found"]).env("RELIGHT_FFMPEG", name).env("RELIGHT_TEST_FOUND", expected).output().unwrap();
        assert!(output.status.success(), "{name:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
