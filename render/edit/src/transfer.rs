//! The change between two renders, carried over to the input's own pixels.

use crate::reach::{UNLIMITED, fade};
use rayon::prelude::*;
use relight_video::{
    Frame,
    transfer::{linear_to_srgb, srgb_to_linear},
};

/// A pixel becomes at most so many times as bright: where the first render is too dark, its ratio says nothing.
pub const MOST: f32 = 4.0;

/// Added to both renders before they are divided, so that the ratio goes to 1 in the dark: linear light of sRGB code 6, below which cameras
/// and 8-bit files hold noise.
const FLARE: f32 = 0.002;

/// Changes of less than one 8-bit sRGB code do not count as influence: they cannot be seen, a file of 8 bits cannot hold them, and it is as
/// much as a network with attention over the whole frame moves pixels that an edit does not reach. Below it the input stays as it is,
/// bit by bit.
const LEAST_CODES: f32 = 1.0;
/// From here on a change counts whole. In between it is faded in, so that the border of the influence is no contour.
const WHOLE_CODES: f32 = 3.0;

/// The input with what changes from render `before` to render `after`: `out = M·after + (1−M)·I·clip(after/before, 0, 4)` in linear light.
///
/// All have one size. `replaced` is M, one number a pixel, 0..1: where the picture shows something else than the input does (an inserted
/// object), so that its pixels mean nothing; without it M is 0 everywhere. Both renders are of the same light, exposure and camera.
/// Pixels that nothing influences (M is 0 and the ratio changes no channel by an 8-bit code) are the input's, bit by bit.
///
/// # Panics
/// The sizes differ.
pub fn transfer(input: &Frame, before: &Frame, after: &Frame, replaced: Option<&[f32]>) -> Frame {
    transfer_glossy(input, before, after, replaced, None, None)
}

/// Where things shine anew, and how much of the light of both renders is mirrored.
#[derive(Debug, Clone, Copy)]
pub struct Gloss<'a> {
    /// How new the gloss is, one number a pixel, 0..1 ([`crate::gloss`]).
    pub weight: &'a [f32],
    /// Specular part of the render before, 0..1, 3 a pixel.
    pub before: &'a [f32],
    /// The same after.
    pub after: &'a [f32],
}

/// How far the first render's error (input over render) is taken for one of the light, and so for the second render's, where the first is wholly
/// diffuse, as an exponent. Chosen with [`MIRRORED`] over 12 traced worlds, not those of `relight eval --edits`: flat from .6 to 1.
const DIFFUSE: f32 = 0.8;
/// The same for mirrored light after where all of the light before was mirrored: another reflection, whose errors say little of this one's.
const MIRRORED: f32 = 0.15;

/// [`transfer`] where things shine anew. There, the input's old highlights must not be carried into the new picture: the second render's diffuse and
/// mirrored parts take over the first one's error only as far as the light before was diffuse, `D·e^(.8 t) + S·e^(.15 + .65 t)` with
/// `e = input/before`, `t` the diffuse share before. What was a mirror and becomes rough is the render; what was dull and becomes metal keeps
/// the input's shading.
///
/// `reach` tells how far the change may move each pixel, in 8-bit sRGB codes ([`crate::reach()`]; without it, as far as the renders say): below 1 the
/// input stays, bit by bit. A network that looks at the whole frame moves pixels that no light joins to the change.
///
/// # Panics
/// The sizes differ.
pub fn transfer_glossy(input: &Frame, before: &Frame, after: &Frame, replaced: Option<&[f32]>, gloss: Option<Gloss>, reach: Option<&[f32]>) -> Frame {
    let count = input.width * input.height;
    for other in [before, after] {
        assert_eq!((other.width, other.height), (input.width, input.height), "renders have the input's size");
    }
    assert!(replaced.is_none_or(|m| m.len() == count) && reach.is_none_or(|r| r.len() == count), "one number a pixel");
    assert!(
        gloss.is_none_or(|g| g.weight.len() == count && [g.before, g.after].iter().all(|s| s.len() == 3 * count)),
        "one and three numbers a pixel"
    );
    let mut out = input.clone();
    out.rgb.par_chunks_exact_mut(3).enumerate().for_each(|(i, pixel)| {
        let three = 3 * i..3 * i + 3;
        let m = replaced.map_or(0.0, |m| m[i].clamp(0.0, 1.0));
        let shine = gloss.map(|g| Shine { weight: g.weight[i].clamp(0.0, 1.0), before: &g.before[three.clone()], after: &g.after[three.clone()] });
        let limit = reach.map_or(UNLIMITED, |r| r[i]);
        let shine = shine.filter(|s| s.weight > 0.0);
        if let Some(changed) = change(pixel, &before.rgb[three.clone()], &after.rgb[three.clone()], shine, limit) {
            pixel.copy_from_slice(&changed);
        }
        if m > 0.0 {
            for (p, a) in pixel.iter_mut().zip(&after.rgb[three]) {
                *p += m * (a - *p);
            }
        }
    });
    if let (Some(alpha), Some(replaced)) = (&mut out.alpha, replaced) {
        for (i, a) in alpha.iter_mut().enumerate().filter(|(i, _)| replaced[*i] > 0.0) {
            let shown = after.alpha.as_ref().map_or(1.0, |after| after[i]);
            *a += replaced[i].min(1.0) * (shown - *a);
        }
    }
    out
}

