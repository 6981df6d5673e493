//! Passes as people look at them.

use crate::{GBuffer, Pass};
use relight_video::{Frame, transfer::srgb_to_linear};

/// Which depths are drawn nearest and farthest.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
pub struct DepthRange {
    /// The depth drawn as nearest, above 0.
    pub near: f32,
    /// The depth drawn as farthest, above `near`.
    pub far: f32,
}

impl DepthRange {
    /// The depths of one frame, without the nearest and farthest hundredth of its pixels.
    pub fn of(buffers: &GBuffer) -> Self {
        let mut depths: Vec<f32> = buffers.depth.iter().copied().filter(|d| *d > 0.0).collect();
        if depths.is_empty() {
            return Self { near: 1.0, far: 2.0 };
        }
        depths.sort_by(f32::total_cmp);
        let (near, far) = (depths[depths.len() / 100], depths[depths.len() - 1 - depths.len() / 100]);
        Self { near, far: far.max(near * 1.001) }
    }

    /// With `room` times its width more on both sides, near never below half of what it was.
    pub fn widened(self, room: f32) -> Self {
        let more = room * (self.far - self.near);
        Self { near: (self.near - more).max(0.5 * self.near), far: self.far + more }
    }

    /// 0 at `near`, 1 at `far`, clamped.
    pub fn fraction(self, depth: f32) -> f32 {
        ((depth - self.near) / (self.far - self.near)).clamp(0.0, 1.0)
    }

    /// The depth of a fraction.
    pub fn depth(self, fraction: f32) -> f32 {
        self.near + fraction * (self.far - self.near)
    }
}

/// A pass in false colours, so that encoding the frame as sRGB shows: the picture and albedo as they are, normals as
/// `0.5 n + 0.5`, depth in the colours of Turbo (near red, far blue), roughness and metallic as grey. Background is black.
///
/// The same `range` for every frame of a clip keeps depth from flickering. A missing picture gives black.
pub fn view(buffers: &GBuffer, pass: Pass, range: DepthRange) -> Frame {
    let n = buffers.alpha.len();
    let mut rgb = Vec::with_capacity(3 * n);
    let values = buffers.pass(pass);
    for i in 0..n {
        let colour = match (values, pass) {
            (Some(v), Pass::Rgb) => [v[3 * i], v[3 * i + 1], v[3 * i + 2]],
            (Some(v), _) if buffers.alpha[i] > 0.0 => {
                let v = &v[i * pass.channels()..][..pass.channels()];
                let colour = match pass {
                    Pass::Rgb | Pass::Albedo => [v[0], v[1], v[2]],
                    Pass::Normal => [0, 1, 2].map(|c| srgb_to_linear(0.5 * v[c] + 0.5)),
                    Pass::Depth => turbo(1.0 - range.fraction(v[0])).map(srgb_to_linear),
                    Pass::Roughness | Pass::Metallic => [srgb_to_linear(v[0]); 3],
                };
                colour.map(|c| c * buffers.alpha[i])
            }
            _ => [0.0; 3],
        };
        rgb.extend(colour);
    }
    Frame { width: buffers.width, height: buffers.height, rgb, alpha: None }
}

/// sRGB code values of the colour map Turbo at `t` in [0, 1] (Mikhailov, *Turbo, An Improved Rainbow Colormap*, 2019; the
/// polynomial of degree 5 published with it).
pub fn turbo(t: f32) -> [f32; 3] {
    let red = [0.135_721_38, 4.615_392_6, -42.660_324, 132.131_08, -152.942_4, 59.286_38];
    let green = [0.091_402_61, 2.194_188_4, 4.842_966_6, -14.185_033, 4.277_298_6, 2.829_566];
    let blue = [0.106_673_3, 12.641_946, -60.582_05, 110.362_77, -89.903_11, 27.348_25];
    [red, green, blue].map(|c: [f32; 6]| c.iter().rev().fold(0.0, |sum, k| sum * t + k).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_show_what_they_say() {
        let mut buffers = GBuffer::empty(3, 1);
        buffers.alpha = vec![1.0, 1.0, 0.0];
        buffers.normal[..6].copy_from_slice(&[0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        buffers.depth = vec![1.0, 3.0, 0.0];
        let range = DepthRange { near: 1.0, far: 3.0 };
        let normal = view(&buffers, Pass::Normal, range);
        assert!((normal.rgb[0] - 0.214).abs() < 1e-3 && (normal.rgb[2] - 1.0).abs() < 1e-6 && normal.rgb[6..] == [0.0; 3]);
        let depth = view(&buffers, Pass::Depth, range);
        // Near is red, far is blue, away is black.
        assert!(depth.rgb[0] > 2.0 * depth.rgb[2] && depth.rgb[5] > depth.rgb[4] && depth.rgb[6..] == [0.0; 3]);
        assert_eq!(view(&buffers, Pass::Rgb, range).rgb, [0.0; 9]);
        assert!((range.depth(range.fraction(2.5)) - 2.5).abs() < 1e-6 && DepthRange::of(&GBuffer::empty(2, 2)).near > 0.0);
    }
}
