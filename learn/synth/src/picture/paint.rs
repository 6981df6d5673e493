//! Pictures from nothing: photographs in outline, prints, pages, labels, wallpaper.

use super::SIDE;
use crate::{
    dice::Dice,
    material::colour,
    noise::{cells, fractal, noise, random, step},
    shape::glyph,
};
use glam::{IVec3, Vec2, Vec3};
use relight_trace::Texture;
use std::f32::consts::TAU;

/// What is painted: column and row fractions (row 0 on top) to linear colour.
type Painting = Box<dyn Fn(Vec2) -> Vec3>;

/// A random painted picture.
pub(crate) fn any(dice: &mut Dice) -> Texture {
    let (painting, aspect) = match dice.index(7) {
        0 => (landscape(dice), dice.range(0.5, 1.0)),
        1 => (abstraction(dice), dice.range(0.6, 1.0)),
        2 => (page(dice), dice.range(0.65, 1.0)),
        3 => (label(dice), dice.range(0.4, 1.0)),
        4 => (wallpaper(dice), 1.0),
        5 => (carpet(dice), dice.range(0.6, 1.0)),
        _ => (texture(dice), 1.0),
    };
    let (long, short) = (SIDE, ((SIDE as f32 * aspect) as usize).max(32));
    let (width, height) = if dice.chance(0.5) { (long, short) } else { (short, long) };
    let mut texels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let at = |dx: f32, dy: f32| painting(Vec2::new((x as f32 + dx) / width as f32, (y as f32 + dy) / height as f32));
            let mean = 0.5 * (at(0.25, 0.35) + at(0.75, 0.65));
            texels.push(mean.clamp(Vec3::splat(0.008), Vec3::splat(0.92)).to_array());
        }
    }
    Texture { width, height, texels }
}

fn palette(dice: &mut Dice, count: usize) -> Vec<Vec3> {
    (0..count).map(|_| colour(dice)).collect()
}

/// Sky, a sun, and ranges of hills one before the other.
fn landscape(dice: &mut Dice) -> Painting {
    let seed = dice.bits();
    let (top, horizon, near, far) = (colour(dice), colour(dice) * 0.5 + 0.4, colour(dice) * 0.4, colour(dice) * 0.5 + 0.2);
    let (sun, size, ranges) = (Vec2::new(dice.unit(), dice.range(0.1, 0.45)), dice.range(0.02, 0.12), dice.count(2, 5));
    Box::new(move |p| {
        let mut out = top.lerp(horizon, (p.y * 1.6).min(1.0));
        out = out.lerp(Vec3::splat(0.9), 0.6 * step(0.0, 0.5, fractal(Vec3::new(2.0 * p.x, 6.0 * p.y, 0.0), 4, seed)));
        if p.distance(sun) < size {
            out = Vec3::new(0.9, 0.85, 0.6);
        }
        for range in 0..ranges {
            let t = (range + 1) as f32 / ranges as f32;
            let crest = 0.35 + 0.5 * t - 0.16 * fractal(Vec3::new(p.x * (2.0 + 2.0 * t), 7.0 * t, 0.5), 4, seed ^ 1);
            if p.y > crest {
                let leaves = fractal(Vec3::new(p.x * 20.0, p.y * 20.0, t), 3, seed ^ 2);
                out = far.lerp(near, t) * (1.0 + 0.5 * leaves * t);
            }
        }
        out
    })
}

/// Flat rectangles, discs and bars of few colours.
fn abstraction(dice: &mut Dice) -> Painting {
    let colours = palette(dice, 5);
    let ground = colours[0];
    let shapes: Vec<(usize, Vec2, Vec2, f32, Vec3)> = (0..dice.count(3, 14))
        .map(|_| {
            let (middle, half) = (Vec2::new(dice.unit(), dice.unit()), Vec2::new(dice.log(0.02, 0.4), dice.log(0.02, 0.4)));
            let turn = if dice.chance(0.6) { 0.0 } else { dice.angle() };
            (dice.index(3), middle, half, turn, *dice.pick(&colours))
        })
        .collect();
    Box::new(move |p| {
        let inside = |(kind, middle, half, turn, _): &&(usize, Vec2, Vec2, f32, Vec3)| {
            let q = Vec2::from_angle(*turn).rotate(p - *middle);
            match kind {
                0 => q.x.abs() < half.x && q.y.abs() < half.y,
                1 => q.length() < half.x,
                _ => (q.length() - half.x).abs() < 0.3 * half.y,
            }
        };
        shapes.iter().rev().find(inside).map_or(ground, |s| s.4)
    })
}

