//! The numbers of a network: a mapped file that its table fits.

use crate::{
    svd::Lora,
    table::{SCALE, Slot, Table, stored},
};
use relight_checkpoint::{Checkpoint, Dtype, Entry};
use relight_file::Result;
use relight_tensor::{Level, Matrix, Numbers};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// A file whose tensors are those of a table; they are read from the map whenever a layer runs, so that memory holds none of them for long.
#[derive(Debug)]
pub struct Store {
    file: Arc<Checkpoint>,
    /// What stands before every name of the table in the file.
    prefix: String,
    /// Names in the file where they are yet others.
    names: BTreeMap<String, String>,
    /// Instructions that layers run with.
    pub level: Level,
    /// Low-rank changes of the weights.
    pub lora: Option<Lora>,
}

impl AsRef<str> for Slot {
    fn as_ref(&self) -> &str {
        &self.key
    }
}

impl Store {
    /// Takes a file for the network of `table`.
    ///
    /// # Errors
    /// It lacks tensors, or some have another shape.
    pub fn new(file: impl Into<Arc<Checkpoint>>, table: &Table) -> Result<Self> {
        Self::under(file, "", table)
    }

    /// [`Store::new`] for a file in which `prefix` stands before the table's names.
    ///
    /// # Errors
    /// As there.
    pub fn under(file: impl Into<Arc<Checkpoint>>, prefix: &str, table: &Table) -> Result<Self> {
        let file = file.into();
        table.compare_under(&file, prefix).blame(&file)?;
        let renamed = |key: &String| {
            let whole = format!("{prefix}{key}");
            stored(&file, &whole).filter(|name| *name != whole).map(|name| (key.clone(), name))
        };
        let names = table.shapes().keys().filter_map(renamed).collect();
        Ok(Self { file, prefix: prefix.to_owned(), names, level: Level::best(), lora: None })
    }

    /// The file.
    pub fn file(&self) -> &Checkpoint {
        &self.file
    }

    fn name<'a>(&'a self, key: &'a str) -> Cow<'a, str> {
        match self.names.get(key) {
            Some(name) => Cow::Borrowed(name),
            None if self.prefix.is_empty() => Cow::Borrowed(key),
            None => Cow::Owned(format!("{}{key}", self.prefix)),
        }
    }

    fn entry(&self, name: &str) -> &Entry {
        &self.file.tensors()[name]
    }

    /// Whether there is such a tensor.
    pub fn has(&self, key: &str) -> bool {
        self.file.tensors().contains_key(&*self.name(key))
    }

    /// Bytes of the largest tensor as it is stored, which is what a layer has mapped while it runs.
    pub fn largest(&self) -> usize {
        let size = |entry: &Entry| entry.count().map(|count| count * entry.dtype.size());
        self.file.tensors().values().filter_map(size).max().unwrap_or(0)
    }

    /// All numbers of a tensor of the table. The memory in which it was mapped is given back, since the system maps up to 2 MiB around a few bytes.
    pub fn numbers(&self, key: impl AsRef<str>) -> Vec<f32> {
        let name = self.name(key.as_ref());
        let mut numbers = self.file.read(&name).expect("compared with the table when opened");
        let entry = self.entry(&name);
        if entry.dtype == Dtype::I8 {
            let columns = numbers.len() / entry.shape[0].max(1);
            for (row, scale) in numbers.chunks_exact_mut(columns.max(1)).zip(self.scales(&name)) {
                row.iter_mut().for_each(|x| *x *= scale);
            }
        }
        self.file.release(&name);
        numbers
    }

    fn scales(&self, name: &str) -> Vec<f32> {
        self.file.read(&format!("{name}{SCALE}")).expect("compared with the table when opened")
    }

    /// A tensor of the table as a matrix with one row for each output, in its stored format. The memory in which it was mapped is given back afterwards, so
    /// that a network never holds more of its file than the layer that runs.
    pub fn with_matrix<T>(&self, key: impl AsRef<str>, work: impl FnOnce(&Matrix<'_>) -> T) -> T {
        let name = self.name(key.as_ref());
        let entry = self.entry(&name);
        let (rows, columns) = (entry.shape[0], entry.shape[1..].iter().product::<usize>());
        let held;
        let numbers = match (entry.dtype, self.file.raw(&name)) {
            (Dtype::F32, Ok(bytes)) => Numbers::SingleBytes(bytes),
            (Dtype::F16, Ok(bytes)) => Numbers::Half(bytes),
            (Dtype::Bf16, Ok(bytes)) => Numbers::Bfloat(bytes),
            (Dtype::I8, Ok(bytes)) => {
                held = self.scales(&name);
                Numbers::Int8(bytes, &held)
            }
            _ => {
                held = self.numbers(&key);
                Numbers::Single(&held)
            }
        };
        let done = work(&Matrix::new(rows, columns, numbers));
        self.file.release(&name);
        done
    }
}
