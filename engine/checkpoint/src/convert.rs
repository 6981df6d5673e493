//! Checkpoints written anew, as safetensors.

use crate::{Checkpoint, Dtype, Entry};
use half::bf16;
use relight_file::{Blame, Draft, Fault, Result};
use safetensors::{View, serialize_to_file, tensor::Dtype as Written};
use std::{borrow::Cow, collections::HashMap, path::Path};

/// In which format numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 32 bits.
    F32,
    /// The upper 16 of them, rounded to even.
    Bf16,
    /// Matrices as signed bytes with one factor for each row, `NAME.scale`; everything else as f32.
    Int8,
}

/// Rows shorter than this stay as they are: their factors would take as much as they save.
const SHORTEST_ROW: usize = 16;

/// Writes all tensors of `from` to `to`, one at a time, so that memory holds a single one. Whole numbers stay as they are.
///
/// # Errors
/// `to` exists and `overwrite` is false, or cannot be written; the disk is full; a name of a factor is taken.
pub fn convert(from: &Checkpoint, to: &Path, format: Format, overwrite: bool) -> Result<()> {
    let mut views = Vec::new();
    for (name, entry) in from.tensors() {
        let float = matches!(entry.dtype, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::Bf16);
        let rows = entry.shape.first().copied().unwrap_or(0);
        let matrix = entry.shape.len() > 1 && entry.count().is_some_and(|n| rows > 0 && n / rows >= SHORTEST_ROW);
        let part = match format {
            _ if !float => Part::Stored,
            Format::F32 => Part::Single,
            Format::Bf16 => Part::Brain,
            Format::Int8 if matrix => Part::Codes,
            Format::Int8 => Part::Single,
        };
        if part == Part::Codes {
            let scale = format!("{name}.scale");
            if from.tensors().contains_key(&scale) {
                return Err(Fault::new(format!("{} has a tensor {scale} already", from.path().display()), "convert the file that was published"));
            }
            views.push((scale, Tensor { from, name, entry, shape: vec![rows], part: Part::Factors }));
        }
        views.push((name.clone(), Tensor { from, name, entry, shape: entry.shape.clone(), part }));
    }
    let words: HashMap<String, String> = from.metadata().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let draft = Draft::file(to, overwrite)?;
    let words = (!words.is_empty()).then_some(words);
    serialize_to_file(views, words, draft.path())
        .blame(|| format!("cannot write {}", to.display()), "free some space, or choose another output with -o")?;
    draft.keep()
}

/// What is written of a tensor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Stored,
    Single,
    Brain,
    Codes,
    Factors,
}

struct Tensor<'a> {
    from: &'a Checkpoint,
    name: &'a str,
    entry: &'a Entry,
    shape: Vec<usize>,
    part: Part,
}

impl Tensor<'_> {
    fn numbers(&self) -> Vec<f32> {
        self.from.read(self.name).expect("a tensor of the table")
    }

    /// The factor of each row: its greatest number becomes 127.
    fn factors(&self, numbers: &[f32]) -> Vec<f32> {
        let columns = numbers.len() / self.entry.shape[0];
        let greatest = |row: &[f32]| row.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        numbers.chunks_exact(columns).map(|row| (greatest(row) / 127.0).max(f32::MIN_POSITIVE)).collect()
    }
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Written {
        match self.part {
            Part::Single | Part::Factors => Written::F32,
            Part::Brain => Written::BF16,
            Part::Codes => Written::I8,
            Part::Stored => match self.entry.dtype {
                Dtype::F64 => Written::F64,
                Dtype::F32 => Written::F32,
                Dtype::F16 => Written::F16,
                Dtype::Bf16 => Written::BF16,
                Dtype::I64 => Written::I64,
                Dtype::I32 => Written::I32,
                Dtype::I16 => Written::I16,
                Dtype::I8 => Written::I8,
                Dtype::U8 => Written::U8,
                Dtype::Bool => Written::BOOL,
            },
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let bytes: Vec<u8> = match self.part {
            Part::Stored => match self.from.raw(self.name) {
                Ok(bytes) => return bytes.into(),
                // Whole numbers out of order, which no known file has: through f32, exact up to 2^24.
                Err(_) => self.numbers().iter().flat_map(|x| (*x as i64).to_le_bytes()[..self.entry.dtype.size()].to_vec()).collect(),
            },
            Part::Single => self.numbers().iter().flat_map(|x| x.to_le_bytes()).collect(),
            Part::Brain => self.numbers().iter().flat_map(|x| bf16::from_f32(*x).to_le_bytes()).collect(),
            Part::Factors => self.factors(&self.numbers()).iter().flat_map(|x| x.to_le_bytes()).collect(),
            Part::Codes => {
                let numbers = self.numbers();
                let factors = self.factors(&numbers);
                let rows = numbers.chunks_exact(numbers.len() / factors.len());
                rows.zip(&factors).flat_map(|(row, factor)| row.iter().map(move |x| (x / factor).round() as i8 as u8)).collect()
            }
        };
        bytes.into()
    }

    fn data_len(&self) -> usize {
        let size = match self.part {
            Part::Single | Part::Factors => 4,
            Part::Brain => 2,
            Part::Codes => 1,
            Part::Stored => self.entry.dtype.size(),
        };
        self.shape.iter().product::<usize>() * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_keeps_names_shapes_and_numbers_as_well_as_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let (source, target) = (folder.path().join("a.safetensors"), folder.path().join("b.safetensors"));
        let matrix: Vec<f32> = (0..3 * 20).map(|i| (i as f32 * 0.37).sin() * (1 + i / 20) as f32).collect();
        let bytes: Vec<u8> = matrix.iter().flat_map(|x| x.to_le_bytes()).collect();
        let whole: Vec<u8> = [5_i64, -7].iter().flat_map(|x| x.to_le_bytes()).collect();
        let views = vec![
            ("m", safetensors::tensor::TensorView::new(Written::F32, vec![3, 20], &bytes).unwrap()),
            ("n", safetensors::tensor::TensorView::new(Written::I64, vec![2], &whole).unwrap()),
            ("v", safetensors::tensor::TensorView::new(Written::F32, vec![60], &bytes).unwrap()),
        ];
        serialize_to_file(views, Some(HashMap::from([("config".into(), "{}".into())])), &source).unwrap();
        let before = Checkpoint::open(&source).unwrap();
        for (format, dtype, tolerance) in [(Format::F32, Dtype::F32, 0.0), (Format::Bf16, Dtype::Bf16, 0.01), (Format::Int8, Dtype::I8, 0.013)] {
            convert(&before, &target, format, true).unwrap();
            let after = Checkpoint::open(&target).unwrap();
            assert_eq!((after.metadata(), after.read("n").unwrap()), (before.metadata(), vec![5.0, -7.0]));
            assert_eq!((after.tensors()["m"].dtype, &after.tensors()["m"].shape), (dtype, &vec![3, 20]));
            let scale = after.read("m.scale").unwrap_or(vec![1.0; 3]);
            let close = after.read("m").unwrap().iter().zip(&matrix).enumerate().all(|(i, (a, b))| (a * scale[i / 20] - b).abs() <= tolerance);
            assert!(close, "{format:?}");
            assert_eq!(after.tensors()["v"].dtype, if format == Format::Bf16 { Dtype::Bf16 } else { Dtype::F32 });
        }
        assert!(convert(&before, &target, Format::F32, false).unwrap_err().remedy.contains("-y"));
        assert!(convert(&Checkpoint::open(&target).unwrap(), &folder.path().join("c.safetensors"), Format::Int8, false).is_ok());
    }
}
