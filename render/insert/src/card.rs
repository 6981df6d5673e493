//! A foreground clip with alpha, stood into the scene as a flat card.

use glam::{Affine3A, Vec3};
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, GBuffer};
use relight_video::Frame;

/// Points a pixel's side at which the clip is read.
const FINE: usize = 3;

/// A card in the world: a clip's pictures on a plane, seen from both sides.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    to_world: Affine3A,
}

impl Card {
    /// `to_world` as [`crate::Placing::to_world`] gives it: the card stands on the place with the middle of its lower edge, and its longer side is the
    /// size.
    pub fn new(to_world: Affine3A) -> Self {
        Self { to_world }
    }

    /// What `camera` sees of `picture` (linear, premultiplied) on it: a layer of buffers that holds its picture, matt and facing the way the card does.
    ///
    /// # Errors
    /// The picture has no alpha.
    pub fn layer(&self, picture: &Frame, camera: &Camera, width: usize, height: usize) -> Result<GBuffer> {
        let alpha = picture.alpha.as_ref().ok_or_else(opaque)?;
        let longer = picture.width.max(picture.height) as f32;
        let (w, h) = (picture.width as f32 / longer, picture.height as f32 / longer);
        let to_card = self.to_world.inverse();
        let eye = to_card.transform_point3(camera.to_world.w_axis.truncate());
        let read = |ray: Vec3| -> Option<([f32; 4], f32)> {
            let d = to_card.transform_vector3(camera.to_world.transform_vector3(ray));
            let depth = -eye.z / d.z;
            let point = eye + d * depth;
            let (u, v) = ((point.x / w + 0.5) * picture.width as f32, (1.0 - point.y / h) * picture.height as f32);
            let inside = depth > 0.0 && depth.is_finite() && u >= 0.0 && v >= 0.0 && u < picture.width as f32 && v < picture.height as f32;
            inside.then(|| (bilinear(picture, alpha, u, v), depth))
        };
        let normal = camera.to_world.inverse().transform_vector3(self.to_world.transform_vector3(Vec3::Z)).normalize_or(Vec3::Z);
        let mut layer = GBuffer::empty(width, height);
        let mut rgb = vec![0.0f32; 3 * width * height];
        for i in 0..width * height {
            let (mut sum, mut depths, mut met) = ([0.0f32; 4], 0.0, 0.0);
            for k in 0..FINE * FINE {
                let at = |j: usize| (j as f32 + 0.5) / FINE as f32;
                // A ray's third component is −1, so that lengths along it are depths.
                let ray = camera.ray((i % width) as f32 + at(k % FINE), (i / width) as f32 + at(k / FINE), width, height);
                if let Some((colour, depth)) = read(ray) {
                    sum.iter_mut().zip(colour).for_each(|(s, c)| *s += c / (FINE * FINE) as f32);
                    (depths, met) = (depths + depth, met + 1.0);
                }
            }
            if sum[3] <= 0.0 {
                continue;
            }
            layer.alpha[i] = sum[3].min(1.0);
            layer.depth[i] = depths / met;
            layer.normal[3 * i..3 * i + 3].copy_from_slice(&(if normal.z < 0.0 { -normal } else { normal }).to_array());
            layer.roughness[i] = 1.0;
            for k in 0..3 {
                rgb[3 * i + k] = sum[k];
                layer.albedo[3 * i + k] = (sum[k] / sum[3]).clamp(0.0, 1.0);
            }
        }
        layer.rgb = Some(rgb);
        Ok(layer)
    }
}

fn opaque() -> Fault {
    Fault::new("the foreground has no alpha", "give PNG or EXR pictures with alpha, or buffers")
}

/// Colour and alpha at a position in pixels.
fn bilinear(picture: &Frame, alpha: &[f32], u: f32, v: f32) -> [f32; 4] {
    let (x, y) = ((u - 0.5).max(0.0), (v - 0.5).max(0.0));
    let (x0, y0) = ((x as usize).min(picture.width - 1), (y as usize).min(picture.height - 1));
    let (x1, y1) = ((x0 + 1).min(picture.width - 1), (y0 + 1).min(picture.height - 1));
    let (fx, fy) = (x.fract(), y.fract());
    let mut out = [0.0f32; 4];
    for (x, y, weight) in [(x0, y0, (1.0 - fx) * (1.0 - fy)), (x1, y0, fx * (1.0 - fy)), (x0, y1, (1.0 - fx) * fy), (x1, y1, fx * fy)] {
        let i = y * picture.width + x;
        for (k, o) in out.iter_mut().enumerate() {
            *o += weight * if k < 3 { picture.rgb[3 * i + k] } else { alpha[i] };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red above, half transparent green below.
    fn picture() -> Frame {
        let rgb = [[0.8, 0.0, 0.0], [0.8, 0.0, 0.0], [0.0, 0.2, 0.0], [0.0, 0.2, 0.0]].concat();
        Frame { width: 2, height: 2, rgb, alpha: Some(vec![1.0, 1.0, 0.5, 0.5]) }
    }

    #[test]
    fn a_card_stands_upright_at_its_depth_with_its_own_colours() {
        let camera = Camera::at_origin(1.0);
        // One unit wide, its lower edge one half below the axis, four units away: 64 pixels are 4.37 units there.
        let card = Card::new(Affine3A::from_translation(Vec3::new(0.0, -0.5, -4.0)));
        let layer = card.layer(&picture(), &camera, 64, 64).unwrap();
        let at = |x: usize, y: usize| {
            let i = y * 64 + x;
            (layer.rgb.as_ref().unwrap()[3 * i..3 * i + 3].to_vec(), layer.alpha[i], layer.depth[i])
        };
        let (above, below, beside) = (at(32, 27), at(32, 36), at(45, 32));
        assert!((above.0[0] - 0.8).abs() < 1e-4 && above.1 == 1.0 && (above.2 - 4.0).abs() < 1e-4, "{above:?}");
        assert!((below.0[1] - 0.2).abs() < 1e-4 && (below.1 - 0.5).abs() < 1e-4, "{below:?}");
        assert_eq!((beside.1, beside.2), (0.0, 0.0));
        let covered: f32 = layer.alpha.iter().sum();
        assert!((covered / (64.0 / 4.37f32).powi(2) - 0.75).abs() < 0.03, "{covered}");
        let bare = Frame { alpha: None, ..picture() };
        assert!(card.layer(&bare, &camera, 8, 8).unwrap_err().cause.contains("alpha"));
    }
}
