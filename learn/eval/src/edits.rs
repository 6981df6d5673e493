//! Material edits against traced truth.

use crate::{
    Analytic, Forward as _, Lighting, Row, Table,
    metric::{Codes, Mask, psnr},
};
use relight_edit::{Edit, gloss};
use relight_file::Result;
use relight_gbuffer::{DepthUnit, GBuffer};
use relight_render::{Change, Forward, Networks, Retouch, Shot, Watch, Work};
use relight_synth::{Alter, Still};
use relight_video::Frame;

/// Seed of the worlds, away from those of training and validation.
const SEED: u64 = 2_000_000;
/// Pixels a side of the pictures, and paths a pixel.
const SIZE: usize = 128;
const SAMPLES: u32 = 64;
/// Worlds; every third one changes the same pass.
pub const EDITS: usize = 12;
/// A pixel is changed when the truth moves a channel by more than so many 8-bit codes, and unchanged when it moves none by half of one.
const CHANGED: f32 = 3.0;
const UNCHANGED: f32 = 0.5;
/// Where light is everywhere about, no pixel is unchanged: fewer than this say nothing.
const FEWEST: usize = 100;

const COLUMNS: [&str; 5] = ["changed_psnr", "thing_psnr", "whole_psnr", "kept", "kept_half_code"];

/// Scores edits of one thing in `count` procedural worlds, each rendered as it is and as it would be: true buffers, true light, the true
/// picture of before; against the traced picture of after.
///
/// Rows: `input` (nothing changed), `splitsum` and `ssrt` and `network` (the edited buffers rendered), `edited` (the input with what changes
/// between two renders, [`relight_edit::transfer_glossy`]). Columns: PSNR where the truth changes (by more than 3 codes between renders that share
/// their noise; the truth that is scored against has noise of its own), on the thing, over the whole foreground; and the share of pixels that are the
/// input's, bit by bit: of those that nothing influences (no path of the truth meets the change, neither from the pixel nor from its neighbours within
/// two, 1600 paths in all: 64 of one pixel miss much that does reach it), and of those that the truth moves by less than half a code. `progress`
/// is told the worlds done and may stop.
///
/// # Errors
/// The network cannot be built, or `progress` gives a fault.
pub fn edits(count: usize, networks: &Networks, work: Work, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let mut table = Table { name: "edits", columns: COLUMNS.map(String::from).to_vec(), rows: Vec::new() };
    for clip in 0..count {
        let mut still = Still::new(SEED, clip as u64, SIZE, SAMPLES)?;
        let (picture, buffers) = still.render(&Alter::default(), 0)?;
        let (group, alter, edit) = choose(clip, &buffers, &still.mask);
        let (noisy, _) = still.render(&alter, 0)?;
        let (truth, _) = still.render(&alter, 1)?;
        let input = Frame { width: SIZE, height: SIZE, rgb: picture, alpha: Some(buffers.alpha.clone()) };
        let before = Shot { buffers, camera: still.take.camera, yaw: still.take.light.yaw, depth: DepthUnit::Scene };
        let mut after = before.clone();
        edit.apply(&mut after.buffers, &still.mask);

        let truth = Codes::new(&truth, [1.0; 3]);
        let moved: Vec<f32> = moved(&input.rgb, &noisy);
        let region = |inside: Vec<bool>| Mask { width: SIZE, height: SIZE, inside };
        let front = |i: usize| before.buffers.alpha[i] > 0.5;
        let changed = region((0..moved.len()).map(|i| front(i) && moved[i] > CHANGED).collect());
        let thing = region((0..moved.len()).map(|i| front(i) && still.mask[i] > 0.5).collect());
        let whole = Mask::of(&before.buffers);
        let untouched = untouched(&input.rgb, &noisy, SIZE);
        let mut score = |method: &str, rgb: &[f32]| {
            let codes = Codes::new(rgb, [1.0; 3]);
            let kept = |quiet: &dyn Fn(usize) -> bool| kept(&input.rgb, rgb, (0..moved.len()).filter(|i| front(*i) && quiet(*i)));
            let values = vec![
                psnr(&codes, &truth, &changed),
                psnr(&codes, &truth, &thing),
                psnr(&codes, &truth, &whole),
                kept(&|i| untouched[i]),
                kept(&|i| moved[i] < UNCHANGED),
            ];
            table.rows.push(Row { method: method.into(), clip: format!("world_{clip:02}"), group: group.into(), values });
        };
        score("input", &input.rgb);
        let (cameras, yaw) = ([still.take.camera], [still.take.light.yaw]);
        let lighting = Lighting {
            cameras: &cameras,
            map: still.take.light.map.clone(),
            yaw: &yaw,
            exposure: still.take.light.exposure,
            depth: DepthUnit::Scene,
        };
        let analytic = Analytic::default().frames(std::slice::from_ref(&after.buffers), &lighting)?;
        score("splitsum", &analytic[0][0].rgb);
        score("ssrt", &analytic[1][0].rgb);
        let forward = || Ok(Forward::new(Some(networks.forward.renderer()?), still.take.light.map.clone(), work));
        score("network", &forward()?.clip(std::slice::from_ref(&after), still.take.light.exposure)?[0].rgb);
        let mut retouch = Retouch { before: forward()?, after: forward()? };
        let gloss = gloss(&before.buffers, &after.buffers);
        let change = Change { input: input.clone(), before: before.clone(), after, replaced: None, gloss };
        retouch.pictures(std::iter::once(Ok(change)), still.take.light.exposure, None, &Watch::silent(), |frame| {
            score("edited", &frame.rgb);
            Ok(())
        })?;
        progress(clip + 1)?;
    }
    Ok(table)
}

