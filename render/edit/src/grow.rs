//! From a click to the thing that was clicked.

use crate::{
    Plane,
    sight::{FEATURES, Sight, apart},
    snap::snap,
};
use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// Contrast is measured between the pixels this far to both sides: the edges of estimated buffers are a few pixels wide.
const REACH: usize = 2;
/// How much a difference of albedo from that of the clicked place counts beside an edge on the way.
const UNLIKE: f32 = 0.3;
/// A region is stable as long as it grows by less than this share.
const GROWTH: f32 = 0.1;
/// Added to levels before they are compared, so that noise among the lowest is no plateau.
const NOISE: f32 = 0.25;
/// Things have at least this many pixels, and at most this share of the frame.
const LEAST: usize = 24;
const LARGEST: f32 = 0.85;
/// Holes up to this share of the thing belong to it: highlights, letters.
const HOLE: f32 = 0.08;

/// A pixel that waits for its turn, lowest level first; ties by place, so that the order is the same everywhere.
#[derive(PartialEq)]
struct Next(f32, usize);

impl Eq for Next {}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

/// The thing at pixel `seed` (column, row at selection size): one weight a pixel.
///
/// Water rises from the seed over the contrast of albedo, normal and depth; of all the regions that it floods, the one that stays nearly
/// the same over the largest range of levels is taken (maximally stable regions, Matas et al. 2002, for one seed). `tolerance` multiplies the
/// level that was found.
pub(crate) fn grow(sight: &Sight, seed: (usize, usize), tolerance: f32) -> Plane {
    let order = flood(sight, seed);
    let chosen = stable(&order);
    let level = order[chosen - 1].0.max(0.02) * tolerance;
    let (width, height) = (sight.alpha.width, sight.alpha.height);
    let mut mask = Plane::new(width, height, 1, vec![0.0; width * height]);
    for (l, place) in &order {
        if *l <= level {
            mask.data[*place] = 1.0;
        }
    }
    fill(&mut mask);
    // Contrast begins before the border: the last pixels are found by what they look like.
    let mut mask = snap(&widened(&mask, REACH), sight);
    fill(&mut mask);
    mask
}

/// Every pixel in front in the order in which it is flooded, with the level by then.
fn flood(sight: &Sight, (sx, sy): (usize, usize)) -> Vec<(f32, usize)> {
    let (width, height) = (sight.alpha.width, sight.alpha.height);
    let features = &sight.features;
    let mut own = [0.0; FEATURES];
    let mut count = 0.0;
    for y in sy.saturating_sub(REACH)..(sy + REACH + 1).min(height) {
        for x in (sx.saturating_sub(REACH)..(sx + REACH + 1).min(width)).filter(|x| sight.alpha.at(*x, y)[0] > 0.5) {
            own.iter_mut().zip(features.at(x, y)).for_each(|(o, v)| *o += v);
            count += 1.0;
        }
    }
    own.iter_mut().for_each(|o| *o /= f32::max(count, 1.0));
    let cost = |x: usize, y: usize| {
        let across = apart(features.at(x.saturating_sub(REACH), y), features.at((x + REACH).min(width - 1), y));
        let down = apart(features.at(x, y.saturating_sub(REACH)), features.at(x, (y + REACH).min(height - 1)));
        across.max(down) + UNLIKE * apart(&features.at(x, y)[..3], &own[..3])
    };
    let mut seen = vec![false; width * height];
    let mut heap = BinaryHeap::from([Reverse(Next(0.0, sy * width + sx))]);
    seen[sy * width + sx] = true;
    let (mut level, mut order) = (0.0f32, Vec::new());
    while let Some(Reverse(Next(cost_here, place))) = heap.pop() {
        level = level.max(cost_here);
        order.push((level, place));
        let (x, y) = (place % width, place / width);
        let sides = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
        for (x, y) in sides.into_iter().filter(|(x, y)| *x < width && *y < height) {
            let place = y * width + x;
            if !seen[place] && sight.alpha.data[place] > 0.5 {
                seen[place] = true;
                heap.push(Reverse(Next(cost(x, y), place)));
            }
        }
    }
    order
}

/// How many pixels of `order` the most stable region has.
fn stable(order: &[(f32, usize)]) -> usize {
    let most = ((order.len() as f32 * LARGEST) as usize).max(1);
    let score = |count: usize| {
        let later = (count as f32 * (1.0 + GROWTH)).ceil() as usize;
        let later = order[later.min(order.len()) - 1].0;
        ((later + NOISE) / (order[count - 1].0 + NOISE)).ln()
    };
    let candidates = LEAST.min(most)..=most;
    candidates.max_by(|a, b| score(*a).total_cmp(&score(*b)).then(a.cmp(b))).unwrap_or(1)
}

