//! Broken and hostile weights files: each gets a fault that names what is wrong, and nothing large is allocated.

use proptest::prelude::*;
use relight_nets::Small;
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};
use std::{collections::HashMap, fs, path::Path};

type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

/// A valid network: the tensors and configuration of a fixture.
fn valid() -> (Tensors, String) {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/still.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let config = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().as_ref().unwrap()["config"].clone();
    let own = file.tensors().into_iter().filter(|(name, _)| !name.starts_with("fixture."));
    (own.map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())).collect(), config)
}

fn write(tensors: &Tensors, config: Option<&str>) -> Vec<u8> {
    let views = tensors.iter().map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    serialize(views, config.map(|config| HashMap::from([("config".to_owned(), config.to_owned())]))).unwrap()
}

fn refused(bytes: &[u8], words: &str) {
    let fault = Small::from_bytes("x.safetensors", bytes).expect_err(words);
    assert!(fault.cause.contains(words) && fault.cause.contains("x.safetensors"), "{fault} does not say {words}");
    assert!(!fault.cause.contains('\n') && !fault.remedy.is_empty());
}

/// A file with this header and as many bytes of data.
fn raw(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

#[test]
fn broken_headers_are_refused() {
    let (tensors, config) = valid();
    let good = write(&tensors, Some(&config));
    assert!(Small::from_bytes("x", &good).is_ok());
    let refuse = |bytes: &[u8]| refused(bytes, "no whole safetensors file");
    refuse(b"");
    refuse(&good[..7]);
    refuse(&good[..good.len() - 1]);
    refuse(&[&good[..], &[0]].concat());
    refuse(&u64::MAX.to_le_bytes());
    refuse(&[&(1u64 << 40).to_le_bytes()[..], &good[8..]].concat());
    refuse(&raw("{", 0));
    refuse(&raw(&"[".repeat(100_000), 0));
    let tensor = |shape: &str, start: u64, end: u64| format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{end}]}}"#);
    // Larger than the file, sizes whose product overflows, backwards, overlapping, an unknown format, the same name twice.
    refuse(&raw(&format!(r#"{{"a":{}}}"#, tensor("[1000000000000]", 0, 4_000_000_000_000)), 8));
    refuse(&raw(&format!(r#"{{"a":{}}}"#, tensor("[4294967296,4294967296,4294967296]", 0, 8)), 8));
    refuse(&raw(&format!(r#"{{"a":{}}}"#, tensor("[2]", 8, 0)), 8));
    refuse(&raw(&format!(r#"{{"a":{},"b":{}}}"#, tensor("[2]", 0, 8), tensor("[2]", 4, 12)), 12));
    refuse(&raw(r#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4));
    assert!(Small::from_bytes("x", &raw(&format!(r#"{{"a":{0},"a":{0}}}"#, tensor("[2]", 0, 8)), 8)).is_err());
    refused(&write(&tensors, None), "no `config`");
}

#[test]
fn tensors_of_another_network_are_refused() {
    let (tensors, config) = valid();
    let change = |change: &dyn Fn(&mut Tensors)| {
        let mut changed = tensors.clone();
        change(&mut changed);
        write(&changed, Some(&config))
    };
    let stem = tensors.iter().position(|t| t.0 == "stem.bias").unwrap();
    refused(&change(&|t| drop(t.remove(stem))), "stem.bias is missing");
    refused(&change(&|t| t.push(("extra".into(), Dtype::F16, vec![1], vec![0; 2]))), "does not have: extra");
    refused(&change(&|t| t[stem].2 = vec![4, 2]), "stem.bias has shape [4, 2], not [8]");
    refused(&change(&|t| t[stem] = ("stem.bias".into(), Dtype::I16, vec![8], vec![0; 16])), "has format I16");
    refused(&change(&|t| t[stem].3[..2].copy_from_slice(&half::f16::NAN.to_le_bytes())), "not finite");
    refused(&change(&|t| t[stem].3[..2].copy_from_slice(&half::f16::INFINITY.to_le_bytes())), "not finite");
}

#[test]
fn configurations_that_make_no_sense_are_refused() {
    let (tensors, config) = valid();
    let change = |from: &str, to: &str, words: &str| {
        assert!(config.contains(from), "{from} in {config}");
        refused(&write(&tensors, Some(&config.replace(from, to))), words);
    };
    change("\"widths\": [8, 8, 8, 8]", "\"widths\": []", "levels 0");
    change("\"widths\": [8, 8, 8, 8]", "\"widths\": [8, 8, 8, 18446744073709551615]", "width 18446744073709551615");
    change("\"widths\": [8, 8, 8, 8]", "\"widths\": [8, 8, 0, 8]", "width 0");
    change("\"widths\": [8, 8, 8, 8]", "\"widths\": [8, 8, 8, 16]", "has shape");
    change("\"blocks\": [1, 1, 1, 1]", "\"blocks\": [1, 1, 1]", "3 levels of blocks");
    change("\"blocks\": [1, 1, 1, 1]", "\"blocks\": [1, 1, 1, 1000000]", "blocks 1000000");
    change("\"head_dim\": 8", "\"head_dim\": 0", "head dimension 0");
    change("\"head_dim\": 8", "\"head_dim\": 3", "heads of 3");
    change("\"embed\": 8", "\"embed\": -1", "does not parse");
    change("\"outputs\": 9", "\"outputs\": 8", "8 outputs");
    change("\"kind\": \"inverse\"", "\"kind\": \"video\"", "does not parse");
    change("\"kind\": \"inverse\"", "\"kind\": \"forward\"", "not 23 and 3");
    let backbone = |stages: &str, words: &str| change("\"head_dim\": 8", &format!("\"head_dim\": 8, \"backbone\": {stages}"), words);
    backbone("[[8, 1, 4, 1, 2, 1]]", "backbone kernel of 4");
    backbone("[[8, 1, 3, 1, 3, 1]]", "backbone stride 3");
    backbone("[[8, 1, 3, 1, 0, 1]]", "backbone stride 0");
    backbone("[[8, 1, 3, 99, 2, 1]]", "backbone expansion 99");
    backbone("[[18446744073709551615, 1, 3, 1, 2, 1]]", "backbone channels 18446744073709551615");
    backbone("[[8, 1000, 3, 1, 2, 1]]", "backbone blocks 1000");
    backbone("[[8, 1, 3, 1, 2, 9]]", "backbone dilation 9");
    backbone("[[8, 1, 3, 1, 2, 1], [8, 1, 3, 1, 2, 1], [8, 1, 3, 1, 2, 1], [8, 1, 3, 1, 2, 1]]", "backbone halvings 5");
    backbone("[[8, 1, 3]]", "does not parse");
    backbone("[[8, 1, 3, 1, 2, 1]]", "backbone.stem");
    refused(&write(&tensors, Some("")), "does not parse");
}

#[test]
fn files_that_are_absent_or_too_large_are_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    assert!(Small::load(&path).unwrap_err().cause.contains("cannot read"));
    assert!(Small::load(folder.path()).is_err());
    // A sparse file of a terabyte: reading it whole would need as much memory.
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert!(Small::load(&path).unwrap_err().cause.contains("too large"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_changed_byte_or_a_cut_never_panics(at in 0.0f64..1.0, to in any::<u8>(), header in any::<bool>(), cut in any::<bool>()) {
        let (tensors, config) = valid();
        let mut bytes = write(&tensors, Some(&config));
        let end = if header { 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize } else { bytes.len() };
        let at = (at * end as f64) as usize;
        if cut { bytes.truncate(at) } else { bytes[at] = to }
        // Either a network or a fault; the test is that this returns.
        let _ = Small::from_bytes("x", &bytes);
    }
}
