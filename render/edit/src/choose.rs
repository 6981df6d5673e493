//! Of all regions that hold a pixel, the one that looks most like a whole thing.

use crate::{
    areas::sides,
    regions::Regions,
    sight::{DEPTH, NORMAL, Sight, apart},
};

/// Added to levels before they are compared, so that noise among the lowest is no gap.
const NOISE: f32 = 0.1;
/// Things have at least this many pixels.
const LEAST: usize = 60;
/// More contrast than this many edges says nothing more.
const MOST: f32 = 4.0;
/// What a border says for a whole thing, beside the range of levels over which the region stays the same: the mean contrast of normals and of depth along it, in
/// edges, and the share where all features together differ by an edge or more. Fitted by softmax, with [`RIM`], to the overlaps of every such region with the thing,
/// ground or wall that was clicked, 1356 clicks in 96 worlds of `relight eval --select` with another seed (4100000), each in true buffers and in estimated ones. In
/// worlds left out right regions are .626 and .516 of all, .613 and .496 with the mean contrast of albedo in the share's place and weights that were fitted to 44 worlds
/// and other estimates; the best region of each click would be right in .770 and .684.
const BORDER: [f32; 3] = [0.78, 0.89, 1.7];
/// What the share of a border that is the frame's rim says against it.
const RIM: f32 = 3.15;

/// The level up to which regions are merged where the region round `place` is most like a whole thing; everything is one where nothing else is.
pub(crate) fn choose(sight: &Sight, regions: &Regions, place: usize) -> f32 {
    let around = regions.around(place);
    let whole = around.last().map_or(0, |a| a.1);
    let parts = around.windows(2).filter(|pair| pair[0].1 >= LEAST.min(whole) && pair[0].0 < pair[1].0);
    let scored = parts.map(|pair| {
        let gap = ((pair[1].0 + NOISE) / (pair[0].0 + NOISE)).ln();
        (gap + border(sight, &regions.at(place, pair[0].0)), (pair[0].0 * pair[1].0).sqrt().max(pair[0].0))
    });
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(f32::MAX, |(_, level)| level)
}

/// How much a region's border is a thing's.
fn border(sight: &Sight, inside: &[f32]) -> f32 {
    let (w, h) = (sight.alpha.width, sight.alpha.height);
    let (mut rim, mut length, mut nothing) = (0.0f32, 0.0f32, 0.0f32);
    let mut contrast = 0.0;
    for place in (0..w * h).filter(|p| inside[*p] > 0.5) {
        let (x, y) = (place % w, place / w);
        let mut inner = 0;
        for side in sides(place, w, h) {
            inner += 1;
            if sight.alpha.data[side] <= 0.5 {
                nothing += 1.0;
            } else if inside[side] <= 0.5 {
                // One pixel farther to both sides: the edges of estimated buffers are a few pixels wide.
                let beyond = |from: usize, to: usize, most: usize| (2 * to).saturating_sub(from).min(most);
                let (sx, sy) = (side % w, side / w);
                let own = sight.features.at(beyond(sx, x, w - 1), beyond(sy, y, h - 1));
                let other = sight.features.at(beyond(x, sx, w - 1), beyond(y, sy, h - 1));
                let parts = [apart(&own[NORMAL], &other[NORMAL]), (own[DEPTH] - other[DEPTH]).abs(), f32::from(apart(own, other) >= 1.0)];
                contrast += parts.iter().zip(BORDER).map(|(d, weight)| weight * d.min(MOST)).sum::<f32>();
                length += 1.0;
            }
        }
        rim += 4.0 - inner as f32;
    }
    contrast / length.max(1.0) - RIM * rim / (rim + length + nothing).max(1.0)
}
