//! A stroke font: capitals and digits as lines and arcs in a box four wide and six high.

use glam::Vec2;
use std::f32::consts::{PI, TAU};

/// One pull of the pen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stroke {
    /// From point to point.
    Line(&'static [(f32, f32)]),
    /// Centre, radii, first and last angle in degrees, counter-clockwise from +x.
    Arc(f32, f32, f32, f32, f32, f32),
}

use Stroke::{Arc, Line};

const STEM: Stroke = Line(&[(0.0, 0.0), (0.0, 6.0)]);

/// Strokes by character.
const GLYPHS: [(char, &[Stroke]); 36] = [
    ('A', &[Line(&[(0.0, 0.0), (2.0, 6.0), (4.0, 0.0)]), Line(&[(0.8, 2.2), (3.2, 2.2)])]),
    (
        'B',
        &[
            STEM,
            Arc(2.0, 4.6, 1.7, 1.4, -90.0, 90.0),
            Arc(2.2, 1.6, 1.8, 1.6, -90.0, 90.0),
            Line(&[(0.0, 6.0), (2.0, 6.0)]),
            Line(&[(0.0, 3.2), (2.2, 3.2)]),
            Line(&[(0.0, 0.0), (2.2, 0.0)]),
        ],
    ),
    ('C', &[Arc(2.3, 3.0, 2.3, 3.0, 45.0, 315.0)]),
    ('D', &[STEM, Line(&[(0.0, 6.0), (1.5, 6.0)]), Line(&[(0.0, 0.0), (1.5, 0.0)]), Arc(1.5, 3.0, 2.5, 3.0, -90.0, 90.0)]),
    ('E', &[STEM, Line(&[(0.0, 6.0), (3.6, 6.0)]), Line(&[(0.0, 3.1), (3.0, 3.1)]), Line(&[(0.0, 0.0), (3.6, 0.0)])]),
    ('F', &[STEM, Line(&[(0.0, 6.0), (3.6, 6.0)]), Line(&[(0.0, 3.1), (2.8, 3.1)])]),
    ('G', &[Arc(2.2, 3.0, 2.2, 3.0, 45.0, 330.0), Line(&[(4.1, 1.5), (4.1, 2.8), (2.6, 2.8)])]),
    ('H', &[STEM, Line(&[(4.0, 0.0), (4.0, 6.0)]), Line(&[(0.0, 3.0), (4.0, 3.0)])]),
    ('I', &[Line(&[(2.0, 0.0), (2.0, 6.0)])]),
    ('J', &[Line(&[(3.2, 6.0), (3.2, 1.6)]), Arc(1.6, 1.6, 1.6, 1.6, 180.0, 360.0)]),
    ('K', &[STEM, Line(&[(4.0, 6.0), (0.0, 2.4)]), Line(&[(1.4, 3.6), (4.0, 0.0)])]),
    ('L', &[STEM, Line(&[(0.0, 0.0), (3.5, 0.0)])]),
    ('M', &[Line(&[(0.0, 0.0), (0.0, 6.0), (2.0, 2.4), (4.0, 6.0), (4.0, 0.0)])]),
    ('N', &[Line(&[(0.0, 0.0), (0.0, 6.0), (4.0, 0.0), (4.0, 6.0)])]),
    ('O', &[Arc(2.0, 3.0, 2.1, 3.0, 0.0, 180.0), Arc(2.0, 3.0, 2.1, 3.0, 180.0, 360.0)]),
    ('P', &[STEM, Line(&[(0.0, 6.0), (2.2, 6.0)]), Line(&[(0.0, 2.8), (2.2, 2.8)]), Arc(2.2, 4.4, 1.7, 1.6, -90.0, 90.0)]),
    ('Q', &[Arc(2.0, 3.0, 2.1, 3.0, 0.0, 180.0), Arc(2.0, 3.0, 2.1, 3.0, 180.0, 360.0), Line(&[(2.4, 1.6), (4.2, -0.4)])]),
    (
        'R',
        &[
            STEM,
            Line(&[(0.0, 6.0), (2.2, 6.0)]),
            Line(&[(0.0, 2.8), (2.2, 2.8)]),
            Arc(2.2, 4.4, 1.7, 1.6, -90.0, 90.0),
            Line(&[(1.8, 2.8), (4.0, 0.0)]),
        ],
    ),
    ('S', &[Arc(2.0, 4.5, 1.8, 1.5, 30.0, 270.0), Arc(2.0, 1.5, 1.8, 1.5, -150.0, 90.0)]),
    ('T', &[Line(&[(2.0, 0.0), (2.0, 6.0)]), Line(&[(0.0, 6.0), (4.0, 6.0)])]),
    ('U', &[Line(&[(0.0, 6.0), (0.0, 2.0)]), Arc(2.0, 2.0, 2.0, 2.0, 180.0, 360.0), Line(&[(4.0, 2.0), (4.0, 6.0)])]),
    ('V', &[Line(&[(0.0, 6.0), (2.0, 0.0), (4.0, 6.0)])]),
    ('W', &[Line(&[(-0.2, 6.0), (0.9, 0.0), (2.0, 4.0), (3.1, 0.0), (4.2, 6.0)])]),
    ('X', &[Line(&[(0.0, 0.0), (4.0, 6.0)]), Line(&[(0.0, 6.0), (4.0, 0.0)])]),
    ('Y', &[Line(&[(0.0, 6.0), (2.0, 3.0), (4.0, 6.0)]), Line(&[(2.0, 3.0), (2.0, 0.0)])]),
    ('Z', &[Line(&[(0.0, 6.0), (4.0, 6.0), (0.0, 0.0), (4.0, 0.0)])]),
    ('0', &[Arc(2.0, 3.0, 1.8, 3.0, 0.0, 180.0), Arc(2.0, 3.0, 1.8, 3.0, 180.0, 360.0)]),
    ('1', &[Line(&[(0.8, 4.8), (2.2, 6.0), (2.2, 0.0)])]),
    ('2', &[Arc(2.0, 4.2, 1.9, 1.8, -25.0, 165.0), Line(&[(3.7, 3.4), (0.2, 0.0), (4.0, 0.0)])]),
    ('3', &[Arc(1.9, 4.5, 1.7, 1.5, -90.0, 150.0), Arc(1.9, 1.5, 1.9, 1.5, -150.0, 90.0)]),
    ('4', &[Line(&[(3.0, 0.0), (3.0, 6.0), (0.0, 2.0), (4.0, 2.0)])]),
    ('5', &[Line(&[(3.6, 6.0), (0.6, 6.0), (0.4, 3.3)]), Arc(1.9, 1.9, 2.0, 1.9, -150.0, 137.0)]),
    ('6', &[Arc(2.0, 1.8, 1.8, 1.8, 0.0, 180.0), Arc(2.0, 1.8, 1.8, 1.8, 180.0, 360.0), Line(&[(0.3, 2.4), (2.6, 6.0)])]),
    ('7', &[Line(&[(0.0, 6.0), (4.0, 6.0), (1.4, 0.0)])]),
    (
        '8',
        &[
            Arc(2.0, 4.5, 1.6, 1.5, 0.0, 180.0),
            Arc(2.0, 4.5, 1.6, 1.5, 180.0, 360.0),
            Arc(2.0, 1.5, 1.9, 1.5, 0.0, 180.0),
            Arc(2.0, 1.5, 1.9, 1.5, 180.0, 360.0),
        ],
    ),
    ('9', &[Arc(2.0, 4.2, 1.8, 1.8, 0.0, 180.0), Arc(2.0, 4.2, 1.8, 1.8, 180.0, 360.0), Line(&[(3.7, 3.6), (1.4, 0.0)])]),
];

