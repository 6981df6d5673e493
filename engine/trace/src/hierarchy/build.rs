//! Binary hierarchies by the binned surface area heuristic (Wald, "On fast Construction of SAH-based Bounding Volume Hierarchies", 2007).

use super::bounds::Bounds;

/// Bins along each axis of the centroids.
const BINS: usize = 16;
/// Below this depth splits halve the count, so that no input makes the tree deeper than this plus log2 of its size.
const HEURISTIC_DEPTH: usize = 40;
/// Cost of visiting a node relative to testing a leaf: both are one pass over eight lanes, a leaf's a little longer.
const NODE_COST: f32 = 0.6;

/// A node of the binary tree; the root is node 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binary {
    pub(crate) bounds: Bounds,
    pub(crate) content: Content,
}

/// What a node holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Content {
    /// Two nodes.
    Inner(u32, u32),
    /// A range of the ordered primitives.
    Leaf { start: u32, count: u32 },
}

/// A binary tree over primitives.
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Binary>,
    /// The primitives in the order of the leaves.
    pub(crate) order: Vec<u32>,
}

/// Builds the tree of `boxes`, with leaves of at most `leaf` primitives. No boxes give no nodes.
pub(crate) fn build(boxes: &[Bounds], leaf: usize) -> Tree {
    let mut order: Vec<u32> = (0..boxes.len() as u32).collect();
    let mut nodes = Vec::new();
    if boxes.is_empty() {
        return Tree { nodes, order };
    }
    nodes.push(Binary { bounds: Bounds::EMPTY, content: Content::Leaf { start: 0, count: 0 } });
    let mut pending = vec![(0usize, 0usize, boxes.len(), 0usize)];
    while let Some((node, start, end, depth)) = pending.pop() {
        let range = &mut order[start..end];
        let bounds = range.iter().fold(Bounds::EMPTY, |b, &i| b.union(boxes[i as usize]));
        let middle = split(range, boxes, bounds, leaf, depth).map(|m| start + m);
        let content = match middle {
            None => Content::Leaf { start: start as u32, count: (end - start) as u32 },
            Some(middle) => {
                let left = nodes.len();
                nodes.extend([Binary { bounds: Bounds::EMPTY, content: Content::Leaf { start: 0, count: 0 } }; 2]);
                pending.push((left, start, middle, depth + 1));
                pending.push((left + 1, middle, end, depth + 1));
                Content::Inner(left as u32, left as u32 + 1)
            }
        };
        nodes[node] = Binary { bounds, content };
    }
    Tree { nodes, order }
}

/// Partitions `range` and says where; `None` where a leaf is cheaper.
fn split(range: &mut [u32], boxes: &[Bounds], bounds: Bounds, leaf: usize, depth: usize) -> Option<usize> {
    let count = range.len();
    if count <= 1 {
        return None;
    }
    let centres = Bounds::of(range.iter().map(|&i| boxes[i as usize].centre()));
    let longest = (centres.max - centres.min).max_position();
    if depth >= HEURISTIC_DEPTH {
        return halve(range, boxes, longest, leaf);
    }
    let mut best: Option<Cut> = None;
    for axis in 0..3 {
        if let Some(cut) = cheapest(range, boxes, centres, axis, leaf)
            && best.as_ref().is_none_or(|b| cut.cost < b.cost)
        {
            best = Some(cut);
        }
    }
    let Some(cut) = best else { return halve(range, boxes, longest, leaf) };
    let area = bounds.half_area();
    if count <= leaf && cut.cost + NODE_COST * area >= area * weight(count, leaf) {
        return None;
    }
    let mut middle = 0;
    for k in 0..count {
        if cut.bins.of(boxes[range[k] as usize]) < cut.at {
            range.swap(middle, k);
            middle += 1;
        }
    }
    Some(middle)
}

/// Cost of testing `n` primitives: a leaf's lanes are tested at once, so half-full leaves cost nearly as much as full ones.
fn weight(n: usize, leaf: usize) -> f32 {
    n.div_ceil(leaf) as f32 + 0.04 * n as f32
}

/// Equal intervals of the centroids along one axis.
struct Bins {
    axis: usize,
    low: f32,
    scale: f32,
}

impl Bins {
    fn of(&self, b: Bounds) -> usize {
        (((b.centre()[self.axis] - self.low) * self.scale) as usize).min(BINS - 1)
    }
}

/// A split before bin `at`.
struct Cut {
    bins: Bins,
    at: usize,
    cost: f32,
}

/// The cheapest split along `axis`; `None` where all centroids coincide.
fn cheapest(range: &[u32], boxes: &[Bounds], centres: Bounds, axis: usize, leaf: usize) -> Option<Cut> {
    let extent = centres.max[axis] - centres.min[axis];
    if extent.is_nan() || extent <= 0.0 {
        return None;
    }
    let bins = Bins { axis, low: centres.min[axis], scale: BINS as f32 * (1.0 - 1e-6) / extent };
    let mut slots = [(Bounds::EMPTY, 0usize); BINS];
    for &i in range {
        let b = boxes[i as usize];
        let slot = &mut slots[bins.of(b)];
        *slot = (slot.0.union(b), slot.1 + 1);
    }
    let mut right = [(0.0f32, 0usize); BINS];
    let mut sum = (Bounds::EMPTY, 0);
    for k in (1..BINS).rev() {
        sum = (sum.0.union(slots[k].0), sum.1 + slots[k].1);
        right[k] = (sum.0.half_area(), sum.1);
    }
    let mut best = (f32::INFINITY, 0);
    sum = (Bounds::EMPTY, 0);
    for k in 1..BINS {
        sum = (sum.0.union(slots[k - 1].0), sum.1 + slots[k - 1].1);
        if sum.1 == 0 || right[k].1 == 0 {
            continue;
        }
        let cost = sum.0.half_area() * weight(sum.1, leaf) + right[k].0 * weight(right[k].1, leaf);
        if cost < best.0 {
            best = (cost, k);
        }
    }
    (best.1 > 0).then_some(Cut { bins, at: best.1, cost: best.0 })
}

/// Splits in the middle of the count, if a leaf cannot hold all.
fn halve(range: &mut [u32], boxes: &[Bounds], axis: usize, leaf: usize) -> Option<usize> {
    if range.len() <= leaf {
        return None;
    }
    let middle = range.len() / 2;
    range.select_nth_unstable_by(middle, |&a, &b| {
        let (a, b) = ((boxes[a as usize].centre()[axis], a), (boxes[b as usize].centre()[axis], b));
        a.partial_cmp(&b).unwrap_or(std::cmp::Ordering::Equal)
    });
    Some(middle)
}
