//! Bringing small buffers to full size along the edges of a full-size picture.

use crate::plane::Plane;

/// Width of the range kernel in units of the guide (sRGB-encoded, 0..1): a difference of .08 (20/255) counts 1/e² less.
const RANGE: f32 = 0.08;

/// Joint bilateral upsampling (Kopf et al. 2007): every full-size pixel is a mean of the 4×4 nearest small pixels, weighted by distance
/// and by how much the small guide there looks like the full-size guide here. Edges of `value` snap to edges of the guide.
///
/// `value` and `small` have one size; `full` has the result's; guides have 3 channels.
pub fn joint_bilateral(value: &Plane, small: &Plane, full: &Plane) -> Plane {
    let (sx, sy) = (value.width as f32 / full.width as f32, value.height as f32 / full.height as f32);
    let inverse = -0.5 / (RANGE * RANGE);
    Plane::from_fn(full.width, full.height, value.channels, |x, y, pixel| {
        let (px, py) = ((x as f32 + 0.5) * sx - 0.5, (y as f32 + 0.5) * sy - 0.5);
        let here = full.at(x, y);
        let (cx, cy) = (px.floor() as isize, py.floor() as isize);
        let mut sum = 0.0;
        for qy in cy - 1..=cy + 2 {
            let ry = qy.clamp(0, value.height as isize - 1) as usize;
            for qx in cx - 1..=cx + 2 {
                let rx = qx.clamp(0, value.width as isize - 1) as usize;
                let (dx, dy) = (qx as f32 - px, qy as f32 - py);
                let near = (1.0 - 0.5 * dx.abs()).max(0.0) * (1.0 - 0.5 * dy.abs()).max(0.0);
                let apart: f32 = small.at(rx, ry).iter().zip(here).map(|(a, b)| (a - b) * (a - b)).sum();
                // The floor keeps a pixel that resembles no neighbour at the plain bilinear mean.
                let weight = near * ((apart * inverse).exp() + 1e-4);
                sum += weight;
                for (p, v) in pixel.iter_mut().zip(value.at(rx, ry)) {
                    *p += weight * v;
                }
            }
        }
        pixel.iter_mut().for_each(|p| *p /= sum);
    })
}

/// How a guided filter follows its guide.
#[derive(Debug, Clone, Copy)]
pub struct Follow {
    /// The fit's window has `2·radius + 1` small pixels a side.
    pub radius: usize,
    /// Guide variance below this is taken for noise and not followed.
    pub noise: f32,
}

/// Fast guided filter (He and Sun 2015), channel by channel: where small `value` follows small `guide` linearly within a window, the
/// full-size result follows the full-size guide, so it has the picture's texture at full sharpness; what the guide does not show is
/// smoothed away.
///
/// Guides have one channel for all of the value's, or one for each; `value` and `small` have one size.
pub fn guided(value: &Plane, small: &Plane, full: &Plane, follow: Follow) -> Plane {
    let (c, g) = (value.channels, small.channels);
    let moments = Plane::from_fn(value.width, value.height, 4 * c, |x, y, out| {
        let guide = small.at(x, y);
        for (k, p) in value.at(x, y).iter().enumerate() {
            let i = guide[k % g];
            out[4 * k..4 * k + 4].copy_from_slice(&[*p, i, p * i, i * i]);
        }
    });
    let means = mean(&moments, follow.radius);
    let line = Plane::from_fn(value.width, value.height, 2 * c, |x, y, out| {
        for (ab, m) in out.chunks_exact_mut(2).zip(means.at(x, y).chunks_exact(4)) {
            let slope = (m[2] - m[0] * m[1]) / ((m[3] - m[1] * m[1]).max(0.0) + follow.noise);
            ab.copy_from_slice(&[slope, m[0] - slope * m[1]]);
        }
    });
    let line = mean(&line, follow.radius).resize(full.width, full.height);
    Plane::from_fn(full.width, full.height, c, |x, y, out| {
        let guide = full.at(x, y);
        for (k, (o, ab)) in out.iter_mut().zip(line.at(x, y).chunks_exact(2)).enumerate() {
            *o = ab[0] * guide[k % g] + ab[1];
        }
    })
}

