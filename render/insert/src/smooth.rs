//! Neighbours share what their rays found, but not across edges.

use glam::Vec3;
use rayon::prelude::*;
use relight_shade::Seen;

/// Weights of the 5×5 window along one axis: any four neighbours' turns come to the same sum.
const WINDOW: [f32; 5] = [0.5, 1.0, 1.0, 1.0, 0.5];

/// Weighted means of `values` (none where nothing was gathered) over 5×5 pixels of the same surface: normals agree (8th power of the cosine), and
/// neighbours lie within two pixels' footprints of the tangent plane. `footprint` is a pixel's size at depth 1.
pub(crate) fn smooth<const N: usize>(values: &[Option<[f32; N]>], seen: &[Option<Seen>], width: usize, footprint: f32) -> Vec<Option<[f32; N]>> {
    let height = values.len() / width.max(1);
    let one = |i: usize| -> Option<[f32; N]> {
        values[i]?;
        let p = seen[i].as_ref()?;
        let scale = 0.5 / (footprint * -p.position.z);
        let (x, y) = (i % width, i / width);
        let (mut sum, mut total) = ([0.0f32; N], 0.0);
        for k in 0..25 {
            let (nx, ny) = ((x + k % 5).wrapping_sub(2), (y + k / 5).wrapping_sub(2));
            if nx >= width || ny >= height {
                continue;
            }
            let j = ny * width + nx;
            let (Some(value), Some(q)) = (&values[j], &seen[j]) else { continue };
            let along = p.normal.dot(q.normal).max(0.0).powi(8);
            let off: f32 = p.facet.dot(q.position - p.position) * scale;
            let weight = WINDOW[k % 5] * WINDOW[k / 5] * if k == 12 { 1.0 } else { along / (1.0 + off.powi(4)) };
            total += weight;
            sum.iter_mut().zip(value).for_each(|(s, v)| *s += weight * v);
        }
        Some(sum.map(|s| s / total))
    };
    (0..values.len()).into_par_iter().map(one).collect()
}

/// `values` with the mean of their neighbours where a pixel has none: silhouettes, which belong to no surface.
pub(crate) fn fill<const N: usize>(values: &[Option<[f32; N]>], width: usize) -> Vec<Option<[f32; N]>> {
    let height = values.len() / width.max(1);
    let one = |i: usize| {
        if values[i].is_some() {
            return values[i];
        }
        let (mut sum, mut count) = ([0.0f32; N], 0.0);
        for k in 0..9 {
            let (nx, ny) = ((i % width + k % 3).wrapping_sub(1), (i / width + k / 3).wrapping_sub(1));
            if nx < width
                && ny < height
                && let Some(value) = &values[ny * width + nx]
            {
                count += 1.0;
                sum.iter_mut().zip(value).for_each(|(s, v)| *s += v);
            }
        }
        (count > 0.0).then(|| sum.map(|s| s / count))
    };
    (0..values.len()).into_par_iter().map(one).collect()
}

/// The pixels within two of one that is `marked`.
pub(crate) fn around(marked: &[bool], width: usize) -> Vec<bool> {
    let height = marked.len() / width.max(1);
    let near = |i: usize| {
        let (x, y) = (i % width, i / width);
        (y.saturating_sub(2)..=(y + 2).min(height - 1))
            .any(|ny| marked[ny * width + x.saturating_sub(2)..=ny * width + (x + 2).min(width - 1)].contains(&true))
    };
    (0..marked.len()).into_par_iter().map(near).collect()
}

/// A vector's three numbers after another's.
pub(crate) fn pair(a: Vec3, b: Vec3) -> [f32; 6] {
    [a.x, a.y, a.z, b.x, b.y, b.z]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surfaces_share_and_edges_do_not() {
        let at = |i: usize, normal: Vec3| {
            let position = Vec3::new((i % 8) as f32 * 0.01, (i / 8) as f32 * 0.01, -1.0);
            Some(Seen { position, normal, facet: normal, view: Vec3::Z, mirror: normal, diffuse: Vec3::ONE, specular: Vec3::ZERO, f0: 0.04 })
        };
        let seen: Vec<_> = (0..64).map(|i| at(i, if i % 8 < 4 { Vec3::Z } else { Vec3::X })).collect();
        let values: Vec<_> = (0..64).map(|i| if i == 9 { None } else { Some([if i % 8 < 4 { (i % 2) as f32 } else { 5.0 }]) }).collect();
        let out = smooth(&values, &seen, 8, 0.01);
        assert!((out[34].unwrap()[0] - 0.5).abs() < 0.15 && out[39].unwrap()[0] == 5.0 && out[9].is_none());
        assert!(out[35].unwrap()[0] < 1.0);
        let filled = fill(&out, 8)[9].unwrap()[0];
        assert!((0.2..0.8).contains(&filled), "{filled}");
        let marked: Vec<bool> = (0..64).map(|i| i == 27).collect();
        assert_eq!(around(&marked, 8).iter().filter(|m| **m).count(), 25);
    }
}
