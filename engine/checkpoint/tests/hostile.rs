//! Files that lie: each is refused in one line, quickly, without a large allocation.

use relight_checkpoint::{Checkpoint, pickle};
use std::{fs, io::Write};

fn open(bytes: &[u8]) -> Result<Checkpoint, relight_file::Fault> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    Checkpoint::open(file.path())
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(vec![0; data]);
    bytes
}

#[test]
fn safetensors_headers_that_lie_are_refused() {
    for (header, data) in [
        (r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, 8),
        (r#"{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}}"#, 16),
        (r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#, 16),
        (r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#, 16),
        (r#"{"a":{"dtype":"Q7","shape":[4],"data_offsets":[0,16]}}"#, 16),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12),
        ("{", 0),
    ] {
        let fault = open(&safetensors(header, data)).unwrap_err();
        assert!(!fault.cause.contains('\n') && !fault.remedy.is_empty(), "{header}: {fault}");
    }
    let mut huge = u64::MAX.to_le_bytes().to_vec();
    huge.extend([0; 64]);
    assert!(open(&huge).is_err());
    assert!(open(b"").is_err());
    assert!(open(&safetensors(r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, 16)).is_ok());
}

#[test]
fn a_pickle_that_wants_code_is_refused_by_name() {
    let evil = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.";
    assert!(pickle::parse(evil).unwrap_err().contains("os.system"));
    assert!(pickle::parse(b"\x80\x02(i__main__\nA\n.").unwrap_err().contains("0x69"));
    assert!(pickle::parse(b"\x80\x02cbuiltins\neval\n.").unwrap_err().contains("builtins.eval"));
}

#[test]
fn bombs_stop_at_a_limit() {
    let mut nested = b"\x80\x02)".to_vec();
    nested.extend(vec![0x85; 3_000_000]);
    nested.push(b'.');
    assert!(pickle::parse(&nested).unwrap_err().contains("more than"));
    let mut recalls = b"\x80\x02)q\x00".to_vec();
    recalls.extend(b"h\x00".repeat(4_000_000));
    assert!(pickle::parse(&recalls).unwrap_err().contains("more than"));
    let mut deep = b"\x80\x02)".to_vec();
    deep.extend(vec![0x85; 150_000]);
    deep.push(b'.');
    assert!(pickle::parse(&deep).is_ok());
}

#[test]
fn truncated_archives_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pt");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("model/data.pkl", stored).unwrap();
    zip.write_all(b"\x80\x02}X\x01\x00\x00\x00actorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K\x02\x85K\x01\x85\x89}tRs.").unwrap();
    zip.start_file("model/data/0", stored).unwrap();
    zip.write_all(&[0, 0, 128, 63, 0, 0, 0, 64]).unwrap();
    zip.finish().unwrap();
    assert_eq!(Checkpoint::open(&path).unwrap().read("a").unwrap(), [1.0, 2.0]);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        assert!(open(&whole[..length]).is_err(), "{length} of {} bytes were accepted", whole.len());
    }
}
