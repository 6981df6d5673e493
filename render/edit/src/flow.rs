//! Where every pixel comes from in the frame before.

use crate::{Follow, Plane, guided, mean};

/// Side of the coarsest picture of the pyramid.
const COARSEST: usize = 12;
/// Refinements a level.
const ROUNDS: usize = 4;
/// Motion is the same within windows of `2·radius + 1` pixels.
const RADIUS: usize = 3;
/// Added to the diagonal of the equations: gradient energy (codes per pixel, squared) below which nothing is seen to move.
const DAMPING: f32 = 2e-5;
/// Motion follows edges of the picture above this contrast (.05²).
const SMOOTH: Follow = Follow { radius: 6, noise: 2.5e-3 };

/// Dense motion from picture `now` to picture `before` (same size, any channels): for each pixel of `now` the offset (x, y), in pixels, to
/// where it was. Lucas and Kanade (1981) in every window, coarse to fine (Bouguet 2001), smoothed along the picture's edges between rounds.
pub fn flow(now: &Plane, before: &Plane) -> Plane {
    assert_eq!((now.width, now.height, now.channels), (before.width, before.height, before.channels));
    let mut sizes = vec![(now.width, now.height)];
    while let Some((w, h)) = sizes.last().copied().filter(|(w, h)| *w.min(h) >= 2 * COARSEST) {
        sizes.push((w / 2, h / 2));
    }
    let mut motion: Option<Plane> = None;
    for (w, h) in sizes.into_iter().rev() {
        let (a, b) = (now.resize(w, h), before.resize(w, h));
        let mut here = match motion {
            None => Plane::new(w, h, 2, vec![0.0; 2 * w * h]),
            Some(coarse) => {
                let (sx, sy) = (w as f32 / coarse.width as f32, h as f32 / coarse.height as f32);
                let fine = coarse.resize(w, h);
                Plane::from_fn(w, h, 2, |x, y, p| p.copy_from_slice(&[fine.at(x, y)[0] * sx, fine.at(x, y)[1] * sy]))
            }
        };
        level(&a, &b, &mut here);
        motion = Some(here);
    }
    motion.expect("there is one level at least")
}

/// Refines the motion at one size.
fn level(now: &Plane, before: &Plane, motion: &mut Plane) {
    let (w, h, c) = (now.width, now.height, now.channels);
    // Central differences of the picture that stays in place, so that they and their products are computed once.
    let slope = Plane::from_fn(w, h, 2 * c, |x, y, p| {
        let (l, r) = (now.at(x.saturating_sub(1), y), now.at((x + 1).min(w - 1), y));
        let (t, b) = (now.at(x, y.saturating_sub(1)), now.at(x, (y + 1).min(h - 1)));
        for k in 0..c {
            p[k] = 0.5 * (r[k] - l[k]);
            p[c + k] = 0.5 * (b[k] - t[k]);
        }
    });
    let products = Plane::from_fn(w, h, 3, |x, y, p| {
        let s = slope.at(x, y);
        for k in 0..c {
            p[0] += s[k] * s[k];
            p[1] += s[k] * s[c + k];
            p[2] += s[c + k] * s[c + k];
        }
    });
    let products = mean(&products, RADIUS);
    let grey = Plane::from_fn(w, h, 1, |x, y, p| p[0] = now.at(x, y).iter().sum::<f32>() / c as f32);
    for _ in 0..ROUNDS {
        let errors = Plane::from_fn(w, h, 2, |x, y, p| {
            let (m, s, own) = (motion.at(x, y), slope.at(x, y), now.at(x, y));
            let mut there = [0.0; 16];
            sample(before, x as f32 + m[0], y as f32 + m[1], &mut there[..c]);
            for k in 0..c {
                let error = there[k] - own[k];
                p[0] += s[k] * error;
                p[1] += s[c + k] * error;
            }
        });
        let errors = mean(&errors, RADIUS);
        let moved = Plane::from_fn(w, h, 2, |x, y, p| {
            let (q, e, m) = (products.at(x, y), errors.at(x, y), motion.at(x, y));
            let (xx, xy, yy) = (q[0] + DAMPING, q[1], q[2] + DAMPING);
            let determinant = xx * yy - xy * xy;
            let dx = (yy * e[0] - xy * e[1]) / determinant;
            let dy = (xx * e[1] - xy * e[0]) / determinant;
            // Farther than a pixel at once is beyond the linear model.
            p[0] = (m[0] - dx.clamp(-1.0, 1.0)).clamp(-(w as f32), w as f32);
            p[1] = (m[1] - dy.clamp(-1.0, 1.0)).clamp(-(h as f32), h as f32);
        });
        *motion = guided(&moved, &grey, &grey, SMOOTH);
    }
}

