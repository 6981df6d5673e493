//! Edits and comparisons through the program: what changes, what stays, and what is refused.

mod common;

use common::{clip, fails, files, folder, read, works};
use relight_file::ExrLayers;
use relight_video::{Frame, still};
use std::{fs, path::Path};

/// White on the left half.
fn half_mask(path: &Path, width: usize, height: usize) {
    let mut mask = Frame::black(width, height);
    mask.rgb.iter_mut().enumerate().filter(|(i, _)| i / 3 % width < width / 2).for_each(|(_, v)| *v = 1.0);
    still::write(&mask, path, path).unwrap();
}

#[test]
fn an_edited_folder_differs_where_it_was_edited_and_nowhere_else() {
    let folder = folder();
    let path = folder.path();
    works(path, "inverse clip.mp4 -o gbuffer --frames 3");
    half_mask(&path.join("m.png"), 64, 48);
    let words = works(path, "edit gbuffer/ --set roughness=0.15 --mul albedo=1.2,0.9,0.9 --mask m.png -o edited/ --keep-mask masks");
    assert!(words.contains("3 frames of buffers, 50.0 %"), "{words}");
    for index in 0..3 {
        let layers = |folder: &str| ExrLayers::read(&path.join(format!("{folder}/{index:04}.exr"))).unwrap();
        let (before, after) = (layers("gbuffer"), layers("edited"));
        assert_eq!(before.attributes.len(), after.attributes.len());
        for ((name, old), (_, new)) in before.channels.iter().zip(&after.channels) {
            let edited = ["albedo.R", "albedo.G", "albedo.B", "roughness.R"].contains(&name.as_str());
            for (i, (o, n)) in old.iter().zip(new).enumerate() {
                assert!(o.to_bits() == n.to_bits() || (edited && i % 64 < 32), "{name} at {i}: {o} {n}");
            }
            assert!(!edited || old != new, "{name}");
        }
        let roughness = after.channel("roughness.R").unwrap();
        assert!((roughness[5] - 0.15).abs() < 1e-3);
    }
    assert_eq!(read(&path.join("masks")).1.len(), 3);
    // The kept masks are masks.
    works(path, "edit gbuffer/ --set roughness=0.15 --mul albedo=1.2,0.9,0.9 --mask masks -o again");
    assert_eq!(fs::read(path.join("edited.json")).is_ok(), fs::read(path.join("again.json")).is_ok());
    let roughness = |folder: &str| ExrLayers::read(&path.join(folder).join("0002.exr")).unwrap().channel("roughness.R").unwrap().to_vec();
    assert_eq!(roughness("edited"), roughness("again"));
    works(path, "forward edited/ --light map.exr --preview -o out.mp4");
}

#[test]
fn a_click_selects_a_thing_and_lists_of_edits_are_read() {
    let folder = folder();
    let path = folder.path();
    works(path, "inverse clip.mp4 -o gbuffer --frames 4");
    fs::write(
        path.join("edits.toml"),
        "[[edit]]\nset = { metallic = 1 }\nselect = [26, 24, 2]\nfeather = 2\n[[edit]]\ntint = \"#20c040\"\nmask = \"alpha\"\n",
    )
    .unwrap();
    let words = works(path, "edit gbuffer/ --edits edits.toml -o edited/");
    assert!(words.contains("100.0 %"), "{words}");
    let words = works(path, "edit gbuffer/ --set roughness=0 --select 26,24,2 -o one");
    assert!(!words.contains(" 0.0 %") && !words.contains("100.0 %"), "{words}");
    let same = fs::read_dir(path.join("one")).unwrap().count();
    assert_eq!(same, 4);
}

#[test]
fn in_one_go_the_pixels_that_nothing_influences_are_the_inputs() {
    let folder = folder();
    let path = folder.path();
    clip(&path.join("in.%04d.png"), 64, 48, 2);
    half_mask(&path.join("m.png"), 64, 48);
    works(path, "in.%04d.png --mul albedo=0.5,0.5,0.5 --mask m.png --light map.exr --keep --preview -o out.%04d.png");
    let (before, after) = (read(&path.join("in.%04d.png")).1, read(&path.join("out.%04d.png")).1);
    for (before, after) in before.iter().zip(&after) {
        let (b, a) = (before.to_srgb8(), after.to_srgb8());
        let column = |x: usize| (0..48).flat_map(move |y| (0..3).map(move |c| 3 * (y * 64 + x) + c));
        let darker = column(4).map(|i| f32::from(b[i]) - f32::from(a[i])).sum::<f32>() / 144.0;
        assert!(darker > 8.0, "{darker}");
        let same = (32 + 24..64).flat_map(column).filter(|i| a[*i] == b[*i]).count() as f32 / (8.0 * 144.0);
        assert!(same > 0.95, "{same}");
    }
    assert!(!files(path).iter().any(|f| f.to_string_lossy().contains(".draft")), "the buffers on the way are gone");
    works(path, "in.%04d.png --set roughness=0.1 --light map.exr --preview -o relit.%04d.png");
    let words = works(path, "in.%04d.png --tint #c03020 --mask m.png -o own.%04d.png");
    assert!(words.contains("the frames rendered again"), "{words}");
    let own = read(&path.join("own.%04d.png")).1[0].to_srgb8();
    let redder = |x: usize| (0..48).map(|y| 3 * (y * 64 + x)).all(|i| own[i] > own[i + 1]);
    assert!(redder(4), "the left is red");
}

