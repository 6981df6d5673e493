//! Weight matrices where they lie: in memory or in a mapped checkpoint, in the format in which they were stored.

use half::{bf16, f16};

/// Numbers of a matrix in row-major order. Bytes are little-endian and need no alignment, as in a mapped file.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// f32 in memory.
    Single(&'a [f32]),
    /// f32 as stored, 4 bytes a number.
    SingleBytes(&'a [u8]),
    /// bf16 as stored, 2 bytes a number.
    Bfloat(&'a [u8]),
    /// IEEE half as stored, 2 bytes a number.
    Half(&'a [u8]),
    /// Signed bytes, times one scale for each row.
    Int8(&'a [u8], &'a [f32]),
}

/// A view of `outputs × columns` weights; row `o` makes output `o`. A convolution's columns are (input, tap) with the tap fastest, as torch stores them.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    outputs: usize,
    columns: usize,
    numbers: Numbers<'a>,
}

impl<'a> Matrix<'a> {
    /// A view of `numbers`.
    ///
    /// # Panics
    /// There are not exactly `outputs · columns` numbers, or not one scale for each row.
    pub fn new(outputs: usize, columns: usize, numbers: Numbers<'a>) -> Self {
        let count = match numbers {
            Numbers::Single(n) => n.len(),
            Numbers::SingleBytes(b) => b.len() / 4,
            Numbers::Bfloat(b) | Numbers::Half(b) => b.len() / 2,
            Numbers::Int8(b, scales) => {
                assert_eq!(scales.len(), outputs, "scales of the rows");
                b.len()
            }
        };
        assert_eq!(count, outputs * columns, "numbers of a {outputs}x{columns} matrix");
        Self { outputs, columns, numbers }
    }

    /// Rows: how many outputs it makes.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Columns: how many numbers make one output.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// There are no such rows.
    pub fn rows(&self, range: std::ops::Range<usize>) -> Self {
        let (from, to) = (range.start * self.columns, range.end * self.columns);
        let numbers = match self.numbers {
            Numbers::Single(n) => Numbers::Single(&n[from..to]),
            Numbers::SingleBytes(b) => Numbers::SingleBytes(&b[from * 4..to * 4]),
            Numbers::Bfloat(b) => Numbers::Bfloat(&b[from * 2..to * 2]),
            Numbers::Half(b) => Numbers::Half(&b[from * 2..to * 2]),
            Numbers::Int8(b, scales) => Numbers::Int8(&b[from..to], &scales[range.clone()]),
        };
        Self { outputs: range.len(), columns: self.columns, numbers }
    }

    /// Widens the numbers of row `output` from column `start` on, as many as `to` holds.
    ///
    /// # Panics
    /// The row ends earlier.
    pub fn widen(&self, output: usize, start: usize, to: &mut [f32]) {
        assert!(output < self.outputs && start + to.len() <= self.columns, "columns of a row");
        let (at, count) = (output * self.columns + start, to.len());
        match self.numbers {
            Numbers::Single(n) => to.copy_from_slice(&n[at..at + count]),
            Numbers::SingleBytes(b) => {
                for (to, b) in to.iter_mut().zip(b[at * 4..].as_chunks::<4>().0) {
                    *to = f32::from_le_bytes(*b);
                }
            }
            Numbers::Bfloat(b) => {
                for (to, b) in to.iter_mut().zip(b[at * 2..].as_chunks::<2>().0) {
                    *to = bf16::from_le_bytes(*b).to_f32();
                }
            }
            Numbers::Half(b) => {
                for (to, b) in to.iter_mut().zip(b[at * 2..].as_chunks::<2>().0) {
                    *to = f16::from_le_bytes(*b).to_f32();
                }
            }
            Numbers::Int8(b, scales) => {
                for (to, b) in to.iter_mut().zip(&b[at..at + count]) {
                    *to = f32::from(*b as i8) * scales[output];
                }
            }
        }
    }
}