/// Which pixels two pictures that share their noise have in common, bit by bit, with all of their neighbours within two.
pub(crate) fn untouched(a: &[f32], b: &[f32], width: usize) -> Vec<bool> {
    let same: Vec<bool> = a.chunks_exact(3).zip(b.chunks_exact(3)).map(|(p, q)| p == q).collect();
    let height = same.len() / width.max(1);
    let near = |i: usize, side: usize| i.saturating_sub(2)..=(i + 2).min(side - 1);
    (0..same.len()).map(|i| near(i / width, height).all(|y| near(i % width, width).all(|x| same[y * width + x]))).collect()
}

/// The share of `quiet` pixels that are the input's, bit by bit; none where they are too few to say.
pub(crate) fn kept(input: &[f32], rgb: &[f32], quiet: impl Iterator<Item = usize>) -> Option<f64> {
    let (same, all) = quiet.fold((0usize, 0usize), |(same, all), i| (same + usize::from(rgb[3 * i..3 * i + 3] == input[3 * i..3 * i + 3]), all + 1));
    (all >= FEWEST).then(|| same as f64 / all as f64)
}

/// What is changed in a world: the group's name, what the tracer is told and what an editor is told.
fn choose(clip: usize, buffers: &GBuffer, mask: &[f32]) -> (&'static str, Alter, Edit) {
    let mean = |values: &[f32]| {
        let (sum, weight) = values.iter().zip(mask).fold((0.0, 0.0), |(s, w), (v, m)| (s + v * m, w + m));
        sum / f32::max(weight, 1e-6)
    };
    let assign = |text: String| vec![text.parse().expect("an assignment")];
    match clip % 3 {
        0 => {
            // To the far side of what it is.
            let to = if mean(&buffers.roughness) > 0.4 { 0.12 } else { 0.7 };
            ("roughness", Alter { roughness: Some(to), ..Alter::default() }, Edit { set: assign(format!("roughness={to}")), ..Edit::default() })
        }
        1 => {
            let to = if mean(&buffers.metallic) > 0.5 { 0.0 } else { 1.0 };
            ("metallic", Alter { metallic: Some(to), ..Alter::default() }, Edit { set: assign(format!("metallic={to}")), ..Edit::default() })
        }
        _ => {
            let factor = [[1.0, 0.45, 0.3], [0.35, 0.8, 1.0]][clip / 3 % 2];
            let text = format!("albedo={},{},{}", factor[0], factor[1], factor[2]);
            ("albedo", Alter { albedo: Some(factor), ..Alter::default() }, Edit { mul: assign(text), ..Edit::default() })
        }
    }
}

/// The largest move of a channel, in 8-bit codes, pixel by pixel.
fn moved(a: &[f32], b: &[f32]) -> Vec<f32> {
    let (a, b) = (Codes::new(a, [1.0; 3]).0, Codes::new(b, [1.0; 3]).0);
    a.chunks_exact(3).zip(b.chunks_exact(3)).map(|(p, q)| p.iter().zip(q).map(|(p, q)| 255.0 * (p - q).abs()).fold(0.0, f32::max)).collect()
}
