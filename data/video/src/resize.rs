//! Another size.

use crate::Frame;
use fast_image_resize as fir;
use relight_file::{Fault, Result};

/// The frame at `width`×`height`, filtered in linear light: Lanczos with three lobes, widened to the source's pixels when it shrinks, so that
/// nothing aliases. Its overshoot is cut at 0 (light is never negative), not at 1 (light may be more).
///
/// # Errors
/// Either size is 0 or absurd.
pub fn resize(frame: &Frame, width: usize, height: usize) -> Result<Frame> {
    crate::about::check_size(std::path::Path::new("the scaled frame"), width, height)?;
    if (frame.width, frame.height) == (width, height) {
        return Ok(frame.clone());
    }
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Lanczos3)).use_alpha(false);
    let scale = |values: &[f32], kind: fir::PixelType, channels: usize| -> Result<Vec<f32>> {
        let fault = |e: &dyn std::fmt::Display| Fault::new(format!("cannot scale to {width}x{height}: {e}"), "choose another --size");
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let from = fir::images::Image::from_vec_u8(frame.width as u32, frame.height as u32, bytes, kind).map_err(|e| fault(&e))?;
        let mut to = fir::images::Image::new(width as u32, height as u32, kind);
        fir::Resizer::new().resize(&from, &mut to, &options).map_err(|e| fault(&e))?;
        let values: Vec<f32> = to.buffer().as_chunks::<4>().0.iter().map(|b| f32::from_ne_bytes(*b).max(0.0)).collect();
        debug_assert_eq!(values.len(), width * height * channels);
        Ok(values)
    };
    let rgb = scale(&frame.rgb, fir::PixelType::F32x3, 3)?;
    let alpha = frame.alpha.as_ref().map(|alpha| scale(alpha, fir::PixelType::F32, 1)).transpose()?;
    Ok(Frame { width, height, rgb, alpha: alpha.map(|a| a.into_iter().map(|a| a.min(1.0)).collect()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_stays_flat_and_light_is_kept() {
        let flat = Frame { width: 37, height: 21, rgb: vec![0.25; 37 * 21 * 3], alpha: Some(vec![1.0; 37 * 21]) };
        for (w, h) in [(8, 5), (64, 64), (37, 1)] {
            let other = resize(&flat, w, h).unwrap();
            assert!(other.rgb.iter().all(|c| (c - 0.25).abs() < 1e-5) && other.rgb.len() == w * h * 3);
            assert!(other.alpha.unwrap().iter().all(|a| (a - 1.0).abs() < 1e-5));
        }
        // Black and white columns average to half the light, which is code 188, not 128.
        let mut stripes = Frame::black(64, 64);
        stripes.rgb.iter_mut().enumerate().for_each(|(i, c)| *c = (i / 3 % 2) as f32);
        let grey = resize(&stripes, 16, 16).unwrap();
        let inner = &grey.to_srgb8()[(8 * 16 + 8) * 3..][..3];
        assert!(inner.iter().all(|c| c.abs_diff(188) <= 1), "{inner:?}");
        assert!(resize(&flat, 0, 4).is_err() && resize(&flat, 1 << 20, 1 << 20).is_err());
    }
}
