//! Sizes, resampling, chunks and names of the official scripts.

use crate::fixture::Fixture;
use relight_nets::svd::{ChunkMode, chunks, folder_key, over_black, resize, webdataset_key, work_size};
use serde_json::Value;

fn codes(io: &Fixture, key: &str) -> Vec<u8> {
    io.read(key).iter().map(|v| *v as u8).collect()
}

#[track_caller]
fn close(what: &str, found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let worst = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    eprintln!("{what}: off by at most {worst}");
    assert!(worst <= 1, "{what}: off by {worst}");
}

#[test]
fn pictures_are_prepared_reference() {
    let Some(io) = Fixture::open("preprocess") else { return };
    for row in io.read("size_table_h_w_th_tw_outh_outw").chunks_exact(6) {
        let [h, w, th, tw, oh, ow] = [0, 1, 2, 3, 4, 5].map(|i| row[i] as usize);
        // A picture that has the size already is left alone.
        let found = if [h, w] == [th, tw] { [h, w] } else { work_size([h, w], [th, tw]) };
        assert_eq!(found, [oh, ow], "{h}x{w} for {th}x{tw}");
    }
    for key in io.keys("resize").iter().filter(|key| key.ends_with(".in")) {
        let name = key.strip_suffix(".in").unwrap();
        let told: Value = serde_json::from_str(io.word(name)).unwrap();
        let side = |key: &str| told[key].as_u64().unwrap() as usize;
        let [height, width, channels] = io.shape(key)[..] else { panic!("{key} is no picture") };
        let size = work_size([height, width], [side("target_h"), side("target_w")]);
        let expected = io.shape(&format!("{name}.out"));
        assert_eq!(size[..], expected[..2]);
        close(name, &resize(&codes(&io, key), [height, width], channels, size), &codes(&io, &format!("{name}.out")));
    }
    close("over black", &over_black(&codes(&io, "rgba.in")), &codes(&io, "rgba.out_black"));
}

#[test]
fn clips_are_cut_and_named_reference() {
    let Some(io) = Fixture::open("preprocess") else { return };
    for (title, words) in io.0.metadata() {
        let Ok(Value::Object(table)) = serde_json::from_str(words) else { continue };
        for (key, expected) in &table {
            if title.starts_with("chunks") {
                let parts: Vec<&str> = key.split(',').collect();
                let number = |i: usize| parts[i].parse().unwrap();
                let mode = match parts[3] {
                    "first" => ChunkMode::First,
                    "all" => ChunkMode::All,
                    _ => ChunkMode::DropLast,
                };
                let found: Vec<[usize; 2]> = chunks(number(0), number(1), number(2), mode).iter().map(|c| [c.start, c.end - 1]).collect();
                assert_eq!(serde_json::json!(found), *expected, "{key}");
            } else if title.starts_with("base_plus_ext") {
                let found = if title.contains("folder") { Some(folder_key(key)) } else { webdataset_key(key) };
                let found = found.map_or([None, None], |(a, b)| [Some(a), Some(b)]);
                assert_eq!(serde_json::json!(found), *expected, "{title}: {key}");
            }
        }
    }
}
