//! Safetensors: a JSON table, then the numbers.

use crate::{Contents, Dtype, Entry, tensors::row_major};
use relight_file::{Blame, Fault, Result};
use safetensors::SafeTensors;
use std::{collections::BTreeMap, path::Path};

const REMEDY: &str = "download or export the weights again";

/// A header may hold this much: thirteen times the largest known table (1458 tensors, 150 KB). Parsed it takes up to twenty times as much.
const HEADER_LIMIT: usize = 2 << 20;

/// The tensors of a safetensors file and its metadata.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<Contents> {
    let name = || format!("{} is no whole safetensors file", path.display());
    let length = bytes.get(..8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes")));
    let length = length.and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= HEADER_LIMIT && *n <= bytes.len() - 8);
    let Some(length) = length else { return Err(Fault::new(format!("{}: its header does not fit", name()), REMEDY)) };
    let (_, metadata) = SafeTensors::read_metadata(bytes).blame(name, REMEDY)?;
    let start = 8 + length;
    let mut tensors = BTreeMap::new();
    for (key, info) in metadata.tensors() {
        let dtype = dtype(info.dtype)
            .ok_or_else(|| Fault::new(format!("{}: tensor {key} has format {:?}", path.display(), info.dtype), "convert it to F32, F16 or BF16"))?;
        let entry = Entry {
            dtype,
            shape: info.shape.clone(),
            stride: row_major(&info.shape),
            bytes: start + info.data_offsets.0..start + info.data_offsets.1,
        };
        if entry.bytes.end > bytes.len() || !entry.fits() {
            return Err(Fault::new(format!("{}: tensor {key} lies outside", name()), REMEDY));
        }
        tensors.insert(key, entry);
    }
    if tensors.values().map(|entry| entry.bytes.end).max().unwrap_or(start) != bytes.len() {
        return Err(Fault::new(format!("{}: bytes stand behind its last tensor", name()), REMEDY));
    }
    let words = metadata.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    Ok(Contents { tensors, metadata: words })
}

fn dtype(dtype: safetensors::Dtype) -> Option<Dtype> {
    use safetensors::Dtype as S;
    Some(match dtype {
        S::F64 => Dtype::F64,
        S::F32 => Dtype::F32,
        S::F16 => Dtype::F16,
        S::BF16 => Dtype::Bf16,
        S::I64 => Dtype::I64,
        S::I32 => Dtype::I32,
        S::I16 => Dtype::I16,
        S::I8 => Dtype::I8,
        S::U8 => Dtype::U8,
        S::BOOL => Dtype::Bool,
        _ => return None,
    })
}
