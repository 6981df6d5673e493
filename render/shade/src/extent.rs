//! How far behind its visible front a surface goes on: the thickness that a depth buffer does not hold.

use crate::surface::Surfaces;
use rayon::prelude::*;

/// Relative step of inverse depth, beyond the surface's own slope, at which it ends and something farther begins.
const STEP: f32 = 0.03;

/// Thickness behind every pixel, in scene units; infinite where the surface leaves the frame or goes behind something.
///
/// Things are taken to be as deep as they are wide: a run of pixels between two steps down to something farther is the front of a circle on
/// that run as its chord, `2·√(half² − offset²)` deep, and the shallower of the horizontal and the vertical run counts.
pub(crate) fn thickness(surfaces: &Surfaces) -> Vec<f32> {
    let (width, height) = (surfaces.width, surfaces.height);
    let inverse: Vec<f32> = surfaces.pixels.iter().map(|p| p.inverse).collect();
    let mut across = vec![f32::INFINITY; width * height];
    across.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, out)| chords(&inverse[y * width..(y + 1) * width], surfaces.scale, out));
    let columns: Vec<Vec<f32>> = (0..width)
        .into_par_iter()
        .map(|x| {
            let line: Vec<f32> = (0..height).map(|y| inverse[y * width + x]).collect();
            let mut out = vec![f32::INFINITY; height];
            chords(&line, surfaces.scale, &mut out);
            out
        })
        .collect();
    across.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        for (x, value) in row.iter_mut().enumerate() {
            *value = value.min(columns[x][y]);
        }
    });
    across
}

/// What lies past the end of a run.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Farther,
    Unknown,
}

fn chords(line: &[f32], scale: f32, out: &mut [f32]) {
    let n = line.len();
    let mut start = 0;
    let mut left = End::Unknown;
    for i in 0..n {
        if line[i] <= 0.0 {
            start = i + 1;
            left = End::Farther;
            continue;
        }
        let (ends, right, next) = if i + 1 == n {
            (true, End::Unknown, End::Unknown)
        } else if line[i + 1] <= 0.0 {
            (true, End::Farther, End::Farther)
        } else {
            // Extrapolated from inside each side of the border, so that slopes are no steps.
            let here = if i > start { line[i].min(2.0 * line[i] - line[i - 1]) } else { line[i] };
            let there = if i + 2 < n && line[i + 2] > 0.0 { line[i + 1].min(2.0 * line[i + 1] - line[i + 2]) } else { line[i + 1] };
            if line[i + 1] < here * (1.0 - STEP) {
                (true, End::Farther, End::Unknown)
            } else if line[i] < there * (1.0 - STEP) {
                (true, End::Unknown, End::Farther)
            } else {
                (false, End::Unknown, End::Unknown)
            }
        };
        if ends {
            if left == End::Farther && right == End::Farther {
                let (half, centre) = (0.5 * (i + 1 - start) as f32, 0.5 * (start + i) as f32);
                for (j, value) in out.iter_mut().enumerate().take(i + 1).skip(start) {
                    let offset = j as f32 - centre;
                    *value = 2.0 * (half * half - offset * offset).max(0.25).sqrt() / (scale * line[j]);
                }
            }
            start = i + 1;
            left = next;
        }
    }
}