/// [`Gloss`] of one pixel.
struct Shine<'a> {
    weight: f32,
    before: &'a [f32],
    after: &'a [f32],
}

/// `I·after/before`, and with the weight of `shine` what [`transfer_glossy`] says, by `limit` codes at most; none where that is no influence.
fn change(input: &[f32], before: &[f32], after: &[f32], shine: Option<Shine>, limit: f32) -> Option<[f32; 3]> {
    // The common case, and exact: the shader's rays are the same where the buffers around are.
    if before == after || limit < LEAST_CODES {
        return None;
    }
    let whole: [f32; 3] = std::array::from_fn(|k| {
        let ratio = input[k] * ((after[k] + FLARE) / (before[k] + FLARE)).clamp(0.0, MOST);
        let Some(shine) = &shine else { return ratio };
        let error = ((input[k] + FLARE) / (before[k] + FLARE)).clamp(1.0 / MOST, MOST);
        let (dull, mirrored) = (1.0 - shine.before[k].clamp(0.0, 1.0), shine.after[k].clamp(0.0, 1.0));
        let anew = after[k] * ((1.0 - mirrored) * error.powf(DIFFUSE * dull) + mirrored * error.powf(MIRRORED + (DIFFUSE - MIRRORED) * dull));
        ratio + shine.weight * (anew - ratio)
    });
    let (was, is): ([f32; 3], [f32; 3]) = (std::array::from_fn(|k| linear_to_srgb(input[k])), whole.map(linear_to_srgb));
    let codes = is.iter().zip(was).map(|(is, was)| 255.0 * (is - was).abs()).fold(0.0, f32::max);
    let allowed = if limit < UNLIMITED { codes.min(limit) } else { codes };
    if codes.is_nan() || allowed < LEAST_CODES {
        return None;
    }
    let share = fade(allowed, [LEAST_CODES, WHOLE_CODES]) * allowed / codes;
    Some(if share < 1.0 { std::array::from_fn(|k| srgb_to_linear(was[k] + share * (is[k] - was[k]))) } else { whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(rgb: &[[f32; 3]]) -> Frame {
        Frame { width: rgb.len(), height: 1, rgb: rgb.concat(), alpha: None }
    }

    #[test]
    fn light_is_multiplied_texture_stays_and_the_ratio_is_limited() {
        let input = frame(&[[0.4, 0.2, 0.1], [0.8, 0.4, 0.2], [0.1; 3], [0.1; 3]]);
        let before = frame(&[[0.5; 3], [0.5; 3], [0.01; 3], [0.5; 3]]);
        let after = frame(&[[0.25; 3], [0.25; 3], [0.9; 3], [0.0; 3]]);
        let out = transfer(&input, &before, &after, None);
        for k in 0..3 {
            assert!((out.rgb[k] / input.rgb[k] - 0.5).abs() < 0.01, "halved, nearly: {}", out.rgb[k]);
            assert!((out.rgb[3 + k] / out.rgb[k] - 2.0).abs() < 1e-5, "the texture's contrast stays");
            assert_eq!(out.rgb[6 + k], 0.1 * MOST);
            assert!(out.rgb[9 + k] < 1e-3);
        }
    }

    #[test]
    fn what_nothing_influences_is_the_input_bit_by_bit_and_influence_fades_in() {
        let values: Vec<[f32; 3]> = (0..256).map(|i| [i as f32 / 255.0, 0.3, 1.7 - i as f32 / 200.0]).collect();
        let input = frame(&values);
        let before = frame(&vec![[0.4, 0.3, 0.2]; 256]);
        let nearly: Vec<[f32; 3]> = (0..256).map(|i| [0.4, 0.3, 0.2].map(|v| v * (1.0 + 1e-3 * (i as f32).sin()))).collect();
        let bits = |f: &Frame| f.rgb.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&transfer(&input, &before, &before, None)), bits(&input));
        assert_eq!(bits(&transfer(&input, &before, &frame(&nearly), None)), bits(&input));
        assert_eq!(bits(&transfer(&input, &before, &frame(&nearly), Some(&[0.0; 256]))), bits(&input));
        // A shadow that deepens slowly: each step is smaller than half a code, so nothing shows where it begins.
        let white = frame(&vec![[0.5; 3]; 400]);
        let light = frame(&vec![[0.5; 3]; 400]);
        let slope: Vec<[f32; 3]> = (0..400).map(|i| [0.5 * (1.0 - 3e-4 * i as f32); 3]).collect();
        let out = transfer(&white, &light, &frame(&slope), None);
        let codes: Vec<f32> = out.rgb.iter().step_by(3).map(|v| 255.0 * linear_to_srgb(*v)).collect();
        assert!(codes.windows(2).all(|p| p[1] <= p[0] && p[0] - p[1] < 0.5));
        assert!(codes[0] - codes[399] > 8.0, "{} {}", codes[0], codes[399]);
    }

    #[test]
    fn old_highlights_go_with_new_gloss_and_the_shading_of_what_was_dull_stays() {
        // A mirror that the first render got wrong; a dull thing that is darker than rendered; a dull thing of which nothing shines anew.
        let input = frame(&[[0.9; 3], [0.2; 3], [0.2; 3]]);
        let before = frame(&[[0.3; 3], [0.4; 3], [0.4; 3]]);
        let after = frame(&[[0.25; 3], [0.6; 3], [0.6; 3]]);
        let shares = |first: f32, rest: f32| [[first; 3], [rest; 3], [rest; 3]].concat();
        let (was, is) = (shares(1.0, 0.0), shares(1.0, 1.0));
        let gloss = Gloss { weight: &[1.0, 1.0, 0.0], before: &was, after: &is };
        let out = transfer_glossy(&input, &before, &after, None, Some(gloss), None);
        let near = transfer_glossy(&input, &before, &after, None, Some(gloss), Some(&[0.0, 5.0, UNLIMITED]));
        assert_eq!((&near.rgb[..3], near.rgb[6]), (&input.rgb[..3], out.rgb[6]), "what is out of reach stays");
        let moved = 255.0 * (linear_to_srgb(near.rgb[3]) - linear_to_srgb(input.rgb[3]));
        assert!((moved - 5.0).abs() < 1e-3, "five codes may be: {moved}");
        assert!(out.rgb[0] < 0.31, "the highlight of before is gone: {}", out.rgb[0]);
        assert!((out.rgb[3] - 0.6 * 0.5f32.powf(0.8)).abs() < 5e-3, "{}", out.rgb[3]);
        assert!((out.rgb[6] - 0.3).abs() < 5e-3, "{}", out.rgb[6]);
        assert_eq!(out.rgb[6], transfer(&input, &before, &after, None).rgb[6]);
    }

    #[test]
    fn what_is_replaced_is_the_render_and_covers() {
        let mut input = frame(&[[0.1, 0.0, 0.0]; 3]);
        input.alpha = Some(vec![0.2; 3]);
        let mut after = frame(&[[0.9, 0.8, 0.7]; 3]);
        after.alpha = Some(vec![1.0; 3]);
        let out = transfer(&input, &input.clone(), &after, Some(&[1.0, 0.5, 0.0]));
        assert_eq!(out.rgb[..3], [0.9, 0.8, 0.7]);
        let alpha = out.alpha.unwrap();
        assert_eq!((alpha[0], alpha[2]), (1.0, 0.2));
        assert!((alpha[1] - 0.6).abs() < 1e-6);
    }
}