/// Characters that have strokes.
pub(crate) const CHARACTERS: usize = GLYPHS.len();

/// The strokes of character `index` below [`CHARACTERS`] as paths: two points for straight pieces, a dozen and more for arcs.
pub(crate) fn paths(index: usize) -> Vec<Vec<Vec2>> {
    let mut out = Vec::new();
    for stroke in GLYPHS[index].1 {
        match stroke {
            Line(points) => out.extend(points.windows(2).map(|w| vec![Vec2::from(w[0]), Vec2::from(w[1])])),
            Arc(x, y, a, b, from, to) => {
                let count = (((to - from) / 12.0) as usize).max(6);
                let point = |k: usize| from.to_radians() + (to - from).to_radians() * k as f32 / count as f32;
                out.push((0..=count).map(|k| Vec2::new(*x, *y) + Vec2::new(*a, *b) * Vec2::from_angle(point(k))).collect());
            }
        }
    }
    out
}

/// The outline, counter-clockwise, of a pen of half width `half` that follows a path; its ends are round, or square by `square`.
pub(crate) fn outline(path: &[Vec2], half: f32, square: bool) -> Vec<Vec2> {
    let last = path.len() - 1;
    let along = |i: usize| (path[(i + 1).min(last)] - path[i.saturating_sub(1)]).normalize_or(Vec2::X);
    let mut out: Vec<Vec2> = (0..=last).map(|i| path[i] - along(i).perp() * half).collect();
    out.extend(cap(path[last], along(last), half, square));
    out.extend((0..=last).rev().map(|i| path[i] + along(i).perp() * half));
    out.extend(cap(path[0], -along(0), half, square));
    out
}

/// The points between both sides of an end.
fn cap(end: Vec2, forward: Vec2, half: f32, square: bool) -> Vec<Vec2> {
    if square {
        return [-1.0, 1.0].map(|side| end + half * (forward + side * forward.perp())).to_vec();
    }
    (1..6).map(|k| end + half * Vec2::from_angle(PI * (k as f32 / 6.0 - 0.5)).rotate(forward)).collect()
}

/// How far a point is from the strokes of a character, in the font's units.
pub(crate) fn distance(paths: &[Vec<Vec2>], p: Vec2) -> f32 {
    let segments = paths.iter().flat_map(|path| path.windows(2));
    segments
        .map(|w| p.distance(w[0] + (w[1] - w[0]) * ((p - w[0]).dot(w[1] - w[0]) / (w[1] - w[0]).length_squared()).clamp(0.0, 1.0)))
        .fold(TAU, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_in_its_box_and_its_outlines_turn_left() {
        for (index, (character, ..)) in GLYPHS.iter().enumerate() {
            for path in paths(index) {
                assert!(path.len() >= 2 && path.iter().all(|p| (-0.5..4.6).contains(&p.x) && (-0.5..6.1).contains(&p.y)), "{:?}", character);
                for square in [false, true] {
                    let outline = outline(&path, 0.3, square);
                    let area: f32 = (0..outline.len()).map(|i| 0.5 * outline[i].perp_dot(outline[(i + 1) % outline.len()])).sum();
                    let length: f32 = path.windows(2).map(|w| w[0].distance(w[1])).sum();
                    assert!((0.9..1.7).contains(&(area / (0.6 * length))), "{:?}: {area} of {length}", character);
                }
            }
            assert!(distance(&paths(index), Vec2::new(2.0, 3.0)) < 3.1);
        }
    }
}
