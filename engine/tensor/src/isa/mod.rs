//! Vector instructions: one trait, so that every kernel is written once, and the choice among them at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use std::sync::OnceLock;

/// A set of vector instructions. Implementations are tokens: one exists only where the processor has the instructions, which makes the arithmetic safe.
pub(crate) trait Isa: Copy {
    /// f32 numbers of a vector; divides [`crate::BLOCK`].
    const LANES: usize;
    /// Pixels that the matrix kernel keeps in registers at once, with [`Isa::VECTORS`] vectors each.
    const PIXELS: usize;
    /// Vectors of output channels that the matrix kernel keeps in registers at once; whole blocks.
    const VECTORS: usize;
    /// A vector.
    type V: Copy;

    fn splat(self, x: f32) -> Self::V;
    /// # Safety
    /// `LANES` numbers are readable at `from`.
    unsafe fn load(self, from: *const f32) -> Self::V;
    /// # Safety
    /// `LANES` numbers are writable at `to`.
    unsafe fn store(self, to: *mut f32, x: Self::V);
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a · b + c`, rounded once where the processor can.
    fn fma(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// To the nearest integer, |x| < 2^22.
    fn round(self, x: Self::V) -> Self::V;
    /// 2^x for integers −126 ≤ x ≤ 127.
    fn exp2(self, x: Self::V) -> Self::V;

    /// The first `LANES` numbers of a slice.
    #[inline(always)]
    fn read(self, from: &[f32]) -> Self::V {
        let from = &from[..Self::LANES];
        // SAFETY: the slice has LANES numbers.
        unsafe { self.load(from.as_ptr()) }
    }

    /// To the first `LANES` numbers of a slice.
    #[inline(always)]
    fn write(self, to: &mut [f32], x: Self::V) {
        let to = &mut to[..Self::LANES];
        // SAFETY: the slice has LANES numbers.
        unsafe { self.store(to.as_mut_ptr(), x) }
    }

    /// Folds the lanes pairwise, always in the same order.
    #[inline(always)]
    fn fold(self, x: Self::V, join: impl Fn(f32, f32) -> f32) -> f32 {
        let mut lanes = [0.0; crate::BLOCK];
        self.write(&mut lanes, x);
        let mut half = Self::LANES / 2;
        while half > 0 {
            for i in 0..half {
                lanes[i] = join(lanes[i], lanes[i + half]);
            }
            half /= 2;
        }
        lanes[0]
    }
}

/// Work that is compiled once for every instruction set. `run` must be `#[inline(always)]`, and so must everything it calls with the token, or the vector
/// instructions are not inlined. Closures around them cannot promise that: a loop or a const parameter takes their place.
pub(crate) trait Kernel {
    type Output;
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// Which vector instructions the kernels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Plain Rust that any compiler turns into what its target has.
    Portable,
    /// x86 AVX2 and FMA: 8 lanes.
    Avx2,
    /// x86 AVX-512F: 16 lanes.
    Avx512,
    /// The shape of AVX-512 in plain Rust, for tests.
    #[cfg(test)]
    Wide,
}

impl Level {
    /// The best that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| Self::available().pop().unwrap_or(Self::Portable))
    }

    /// All that this processor has, the best last.
    pub fn available() -> Vec<Self> {
        [Self::Portable, Self::Avx2, Self::Avx512].into_iter().filter(|level| level.exists()).collect()
    }

    /// The name that `relight doctor` shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
            #[cfg(test)]
            Self::Wide => "wide",
        }
    }

    fn exists(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::Avx2::new().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::Avx512::new().is_some(),
            #[cfg(test)]
            Self::Wide => true,
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// All that a test can run here: the available ones and the wide one.
    #[cfg(test)]
    pub(crate) fn tested() -> Vec<Self> {
        Self::available().into_iter().chain([Self::Wide]).collect()
    }

    /// Runs a kernel with these instructions, or with the portable ones where the processor does not have them.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Portable => {}
            #[cfg(test)]
            Self::Wide => return kernel.run(portable::SIXTEEN),
            Self::Avx2 => {
                if let Some(isa) = avx2::Avx2::new() {
                    // SAFETY: the token proves that AVX2 and FMA are there.
                    return unsafe { avx2::run(isa, kernel) };
                }
            }
            Self::Avx512 => {
                if let Some(isa) = avx512::Avx512::new() {
                    // SAFETY: the token proves that AVX-512F is there.
                    return unsafe { avx512::run(isa, kernel) };
                }
            }
        }
        kernel.run(portable::FOUR)
    }
}
