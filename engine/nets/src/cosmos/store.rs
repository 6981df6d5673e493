//! The weights of a network, where they lie in a mapped checkpoint.

use super::keys::Key;
use relight_checkpoint::{Checkpoint, Dtype};
use relight_file::{Fault, Result};
use relight_tensor::{Matrix, Numbers};
use std::sync::Arc;

/// Tensors of a checkpoint under a prefix. Shapes are checked once ([`Store::check`]); later look-ups cannot fail.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    checkpoint: Arc<Checkpoint>,
    prefix: String,
}

/// A matrix of a checkpoint: mapped where its numbers are in order, copied where they are not.
pub(crate) enum Held<'a> {
    Mapped(Matrix<'a>),
    Copied(usize, usize, Vec<f32>),
    /// Signed bytes, mapped, and a factor for each row.
    Scaled(usize, usize, &'a [u8], Vec<f32>),
}

/// Beside a tensor that is stored as signed bytes stands one factor for each of its rows, under this name behind its own.
const SCALE: &str = ".scale";

impl Held<'_> {
    pub fn view(&self) -> Matrix<'_> {
        match self {
            Self::Mapped(matrix) => *matrix,
            Self::Copied(outputs, columns, numbers) => Matrix::new(*outputs, *columns, Numbers::Single(numbers)),
            Self::Scaled(outputs, columns, bytes, scales) => Matrix::new(*outputs, *columns, Numbers::Int8(bytes, scales)),
        }
    }
}

impl Store {
    /// Tensors whose names begin with `prefix`, which is left out in what follows.
    pub fn new(checkpoint: Arc<Checkpoint>, prefix: &str) -> Self {
        Self { checkpoint, prefix: prefix.to_owned() }
    }

    /// The shape of a tensor, if there is one.
    pub fn shape(&self, key: &str) -> Option<&[usize]> {
        self.checkpoint.tensors().get(&format!("{}{key}", self.prefix)).map(|entry| &entry.shape[..])
    }

    /// Whether there is such a tensor.
    pub fn has(&self, key: &str) -> bool {
        self.shape(key).is_some()
    }

    /// The shape of a tensor by which a network is recognised.
    ///
    /// # Errors
    /// There is none with so many axes, or one of them is empty or beyond any such network's (2^20).
    pub fn known<const N: usize>(&self, key: &str) -> Result<[usize; N]> {
        let shape: Option<[usize; N]> = self.shape(key).and_then(|shape| shape.try_into().ok());
        shape.filter(|shape| shape.iter().all(|n| (1..=1 << 20).contains(n))).ok_or_else(|| {
            Fault::new(
                format!("{} has no tensor {}{key} of {N} axes", self.checkpoint.path().display(), self.prefix),
                "give the folder of an official Cosmos DiffusionRenderer, with its files as published",
            )
        })
    }

    /// Whether all the needed tensors are there with their shapes.
    ///
    /// # Errors
    /// One is not; its name and shapes are told.
    pub fn check(&self, keys: &[Key]) -> Result<()> {
        for key in keys.iter().filter(|key| key.needed) {
            let scaled = self.stored(&key.name) == 1;
            let scales =
                || self.shape(&format!("{}{SCALE}", key.name)).is_some_and(|shape| Some(shape.iter().product()) == key.shape.first().copied());
            let told = match self.shape(&key.name) {
                Some(shape) if shape == key.shape && (!scaled || scales()) => continue,
                Some(shape) if shape == key.shape => format!("has bytes, but no {SCALE} for each of its rows"),
                Some(shape) => format!("has shape {shape:?}, not {:?}", key.shape),
                None => "is missing".to_owned(),
            };
            return Err(Fault::new(
                format!("{}: tensor {}{} {told}", self.checkpoint.path().display(), self.prefix, key.name),
                "download the checkpoint again; `relight models check` lists all that differs",
            ));
        }
        Ok(())
    }

    /// Bytes of a number of a tensor.
    pub fn stored(&self, key: &str) -> usize {
        self.checkpoint.entry(&format!("{}{key}", self.prefix)).map_or(4, |entry| entry.dtype.size())
    }

    /// The numbers of a tensor, widened.
    pub fn vector(&self, key: &str) -> Vec<f32> {
        let mut numbers = self.read(key);
        if self.stored(key) == 1 {
            let scales = self.read(&format!("{key}{SCALE}"));
            let columns = numbers.len() / scales.len().max(1);
            for (row, scale) in numbers.chunks_exact_mut(columns.max(1)).zip(scales) {
                row.iter_mut().for_each(|x| *x *= scale);
            }
        }
        numbers
    }

    fn read(&self, key: &str) -> Vec<f32> {
        self.checkpoint.read(&format!("{}{key}", self.prefix)).expect("checked when the network was opened")
    }

    /// A tensor as a matrix: its first axis makes the rows.
    pub fn matrix(&self, key: &str) -> Held<'_> {
        let name = format!("{}{key}", self.prefix);
        let entry = self.checkpoint.entry(&name).expect("checked when the network was opened");
        let outputs = entry.shape[0];
        let columns = entry.shape[1..].iter().product();
        match (self.checkpoint.raw(&name), entry.dtype) {
            (Ok(bytes), Dtype::F32) => Held::Mapped(Matrix::new(outputs, columns, Numbers::SingleBytes(bytes))),
            (Ok(bytes), Dtype::Bf16) => Held::Mapped(Matrix::new(outputs, columns, Numbers::Bfloat(bytes))),
            (Ok(bytes), Dtype::F16) => Held::Mapped(Matrix::new(outputs, columns, Numbers::Half(bytes))),
            (Ok(bytes), Dtype::I8) => Held::Scaled(outputs, columns, bytes, self.read(&format!("{key}{SCALE}"))),
            _ => Held::Copied(outputs, columns, self.vector(key)),
        }
    }

    /// Drops the mapped memory of tensors that begin so: they were used.
    pub fn release(&self, prefix: &str) {
        self.checkpoint.release(&format!("{}{prefix}", self.prefix));
    }
}
