//! Files of random weights, so that full-size networks can be run by those who do not have the published ones.

use serde_json::{Map, json};
use std::{
    fs::File,
    io::{BufWriter, Result, Write},
    path::Path,
};

/// How a number of sixteen bits is written.
pub struct Format {
    /// The name in safetensors files.
    dtype: &'static str,
    /// Sign and mantissa.
    free: u16,
    /// 1/128: what stays of its bits where those are free.
    small: u16,
    /// 1.
    one: u16,
}

#[allow(dead_code, reason = "each example uses one of the two")]
impl Format {
    pub const F16: Self = Self { dtype: "F16", free: 0x83ff, small: 0x2000, one: 0x3c00 };
    pub const BF16: Self = Self { dtype: "BF16", free: 0x807f, small: 0x3c00, one: 0x3f80 };
}

/// Writes a safetensors file. Matrices hold numbers between 1/128 and 1/64 of both signs, which keep activations near 1; the gains of
/// normalisations are 1, biases and all other single numbers 0.
pub fn write<'a>(path: &Path, format: &Format, tensors: impl Iterator<Item = (&'a String, &'a Vec<usize>)> + Clone) -> Result<()> {
    let (mut table, mut start) = (Map::new(), 0);
    for (name, shape) in tensors.clone() {
        let end = start + 2 * shape.iter().product::<usize>();
        table.insert(name.clone(), json!({ "dtype": format.dtype, "shape": shape, "data_offsets": [start, end] }));
        start = end;
    }
    let header = serde_json::to_vec(&table)?;
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    let mut state = 1_u64;
    for (name, shape) in tensors {
        for _ in 0..shape.iter().product::<usize>() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Sign and mantissa are random, the exponent is that of 1/128.
            let bits = match shape.len() {
                1 if name.ends_with(".weight") => format.one,
                1 => 0,
                _ => ((state >> 48) as u16 & format.free) | format.small,
            };
            file.write_all(&bits.to_le_bytes())?;
        }
    }
    file.flush()
}