/// Lines of words, a heading and a picture on paper.
fn page(dice: &mut Dice) -> Painting {
    let (paper, ink) =
        if dice.chance(0.8) { (Vec3::splat(dice.range(0.55, 0.9)), colour(dice) * 0.2) } else { (colour(dice) * 0.4, Vec3::splat(0.8)) };
    let (seed, lines, heading) = (dice.bits(), dice.range(14.0, 36.0), dice.range(0.0, 0.25));
    let (photo, corner, size) =
        (texture(dice), Vec2::new(dice.range(0.08, 0.5), dice.range(0.2, 0.7)), Vec2::new(dice.range(0.2, 0.5), dice.range(0.1, 0.35)));
    let (letters, columns) = (words(dice, 4), dice.count(1, 3) as f32);
    Box::new(move |p| {
        if p.min_element() < 0.06 || p.max_element() > 0.94 {
            return paper;
        }
        let q = p - corner;
        if q.min_element() > 0.0 && q.x < size.x && q.y < size.y {
            return photo(q / size.max_element());
        }
        if p.y < heading {
            let place = Vec2::new((p.x - 0.08) / (0.84 / 4.0), (p.y - 0.05) / (heading - 0.05).max(0.01));
            return if lettered(&letters, place, 0.5) { ink } else { paper };
        }
        let column = (p.x * columns).fract();
        let row = p.y * lines;
        let word = random(IVec3::new((p.x * 40.0 + 7.0 * row.floor()) as i32, row.floor() as i32, 1), seed) < 0.82;
        let inked = (0.25..0.75).contains(&row.fract()) && word && (0.05..0.95).contains(&column);
        let broken = noise(Vec3::new(p.x * 130.0, row * 4.0, 0.0), seed) > -0.15;
        if inked && broken { ink } else { paper }
    })
}

/// A packet's face: bands, a large word, small print, a bar code.
fn label(dice: &mut Dice) -> Painting {
    let colours = palette(dice, 4);
    let (count, seed) = (dice.count(2, 6), dice.bits());
    let (letters, top, tall, heavy) = (words(dice, count), dice.range(0.1, 0.45), dice.range(0.15, 0.35), dice.range(0.35, 0.75));
    let (band, border, disc) = (dice.range(0.5, 0.9), dice.chance(0.5), dice.chance(0.5));
    let centre = Vec2::new(dice.range(0.2, 0.8), dice.range(0.55, 0.85));
    Box::new(move |p| {
        let place = Vec2::new((p.x - 0.08) / (0.84 / count as f32), (p.y - top) / tall);
        if lettered(&letters, place, heavy) {
            return colours[1];
        }
        if border && (p.min_element() < 0.03 || p.max_element() > 0.97) {
            return colours[2];
        }
        if disc && p.distance(centre) < 0.14 {
            return colours[3].lerp(colours[1], step(0.05, 0.14, p.distance(centre)));
        }
        if (0.7..0.95).contains(&p.x) && (0.86..0.96).contains(&p.y) {
            return Vec3::splat(if random(IVec3::new((p.x * 110.0) as i32, 0, 0), seed) < 0.5 { 0.02 } else { 0.85 });
        }
        let print = p.y > top + tall + 0.05 && (p.y * 26.0).fract() < 0.4 && (0.1..0.6).contains(&p.x);
        if print && noise(Vec3::new(p.x * 70.0, (p.y * 26.0).floor() * 3.0, 0.0), seed) > 0.0 {
            return colours[1];
        }
        if p.y > band { colours[2] } else { colours[0] }
    })
}

/// A motif again and again, every other row shifted.
fn wallpaper(dice: &mut Dice) -> Painting {
    let colours = palette(dice, 3);
    let (count, petals, deep) = (dice.count(3, 9) as f32, dice.count(2, 8) as f32, dice.range(0.0, 0.6));
    let (size, shift, kind) = (dice.range(0.2, 0.45), dice.chance(0.5), dice.index(3));
    Box::new(move |p| {
        let mut q = p * count;
        if shift && q.y.floor().rem_euclid(2.0) > 0.5 {
            q.x += 0.5;
        }
        let f = q - q.floor() - 0.5;
        let edge = match kind {
            0 => size * (1.0 - deep * (0.5 + 0.5 * (petals * f.y.atan2(f.x)).cos())),
            1 => size * (1.0 - f.x.abs()),
            _ => size + 0.1 * (TAU * (f.x + f.y) * petals).sin(),
        };
        let d = f.length();
        if d < 0.4 * edge {
            colours[2]
        } else if d < edge {
            colours[1]
        } else {
            colours[0]
        }
    })
}

