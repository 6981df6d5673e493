//! Closed surfaces by a radius in every direction: displaced blobs, rocks, superellipsoids.

use super::Soup;
use crate::{dice::Dice, noise};
use glam::Vec3;
use std::collections::HashMap;

/// A unit sphere of 20 * 4^level nearly equal triangles.
pub(crate) fn icosphere(level: u32) -> Soup {
    let g = (1.0 + 5f32.sqrt()) / 2.0;
    let corners = [(0, 1), (0, -1), (0, 1), (0, -1)];
    let mut soup = Soup::default();
    for (axis, _) in [0, 1, 2].iter().zip(0..) {
        for (i, (_, sign)) in corners.iter().enumerate() {
            let (a, b) = (*sign as f32, if i < 2 { g } else { -g });
            let v = [[0.0, a, b], [a, b, 0.0], [b, 0.0, a]][*axis];
            soup.vertex(Vec3::from_array(v).normalize());
        }
    }
    // The faces are the triples of corners at edge distance, turned outwards.
    let edge = 1.0515;
    let near = |a: usize, b: usize, s: &Soup| (s.positions[a].distance(s.positions[b]) - edge).abs() < 0.01;
    for a in 0..12 {
        for b in a + 1..12 {
            for c in b + 1..12 {
                if near(a, b, &soup) && near(b, c, &soup) && near(a, c, &soup) {
                    let [p, q, r] = [a, b, c].map(|i| soup.positions[i]);
                    let outward = (q - p).cross(r - p).dot(p) > 0.0;
                    soup.triangles.push(if outward { [a, b, c] } else { [a, c, b] }.map(|i| i as u32));
                }
            }
        }
    }
    for _ in 0..level {
        soup = split(&soup);
    }
    soup
}

/// Every triangle in four, the new corners on the sphere.
fn split(soup: &Soup) -> Soup {
    let mut out = Soup { positions: soup.positions.clone(), triangles: Vec::new() };
    let mut middles: HashMap<(u32, u32), u32> = HashMap::new();
    for [a, b, c] in &soup.triangles {
        let mut middle = |i: u32, j: u32| {
            let p = (soup.positions[i as usize] + soup.positions[j as usize]).normalize();
            *middles.entry((i.min(j), i.max(j))).or_insert_with(|| out.vertex(p))
        };
        let (ab, bc, ca) = (middle(*a, *b), middle(*b, *c), middle(*c, *a));
        out.triangles.extend([[*a, ab, ca], [ab, *b, bc], [ca, bc, *c], [ab, bc, ca]]);
    }
    out
}

/// A sphere pushed in and out by noise: from pebble to lump.
pub(crate) fn blob(dice: &mut Dice) -> Soup {
    let (seed, frequency, depth) = (dice.bits(), dice.log(0.8, 3.0), dice.range(0.15, 0.55));
    let (octaves, stretch) = (dice.count(1, 3) as u32, Vec3::new(dice.range(0.6, 1.0), dice.range(0.6, 1.0), dice.range(0.6, 1.0)));
    let mut soup = icosphere(5);
    for p in &mut soup.positions {
        *p *= (1.0 + depth * noise::fractal(*p * frequency, octaves, seed)).max(0.2) * stretch;
    }
    soup
}

/// A rock: a ball cut by random planes, then roughened.
pub(crate) fn rock(dice: &mut Dice) -> Soup {
    let planes: Vec<(Vec3, f32)> = (0..dice.count(7, 16)).map(|_| (dice.direction(), dice.range(0.55, 0.9))).collect();
    let (seed, rough, stretch) = (dice.bits(), dice.range(0.01, 0.06), Vec3::new(1.0, dice.range(0.5, 1.1), dice.range(0.6, 1.0)));
    let mut soup = icosphere(5);
    for p in &mut soup.positions {
        let reach = planes.iter().map(|(n, d)| d / p.dot(*n).max(0.05)).fold(1.0f32, f32::min);
        *p *= (reach + rough * noise::fractal(*p * 6.0, 3, seed)) * stretch;
    }
    soup
}

/// Barr's superellipsoid (1981): from cushion over sphere to pinched star.
pub(crate) fn superellipsoid(dice: &mut Dice) -> Soup {
    let (north, east) = (dice.log(0.25, 2.2), dice.log(0.25, 2.2));
    let radii = Vec3::new(dice.range(0.5, 1.0), dice.range(0.4, 1.0), dice.range(0.5, 1.0));
    let mut soup = icosphere(5);
    for p in &mut soup.positions {
        let ring = (p.x.abs().powf(2.0 / east) + p.z.abs().powf(2.0 / east)).powf(east / north);
        let value = ring + p.y.abs().powf(2.0 / north);
        *p *= value.powf(-0.5 * north) * radii;
    }
    soup
}
