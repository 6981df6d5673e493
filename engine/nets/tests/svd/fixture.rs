//! A file of the reference set.

use relight_checkpoint::Checkpoint;
use relight_nets::{
    Store, Table,
    svd::{EnvConfig, EnvEncoder, Part, Unet, UnetConfig, Vae, VaeConfig},
};
use relight_tensor::Volume;
use std::path::PathBuf;

/// Agreement that is asked for, as a part of the greatest number.
pub const TOLERANCE: f32 = 1e-4;

pub fn shared() -> PathBuf {
    std::env::var_os("RELIGHT_SHARED").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from)
}

/// The folder of the set's files, where there is one.
pub fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("RELIGHT_REFERENCE") {
        Some(other) => PathBuf::from(other).join("svd"),
        None => shared().join("reference/svd/fixtures"),
    };
    folder.is_dir().then_some(folder)
}

pub struct Fixture(pub Checkpoint);

impl Fixture {
    /// None where there is no such file, as on a machine without the set.
    pub fn open(name: &str) -> Option<Self> {
        let path = folder()?.join(format!("{name}.safetensors"));
        path.exists().then(|| Self(Checkpoint::open(&path).unwrap()))
    }

    pub fn read(&self, key: &str) -> Vec<f32> {
        self.0.read(key).unwrap()
    }

    pub fn shape(&self, key: &str) -> Vec<usize> {
        self.0.entry(key).unwrap().shape.clone()
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.tensors().contains_key(key)
    }

    pub fn word(&self, key: &str) -> &str {
        &self.0.metadata()[key]
    }

    pub fn keys(&self, start: &str) -> Vec<String> {
        self.0.tensors().keys().filter(|key| key.starts_with(start)).cloned().collect()
    }

    /// Planes `[…, channels, height, width]` as a volume of all their frames.
    pub fn planes(&self, key: &str) -> Volume {
        let shape = self.shape(key);
        let [c, h, w] = shape[shape.len() - 3..] else { panic!("{key} is no picture") };
        Volume::from_planes([shape[..shape.len() - 3].iter().product(), c, h, w], &self.read(key))
    }

    /// Pixels `[…, height, width, channels]` as a volume, times `by`.
    pub fn pixels(&self, key: &str, by: f32) -> Volume {
        let shape = self.shape(key);
        let [h, w, c] = shape[shape.len() - 3..] else { panic!("{key} is no picture") };
        let data = self.read(key).iter().map(|v| v * by).collect();
        Volume::new([shape[..shape.len() - 3].iter().product(), h, w, c], data)
    }
}

/// Fails where numbers differ by more than a part of the greatest expected one; returns by how much they do.
#[track_caller]
pub fn near(what: &str, found: &[f32], expected: &[f32], tolerance: f32) -> f32 {
    assert_eq!(found.len(), expected.len(), "{what}");
    let most = expected.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, |a: f32, b| if b.is_nan() { f32::NAN } else { a.max(b) });
    eprintln!("{what}: {:.1e} of {most:.3}", worst / most);
    assert!(worst <= tolerance * most, "{what}: {worst} of {most}");
    worst / most
}

fn store(file: Checkpoint, table: &Table) -> Store {
    let found = table.compare(&file);
    assert!(found.is_whole() && found.extra.is_empty(), "{found}: {:?}", found.extra);
    Store::new(file, table).unwrap()
}

pub fn unet(name: &str) -> Option<Part<Unet>> {
    let file = Fixture::open(&format!("{name}.weights"))?.0;
    let net = Unet::new(UnetConfig::parse(&file.metadata()["config"], Some(&file)).unwrap());
    let store = store(file, net.table());
    Some(Part { net, store })
}

pub fn vae() -> Option<Part<Vae>> {
    let file = Fixture::open("vae.weights")?.0;
    let net = Vae::new(VaeConfig::parse(&file.metadata()["config"]).unwrap());
    let store = store(file, net.table());
    Some(Part { net, store })
}

pub fn env_encoder() -> Option<Part<EnvEncoder>> {
    let file = Fixture::open("env_encoder.weights")?.0;
    let net = EnvEncoder::new(EnvConfig::parse(&file.metadata()["config"]).unwrap());
    let store = store(file, net.table());
    Some(Part { net, store })
}
