//! A frame of buffers as selections see it: small, and in units in which a difference of 1 is an edge.

use crate::Plane;
use relight_gbuffer::GBuffer;
use relight_video::transfer::encode;
use std::ops::Range;

/// Short side at which things are selected and followed, in pixels: buffers of networks are no sharper, and masks are brought to full size
/// along the picture's edges.
const SIZE: usize = 256;
/// Differences that count as an edge: of sRGB-encoded albedo, of unit normals (20 degrees), of the logarithm of depth, of roughness and metallic.
const EDGES: [f32; 4] = [0.1, 0.35, 0.12, 0.33];
/// Numbers a pixel of [`Sight::features`]: albedo 3, normal 3, log depth, roughness, metallic.
pub(crate) const FEATURES: usize = 9;
/// Where each of them lies.
pub(crate) const ALBEDO: Range<usize> = 0..3;
pub(crate) const NORMAL: Range<usize> = 3..6;
pub(crate) const DEPTH: usize = 6;
pub(crate) const GLOSS: Range<usize> = 7..9;

/// A frame at selection size.
pub(crate) struct Sight {
    /// The picture's codes, those of albedo where there is no picture: what is followed.
    pub guide: Plane,
    /// Albedo, normal, log depth, roughness and metallic, each over its edge.
    pub features: Plane,
    /// Coverage.
    pub alpha: Plane,
}

/// The size of selections in frames of this size.
pub(crate) fn size(width: usize, height: usize) -> (usize, usize) {
    let short = width.min(height);
    let scale = |side: usize| if short > SIZE { (side * SIZE).div_ceil(short) } else { side };
    (scale(width), scale(height))
}

/// The codes (sRGB, 0..1) of the picture, or of albedo, at full size.
pub(crate) fn guide(buffers: &GBuffer) -> Plane {
    let mut codes = buffers.rgb.as_ref().unwrap_or(&buffers.albedo).clone();
    codes.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    encode(&mut codes);
    Plane::new(buffers.width, buffers.height, 3, codes)
}

impl Sight {
    pub fn new(buffers: &GBuffer) -> Self {
        let (width, height) = size(buffers.width, buffers.height);
        let mut albedo = buffers.albedo.clone();
        albedo.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
        encode(&mut albedo);
        // Weighted by alpha, so that the background does not bleed in.
        let weighted = Plane::from_fn(buffers.width, buffers.height, FEATURES + 1, |x, y, p| {
            let i = y * buffers.width + x;
            let alpha = if buffers.depth[i] > 0.0 { buffers.alpha[i] } else { 0.0 };
            for k in 0..3 {
                p[ALBEDO.start + k] = alpha * albedo[3 * i + k] / EDGES[0];
                p[NORMAL.start + k] = alpha * buffers.normal[3 * i + k] / EDGES[1];
            }
            p[DEPTH] = if alpha > 0.0 { alpha * buffers.depth[i].ln() / EDGES[2] } else { 0.0 };
            p[GLOSS.start] = alpha * buffers.roughness[i] / EDGES[3];
            p[GLOSS.start + 1] = alpha * buffers.metallic[i] / EDGES[3];
            p[FEATURES] = alpha;
        });
        let weighted = weighted.resize(width, height);
        let alpha = Plane::from_fn(width, height, 1, |x, y, p| p[0] = weighted.at(x, y)[FEATURES]);
        let features = Plane::from_fn(width, height, FEATURES, |x, y, p| {
            let from = weighted.at(x, y);
            p.iter_mut().zip(from).for_each(|(to, v)| *to = v / from[FEATURES].max(1e-4));
        });
        Self { guide: guide(buffers).resize(width, height), features, alpha }
    }
}

/// Distance of two pixels' features.
pub(crate) fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

/// How far a surface bends from pixel `a` to pixel `b`, which lies in direction `step` (right, down): above 0 outward, below 0 into a hollow.
pub(crate) fn bend(a: &[f32], b: &[f32], step: [f32; 2]) -> f32 {
    (b[NORMAL.start] - a[NORMAL.start]) * step[0] - (b[NORMAL.start + 1] - a[NORMAL.start + 1]) * step[1]
}
