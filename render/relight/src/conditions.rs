//! What the forward network sees of buffers and their analytic shading.

use crate::{forward::straight, tone::tone};
use relight_edit::Plane;
use relight_gbuffer::GBuffer;
use relight_shade::Shading;
use relight_video::transfer::encode;

/// Numbers per pixel: alpha, albedo 3, normal 3, log depth, roughness, metallic, diffuse 3, specular 3, ssrt 3, visibility, picture 3.
const CONDITIONS: usize = 23;
/// Where the toned ray-traced shading is among them; the network adds its own to that.
const SSRT: usize = 16;
/// Where the picture is among them, under its own light.
const PICTURE: usize = 20;

/// Log depths beyond this (55 times the median) say no more; training cuts them there, too.
const FARTHEST: f32 = 4.0;

/// Packs one frame. `median` is the depth that counts as 1; `picture` are sRGB codes 0..1. Alpha of `estimated` buffers is told as 1 everywhere, as if they
/// covered the frame: by that the network knows them, and trusts true ones more (single things of own worlds lose half a decibel without). Ranges: alpha,
/// roughness, metallic, visibility and sRGB-encoded albedo and picture −1..1 (black where there is no picture), light in tones from 0.
pub(crate) fn pack(buffers: &GBuffer, shading: &Shading, median: f32, picture: Option<&Plane>, estimated: bool) -> Plane {
    let mut albedo = buffers.albedo.clone();
    albedo.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
    encode(&mut albedo);
    // The network paints what is in front as if it covered its pixels, and starts from this.
    let ssrt = straight(&shading.ssrt, &buffers.alpha);
    Plane::from_fn(buffers.width, buffers.height, CONDITIONS, |x, y, out| {
        let i = y * buffers.width + x;
        let three = 3 * i..3 * i + 3;
        out[0] = if estimated { 1.0 } else { 2.0 * buffers.alpha[i] - 1.0 };
        for (o, v) in out[1..4].iter_mut().zip(&albedo[three.clone()]) {
            *o = 2.0 * v - 1.0;
        }
        out[4..7].copy_from_slice(&buffers.normal[three.clone()]);
        let depth = buffers.depth[i];
        out[7] = if depth > 0.0 { (depth / median).ln().clamp(-FARTHEST, FARTHEST) } else { 0.0 };
        out[8] = 2.0 * buffers.roughness[i] - 1.0;
        out[9] = 2.0 * buffers.metallic[i] - 1.0;
        for (first, light) in [(10, &shading.diffuse), (13, &shading.specular), (SSRT, &ssrt)] {
            for (o, v) in out[first..first + 3].iter_mut().zip(&light[three.clone()]) {
                *o = tone(*v);
            }
        }
        out[19] = 2.0 * shading.visibility[i] - 1.0;
        match picture {
            Some(picture) => out[PICTURE..].iter_mut().zip(&picture.data[three]).for_each(|(o, v)| *o = 2.0 * v - 1.0),
            None => out[PICTURE..].fill(-1.0),
        }
    })
}

/// Median depth of what is in front, 1 where nothing is.
pub(crate) fn median_depth<'a>(frames: impl IntoIterator<Item = &'a GBuffer>) -> f32 {
    let mut depths: Vec<f32> = frames
        .into_iter()
        .flat_map(|b| b.depth.iter().zip(&b.alpha).filter(|(d, a)| **a > 0.5 && **d > 0.0 && d.is_finite()).map(|(d, _)| *d))
        .collect();
    if depths.is_empty() {
        return 1.0;
    }
    let middle = depths.len() / 2;
    *depths.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::untone;

    #[test]
    fn a_pixel_that_is_covered_in_part_looks_like_its_neighbour() {
        let mut buffers = GBuffer::empty(3, 1);
        buffers.alpha = vec![1.0, 0.25, 0.0];
        buffers.depth = vec![2.0, 2.0, 0.0];
        // Premultiplied, as the shader gives it.
        let ssrt = [[0.8, 0.4, 0.2], [0.2, 0.1, 0.05], [0.0; 3]].concat();
        let shading =
            Shading { width: 3, height: 1, diffuse: vec![1.0; 9], specular: vec![0.0; 9], visibility: vec![1.0; 3], ssrt, split_sum: vec![0.0; 9] };
        let packed = pack(&buffers, &shading, 2.0, None, false);
        let light = |x: usize| [0, 1, 2].map(|c| untone(packed.at(x, 0)[SSRT + c]));
        for (covered, half) in light(0).into_iter().zip(light(1)) {
            assert!((covered - half).abs() < 1e-4, "{:?} {:?}", light(0), light(1));
        }
        assert_eq!(light(2), [0.0; 3]);
        assert_eq!((packed.at(1, 0)[0], packed.at(0, 0)[7]), (-0.5, 0.0));
        // Of estimates, only alpha is told otherwise.
        let told = pack(&buffers, &shading, 2.0, None, true);
        assert!((0..3).all(|x| told.at(x, 0)[0] == 1.0 && told.at(x, 0)[1..] == packed.at(x, 0)[1..]));
    }
}
