//! The formats in which activations are kept between operations.

use half::bf16;

/// A number of a feature map in memory. Kernels compute in f32 whatever it is.
pub trait Number: Copy + Default + Send + Sync + PartialEq + 'static {
    /// In f32.
    fn wide(self) -> f32;

    /// The nearest number of this format, ties to even.
    fn nearest(number: f32) -> Self;

    /// [`Number::wide`] of as many numbers.
    fn widen(from: &[Self], to: &mut [f32]);

    /// [`Number::nearest`] of as many numbers.
    fn narrow(from: &[f32], to: &mut [Self]);

    /// Runs `work` over the numbers in f32 and keeps what it makes of them.
    fn change(numbers: &mut [Self], work: impl FnOnce(&mut [f32]));

    /// The numbers themselves where they are f32.
    fn single(numbers: &[Self]) -> Option<&[f32]>;
}

impl Number for f32 {
    #[inline(always)]
    fn wide(self) -> f32 {
        self
    }

    #[inline(always)]
    fn nearest(number: f32) -> Self {
        number
    }

    #[inline(always)]
    fn widen(from: &[Self], to: &mut [f32]) {
        to.copy_from_slice(from);
    }

    #[inline(always)]
    fn narrow(from: &[f32], to: &mut [Self]) {
        to.copy_from_slice(from);
    }

    fn change(numbers: &mut [Self], work: impl FnOnce(&mut [f32])) {
        work(numbers);
    }

    fn single(numbers: &[Self]) -> Option<&[f32]> {
        Some(numbers)
    }
}

impl Number for bf16 {
    #[inline(always)]
    fn wide(self) -> f32 {
        // The upper half of an f32.
        f32::from_bits(u32::from(self.to_bits()) << 16)
    }

    #[inline(always)]
    fn nearest(number: f32) -> Self {
        let bits = number.to_bits();
        if number.is_nan() {
            // Quiet, so that dropping the lower half cannot make it infinite.
            return Self::from_bits((bits >> 16) as u16 | 0x40);
        }
        Self::from_bits(((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) as u16)
    }

    #[inline(always)]
    fn widen(from: &[Self], to: &mut [f32]) {
        assert_eq!(from.len(), to.len(), "as many numbers");
        to.iter_mut().zip(from).for_each(|(to, from)| *to = from.wide());
    }

    #[inline(always)]
    fn narrow(from: &[f32], to: &mut [Self]) {
        assert_eq!(from.len(), to.len(), "as many numbers");
        to.iter_mut().zip(from).for_each(|(to, from)| *to = Self::nearest(*from));
    }

    fn change(numbers: &mut [Self], work: impl FnOnce(&mut [f32])) {
        let mut wide = vec![0.0; numbers.len()];
        Self::widen(numbers, &mut wide);
        work(&mut wide);
        Self::narrow(&wide, numbers);
    }

    fn single(_: &[Self]) -> Option<&[f32]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_agrees_with_the_plain_one_for_every_kind_of_number() {
        let kinds = [0.0, -0.0, 1.0, f32::MIN_POSITIVE, 1e-41, f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY, 1.003_906_2, 1.011_718_8];
        let spread = (0..100_000_u32).map(|i| f32::from_bits(i.wrapping_mul(2_654_435_761)));
        for number in kinds.into_iter().chain(spread) {
            let (found, plain) = (<bf16 as Number>::nearest(number), bf16::from_f32(number));
            assert!(found == plain || found.is_nan() && plain.is_nan(), "{number}: {found}, not {plain}");
            assert!(found.wide() == plain.to_f32() || found.is_nan());
        }
    }

    #[test]
    fn numbers_change_in_f32_and_are_kept_in_their_format() {
        let mut kept = [bf16::ONE, bf16::from_f32(3.0)];
        Number::change(&mut kept, |wide| wide.iter_mut().for_each(|x| *x += 1e-4));
        assert_eq!(kept, [bf16::ONE, bf16::from_f32(3.0)]);
        let mut plain = [1.0_f32, 3.0];
        Number::change(&mut plain, |wide| wide.iter_mut().for_each(|x| *x += 0.5));
        assert_eq!(plain, [1.5, 3.5]);
    }
}
