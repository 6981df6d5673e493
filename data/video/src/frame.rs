//! A picture.

use crate::transfer;

/// One picture: linear Rec.709 light, row-major, top row first, three numbers per pixel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width * height * 3` numbers; 1 is the white of an 8-bit file, more is allowed.
    pub rgb: Vec<f32>,
    /// `width * height` coverages where the file has them; colour is then premultiplied.
    pub alpha: Option<Vec<f32>>,
}

impl Frame {
    /// A black frame without alpha.
    pub fn black(width: usize, height: usize) -> Self {
        Self { width, height, rgb: vec![0.0; width * height * 3], alpha: None }
    }

    /// A frame from 8-bit sRGB codes, `width * height * 3` of them.
    ///
    /// # Panics
    /// The length is another.
    pub fn from_srgb8(width: usize, height: usize, codes: &[u8]) -> Self {
        assert_eq!(codes.len(), width * height * 3, "three codes per pixel");
        Self { width, height, rgb: codes.iter().map(|c| transfer::linear8(*c)).collect(), alpha: None }
    }

    /// The colours as 8-bit sRGB codes, clamped and rounded, `width * height * 3`. Alpha is left out: what is there lies over black.
    pub fn to_srgb8(&self) -> Vec<u8> {
        let mut codes = self.rgb.clone();
        transfer::encode(&mut codes);
        codes.into_iter().map(transfer::quantise8).collect()
    }

    /// Turned clockwise by `quarters` of a full turn.
    pub fn turned(self, quarters: u8) -> Self {
        let (w, h) = (self.width, self.height);
        // Where pixel (x, y) of the result comes from.
        let from: fn(usize, usize, usize, usize) -> usize = match quarters % 4 {
            0 => return self,
            1 => |x, y, w, h| (h - 1 - x) * w + y,
            2 => |x, y, w, h| (h - 1 - y) * w + (w - 1 - x),
            _ => |x, y, w, _| x * w + (w - 1 - y),
        };
        let (width, height) = if quarters % 2 == 1 { (h, w) } else { (w, h) };
        let places = || (0..height).flat_map(|y| (0..width).map(move |x| from(x, y, w, h)));
        let rgb = places().flat_map(|i| [self.rgb[3 * i], self.rgb[3 * i + 1], self.rgb[3 * i + 2]]).collect();
        let alpha = self.alpha.as_ref().map(|alpha| places().map(|i| alpha[i]).collect());
        Self { width, height, rgb, alpha }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_is_clockwise_and_four_are_none() {
        let mut frame = Frame::black(3, 2);
        frame.rgb[0] = 1.0;
        frame.alpha = Some((0..6).map(|i| i as f32).collect());
        let turned = frame.clone().turned(1);
        assert_eq!((turned.width, turned.height), (2, 3));
        assert_eq!(turned.alpha.as_deref(), Some(&[3.0, 0.0, 4.0, 1.0, 5.0, 2.0][..]));
        assert_eq!(turned.rgb[3], 1.0);
        assert_eq!(turned.clone().turned(1), frame.clone().turned(2));
        assert_eq!(turned.clone().turned(2), frame.clone().turned(3));
        assert_eq!(turned.turned(3), frame);
    }

    #[test]
    fn eight_bit_codes_survive() {
        let codes: Vec<u8> = (0..=255).flat_map(|c| [c, 255 - c, c / 2]).collect();
        assert_eq!(Frame::from_srgb8(16, 16, &codes).to_srgb8(), codes);
    }
}
