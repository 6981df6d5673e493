//! Predictions of one clip against its truth: one number a column.

use crate::{
    Clip, Truth,
    metric::{Codes, Features, Lpips, Mask, angles, depth, factors, flicker, psnr, rmse, ssim},
};
use relight_gbuffer::{GBuffer, Pass};
use relight_video::Frame;
use std::{
    cell::RefCell,
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Columns of the inverse table.
pub(crate) const INVERSE: [&str; 16] = [
    "albedo_psnr",
    "albedo_ssim",
    "albedo_lpips",
    "albedo_flicker",
    "albedo_psnr_unscaled",
    "albedo_ssim_unscaled",
    "albedo_lpips_unscaled",
    "normal_deg",
    "normal_median_deg",
    "normal_within",
    "roughness_rmse",
    "roughness_flicker",
    "metallic_rmse",
    "metallic_flicker",
    "depth_absrel",
    "depth_delta",
];

/// Columns of a light in the forward table.
pub(crate) const FORWARD: [&str; 4] = ["psnr", "ssim", "lpips", "flicker"];

/// Columns of a light in the relighting table.
pub(crate) const RELIGHT: [&str; 6] = ["psnr", "ssim", "lpips", "psnr_scaled", "ssim_scaled", "lpips_scaled"];

/// A clip's foregrounds and whether its camera stands still.
pub(crate) struct Stage<'a> {
    pub masks: Vec<Mask>,
    still: bool,
    lpips: Option<&'a Lpips>,
    /// What the network saw in true frames, by the hash of their codes: every method is compared with the same ones.
    seen: RefCell<HashMap<u64, Option<Features>>>,
}

/// What is measured of a clip's pictures, in the order of the columns: PSNR, SSIM, LPIPS, flicker.
type Pictures = [Option<f64>; 4];

impl<'a> Stage<'a> {
    pub fn new(clip: &Clip, truth: &Truth, lpips: Option<&'a Lpips>) -> Self {
        Self { masks: truth.buffers.iter().map(Mask::of).collect(), still: clip.still(), lpips, seen: RefCell::default() }
    }

    fn pictures(&self, predicted: &[&[f32]], truth: &[&[f32]], factors: [f32; 3]) -> Pictures {
        let predicted: Vec<Codes> = predicted.iter().map(|p| Codes::new(p, factors)).collect();
        let truth: Vec<Codes> = truth.iter().map(|t| Codes::new(t, [1.0; 3])).collect();
        let each = |measure: &dyn Fn(&Codes, &Codes, &Mask) -> Option<f64>| {
            let scores = predicted.iter().zip(&truth).zip(&self.masks).filter_map(|((p, t), m)| measure(p, t, m));
            mean(scores)
        };
        let lpips = self.lpips.and_then(|lpips| each(&|p, t, m| self.perceived(lpips, p, t, m)));
        [each(&psnr), each(&ssim), lpips, self.flicker(&codes(&predicted), &codes(&truth), 3)]
    }

    /// [`Lpips::distance`], looking at every true frame once.
    fn perceived(&self, lpips: &Lpips, predicted: &Codes, truth: &Codes, mask: &Mask) -> Option<f64> {
        let mut hasher = DefaultHasher::new();
        truth.0.iter().for_each(|v| v.to_bits().hash(&mut hasher));
        let mut seen = self.seen.borrow_mut();
        let truth = seen.entry(hasher.finish()).or_insert_with(|| lpips.features(truth, mask)).as_ref()?;
        Some(lpips.between(&lpips.features(predicted, mask)?, truth))
    }

    fn flicker(&self, predicted: &[&[f32]], truth: &[&[f32]], channels: usize) -> Option<f64> {
        self.still.then(|| flicker(predicted, truth, channels, &self.masks)).flatten()
    }

    /// Numbers for [`INVERSE`].
    pub fn inverse(&self, predicted: &[GBuffer], truth: &Truth) -> Vec<Option<f64>> {
        let (ours, true_) = (|pass| passes(predicted, pass), |pass| passes(&truth.buffers, pass));
        let (p, t) = (ours(Pass::Albedo), true_(Pass::Albedo));
        let mut values = self.pictures(&p, &t, factors(&p, &t, &self.masks)).to_vec();
        values.extend(&self.pictures(&p, &t, [1.0; 3])[..3]);
        let normal = angles(&ours(Pass::Normal), &true_(Pass::Normal), &self.masks);
        values.extend([normal.map(|n| n.mean), normal.map(|n| n.median), normal.map(|n| n.within)]);
        for pass in [Pass::Roughness, Pass::Metallic] {
            let (p, t) = (ours(pass), true_(pass));
            values.extend([rmse(&p, &t, &self.masks), self.flicker(&p, &t, 1)]);
        }
        let far = depth(&ours(Pass::Depth), &true_(Pass::Depth), &self.masks);
        values.extend([far.map(|d| d.0), far.map(|d| d.1)]);
        values
    }

    /// Some of the numbers for [`INVERSE`], by their names.
    pub fn chosen(&self, predicted: &[GBuffer], truth: &Truth, columns: &[&str]) -> Vec<Option<f64>> {
        let all = self.inverse(predicted, truth);
        columns.iter().map(|name| INVERSE.iter().position(|c| c == name).and_then(|i| all[i])).collect()
    }

    /// Standard deviation over time of a pass's error at the pixels `masks`; none where the camera moves.
    pub fn restless(&self, predicted: &[GBuffer], truth: &Truth, pass: Pass, masks: &[Mask]) -> Option<f64> {
        let (predicted, truth) = (passes(predicted, pass), passes(&truth.buffers, pass));
        self.still.then(|| flicker(&predicted, &truth, pass.channels(), masks)).flatten()
    }

    /// Numbers for [`FORWARD`].
    pub fn forward(&self, predicted: &[Frame], truth: &[Vec<f32>]) -> Vec<Option<f64>> {
        self.pictures(&views(predicted), &slices(truth), [1.0; 3]).to_vec()
    }

    /// Numbers for [`RELIGHT`].
    pub fn relight(&self, predicted: &[Frame], truth: &[Vec<f32>]) -> Vec<Option<f64>> {
        let (p, t) = (views(predicted), slices(truth));
        let (plain, scaled) = (self.pictures(&p, &t, [1.0; 3]), self.pictures(&p, &t, factors(&p, &t, &self.masks)));
        [&plain[..3], &scaled[..3]].concat()
    }
}

/// A pass of every frame.
fn passes(buffers: &[GBuffer], pass: Pass) -> Vec<&[f32]> {
    buffers.iter().filter_map(|b| b.pass(pass)).collect()
}

fn views(frames: &[Frame]) -> Vec<&[f32]> {
    frames.iter().map(|f| f.rgb.as_slice()).collect()
}

fn codes(pictures: &[Codes]) -> Vec<&[f32]> {
    pictures.iter().map(|c| c.0.as_slice()).collect()
}

fn slices(frames: &[Vec<f32>]) -> Vec<&[f32]> {
    frames.iter().map(Vec::as_slice).collect()
}

/// The mean of what there is.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(s, n), v| (s + v, n + 1));
    (count > 0).then(|| sum / count as f64)
}
