//! The border of a mask, moved to where the picture changes.

use crate::{
    Plane, mean,
    sight::{FEATURES, Sight, apart},
};

/// The border is looked for within this many pixels.
const BAND: usize = 3;
/// What inside and outside look like is averaged over windows of `2·radius + 1` pixels.
const RADIUS: usize = 9;
/// Share of the picture's codes beside the buffers' features: an edge of the picture is .1, too.
const PICTURE: f32 = 10.0;

/// `mask` with its border moved, within a few pixels, to where pixels stop looking like the inside nearby and start looking like the outside
/// (local classifiers as in Video SnapCut, Bai et al. 2009, with means in place of histograms). What is transparent is outside.
pub(crate) fn snap(mask: &Plane, sight: &Sight) -> Plane {
    let (width, height) = (mask.width, mask.height);
    let looks = Plane::from_fn(width, height, FEATURES + 3, |x, y, p| {
        p[..FEATURES].copy_from_slice(sight.features.at(x, y));
        p[FEATURES..].iter_mut().zip(sight.guide.at(x, y)).for_each(|(to, v)| *to = v * PICTURE);
    });
    let near = mean(mask, BAND);
    let model = |inside: bool| {
        let weighted = Plane::from_fn(width, height, FEATURES + 4, |x, y, p| {
            // Only what is surely on its side teaches.
            let m = near.at(x, y)[0];
            let sure = if inside { m > 0.85 } else { m < 0.15 };
            let weight = if sure { 1.0 } else { 1e-3 * if inside { mask.at(x, y)[0] } else { 1.0 - mask.at(x, y)[0] } };
            p[FEATURES + 3] = weight;
            p.iter_mut().zip(looks.at(x, y)).for_each(|(to, v)| *to = weight * v);
        });
        mean(&weighted, RADIUS)
    };
    let (inside, outside) = (model(true), model(false));
    let distance = |model: &Plane, x: usize, y: usize| {
        let m = model.at(x, y);
        let weight = m[FEATURES + 3];
        if weight < 1e-7 {
            return f32::INFINITY;
        }
        let own: [f32; FEATURES + 3] = std::array::from_fn(|k| m[k] / weight);
        apart(&own, looks.at(x, y))
    };
    let judged = Plane::from_fn(width, height, 1, |x, y, p| {
        let (m, alpha) = (near.at(x, y)[0], sight.alpha.at(x, y)[0]);
        p[0] = if alpha < 0.5 {
            0.0
        } else if m <= 0.01 || m >= 0.99 {
            mask.at(x, y)[0]
        } else {
            let (i, o) = (distance(&inside, x, y), distance(&outside, x, y));
            let like = match (i.is_finite(), o.is_finite()) {
                (true, true) => o / (i + o).max(1e-6),
                (inside, _) => f32::from(u8::from(inside)),
            };
            // Where looks say little, the mask as it was decides.
            (0.7 * like + 0.3 * m).clamp(0.0, 1.0)
        };
    });
    // A pixel among others of the other side is noise.
    let smooth = mean(&judged, 1);
    Plane::from_fn(width, height, 1, |x, y, p| {
        let t = ((smooth.at(x, y)[0] - 0.35) / 0.3).clamp(0.0, 1.0);
        p[0] = if sight.alpha.at(x, y)[0] < 0.5 { 0.0 } else { t * t * (3.0 - 2.0 * t) };
    })
}
