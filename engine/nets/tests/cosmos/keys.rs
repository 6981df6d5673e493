//! The published files' tables of tensors.

use crate::fixture::shared;
use relight_nets::cosmos::{DitConfig, TokenizerConfig, decoder_keys, dit_keys, encoder_keys, tables};
use std::collections::BTreeMap;

#[test]
fn every_key_of_the_full_size_reference_is_known_with_its_shape_and_no_other() {
    let Ok(text) = std::fs::read_to_string(shared().join("reference/cosmos/keys.tsv")) else { return };
    let mut tables: BTreeMap<&str, BTreeMap<String, Vec<usize>>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let words: Vec<&str> = line.split('\t').collect();
        let shape = words[2].split('x').map(|n| n.parse().unwrap()).collect();
        tables.entry(words[0]).or_default().insert(words[1].to_owned(), shape);
    }
    let (tokenizer, outputs) = (TokenizerConfig::full(), 16);
    for (name, keys) in [
        ("inverse", dit_keys(&DitConfig::full(outputs, 16))),
        ("forward", dit_keys(&DitConfig::full(8 * (outputs + 1), 0))),
        ("tokenizer_encoder_jit", encoder_keys(&tokenizer)),
        ("tokenizer_decoder_jit", decoder_keys(&tokenizer)),
    ] {
        let known: BTreeMap<String, Vec<usize>> = keys.into_iter().map(|key| (key.name, key.shape)).collect();
        assert_eq!(known, tables[name], "{name}");
    }
    assert_eq!(tables.len(), 4);
}

#[test]
fn published_folders_fit_their_tables_and_hold_nothing_else_reference() {
    let Some(folder) = crate::fixture::folder() else { return };
    let tables = tables(&folder.join("ckpt")).unwrap();
    assert_eq!(tables.len(), 4, "two transformers and two halves of a tokenizer");
    for (name, table, file) in tables {
        let found = table.compare(&file);
        assert!(found.is_whole() && found.extra.is_empty(), "{name}: {found}");
    }
}
