//! Eight numbers at once: plainly, and with AVX2. Both round alike, so they find the same hits.

/// Eight lanes of f32.
pub(crate) trait Lanes: Copy {
    fn splat(x: f32) -> Self;
    fn load(x: &[f32; 8]) -> Self;
    fn store(self) -> [f32; 8];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// The lesser; `other` where one is NaN.
    fn min(self, other: Self) -> Self;
    /// The greater; `other` where one is NaN.
    fn max(self, other: Self) -> Self;
    /// Bit i is set where lane i of `self` is at most that of `other`; false for NaN.
    fn at_most(self, other: Self) -> u32;
    /// As `at_most`, strictly less.
    fn less(self, other: Self) -> u32;
}

/// The slow reference, and what other processors run.
#[derive(Clone, Copy)]
pub(crate) struct Portable([f32; 8]);

impl Portable {
    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }

    #[inline(always)]
    fn mask(self, other: Self, f: impl Fn(f32, f32) -> bool) -> u32 {
        (0..8).fold(0, |m, i| m | (u32::from(f(self.0[i], other.0[i])) << i))
    }
}

impl Lanes for Portable {
    #[inline(always)]
    fn splat(x: f32) -> Self {
        Self([x; 8])
    }
    #[inline(always)]
    fn load(x: &[f32; 8]) -> Self {
        Self(*x)
    }
    #[inline(always)]
    fn store(self) -> [f32; 8] {
        self.0
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn at_most(self, other: Self) -> u32 {
        self.mask(other, |a, b| a <= b)
    }
    #[inline(always)]
    fn less(self, other: Self) -> u32 {
        self.mask(other, |a, b| a < b)
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// AVX registers. Only functions compiled for AVX2, reached after the processor was asked, may use it.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256);

    impl Lanes for Avx2 {
        #[inline(always)]
        fn splat(x: f32) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_set1_ps(x) })
        }
        #[inline(always)]
        fn load(x: &[f32; 8]) -> Self {
            // SAFETY: AVX is there; eight floats are readable at `x`, and the load needs no alignment.
            Self(unsafe { _mm256_loadu_ps(x.as_ptr()) })
        }
        #[inline(always)]
        fn store(self) -> [f32; 8] {
            let mut x = [0.0; 8];
            // SAFETY: AVX is there; eight floats are writable at `x`, and the store needs no alignment.
            unsafe { _mm256_storeu_ps(x.as_mut_ptr(), self.0) };
            x
        }
        #[inline(always)]
        fn add(self, other: Self) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_sub_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_mul_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn div(self, other: Self) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_div_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn min(self, other: Self) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_min_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn max(self, other: Self) -> Self {
            // SAFETY: AVX is there, by the rule of the type.
            Self(unsafe { _mm256_max_ps(self.0, other.0) })
        }
        #[inline(always)]
        fn at_most(self, other: Self) -> u32 {
            // SAFETY: AVX is there, by the rule of the type.
            unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LE_OQ>(self.0, other.0)) as u32 }
        }
        #[inline(always)]
        fn less(self, other: Self) -> u32 {
            // SAFETY: AVX is there, by the rule of the type.
            unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0)) as u32 }
        }
    }
}