/// Bilinear sample at pixel position (`x`, `y`), pixel centres at whole numbers, the border repeated.
fn sample(plane: &Plane, x: f32, y: f32, out: &mut [f32]) {
    let x = x.clamp(0.0, (plane.width - 1) as f32);
    let y = y.clamp(0.0, (plane.height - 1) as f32);
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(plane.width - 1), (y0 + 1).min(plane.height - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let corners = [plane.at(x0, y0), plane.at(x1, y0), plane.at(x0, y1), plane.at(x1, y1)];
    for (k, o) in out.iter_mut().enumerate() {
        let top = corners[0][k] + fx * (corners[1][k] - corners[0][k]);
        let bottom = corners[2][k] + fx * (corners[3][k] - corners[2][k]);
        *o = top + fy * (bottom - top);
    }
}

/// What `plane` shows of the frame before, moved to where it is now.
pub fn carried(plane: &Plane, motion: &Plane) -> Plane {
    Plane::from_fn(plane.width, plane.height, plane.channels, |x, y, p| {
        let m = motion.at(x, y);
        sample(plane, x as f32 + m[0], y as f32 + m[1], p);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(x: f32, y: f32) -> f32 {
        0.5 + 0.2 * (0.31 * x + 0.1 * y).sin() + 0.15 * (0.23 * y - 0.17 * x).cos() + 0.1 * (0.7 * x).sin() * (0.6 * y).cos()
    }

    #[test]
    fn a_shift_of_many_pixels_is_found_within_a_fraction_of_one() {
        for (dx, dy) in [(0.0, 0.0), (1.3, -0.7), (7.0, 4.0), (-11.0, 3.0)] {
            let before = Plane::from_fn(120, 90, 1, |x, y, p| p[0] = cloud(x as f32, y as f32));
            let now = Plane::from_fn(120, 90, 1, |x, y, p| p[0] = cloud(x as f32 - dx, y as f32 - dy));
            let motion = flow(&now, &before);
            let inner = (20..70).flat_map(|y| (20..100).map(move |x| (x, y)));
            let mut errors: Vec<f32> = inner.map(|(x, y)| (motion.at(x, y)[0] + dx).hypot(motion.at(x, y)[1] + dy)).collect();
            errors.sort_by(f32::total_cmp);
            assert!(errors[errors.len() * 9 / 10] < 0.3, "{dx} {dy}: {} {}", errors[errors.len() / 2], errors[errors.len() * 9 / 10]);
            let back = carried(&before, &motion);
            assert!((back.at(60, 45)[0] - now.at(60, 45)[0]).abs() < 0.03);
        }
    }

    #[test]
    fn nothing_to_see_is_nothing_that_moves() {
        let flat = Plane::from_fn(40, 30, 3, |_, _, p| p.fill(0.5));
        assert!(flow(&flat, &flat).data.iter().all(|v| v.abs() < 1e-3));
        let one = Plane::from_fn(1, 1, 3, |_, _, p| p.fill(0.5));
        assert_eq!(flow(&one, &one).data.len(), 2);
    }
}
