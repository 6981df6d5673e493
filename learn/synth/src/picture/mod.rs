//! Pictures that materials carry: prints, labels, posters, photographs.

mod found;
mod paint;
mod scenery;

pub(crate) use scenery::views;

use crate::dice::Dice;
use relight_file::Result;
use relight_trace::Texture;
use std::{path::PathBuf, sync::Arc};

/// The longest side of a picture, in texels: worlds are looked at in 64 to 256 pixels.
const SIDE: usize = 128;

/// Pictures from files, beside those that are painted anew for each material.
#[derive(Default)]
pub(crate) struct Pictures {
    real: Vec<Arc<Texture>>,
}

impl Pictures {
    /// The textures that the meshes' folders and archives hold, and the views of the light maps; none that the evaluation sets reserve.
    ///
    /// # Errors
    /// A folder or archive that cannot be read. Single textures that cannot be are passed over.
    pub fn gather(meshes: &[PathBuf], views: &[Texture]) -> Result<Self> {
        let mut real = found::textures(meshes)?;
        real.extend_from_slice(views);
        Ok(Self { real: real.into_iter().map(Arc::new).collect() })
    }

    /// A picture from a file for half of the askers where there are any, else a painted one.
    pub fn any(&self, dice: &mut Dice) -> Arc<Texture> {
        if dice.chance(0.5) && !self.real.is_empty() { dice.pick(&self.real).clone() } else { Arc::new(paint::any(dice)) }
    }
}

/// The texture at a size whose longer side is at most [`SIDE`], by the mean over boxes.
fn small(texture: &Texture) -> Texture {
    let (w, h) = (texture.width, texture.height);
    let scale = (w.max(h) as f32 / SIDE as f32).max(1.0);
    let (width, height) = (((w as f32 / scale) as usize).max(1), ((h as f32 / scale) as usize).max(1));
    let span = |i: usize, n: usize, full: usize| (i * full / n, ((i + 1) * full / n).max(i * full / n + 1));
    let mut texels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let ((x0, x1), (y0, y1)) = (span(x, width, w), span(y, height, h));
            let sum = (y0..y1).flat_map(|j| &texture.texels[j * w + x0..j * w + x1]).fold(glam::Vec3::ZERO, |s, t| s + glam::Vec3::from(*t));
            texels.push((sum / ((x1 - x0) * (y1 - y0)) as f32).to_array());
        }
    }
    Texture { width, height, texels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_picture_keeps_its_mean_and_shape() {
        let texels: Vec<[f32; 3]> = (0..512 * 256).map(|i| [(i % 512) as f32 / 511.0, 0.5, 0.0]).collect();
        let small = small(&Texture { width: 512, height: 256, texels });
        assert_eq!((small.width, small.height), (SIDE, SIDE / 2));
        let mean = small.texels.iter().map(|t| t[0]).sum::<f32>() / small.texels.len() as f32;
        assert!((mean - 0.5).abs() < 1e-3 && small.texels[0][0] < 0.01);
    }
}