/// Mirrored in both directions, with a border.
fn carpet(dice: &mut Dice) -> Painting {
    let colours = palette(dice, 4);
    let (seed, fine, levels) = (dice.bits(), dice.range(4.0, 14.0), dice.range(2.0, 5.0));
    Box::new(move |p| {
        let q = (p - 0.5).abs();
        let edge = q.max_element();
        if edge > 0.46 {
            return colours[0];
        }
        if edge > 0.38 {
            let bead = cells(Vec3::new(q.x * 24.0, q.y * 24.0, 0.5), 0.0, seed).near < 0.32;
            return if bead { colours[1] } else { colours[2] };
        }
        let n = noise(Vec3::new(q.x * fine, q.y * fine, q.x * q.y * 30.0), seed) * levels + 8.0;
        colours[n as usize % 4] * (0.85 + 0.3 * noise(Vec3::new(p.x * 90.0, p.y * 90.0, 0.0), seed))
    })
}

/// What a close photograph of stone, bark, lichen, foliage or rust looks like; it meets itself at the edges.
fn texture(dice: &mut Dice) -> Painting {
    let ramp = palette(dice, 3);
    let base = ramp[0];
    // Natural things have few hues: the others are shades of the first, mostly.
    let ramp: Vec<Vec3> = ramp.iter().map(|c| if dice.chance(0.7) { base * dice.log(0.3, 2.5) } else { *c }).collect();
    let (seed, fine, warp, cellular) = (dice.bits(), dice.range(1.5, 6.0), dice.range(0.0, 1.5), dice.chance(0.4));
    let stretch = if dice.chance(0.3) { Vec2::new(1.0, 6.0) } else { Vec2::ONE };
    // On a torus in space both edges of the picture are one line.
    let place = move |p: Vec2| {
        let (a, b) = (Vec2::from_angle(TAU * p.x), Vec2::from_angle(TAU * p.y));
        Vec3::new(a.x * (1.2 + 0.4 * b.x), a.y * (1.2 + 0.4 * b.x), b.y * 0.4 * stretch.y) * 0.5 * fine
    };
    Box::new(move |p| {
        let q = place(p);
        let bent = q + warp * 0.5 * Vec3::new(noise(q, seed), noise(q + 31.0, seed), noise(q + 57.0, seed));
        let n = fractal(bent, 5, seed ^ 1);
        let crack = if cellular {
            let c = cells(bent * 2.0, 1.0, seed ^ 2);
            0.5 + 0.5 * step(0.0, 0.2, c.second - c.near)
        } else {
            1.0
        };
        let speck = 1.0 + 0.35 * noise(q * 14.0, seed ^ 3);
        ramp[0].lerp(ramp[1], step(-0.3, 0.3, n)).lerp(ramp[2], step(0.15, 0.6, fractal(bent * 1.7 + 9.0, 4, seed ^ 4))) * crack * speck
    })
}

/// The strokes of so many random characters.
fn words(dice: &mut Dice, count: usize) -> Vec<Vec<Vec<Vec2>>> {
    (0..count).map(|_| glyph::paths(dice.index(glyph::CHARACTERS))).collect()
}

/// Whether the ink of a line of letters covers a place: x in letters, y in the line's height from the top.
fn lettered(letters: &[Vec<Vec<Vec2>>], place: Vec2, half: f32) -> bool {
    if !(0.0..1.0).contains(&place.y) || place.x < 0.0 {
        return false;
    }
    let p = Vec2::new(place.x.fract() * 5.4 - 0.7, 6.8 - place.y * 7.6);
    letters.get(place.x as usize).is_some_and(|paths| glyph::distance(paths, p) < half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paintings_are_colours_and_show_something() {
        let mut varied = 0;
        for seed in 0..40 {
            let t = any(&mut Dice::new(&[seed]));
            assert!(t.width.max(t.height) == SIDE && t.texels.len() == t.width * t.height);
            let grey: Vec<f32> = t.texels.iter().map(|c| c.iter().sum::<f32>() / 3.0).collect();
            assert!(t.texels.iter().flatten().all(|x| (0.008..=0.92).contains(x)));
            let mean = grey.iter().sum::<f32>() / grey.len() as f32;
            varied += usize::from(grey.iter().map(|g| (g - mean).abs()).sum::<f32>() / grey.len() as f32 > 0.02);
        }
        assert!(varied > 28, "{varied}");
    }
}
