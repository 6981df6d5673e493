//! The numbers of a network: a mapped file that its table fits.

use crate::{
    svd::Lora,
    table::{SCALE, Slot, Table, stored},
};
use relight_checkpoint::{Checkpoint, Dtype};
use relight_file::Result;
use relight_tensor::{Level, Matrix, Numbers};
use std::collections::BTreeMap;

/// A file whose tensors are those of a table; they are read from the map whenever a layer runs, so that memory holds none of them for long.
#[derive(Debug)]
pub struct Store {
    file: Checkpoint,
    names: BTreeMap<String, String>,
    /// Instructions that layers run with.
    pub level: Level,
    /// Low-rank changes of the weights.
    pub lora: Option<Lora>,
}

impl Store {
    /// Takes a file for the network of `table`.
    ///
    /// # Errors
    /// It lacks tensors, or some have another shape.
    pub fn new(file: Checkpoint, table: &Table) -> Result<Self> {
        table.compare(&file).blame(&file)?;
        let renamed = |key: &String| stored(&file, key).filter(|name| name != key).map(|name| (key.clone(), name));
        let names = table.shapes().keys().filter_map(renamed).collect();
        Ok(Self { file, names, level: Level::best(), lora: None })
    }

    /// The file.
    pub fn file(&self) -> &Checkpoint {
        &self.file
    }

    fn name<'a>(&'a self, slot: &'a Slot) -> &'a str {
        self.names.get(&slot.key).unwrap_or(&slot.key)
    }

    /// All numbers of a tensor.
    pub fn numbers(&self, slot: &Slot) -> Vec<f32> {
        let name = self.name(slot);
        let mut numbers = self.file.read(name).expect("compared with the table when opened");
        if self.file.tensors()[name].dtype == Dtype::I8 {
            let columns = numbers.len() / slot.shape[0].max(1);
            for (row, scale) in numbers.chunks_exact_mut(columns.max(1)).zip(self.scales(name)) {
                row.iter_mut().for_each(|x| *x *= scale);
            }
        }
        numbers
    }

    fn scales(&self, name: &str) -> Vec<f32> {
        self.file.read(&format!("{name}{SCALE}")).expect("compared with the table when opened")
    }

    /// A tensor as a matrix with one row for each output, in its stored format.
    pub fn with_matrix<T>(&self, slot: &Slot, work: impl FnOnce(&Matrix<'_>) -> T) -> T {
        let name = self.name(slot);
        let (rows, columns) = (slot.shape[0], slot.shape[1..].iter().product());
        let entry = &self.file.tensors()[name];
        let held;
        let numbers = match (entry.dtype, self.file.raw(name)) {
            (Dtype::F32, Ok(bytes)) => Numbers::SingleBytes(bytes),
            (Dtype::F16, Ok(bytes)) => Numbers::Half(bytes),
            (Dtype::Bf16, Ok(bytes)) => Numbers::Bfloat(bytes),
            (Dtype::I8, Ok(bytes)) => {
                held = self.scales(name);
                Numbers::Int8(bytes, &held)
            }
            _ => {
                held = self.numbers(slot);
                Numbers::Single(&held)
            }
        };
        work(&Matrix::new(rows, columns, numbers))
    }
}
