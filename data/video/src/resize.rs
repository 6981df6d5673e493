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
    let light: Vec<_> = frame.rgb.as_chunks::<3>().0.iter().map(|pixel| fir::pixels::F32x3::new(*pixel)).collect();
    let light = scale((frame.width, frame.height), light, (width, height))?;
    let rgb = light.iter().flat_map(|pixel| pixel.0.map(|c| c.max(0.0))).collect();
    let cover = |alpha: &Vec<f32>| {
        let alpha = alpha.iter().map(|alpha| fir::pixels::F32::new(*alpha)).collect();
        Ok(scale((frame.width, frame.height), alpha, (width, height))?.iter().map(|pixel| pixel.0.clamp(0.0, 1.0)).collect())
    };
    let alpha = frame.alpha.as_ref().map(cover).transpose()?;
    Ok(Frame { width, height, rgb, alpha })
}

// For one kind of pixel at a time: a choice at run time would compile all sixteen kinds, which takes minutes.
fn scale<P: fir::PixelTrait>(from: (usize, usize), pixels: Vec<P>, to: (usize, usize)) -> Result<Vec<P>> {
    let fault = |e: &dyn std::fmt::Display| Fault::new(format!("cannot scale to {}x{}: {e}", to.0, to.1), "choose another --size");
    let options = fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::Lanczos3)).use_alpha(false);
    let from = fir::images::TypedImage::from_pixels(from.0 as u32, from.1 as u32, pixels).map_err(|e| fault(&e))?;
    let mut scaled = fir::images::TypedImage::<P>::new(to.0 as u32, to.1 as u32);
    fir::Resizer::new().resize_typed(&from, &mut scaled, &options).map_err(|e| fault(&e))?;
    Ok(scaled.pixels().to_vec())
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
