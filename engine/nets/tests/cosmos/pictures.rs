//! How pictures become the network's input.

use crate::fixture::{Fixture, close, folder};
use relight_nets::cosmos::{fit, resize};

/// The official loader: composite over white, resize, crop or pad, to −1..1.
#[test]
fn prepared_pictures_equal_the_reference() {
    let (Some(fixture), Some(folder)) = (Fixture::open("preproc.safetensors"), folder()) else { return };
    let about: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(folder.join("preproc.json")).unwrap()).unwrap();
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
