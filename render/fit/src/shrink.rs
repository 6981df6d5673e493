//! Smaller frames: noise of buffers and textures is averaged before it is fitted.

use relight_gbuffer::GBuffer;

/// Short side of the frames that are fitted, at most twice this.
pub(crate) const SHORT: usize = 128;

/// Averages blocks of k×k pixels, k such that the short side comes to [`SHORT`] or a little more; what does not fill a block is left out at
/// the lower and the right border. Passes are averaged over what is in front, depth harmonically (which is linear across a plane).
pub(crate) fn shrink(buffers: &GBuffer) -> GBuffer {
    let k = (buffers.width.min(buffers.height) / SHORT).max(1);
    if k == 1 {
        return buffers.clone();
    }
    let (width, height) = (buffers.width / k, buffers.height / k);
    let mut small = GBuffer::empty(width, height);
    let mut rgb = vec![0.0f32; 3 * width * height];
    let share = 1.0 / (k * k) as f32;
    for i in 0..width * height {
        let (mut inverse, mut covered) = (0.0, 0.0);
        for j in (0..k * k).map(|j| (i / width * k + j / k) * buffers.width + i % width * k + j % k) {
            let a = buffers.alpha[j];
            for c in 0..3 {
                rgb[3 * i + c] += share * buffers.rgb.as_ref().map_or(0.0, |rgb| rgb[3 * j + c]);
            }
            if a <= 0.0 || buffers.depth[j] <= 0.0 {
                continue;
            }
            covered += a;
            inverse += a / buffers.depth[j];
            small.roughness[i] += a * buffers.roughness[j];
            small.metallic[i] += a * buffers.metallic[j];
            for c in 0..3 {
                small.albedo[3 * i + c] += a * buffers.albedo[3 * j + c];
                small.normal[3 * i + c] += a * buffers.normal[3 * j + c];
            }
        }
        if covered <= 0.0 {
            continue;
        }
        small.alpha[i] = (covered * share).min(1.0);
        small.depth[i] = covered / inverse;
        small.roughness[i] /= covered;
        small.metallic[i] /= covered;
        let normal = glam::Vec3::from_slice(&small.normal[3 * i..]).normalize_or(glam::Vec3::Z);
        for c in 0..3 {
            small.albedo[3 * i + c] /= covered;
            small.normal[3 * i + c] = normal[c];
        }
    }
    small.rgb = Some(rgb);
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_averaged_over_what_is_in_front() {
        let mut buffers = GBuffer::empty(2 * SHORT + 1, 2 * SHORT);
        let mut rgb = vec![0.0; 3 * buffers.alpha.len()];
        for (j, depth) in [(0, 1.0), (1, 3.0)] {
            buffers.alpha[j] = 1.0;
            buffers.depth[j] = depth;
            buffers.normal[3 * j + 2] = 1.0;
            buffers.albedo[3 * j] = 0.2 * depth;
            rgb[3 * j] = 1.0;
        }
        buffers.rgb = Some(rgb);
        let small = shrink(&buffers);
        assert_eq!((small.width, small.height, small.alpha[0]), (SHORT, SHORT, 0.5));
        assert!((small.depth[0] - 1.5).abs() < 1e-6 && (small.albedo[0] - 0.4).abs() < 1e-6 && small.normal[2] == 1.0);
        assert!((small.rgb.unwrap()[0] - 0.5).abs() < 1e-6);
    }
}
