//! A frame as small regions, merged one by one: what hangs together most is merged first.

use crate::{
    Plane,
    areas::sides,
    sight::{ALBEDO, DEPTH, FEATURES, GLOSS, NORMAL, Sight, apart, bend},
};
use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BinaryHeap},
};

/// Distance of the seeds of the smallest regions, in pixels.
const STEP: usize = 6;
/// Contrast is measured between the pixels this far to both sides: the edges of estimated buffers are a few pixels wide.
const REACH: usize = 2;
/// What a step of one pixel costs beside the difference from the seed, so that regions are compact where nothing differs.
const NEAR: f32 = 0.05;
/// How much the difference of two regions' mean albedo, depth and gloss counts beside the contrast of their border; normals differ on round things.
const UNLIKE: f32 = 0.5;
/// Exponent of the smaller region's share of the frame: specks and letters are merged early.
const SMALL: f32 = 0.4;
/// How much of the contrast of normals counts where a surface bends outward.
const CONVEX: f32 = 0.5;

/// One merge: of which regions, at which level. The region that comes out has the number of regions at the start plus the merge's own.
#[derive(Debug, Clone, Copy)]
struct Merge {
    regions: [usize; 2],
    level: f32,
}

/// Every way in which a frame falls into regions.
pub(crate) struct Regions {
    /// The smallest region of every pixel; `usize::MAX` where nothing is.
    labels: Vec<usize>,
    /// Pixels of the smallest regions.
    areas: Vec<usize>,
    merges: Vec<Merge>,
}

/// What waits in a heap: least cost first, ties by number, so that the order is the same everywhere.
#[derive(PartialEq)]
struct Next(f32, usize, usize);

impl Eq for Next {}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1)).then(self.2.cmp(&other.2))
    }
}

/// A region while merging: pixels, sums of features, and its borders (sum of contrast, length) by neighbour.
#[derive(Clone, Default)]
struct Region {
    area: f32,
    sums: [f32; FEATURES],
    borders: BTreeMap<usize, (f32, f32)>,
    gone: bool,
}

impl Region {
    fn unlike(&self, other: &Self) -> f32 {
        let mean = |r: &Self, k: usize| r.sums[k] / r.area;
        (0..FEATURES).filter(|k| !NORMAL.contains(k)).map(|k| (mean(self, k) - mean(other, k)).powi(2)).sum::<f32>().sqrt()
    }
}

impl Regions {
    pub fn new(sight: &Sight) -> Self {
        let contrast = contrast(sight);
        let labels = small(sight);
        let mut regions = gather(sight, &labels, &contrast);
        let areas = regions.iter().map(|r| r.area as usize).collect();
        let merges = merge(&mut regions, labels.len() as f32);
        Self { labels, areas, merges }
    }

    /// The regions that hold pixel `place`, smallest first: level by which each is formed, and its pixels' number. None where nothing is.
    pub fn around(&self, place: usize) -> Vec<(f32, usize)> {
        let mut own = self.labels[place];
        if own == usize::MAX {
            return Vec::new();
        }
        let mut areas = self.areas.clone();
        let mut found = vec![(0.0, areas[own])];
        for merge in &self.merges {
            let [a, b] = merge.regions;
            areas.push(areas[a] + areas[b]);
            if own == a || own == b {
                own = areas.len() - 1;
                found.push((merge.level, areas[own]));
            }
        }
        found
    }

    /// 1 in the region that holds `place` when everything up to `level` is merged.
    pub fn at(&self, place: usize, level: f32) -> Vec<f32> {
        let mut into: Vec<usize> = (0..self.areas.len()).collect();
        for merge in &self.merges {
            let place = into.len();
            into.push(place);
            // Levels never fall, so what is merged later is merged at a higher one.
            if merge.level <= level {
                merge.regions.iter().for_each(|r| into[*r] = place);
            }
        }
        let root = |mut region: usize| {
            while into[region] != region {
                region = into[region];
            }
            region
        };
        let own = root(self.labels[place]);
        self.labels.iter().map(|l| if *l != usize::MAX && root(*l) == own { 1.0 } else { 0.0 }).collect()
    }
}

/// The contrast at every pixel, between the pixels to both sides. Of normals, outward bends count less: they are edges of one thing mostly, while things meet
/// each other in hollows (Stein et al. 2014, Object Partitioning using Local Convexity).
fn contrast(sight: &Sight) -> Plane {
    let (features, w, h) = (&sight.features, sight.alpha.width, sight.alpha.height);
    let between = |a: &[f32], b: &[f32], step: [f32; 2]| {
        let normals = apart(&a[NORMAL], &b[NORMAL]) * if bend(a, b, step) > 0.0 { CONVEX } else { 1.0 };
        let others = [apart(&a[ALBEDO], &b[ALBEDO]), a[DEPTH] - b[DEPTH], apart(&a[GLOSS], &b[GLOSS])];
        others.iter().fold(normals * normals, |sum, d| sum + d * d).sqrt()
    };
    Plane::from_fn(w, h, 1, |x, y, p| {
        let across = between(features.at(x.saturating_sub(REACH), y), features.at((x + REACH).min(w - 1), y), [1.0, 0.0]);
        let down = between(features.at(x, y.saturating_sub(REACH)), features.at(x, (y + REACH).min(h - 1)), [0.0, 1.0]);
        p[0] = across.max(down);
    })
}