#[test]
fn edits_that_make_no_sense() {
    let folder = folder();
    let path = folder.path();
    works(path, "inverse clip.mp4 -o gbuffer --frames 2");
    half_mask(&path.join("small.png"), 10, 10);
    half_mask(&path.join("s.0000.png"), 64, 48);
    fs::copy(path.join("s.0000.png"), path.join("s.0001.png")).unwrap();
    fs::write(path.join("bad.toml"), "[[edit]]\nshine = 1\n").unwrap();
    fs::write(path.join("toml"), [0xff, 0xfe, 0]).unwrap();
    works(path, "inverse clip.mp4 -o three --frames 3");
    for (args, cause, remedy) in [
        ("edit gbuffer -o out", "no edit", "--set"),
        ("edit gbuffer --select 1,1 -o out", "not what changes", "--set"),
        ("edit gbuffer --set roughness=0.1 --select 64,1 -o out", "outside", "upper left"),
        ("edit gbuffer --set roughness=0.1 --select 1,1,2 -o out", "frame 2", "from 0"),
        ("edit gbuffer --set roughness=0.1 --mask small.png -o out", "10x10", "64x48"),
        ("edit gbuffer --set roughness=0.1 --mask absent.png -o out", "absent.png", "path"),
        ("edit three --set roughness=0.1 --mask s.%04d.png -o out", "2 frames", "one for each"),
        ("edit gbuffer --set roughness=0.1 -o out.mp4", "no folder", "relight forward"),
        ("edit gbuffer --set roughness=0.1 -o three", "exists already", "-y"),
        ("edit gbuffer --edits bad.toml -o out", "shine", "[[edit]]"),
        ("edit gbuffer --edits toml -o out", "toml", ""),
        ("edit gbuffer --edits absent.toml -o out", "absent.toml", "path"),
        ("edit absent --set roughness=0.1 -o out", "absent", "path"),
        ("clip.mp4 --set roughness=0.1 --turn 90 -o out.mp4", "cannot be turned", "--light"),
        ("clip.mp4 -o out.mp4", "no light", "--light"),
        ("clip.mp4 --light map.exr --keep -o out.mp4", "--keep", "--set"),
        ("clip.mp4 --light map.exr --select 3,3 -o out.mp4", "not what changes", "--set"),
        ("forward gbuffer -o out.mp4", "no light", "--light"),
    ] {
        fails(path, args, cause, remedy);
    }
    for args in ["edit gbuffer --set roughness=2 -o out", "edit gbuffer --set shine=1 -o out", "edit gbuffer --set roughness=1 --select x -o out"] {
        assert_eq!(common::relight(path, args).status.code(), Some(2), "{args}");
    }
    let words = works(path, "edit gbuffer --set roughness=0.1 --invert -o nothing");
    assert!(words.contains("the mask is empty"), "{words}");
}

#[test]
fn pictures_that_people_post() {
    let folder = folder();
    let path = folder.path();
    clip(&path.join("b.mp4"), 64, 48, 5);
    clip(&path.join("one.png"), 128, 96, 1);
    works(path, "compare clip.mp4 b.mp4 -o side.mp4");
    let (about, frames) = read(&path.join("side.mp4"));
    assert_eq!((about.width, about.height, frames.len()), (132, 48, 5));
    works(path, "compare clip.mp4 b.mp4 --how wipe -o wipe.mp4");
    assert_eq!(read(&path.join("wipe.mp4")).0.width, 64);
    works(path, "compare clip.mp4 one.png --how difference -o diff.%04d.png");
    assert_eq!((read(&path.join("diff.%04d.png")).0.width, read(&path.join("diff.%04d.png")).1.len()), (3 * 64 + 8, 8));
    works(path, "compare clip.mp4 b.mp4 one.png clip.mp4 --label a --label b -o sheet.png --rows 2");
    let sheet = &read(&path.join("sheet.png")).1[0];
    assert_eq!((sheet.width, sheet.height), (132, 4 * 48 + 12));
    works(path, "compare one.png one.png --how wipe -o still.mp4 --width 64");
    assert_eq!(read(&path.join("still.mp4")).1.len(), 72);
    clip(&path.join("tall.png"), 32, 64, 1);
    fs::write(path.join("taken.png"), "mine").unwrap();
    for (args, cause, remedy) in [
        ("compare clip.mp4 b.mp4 one.png --how wipe -o out.mp4", "of two clips", "--how"),
        ("compare clip.mp4 tall.png -o out.mp4", "shapes differ", "cut or scale"),
        ("compare clip.mp4 absent.mp4 -o out.mp4", "absent.mp4", "path"),
        ("compare clip.mp4 b.mp4 -o taken.png", "exists already", "-y"),
        ("compare clip.mp4 b.mp4 -o out.avi", "out.avi", "mp4"),
        ("compare clip.mp4 b.mp4 --label a --label b --label c -o out.mp4", "3 labels", "--label"),
    ] {
        fails(path, args, cause, remedy);
    }
}
