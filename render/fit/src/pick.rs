//! Which pixels are fitted.

use crate::view::View;
use relight_shade::Probe;

/// Rows of the problem over all frames, at most.
const MOST: usize = 2400;
/// Cells of directions a side of the cube by which normals are told apart.
const CELLS: usize = 6;
/// Relative step of inverse depth between neighbours at which a surface ends: normals and colours are mixed there.
const EDGE: f32 = 0.03;

/// Pixels of one frame: half of them evenly over what is in front (shadows on the ground tell the most about a sun), half evenly over the
/// directions of normals (so that a large ground does not outvote the few pixels that face the other way).
pub(crate) fn pick(view: &View, probe: &Probe, frames: usize) -> Vec<usize> {
    let usable: Vec<usize> = (0..view.buffers.alpha.len()).filter(|&i| inside(view, i) && probe.seen(i).is_some()).collect();
    let quota = (MOST / frames.max(1)).max(32);
    if usable.len() <= quota {
        return usable;
    }
    let spread = |from: &[usize], count: usize| -> Vec<usize> { (0..count).map(|k| from[(2 * k + 1) * from.len() / (2 * count)]).collect() };
    let mut picked = spread(&usable, quota / 2);
    let mut cells: Vec<Vec<usize>> = vec![Vec::new(); CELLS * CELLS * CELLS];
    for &i in &usable {
        if let Some(seen) = probe.seen(i) {
            let place = |v: f32| ((0.5 * v + 0.5) * CELLS as f32).clamp(0.0, CELLS as f32 - 1.0) as usize;
            cells[(place(seen.normal.x) * CELLS + place(seen.normal.y)) * CELLS + place(seen.normal.z)].push(i);
        }
    }
    cells.retain(|c| !c.is_empty());
    cells.sort_by_key(Vec::len);
    let (mut left, count) = (quota - quota / 2, cells.len());
    for (k, cell) in cells.iter().enumerate() {
        let share = (left / (count - k)).min(cell.len());
        picked.extend(spread(cell, share));
        left -= share;
    }
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// Wholly in front, and one surface with its four neighbours.
fn inside(view: &View, i: usize) -> bool {
    let b = &view.buffers;
    let (x, y) = (i % b.width, i / b.width);
    if x == 0 || y == 0 || x + 1 >= b.width || y + 1 >= b.height {
        return false;
    }
    let near = [i, i - 1, i + 1, i - b.width, i + b.width];
    let whole = |&j: &usize| b.alpha[j] > 0.99 && b.depth[j] > 0.0 && b.depth[j].is_finite();
    if !near.iter().all(whole) {
        return false;
    }
    let w = near.map(|j| 1.0 / b.depth[j]);
    // Bent, not sloping: a plane's inverse depth is linear in the image.
    let bend = |a: usize, c: usize| (w[a] + w[c] - 2.0 * w[0]).abs();
    bend(1, 2).max(bend(3, 4)) < EDGE * w[0]
}
