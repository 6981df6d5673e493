//! How pictures become the network's input.

use crate::{
    cut::cut,
    fixture::{Fixture, close, folder},
};
use relight_nets::{
    cosmos::{fit, resize},
    folder_key, frame_key, group, webdataset_key,
};
use serde_json::{Value, json};

/// What the official loaders do beside pixels, as the fixtures tell it.
fn told() -> Option<Value> {
    let text = std::fs::read_to_string(folder()?.join("preproc.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// The official loader: composite over white, resize, crop or pad, to −1..1.
#[test]
fn prepared_pictures_equal_the_reference() {
    let (Some(fixture), Some(about)) = (Fixture::open("preproc.safetensors"), told()) else { return };
    for case in fixture.cases(".image_u8") {
        let shape = &fixture.0.entry(&format!("{case}.image_u8")).unwrap().shape;
        let &[height, width, channels] = &shape[..] else { panic!("{case}: {shape:?}") };
        let bytes = fixture.read(&format!("{case}.image_u8"));
        let white = |pixel: &[f32]| {
            let alpha = pixel.get(3).map_or(1.0, |a| a / 255.0);
            [0, 1, 2].map(|c| pixel[c] / 255.0 * alpha + 1.0 - alpha)
        };
        let picture: Vec<f32> = bytes.chunks_exact(channels).flat_map(white).collect();
        let sizes = |key: &str| about[&case][key].as_array().map(|a| [a[0].as_u64().unwrap() as usize, a[1].as_u64().unwrap() as usize]);
        let target = sizes("resolution").unwrap();
        let first = sizes("resize_resolution").unwrap_or(target);
        let found = fit(&resize(&picture, [height, width], first, 3), first, target, 3);
        let found: Vec<f32> = (0..3).flat_map(|c| found.iter().skip(c).step_by(3).map(|v| v * 2.0 - 1.0).collect::<Vec<_>>()).collect();
        close(&found, &fixture.read(&format!("{case}.rgb")), 1e-4, &case);
    }
}

/// Files are grouped into clips, and clips cut into chunks.
#[test]
fn clips_are_grouped_and_cut_as_in_the_reference() {
    let Some(Value::Object(about)) = told() else { return };
    let mut compared = 0;
    for (title, expected) in &about {
        let words: Vec<&str> = title.split('.').collect();
        match words[..] {
            ["base_plus_ext", mode] => {
                for (path, expected) in expected.as_object().unwrap() {
                    let found = key(mode)(path).map_or([None, None], |(clip, rest)| [Some(clip), Some(rest)]);
                    assert_eq!(json!(found), *expected, "{mode}: {path}");
                }
            }
            ["group", mode] => {
                let paths: Vec<&String> = about[&format!("base_plus_ext.{mode}")].as_object().unwrap().keys().collect();
                let clips = group(paths.iter().map(|path| path.as_str()), key(mode));
                assert_eq!(json!(clips.values().collect::<Vec<_>>()), *expected, "{mode}");
            }
            ["split", frames, chunk, overlap, mode] => {
                let number = |word: &str, name: &str| word.strip_prefix(name).unwrap().parse::<usize>().unwrap();
                let [frames, chunk, overlap] = [(frames, "n"), (chunk, "chunk"), (overlap, "overlap")].map(|(word, name)| number(word, name));
                if frames <= overlap {
                    // No longer than what chunks share: nothing for the official script, a short window here.
                    continue;
                }
                let found = cut(frames, chunk, overlap, mode);
                assert!(found.iter().all(|(_, seen)| seen.len() == chunk), "{title}: short chunks are filled");
                let found: Vec<[usize; 3]> = found.into_iter().map(|([first, last], _)| [first, last, last + 1 - first]).collect();
                assert_eq!(json!(found), *expected, "{title}");
            }
            _ => continue,
        }
        compared += 1;
    }
    assert!(compared > 0, "tables of groups and chunks");
}

fn key(mode: &str) -> fn(&str) -> Option<(&str, &str)> {
    match mode {
        "folder" => folder_key,
        "webdataset" => webdataset_key,
        "frame" => frame_key,
        _ => panic!("{mode} is new"),
    }
}

/// Where a clip has fewer frames than a window, the last is repeated, and what is beyond the window is left: pixels of both clips, label by label.
#[test]
fn buffers_of_a_clip_are_filled_and_cut_as_in_the_reference() {
    let Some(about) = told() else { return };
    for clip in about["gbuffer_dataset"].as_array().into_iter().flatten() {
        for (label, pixels) in clip["first_pixel_u8"].as_object().unwrap() {
            let pixels: Vec<u64> = pixels.as_array().unwrap().iter().map(|p| p.as_u64().unwrap()).collect();
            let own = (1..pixels.len()).find(|i| pixels[*i] == pixels[i - 1]).unwrap_or(pixels.len());
            let windows = cut(own, pixels.len(), 0, "first");
            let seen: Vec<u64> = windows[0].1.iter().map(|frame| pixels[*frame]).collect();
            assert_eq!(seen, pixels, "{label} of {}", clip["clip_name"]);
            assert!(clip["keys"].as_array().unwrap().contains(&json!(label)), "{label} is told");
        }
    }
}
