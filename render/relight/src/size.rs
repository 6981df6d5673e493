//! The size at which a network works.

/// Strides of the networks: their input's width and height are multiples of this.
const STRIDE: usize = 16;

/// The working size for pictures of one size, and that size padded to what the network takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WorkSize {
    /// Scaled picture, at most as large as the picture.
    pub width: usize,
    pub height: usize,
    /// Multiples of 16.
    pub padded_width: usize,
    pub padded_height: usize,
}

impl WorkSize {
    /// For a `width × height` picture whose short side shall have at most `short` pixels.
    pub fn new(width: usize, height: usize, short: usize) -> Self {
        let shorter = width.min(height);
        let scale = |side: usize| if shorter > short { ((side * short) as f64 / shorter as f64).round().max(1.0) as usize } else { side };
        let (width, height) = (scale(width), scale(height));
        Self { width, height, padded_width: width.next_multiple_of(STRIDE), padded_height: height.next_multiple_of(STRIDE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_grows_keeps_the_shape_and_pads_to_the_stride() {
        let s = WorkSize::new(1280, 720, 360);
        assert_eq!((s.width, s.height, s.padded_width, s.padded_height), (640, 360, 640, 368));
        let s = WorkSize::new(47, 63, 360);
        assert_eq!((s.width, s.height, s.padded_width, s.padded_height), (47, 63, 48, 64));
        let s = WorkSize::new(2000, 1, 360);
        assert_eq!((s.width, s.height, s.padded_height), (2000, 1, 16));
    }
}