/// The mask with a border of `by` pixels.
fn widened(mask: &Plane, by: usize) -> Plane {
    let near = crate::mean(mask, by);
    Plane::from_fn(mask.width, mask.height, 1, |x, y, p| p[0] = if near.at(x, y)[0] > 1e-4 { 1.0 } else { 0.0 })
}

/// Fills small holes.
fn fill(mask: &mut Plane) {
    let (width, height) = (mask.width, mask.height);
    let area = mask.data.iter().filter(|m| **m > 0.5).count();
    let mut seen: Vec<bool> = mask.data.iter().map(|m| *m > 0.5).collect();
    for start in 0..width * height {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let (mut hole, mut open, mut at) = (vec![start], false, 0);
        while at < hole.len() {
            let (x, y) = (hole[at] % width, hole[at] / width);
            at += 1;
            open |= x == 0 || y == 0 || x + 1 == width || y + 1 == height;
            for (x, y) in [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)] {
                if x < width && y < height && !seen[y * width + x] {
                    seen[y * width + x] = true;
                    hole.push(y * width + x);
                }
            }
        }
        if !open && hole.len() as f32 <= (HOLE * area as f32).max(4.0) {
            hole.into_iter().for_each(|place| mask.data[place] = 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_gbuffer::GBuffer;

    /// A ball with a printed band and a highlight hole in its depth, before a wall with a gradient, all with noise.
    fn ball() -> (GBuffer, Vec<bool>) {
        let (w, h) = (96, 72);
        let mut b = GBuffer::empty(w, h);
        let mut truth = vec![false; w * h];
        for i in 0..w * h {
            let (x, y) = ((i % w) as f32, (i / w) as f32);
            let (dx, dy) = ((x - 40.0) / 22.0, (y - 34.0) / 22.0);
            let r2 = dx * dx + dy * dy;
            truth[i] = r2 < 1.0;
            let noise = 0.01 * ((i * 7919 % 101) as f32 / 101.0 - 0.5);
            let (albedo, normal, depth) = if r2 < 1.0 {
                let band = if (0.1..0.4).contains(&dy) { [0.5, 0.25, 0.1] } else { [0.6, 0.1, 0.1] };
                (band, [dx, -dy, (1.0 - r2).sqrt()], 3.0 - (1.0 - r2).sqrt())
            } else {
                ([0.4 + 0.002 * x; 3], [0.0, 0.0, 1.0], 4.5)
            };
            b.alpha[i] = 1.0;
            b.albedo[3 * i..3 * i + 3].copy_from_slice(&albedo.map(|a| a + noise));
            b.normal[3 * i..3 * i + 3].copy_from_slice(&normal);
            b.depth[i] = depth + noise;
        }
        (b, truth)
    }

    fn overlap(mask: &Plane, truth: &[bool]) -> f32 {
        let both = mask.data.iter().zip(truth).filter(|(m, t)| **m > 0.5 && **t).count();
        let any = mask.data.iter().zip(truth).filter(|(m, t)| **m > 0.5 || **t).count();
        both as f32 / any as f32
    }

    #[test]
    fn a_click_takes_the_whole_thing_and_nothing_else() {
        let (buffers, truth) = ball();
        let sight = Sight::new(&buffers);
        for seed in [(40, 34), (30, 30), (40, 45), (52, 40)] {
            let mask = grow(&sight, seed, 1.0);
            assert!(overlap(&mask, &truth) > 0.9, "{seed:?}: {}", overlap(&mask, &truth));
        }
        let wall = grow(&sight, (85, 10), 1.0);
        let other: Vec<bool> = truth.iter().map(|t| !t).collect();
        assert!(overlap(&wall, &other) > 0.85, "{}", overlap(&wall, &other));
    }

    #[test]
    fn tolerance_reaches_farther_and_less_far() {
        let (buffers, _) = ball();
        let sight = Sight::new(&buffers);
        let area = |tolerance: f32| grow(&sight, (40, 25), tolerance).data.iter().sum::<f32>();
        assert!(area(0.2) < area(1.0) && area(1.0) < area(30.0), "{} {} {}", area(0.2), area(1.0), area(30.0));
    }

    #[test]
    fn one_pixel_and_flat_frames_do_no_harm() {
        for (w, h) in [(1, 1), (3, 2), (40, 30)] {
            let mut b = GBuffer::empty(w, h);
            b.alpha.fill(1.0);
            b.depth.fill(1.0);
            let mask = grow(&Sight::new(&b), (w / 2, h / 2), 1.0);
            assert!(mask.data.iter().all(|m| m.is_finite()));
        }
    }
}