/// Mean over a square of `2·radius + 1` pixels, cut at the border; two running sums, so independent of the radius.
pub fn mean(plane: &Plane, radius: usize) -> Plane {
    let turned = run(plane, radius);
    run(&turned, radius)
}

/// Running mean along x, transposed.
fn run(plane: &Plane, radius: usize) -> Plane {
    let (w, h, c) = (plane.width, plane.height, plane.channels);
    let mut sums = vec![0f64; (w + 1) * c];
    let mut out = Plane::new(h, w, c, vec![0.0; w * h * c]);
    for y in 0..h {
        for x in 0..w {
            for k in 0..c {
                sums[(x + 1) * c + k] = sums[x * c + k] + f64::from(plane.data[(y * w + x) * c + k]);
            }
        }
        for x in 0..w {
            let (a, b) = (x.saturating_sub(radius), (x + radius + 1).min(w));
            for k in 0..c {
                out.data[(x * h + y) * c + k] = ((sums[b * c + k] - sums[a * c + k]) / (b - a) as f64) as f32;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vertical edge at x = 37 of 64, which falls inside a small pixel of 16.
    fn edge() -> (Plane, Plane) {
        let full = Plane::from_fn(64, 48, 3, |x, _, p| p.fill(if x < 37 { 0.2 } else { 0.8 }));
        let small = full.resize(16, 12);
        (full, small)
    }

    #[test]
    fn edges_snap_to_the_guide() {
        let (full, small) = edge();
        let value = Plane::from_fn(16, 12, 1, |x, _, p| p[0] = if x < 9 { 0.0 } else { 1.0 });
        let up = joint_bilateral(&value, &small, &full);
        assert!(up.at(35, 20)[0] < 0.15 && up.at(39, 20)[0] > 0.85, "{:?} {:?}", up.at(35, 20), up.at(39, 20));
        let plain = value.resize(64, 48);
        assert!(up.at(36, 20)[0] < plain.at(36, 20)[0]);
    }

    #[test]
    fn texture_that_the_value_follows_comes_back_and_other_texture_does_not() {
        let full = Plane::from_fn(64, 64, 3, |x, y, p| p.fill(0.5 + 0.3 * (((x / 6 + y / 6) % 2) as f32 - 0.5)));
        let small = full.resize(32, 32);
        let follows = Plane::from_fn(32, 32, 3, |x, y, p| p.fill(0.5 * small.at(x, y)[0] + 0.1));
        let follow = Follow { radius: 4, noise: 4e-4 };
        let up = guided(&follows, &small, &full, follow);
        let worst = up.data.iter().zip(&full.data).map(|(u, f)| (u - 0.5 * f - 0.1).abs()).fold(0.0, f32::max);
        assert!(worst < 0.03, "{worst}");
        let flat = Plane::from_fn(32, 32, 3, |_, _, p| p.fill(0.4));
        assert!(guided(&flat, &small, &full, follow).data.iter().all(|v| (v - 0.4).abs() < 1e-4));
    }

    #[test]
    fn ripples_that_the_guide_does_not_show_go_away_and_edges_that_it_shows_stay() {
        let guide = Plane::from_fn(64, 64, 1, |x, _, p| p[0] = if x < 32 { 0.2 } else { 0.8 });
        let value = Plane::from_fn(64, 64, 2, |x, y, p| p.fill(if x < 32 { 1.0 } else { 2.0 } + 0.1 * (y as f32 * 1.5).sin()));
        let smooth = guided(&value, &guide, &guide, Follow { radius: 6, noise: 0.01 });
        assert!((smooth.at(29, 30)[1] - 1.0).abs() < 0.06 && (smooth.at(34, 30)[0] - 2.0).abs() < 0.06);
        let ripple = (10..54).map(|y| (smooth.at(10, y)[0] - 1.0).abs()).fold(0.0, f32::max);
        assert!(ripple < 0.03, "{ripple}");
    }

    #[test]
    fn the_mean_is_the_mean() {
        let plane = Plane::from_fn(5, 4, 1, |x, y, p| p[0] = (x * x + 3 * y) as f32);
        let want = (0..3).flat_map(|x| (1..4).map(move |y| (x * x + 3 * y) as f32)).sum::<f32>() / 9.0;
        assert!((mean(&plane, 1).at(1, 2)[0] - want).abs() < 1e-5);
    }
}
