//! Predictions of one clip against its truth: one number a column.

use crate::{
    Clip, Truth,
    metric::{Codes, Mask, angles, depth, factors, flicker, psnr, rmse, ssim},
};
use relight_gbuffer::{GBuffer, Pass};
use relight_video::Frame;

/// Columns of the inverse table.
pub(crate) const INVERSE: [&str; 10] = [
    "albedo_psnr",
    "albedo_ssim",
    "albedo_psnr_unscaled",
    "albedo_flicker",
    "normal_deg",
    "normal_within",
    "roughness_rmse",
    "metallic_rmse",
    "depth_absrel",
    "depth_delta",
];

/// Columns of a light in the forward table.
pub(crate) const FORWARD: [&str; 3] = ["psnr", "ssim", "flicker"];

/// Columns of a light in the relighting table.
pub(crate) const RELIGHT: [&str; 4] = ["psnr", "ssim", "psnr_scaled", "ssim_scaled"];

/// A clip's foregrounds and whether its camera stands still.
pub(crate) struct Stage {
    pub masks: Vec<Mask>,
    still: bool,
}

impl Stage {
    pub fn new(clip: &Clip, truth: &Truth) -> Self {
        let cameras = &clip.file.cameras;
        Self { masks: truth.buffers.iter().map(Mask::of).collect(), still: cameras.iter().all(|c| c == &cameras[0]) }
    }

    fn pictures(&self, predicted: &[&[f32]], truth: &[&[f32]], factors: [f32; 3]) -> [Option<f64>; 3] {
        let predicted: Vec<Codes> = predicted.iter().map(|p| Codes::new(p, factors)).collect();
        let truth: Vec<Codes> = truth.iter().map(|t| Codes::new(t, [1.0; 3])).collect();
        let each = |measure: fn(&Codes, &Codes, &Mask) -> Option<f64>| {
            let scores = predicted.iter().zip(&truth).zip(&self.masks).filter_map(|((p, t), m)| measure(p, t, m));
            mean(scores)
        };
        [each(psnr), each(ssim), self.still.then(|| flicker(&predicted, &truth, &self.masks)).flatten()]
    }

    /// Mean PSNR without any factors.
    fn psnr(&self, predicted: &[&[f32]], truth: &[&[f32]]) -> Option<f64> {
        let codes = |linear: &[f32]| Codes::new(linear, [1.0; 3]);
        mean(predicted.iter().zip(truth).zip(&self.masks).filter_map(|((p, t), m)| psnr(&codes(p), &codes(t), m)))
    }

    /// Numbers for [`INVERSE`].
    pub fn inverse(&self, predicted: &[GBuffer], truth: &Truth) -> Vec<Option<f64>> {
        let ours = |pass| -> Vec<&[f32]> { predicted.iter().filter_map(|b| b.pass(pass)).collect() };
        let true_ = |pass| -> Vec<&[f32]> { truth.buffers.iter().filter_map(|b| b.pass(pass)).collect() };
        let (p, t) = (ours(Pass::Albedo), true_(Pass::Albedo));
        let plain = self.psnr(&p, &t);
        let [scaled, similar, restless] = self.pictures(&p, &t, factors(&p, &t, &self.masks));
        let normal = angles(&ours(Pass::Normal), &true_(Pass::Normal), &self.masks);
        let rough = rmse(&ours(Pass::Roughness), &true_(Pass::Roughness), &self.masks);
        let metal = rmse(&ours(Pass::Metallic), &true_(Pass::Metallic), &self.masks);
        let far = depth(&ours(Pass::Depth), &true_(Pass::Depth), &self.masks);
        let (angle, within) = (normal.map(|n| n.0), normal.map(|n| n.1));
        let (relative, delta) = (far.map(|d| d.0), far.map(|d| d.1));
        vec![scaled, similar, plain, restless, angle, within, rough, metal, relative, delta]
    }

    /// Numbers for [`FORWARD`].
    pub fn forward(&self, predicted: &[Frame], truth: &[Vec<f32>]) -> Vec<Option<f64>> {
        let (p, t) = (views(predicted), slices(truth));
        self.pictures(&p, &t, [1.0; 3]).to_vec()
    }

    /// Numbers for [`RELIGHT`].
    pub fn relight(&self, predicted: &[Frame], truth: &[Vec<f32>]) -> Vec<Option<f64>> {
        let (p, t) = (views(predicted), slices(truth));
        let [plain, similar, _] = self.pictures(&p, &t, [1.0; 3]);
        let [scaled, scaled_similar, _] = self.pictures(&p, &t, factors(&p, &t, &self.masks));
        vec![plain, similar, scaled, scaled_similar]
    }
}

fn views(frames: &[Frame]) -> Vec<&[f32]> {
    frames.iter().map(|f| f.rgb.as_slice()).collect()
}

fn slices(frames: &[Vec<f32>]) -> Vec<&[f32]> {
    frames.iter().map(Vec::as_slice).collect()
}

/// The mean of what there is.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(s, n), v| (s + v, n + 1));
    (count > 0).then(|| sum / count as f64)
}
