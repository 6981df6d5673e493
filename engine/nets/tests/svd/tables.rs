//! Full-size tables: every key with its shape, none left over, no number read.

use crate::fixture::{Fixture, folder, shared};
use relight_nets::{
    Table,
    svd::{EnvConfig, EnvEncoder, Unet, UnetConfig, Vae, VaeConfig},
};
use std::{collections::BTreeMap, fs};

#[track_caller]
fn check(name: &str, table: &Table) {
    let path = shared().join(format!("reference/svd/keys_{name}.tsv"));
    let Ok(words) = fs::read_to_string(&path) else { return };
    let mut expected = BTreeMap::new();
    let mut told = None;
    for line in words.lines() {
        if let Some(count) = line.split_once("parameters=").and_then(|(_, n)| n.trim().parse::<usize>().ok()) {
            told = Some(count);
        }
        if !line.starts_with('#') {
            let mut columns = line.split('\t');
            let (key, shape) = (columns.next().unwrap(), columns.next().unwrap());
            expected.insert(key.to_owned(), shape.split('x').map(|n| n.parse().unwrap()).collect::<Vec<usize>>());
        }
    }
    for (key, shape) in &expected {
        assert_eq!(table.shapes().get(key), Some(shape), "{name}: {key}");
    }
    for key in table.shapes().keys() {
        assert!(expected.contains_key(key), "{name}: {key} is not of the model");
    }
    assert_eq!((expected.len(), told), (table.shapes().len(), Some(table.count())), "{name}");
}

#[test]
fn full_size_tables_reference() {
    let inverse = r#"{"in_channels": 8, "temporal_cross_attention_dim": 1024, "context_embedding_type": "clip", "context_vocab_size": 16,
        "num_attention_heads": [5, 10, 20, 20]}"#;
    check("unet_inverse", Unet::new(UnetConfig::parse(inverse, None).unwrap()).table());
    let forward = r#"{"in_channels": 24, "cross_attention_dim": [320, 640, 1280, 1280], "temporal_cross_attention_dim": null}"#;
    check("unet_forward", Unet::new(UnetConfig::parse(forward, None).unwrap()).table());
    check("vae", Vae::new(VaeConfig::parse("{}").unwrap()).table());
    check("env_encoder", EnvEncoder::new(EnvConfig::parse("{}").unwrap()).table());
    let none = r#"{"in_channels": 8, "temporal_cross_attention_dim": null, "context_embedding_type": "clip"}"#;
    assert_eq!(Unet::new(UnetConfig::parse(none, None).unwrap()).table().count(), 1_474_262_186);
}

/// The files of the set hold what its manifest says.
#[test]
fn manifest_reference() {
    let Some(words) = folder().and_then(|folder| fs::read_to_string(folder.join("manifest.json")).ok()) else { return };
    let manifest: BTreeMap<String, BTreeMap<String, (String, Vec<usize>)>> = serde_json::from_str(&words).unwrap();
    for (name, tensors) in manifest {
        let Some(file) = Fixture::open(&name) else { continue };
        let found: BTreeMap<&String, &Vec<usize>> = file.0.tensors().iter().map(|(key, entry)| (key, &entry.shape)).collect();
        assert_eq!(found, tensors.iter().map(|(key, (_, shape))| (key, shape)).collect(), "{name}");
    }
}
