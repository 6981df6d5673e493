//! Number formats on disk.

use half::{bf16, f16};

/// The format of a tensor's numbers in its file. All are little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// IEEE 754 double.
    F64,
    /// IEEE 754 single.
    F32,
    /// IEEE 754 half.
    F16,
    /// The upper half of a single.
    Bf16,
    /// Signed, 8 bytes.
    I64,
    /// Signed, 4 bytes.
    I32,
    /// Signed, 2 bytes.
    I16,
    /// Signed byte.
    I8,
    /// Unsigned byte.
    U8,
    /// A byte, 0 or 1.
    Bool,
}

impl Dtype {
    /// Bytes per number.
    pub const fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// The number that `bytes` (exactly [`Dtype::size`] of them) hold, widened or rounded to f32.
    pub fn widen(self, bytes: &[u8]) -> f32 {
        fn take<const N: usize>(bytes: &[u8]) -> [u8; N] {
            bytes.try_into().expect("a number's bytes")
        }
        match self {
            Self::F64 => f64::from_le_bytes(take(bytes)) as f32,
            Self::F32 => f32::from_le_bytes(take(bytes)),
            Self::F16 => f16::from_le_bytes(take(bytes)).to_f32(),
            Self::Bf16 => bf16::from_le_bytes(take(bytes)).to_f32(),
            Self::I64 => i64::from_le_bytes(take(bytes)) as f32,
            Self::I32 => i32::from_le_bytes(take(bytes)) as f32,
            Self::I16 => i16::from_le_bytes(take(bytes)) as f32,
            Self::I8 => i8::from_le_bytes(take(bytes)) as f32,
            Self::U8 | Self::Bool => bytes[0] as f32,
        }
    }

    /// The format of a torch storage class such as `FloatStorage`.
    pub(crate) fn of_storage(class: &str) -> Option<Self> {
        Some(match class {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "LongStorage" => Self::I64,
            "IntStorage" => Self::I32,
            "ShortStorage" => Self::I16,
            "CharStorage" => Self::I8,
            "ByteStorage" => Self::U8,
            "BoolStorage" => Self::Bool,
            _ => return None,
        })
    }
}
