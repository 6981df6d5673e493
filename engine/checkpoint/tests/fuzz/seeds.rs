//! Whole files that cases change.

use relight_light::Environment;
use std::fs;

/// What is changed, and how it becomes a file.
pub struct Seed {
    pub bytes: Vec<u8>,
    container: fn(&[u8]) -> Vec<u8>,
}

impl Seed {
    pub fn whole(&self, bytes: &[u8]) -> Vec<u8> {
        (self.container)(bytes)
    }
}

fn seed(bytes: Vec<u8>) -> Seed {
    Seed { bytes, container: <[u8]>::to_vec }
}

/// A tensor's description up to its sizes, and a whole one of two numbers in `data/0`.
pub const OPENING: &[u8] =
    b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00";
pub const TENSOR: &[u8] =
    b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K\x02\x85K\x01\x85\x89}tR";

fn described() -> [Vec<u8>; 3] {
    [
        [&b"\x80\x02}X\x01\x00\x00\x00a"[..], TENSOR, b"s."].concat(),
        [
            &b"\x80\x02}q\x00X\x05\x00\x00\x00modelq\x01ccollections\nOrderedDict\nq\x02)Rq\x03(X\x03\x00\x00\x00w.x"[..],
            TENSOR,
            b"X\x03\x00\x00\x00b.yctorch._utils\n_rebuild_parameter\n",
            TENSOR,
            b"\x88h\x02)R\x87RX\x0c\x00\x00\x00_extra_statec_io\nBytesIO\n)Rus.",
        ]
        .concat(),
        [
            &b"\x80\x02c__torch__\nNet\n)\x81}(X\x06\x00\x00\x00weight"[..],
            TENSOR,
            b"X\x05\x00\x00\x00innerc__torch__.a\nB\n)\x81}X\x04\x00\x00\x00bias",
            TENSOR,
            b"sbub.",
        ]
        .concat(),
    ]
}

pub fn pickles() -> Vec<Seed> {
    described().map(seed).into()
}

/// A stored archive of a pickle and one storage of two numbers.
pub fn archive(pickle: &[u8]) -> Vec<u8> {
    let (mut file, mut table) = (Vec::new(), Vec::new());
    for (name, bytes) in [("m/data.pkl", pickle), ("m/byteorder", &b"little"[..]), ("m/data/0", &[0, 0, 128, 63, 0, 0, 0, 64])] {
        let sizes = [bytes.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat();
        let names = [name.len() as u16, 0].map(u16::to_le_bytes).concat();
        let place = (file.len() as u32).to_le_bytes();
        // Version 2.0, no flags, stored, no time, no checksum: those are never looked at.
        table.extend([&b"PK\x01\x02\x14\x00\x14\x00"[..], &[0; 12][..], &sizes, &names, &[0; 10], &place, name.as_bytes()].concat());
        file.extend([&b"PK\x03\x04\x14\x00"[..], &[0; 12][..], &sizes, &names, name.as_bytes(), bytes].concat());
    }
    let end = [table.len() as u32, file.len() as u32].map(u32::to_le_bytes).concat();
    [&file[..], &table, b"PK\x05\x06\0\0\0\0\x03\0\x03\0", &end, &[0; 2]].concat()
}

/// Archives as they are, and pickles that become archives once they are changed.
pub fn archives() -> Vec<Seed> {
    let whole = described().map(|pickle| seed(archive(&pickle)));
    let inside = described().map(|bytes| Seed { bytes, container: archive });
    whole.into_iter().chain(inside).collect()
}

/// A header with its length before it and sixteen bytes of numbers behind.
pub fn safetensors(header: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header].concat()
}

fn with_numbers(header: &[u8]) -> Vec<u8> {
    [safetensors(header), vec![1; 16]].concat()
}

/// Files as they are, and headers whose length is right once they are changed.
pub fn headers() -> Vec<Seed> {
    let header = br#"{"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[],"data_offsets":[12,16]}}"#;
    vec![seed(with_numbers(header)), Seed { bytes: header.to_vec(), container: with_numbers }]
}

/// Radiance maps: run lengths, and plain texels where rows are short.
pub fn maps() -> Vec<Seed> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed.hdr");
    let mut map = Environment::constant(32, 16, [0.5; 3]);
    map.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = (i % 97 / 8) as f32);
    map.save(&path, false).unwrap();
    let runs = fs::read(&path).unwrap();
    let plain = [&b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\nEXPOSURE=1.0\n\n-Y 2 +X 4\n"[..], &[9, 8, 7, 128].repeat(8)].concat();
    let packed = [&b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8 +X 16\n"[..], &[&[2, 2, 0, 16][..], &[144, 5].repeat(4)].concat().repeat(8)].concat();
    vec![seed(runs), seed(plain), seed(packed)]
}
