//! The map's texels as the fit sees them: bilinear tents on a coarse equirectangular grid.

use glam::Vec3;
use relight_light::Environment;
use std::f32::consts::PI;

/// Columns of the fitted map: 11.25° a texel.
pub(crate) const COLUMNS: usize = 32;
/// Rows of the fitted map.
pub(crate) const ROWS: usize = 16;
/// Unknowns a channel.
pub(crate) const TEXELS: usize = COLUMNS * ROWS;

/// Adds `weight` at unit direction `d` to the four texels round it, as [`Environment::radiance`] reads them.
pub(crate) fn splat(d: Vec3, weight: f32, row: &mut [f32]) {
    let (u, v) = Environment::fractions(d);
    let x = u * COLUMNS as f32 - 0.5;
    let y = (v * ROWS as f32 - 0.5).clamp(0.0, (ROWS - 1) as f32);
    let (fx, fy) = (x - x.floor(), y - y.floor());
    let x0 = (x.floor() as i64).rem_euclid(COLUMNS as i64) as usize;
    let x1 = (x0 + 1) % COLUMNS;
    let y0 = y as usize;
    let y1 = (y0 + 1).min(ROWS - 1);
    row[y0 * COLUMNS + x0] += weight * (1.0 - fx) * (1.0 - fy);
    row[y0 * COLUMNS + x1] += weight * fx * (1.0 - fy);
    row[y1 * COLUMNS + x0] += weight * (1.0 - fx) * fy;
    row[y1 * COLUMNS + x1] += weight * fx * fy;
}

/// Direction within texel `index`, `jitter` in 0..1 across and down it, and the solid angle that it stands for.
pub(crate) fn within(index: usize, jitter: [f32; 2]) -> (Vec3, f32) {
    let u = ((index % COLUMNS) as f32 + jitter[0]) / COLUMNS as f32;
    let v = ((index / COLUMNS) as f32 + jitter[1]) / ROWS as f32;
    (Environment::direction(u, v), 2.0 * PI * PI * (v * PI).sin() / TEXELS as f32)
}

/// Direction of a texel's middle.
pub(crate) fn centre(index: usize) -> Vec3 {
    within(index, [0.5; 2]).0
}

/// Solid angle of every texel, in steradians.
pub(crate) fn solid_angles() -> Vec<f32> {
    let shape = Environment { width: COLUMNS, height: ROWS, rgb: Vec::new() };
    (0..TEXELS).map(|i| shape.solid_angle(i / COLUMNS)).collect()
}

/// Pairs of neighbouring texels and how much they should agree: the length of their common edge over the distance of their middles, so that
/// the sum of squared differences stands for the integral of the squared gradient over the sphere.
pub(crate) fn neighbours() -> Vec<(usize, usize, f32)> {
    let step = PI / ROWS as f32;
    let mut pairs = Vec::new();
    for i in 0..TEXELS {
        let (x, y) = (i % COLUMNS, i / COLUMNS);
        let across = ((y as f32 + 0.5) * step).sin();
        pairs.push((i, y * COLUMNS + (x + 1) % COLUMNS, (1.0 / across).min(4.0)));
        if y + 1 < ROWS {
            pairs.push((i, i + COLUMNS, ((y + 1) as f32 * step).sin()));
        } else {
            // Texels of the first and the last row meet across the pole.
            pairs.push((i, y * COLUMNS + (x + COLUMNS / 2) % COLUMNS, 0.1));
        }
        if y == 0 {
            pairs.push((i, (x + COLUMNS / 2) % COLUMNS, 0.1));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tents_read_a_map_as_it_reads_itself_and_cover_the_sphere() {
        let mut map = Environment::constant(COLUMNS, ROWS, [0.0; 3]);
        map.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = (i * 7 % 11) as f32);
        let mut whole = 0.0;
        for i in 0..TEXELS {
            let (d, area) = within(i, [0.3, 0.8]);
            whole += area;
            let mut row = vec![0.0; TEXELS];
            splat(d, 2.0, &mut row);
            let read: f32 = row.iter().zip(map.rgb.chunks_exact(3)).map(|(w, t)| w * t[1]).sum();
            assert!((read - 2.0 * map.radiance(d).y).abs() < 1e-3, "{i}");
        }
        assert!((whole / (4.0 * PI) - 1.0).abs() < 0.02);
    }
}
