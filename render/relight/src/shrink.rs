//! Buffers at the working size.

use relight_edit::Plane;
use relight_gbuffer::GBuffer;

/// Scales buffers down to `width × height`: passes are averaged over what is in front, normals made unit length again.
pub fn shrink(buffers: &GBuffer, width: usize, height: usize) -> GBuffer {
    if (width, height) == (buffers.width, buffers.height) {
        return buffers.clone();
    }
    let weighted = Plane::from_fn(buffers.width, buffers.height, 10, |x, y, out| {
        let i = y * buffers.width + x;
        let a = buffers.alpha[i];
        out[0] = a;
        for k in 0..3 {
            out[1 + k] = a * buffers.albedo[3 * i + k];
            out[4 + k] = a * buffers.normal[3 * i + k];
        }
        out[7] = a * buffers.depth[i];
        out[8] = a * buffers.roughness[i];
        out[9] = a * buffers.metallic[i];
    });
    let weighted = weighted.resize(width, height);
    let mut small = GBuffer::empty(width, height);
    for (i, p) in weighted.data.chunks_exact(10).enumerate() {
        // Below 1/256 there is nothing to see.
        if p[0] < 1.0 / 256.0 {
            continue;
        }
        small.alpha[i] = p[0].min(1.0);
        let length = (p[4] * p[4] + p[5] * p[5] + p[6] * p[6]).sqrt();
        for k in 0..3 {
            small.albedo[3 * i + k] = p[1 + k] / p[0];
            small.normal[3 * i + k] = if length > 1e-6 { p[4 + k] / length } else { [0.0, 0.0, 1.0][k] };
        }
        small.depth[i] = p[7] / p[0];
        small.roughness[i] = p[8] / p[0];
        small.metallic[i] = p[9] / p[0];
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_does_not_bleed_into_what_is_in_front() {
        let mut buffers = GBuffer::empty(8, 8);
        for i in (0..64).filter(|i| i % 8 < 3) {
            buffers.alpha[i] = 1.0;
            buffers.albedo[3 * i..3 * i + 3].fill(0.7);
            buffers.normal[3 * i + 2] = 1.0;
            buffers.depth[i] = 5.0;
        }
        let small = shrink(&buffers, 4, 4);
        let edge = small.alpha.iter().position(|a| *a > 0.05 && *a < 0.95).unwrap();
        assert!((small.albedo[3 * edge] - 0.7).abs() < 1e-5 && (small.depth[edge] - 5.0).abs() < 1e-5 && small.normal[3 * edge + 2] == 1.0);
        assert_eq!((small.alpha[3], small.depth[3]), (0.0, 0.0));
    }
}