/// Small regions round a grid of seeds: every pixel goes with the seed to which a path of like pixels leads.
fn small(sight: &Sight) -> Vec<usize> {
    let (w, h) = (sight.alpha.width, sight.alpha.height);
    let front = |place: usize| sight.alpha.data[place] > 0.5;
    let own = |place: usize| &sight.features.data[FEATURES * place..FEATURES * (place + 1)];
    let grid = (STEP / 2..h + STEP / 2).step_by(STEP).flat_map(|y| (STEP / 2..w + STEP / 2).step_by(STEP).map(move |x| (x.min(w - 1), y.min(h - 1))));
    let mut seeds: Vec<usize> = grid.map(|(x, y)| y * w + x).filter(|p| front(*p)).collect();
    seeds.dedup();
    let mut labels = vec![usize::MAX; w * h];
    let mut heap: BinaryHeap<_> = seeds.iter().enumerate().map(|(label, place)| Reverse(Next(0.0, *place, label))).collect();
    let mut islands = 0..w * h;
    loop {
        while let Some(Reverse(Next(cost, place, label))) = heap.pop() {
            if labels[place] != usize::MAX {
                continue;
            }
            labels[place] = label;
            for side in sides(place, w, h).filter(|s| front(*s)) {
                if labels[side] == usize::MAX {
                    heap.push(Reverse(Next(cost + NEAR + apart(own(side), own(seeds[label])), side, label)));
                }
            }
        }
        // What no seed of the grid reaches gets one of its own.
        let Some(island) = islands.find(|p| front(*p) && labels[*p] == usize::MAX) else { return labels };
        heap.push(Reverse(Next(0.0, island, seeds.len())));
        seeds.push(island);
    }
}

/// The smallest regions with their borders.
fn gather(sight: &Sight, labels: &[usize], contrast: &Plane) -> Vec<Region> {
    let (w, h) = (contrast.width, contrast.height);
    let count = labels.iter().filter(|l| **l != usize::MAX).max().map_or(0, |l| l + 1);
    let mut regions = vec![Region::default(); count];
    for (place, label) in labels.iter().copied().enumerate().filter(|(_, l)| *l != usize::MAX) {
        let region = &mut regions[label];
        region.area += 1.0;
        region.sums.iter_mut().zip(&sight.features.data[FEATURES * place..]).for_each(|(s, v)| *s += v);
        for side in sides(place, w, h).filter(|s| labels[*s] != usize::MAX && labels[*s] != label) {
            let border = region.borders.entry(labels[side]).or_default();
            border.0 += 0.5 * (contrast.data[place] + contrast.data[side]);
            border.1 += 1.0;
        }
    }
    regions
}

/// Merges until nothing touches anything. Seeds that own no pixel take no part.
fn merge(regions: &mut Vec<Region>, pixels: f32) -> Vec<Merge> {
    let cost = |regions: &[Region], a: usize, b: usize| {
        let (sum, length) = regions[a].borders[&b];
        let share = regions[a].area.min(regions[b].area) / pixels;
        (sum / length + UNLIKE * regions[a].unlike(&regions[b])) * share.powf(SMALL)
    };
    let mut heap = BinaryHeap::new();
    for a in 0..regions.len() {
        for b in regions[a].borders.keys().copied().filter(|b| a < *b) {
            heap.push(Reverse(Next(cost(regions, a, b), a, b)));
        }
    }
    let (mut merges, mut level) = (Vec::new(), 0.0f32);
    while let Some(Reverse(Next(cost_here, a, b))) = heap.pop() {
        if regions[a].gone || regions[b].gone {
            continue;
        }
        level = level.max(cost_here);
        merges.push(Merge { regions: [a, b], level });
        let new = regions.len();
        let mut whole = Region { area: regions[a].area + regions[b].area, ..Region::default() };
        for old in [a, b] {
            let Region { sums, borders, .. } = std::mem::take(&mut regions[old]);
            regions[old].gone = true;
            whole.sums.iter_mut().zip(sums).for_each(|(w, s)| *w += s);
            for (side, (sum, length)) in borders.into_iter().filter(|(side, _)| *side != a && *side != b) {
                let border = whole.borders.entry(side).or_default();
                *border = (border.0 + sum, border.1 + length);
                regions[side].borders.remove(&old);
            }
        }
        for (side, border) in &whole.borders {
            regions[*side].borders.insert(new, *border);
        }
        let others: Vec<usize> = whole.borders.keys().copied().collect();
        regions.push(whole);
        for side in others {
            heap.push(Reverse(Next(cost(regions, side, new), side, new)));
        }
    }
    merges
}
