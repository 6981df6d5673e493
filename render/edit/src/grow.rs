//! From a click to the thing that was clicked.

use crate::{Plane, areas::areas, choose::choose, regions::Regions, sight::Sight, snap::snap};

/// Holes up to this share of the thing belong to it: highlights, letters.
const HOLE: f32 = 0.08;

/// The thing at pixel `seed` (column, row at selection size): one weight a pixel.
///
/// Regions of like albedo, normal, depth and gloss are merged, those with the weakest border between them first. Of the regions that hold the seed, the
/// one is taken that stays the same over a large range of levels (as maximally stable regions are, Matas et al. 2002), has a strong border, and leaves the frame's
/// rim alone. `tolerance` multiplies the level at which merging stops.
pub(crate) fn grow(sight: &Sight, seed: (usize, usize), tolerance: f32) -> Plane {
    let (width, height) = (sight.alpha.width, sight.alpha.height);
    let regions = Regions::new(sight);
    let place = seed.1 * width + seed.0;
    let level = choose(sight, &regions, place) * tolerance;
    let mut mask = Plane::new(width, height, 1, regions.at(place, level));
    fill(&mut mask);
    let mut mask = snap(&mask, sight);
    fill(&mut mask);
    mask
}

/// Fills small holes.
fn fill(mask: &mut Plane) {
    let (width, height) = (mask.width, mask.height);
    let area = mask.data.iter().filter(|m| **m > 0.5).count();
    let rim = |place: &usize| {
        let (x, y) = (place % width, place / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    };
    for hole in areas(width, height, mask.data.iter().map(|m| *m <= 0.5).collect()) {
        if hole.len() as f32 <= (HOLE * area as f32).max(4.0) && !hole.iter().any(rim) {
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
        for (i, inside) in truth.iter_mut().enumerate() {
            let (x, y) = ((i % w) as f32, (i / w) as f32);
            let (dx, dy) = ((x - 40.0) / 22.0, (y - 34.0) / 22.0);
            let r2 = dx * dx + dy * dy;
            *inside = r2 < 1.0;
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
