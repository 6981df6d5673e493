//! Reading fixtures.

use relight_checkpoint::Checkpoint;
use relight_tensor::Volume;
use std::{path::PathBuf, sync::Arc};

/// The folder with the fixtures, if it is there.
pub fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("RELIGHT_REFERENCE") {
        Some(folder) => PathBuf::from(folder).join("cosmos"),
        None => shared().join("reference/cosmos/fixtures"),
    };
    Some(folder).filter(|path| path.is_dir())
}

/// The folder shared between checkouts.
pub fn shared() -> PathBuf {
    std::env::var_os("RELIGHT_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

/// A file of fixtures.
pub struct Fixture(pub Arc<Checkpoint>);

impl Fixture {
    pub fn open(name: &str) -> Option<Self> {
        let path = folder()?.join(name);
        Some(Self(Arc::new(Checkpoint::open(&path).unwrap())))
    }

    /// Numbers of a tensor, or nothing.
    pub fn get(&self, key: &str) -> Option<Vec<f32>> {
        self.0.tensors().contains_key(key).then(|| self.0.read(key).unwrap())
    }

    pub fn read(&self, key: &str) -> Vec<f32> {
        self.0.read(key).unwrap()
    }

    /// A tensor [1, C, T, H, W] as a volume.
    pub fn volume(&self, key: &str) -> Volume {
        let shape = &self.0.entry(key).unwrap().shape;
        let [1, c, t, h, w] = shape[..] else { panic!("{key} has shape {shape:?}") };
        Volume::from_planar([t, h, w, c], &self.read(key))
    }

    /// The words before `suffix` in the names of tensors: the cases of the file.
    pub fn cases(&self, suffix: &str) -> Vec<String> {
        let cases: Vec<String> = self.0.tensors().keys().filter_map(|key| key.strip_suffix(suffix)).map(str::to_owned).collect();
        assert!(!cases.is_empty(), "cases with {suffix}");
        cases
    }

    /// A number of the metadata.
    pub fn config(&self, key: &str) -> Option<serde_json::Value> {
        let config: serde_json::Value = serde_json::from_str(self.0.metadata().get("config")?).unwrap();
        config.get(key).cloned()
    }
}

/// Fails if any number is farther off than `tolerance`, and tells the worst.
pub fn close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: count");
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, |a: f32, b| if b.is_nan() { f32::INFINITY } else { a.max(b) });
    println!("{what}: off by {worst:.2e} at most");
    assert!(worst <= tolerance, "{what}: off by {worst:e}, more than {tolerance:e}");
}

/// Fails if bytes differ by more than one, or more than a thousandth of them differ.
pub fn close_bytes(found: &[u8], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}: count");
    let off: Vec<f32> = found.iter().zip(expected).map(|(a, b)| (f32::from(*a) - b).abs()).filter(|d| *d > 0.0).collect();
    println!("{what}: {} of {} bytes differ", off.len(), found.len());
    assert!(off.iter().all(|d| *d <= 1.0) && off.len() * 1000 <= found.len().max(1000), "{what}: {} of {} bytes differ", off.len(), found.len());
}
