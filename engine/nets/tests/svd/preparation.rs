//! Sizes, resampling, chunks and names of the official scripts.

use crate::{cut::cut, fixture::Fixture};
use relight_nets::{
    folder_key,
    svd::{over_black, resize, work_size},
    webdataset_key,
};
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
                let [total, length, overlap] = [0, 1, 2].map(|i| parts[i].parse().unwrap());
                let found: Vec<[usize; 2]> = cut(total, length, overlap, parts[3]).into_iter().map(|(ends, _)| ends).collect();
                if total > overlap {
                    assert_eq!(serde_json::json!(found), *expected, "{key}");
                } else {
                    // The official scripts make nothing of a clip that is no longer than what chunks share; it is a short first window here.
                    assert!(expected.as_array().is_some_and(Vec::is_empty) && found.len() <= 1, "{key}");
                }
            } else if title.starts_with("base_plus_ext") {
                let found = if title.contains("folder") { folder_key(key) } else { webdataset_key(key) };
                let found = found.map_or([None, None], |(a, b)| [Some(a), Some(b)]);
                assert_eq!(serde_json::json!(found), *expected, "{title}: {key}");
            }
        }
    }
}
