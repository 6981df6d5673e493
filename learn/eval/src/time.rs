//! Buffers over time: do they flicker, and do the seams between windows show?

use crate::{Inverse, Row, Set, Table, metric::Mask, score::Stage};
use relight_file::Result;
use relight_gbuffer::{GBuffer, Pass};
use relight_render::Windows;
use relight_video::Frame;

/// Frames of the long clip.
const LONG: usize = 200;
/// The buffers that must hold still.
const PASSES: [Pass; 3] = [Pass::Albedo, Pass::Roughness, Pass::Metallic];

/// Scores how steady an inverse method is, in one table.
///
/// Rows `video` and `alone`: clips with a still camera, all frames at once and each by itself; the columns are the standard deviation over time
/// of the error of albedo (linear light), roughness and metallic, over the pixels whose truth stands still: where another surface comes into a pixel, its error is another
/// one, and no flicker. Row `long`, of the set's first clip: 200 frames, made by going through its frames forth and back;
/// the column `seam` is the mean change of albedo between neighbouring frames where windows meet, over that of the same neighbours inside of windows,
/// `inside` and `across` are both changes. `windows` says where windows meet. `progress` is told the clips done and may stop.
///
/// # Errors
/// A file cannot be read, the method fails, or `progress` gives a fault.
pub fn time(set: &Set, method: &mut dyn Inverse, windows: Windows, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let columns = ["albedo_std", "roughness_std", "metallic_std", "inside", "across", "seam"].map(String::from).to_vec();
    let mut table = Table { name: "time", columns, rows: Vec::new() };
    for (done, clip) in set.clips.iter().enumerate() {
        let input = clip.input()?;
        let mut add =
            |method: &str, values| table.rows.push(Row { method: method.into(), clip: clip.name.clone(), group: clip.group.clone(), values });
        if clip.still() && input.len() > 1 {
            let together = method.buffers(&input)?;
            let alone: Vec<GBuffer> = input.iter().map(|f| method.buffers(std::slice::from_ref(f))).collect::<Result<Vec<_>>>()?.concat();
            let truth = clip.truth()?;
            let (stage, still) = (Stage::new(clip, &truth, None), still(&truth.buffers));
            for (name, buffers) in [("video", &together), ("alone", &alone)] {
                let mut values: Vec<Option<f64>> = PASSES.map(|pass| stage.restless(buffers, &truth, pass, &still)).to_vec();
                values.extend([None; 3]);
                add(name, values);
            }
        }
        if done == 0 && input.len() > 1 {
            let order = forth_and_back(input.len(), LONG);
            let frames: Vec<Frame> = order.iter().map(|i| input[*i].clone()).collect();
            let [inside, across] = changes(&method.buffers(&frames)?, &order, windows);
            let seam = inside.zip(across).map(|(i, a)| a / i.max(1e-9));
            add("long", vec![None, None, None, inside, across, seam]);
        }
        progress(done + 1)?;
    }
    Ok(table)
}

/// The foreground pixels that show one surface in all frames: no pass but depth changes by more than a twentieth, normals by a tenth.
fn still(truth: &[GBuffer]) -> Vec<Mask> {
    let changes = |i: usize, pass: Pass| {
        let range = |c: usize| {
            let values = || truth.iter().filter_map(|b| b.pass(pass)).map(|p| p[i * pass.channels() + c]);
            values().fold(f32::MIN, f32::max) - values().fold(f32::MAX, f32::min)
        };
        (0..pass.channels()).any(|c| range(c) > if pass == Pass::Normal { 0.1 } else { 0.05 })
    };
    let passes = [Pass::Albedo, Pass::Roughness, Pass::Metallic, Pass::Normal];
    let inside: Vec<bool> =
        (0..truth[0].alpha.len()).map(|i| truth.iter().all(|b| b.alpha[i] > 0.5) && !passes.iter().any(|p| changes(i, *p))).collect();
    truth.iter().map(|b| Mask { width: b.width, height: b.height, inside: inside.clone() }).collect()
}

/// `0 1 2 … n−1 … 1 0 1 …`, so that neighbours are neighbours of the clip.
fn forth_and_back(n: usize, count: usize) -> Vec<usize> {
    let turn = 2 * (n - 1);
    (0..count).map(|i| i % turn).map(|i| if i < n { i } else { turn - i }).collect()
}

/// Whether frame `i` and the next come from windows that are not the same, or mixed otherwise.
fn meets(i: usize, windows: Windows) -> bool {
    let hop = windows.length - windows.overlap;
    // A window begins at every hop and fades in over the overlap: from the frame before it to the last that is mixed.
    let place = (i + 1) % hop;
    i + 1 >= hop && place <= windows.overlap
}

/// The mean change of albedo from a frame to the next, inside of windows and across their seams, over the pairs of the clip's frames that occur
/// at both places: what moves in the picture moves in both means.
fn changes(buffers: &[GBuffer], order: &[usize], windows: Windows) -> [Option<f64>; 2] {
    let mut pairs: std::collections::BTreeMap<[usize; 2], [Vec<f64>; 2]> = Default::default();
    for i in 0..buffers.len().saturating_sub(1) {
        let (a, b) = (&buffers[i].albedo, &buffers[i + 1].albedo);
        let change = a.iter().zip(b).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / a.len() as f64;
        pairs.entry([order[i].min(order[i + 1]), order[i].max(order[i + 1])]).or_default()[usize::from(meets(i, windows))].push(change);
    }
    let mean = |v: &Vec<f64>| v.iter().sum::<f64>() / v.len() as f64;
    let both: Vec<[f64; 2]> = pairs.values().filter(|[i, a]| !i.is_empty() && !a.is_empty()).map(|[i, a]| [mean(i), mean(a)]).collect();
    [0, 1].map(|k| (!both.is_empty()).then(|| both.iter().map(|b| b[k]).sum::<f64>() / both.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_that_another_surface_enters_do_not_stand_still() {
        let mut frames = vec![GBuffer::empty(2, 2); 3];
        frames.iter_mut().for_each(|b| b.alpha.fill(1.0));
        frames[1].roughness[0] = 0.2;
        frames[2].normal[5] = 1.0;
        frames[0].alpha[2] = 0.0;
        assert!(still(&frames).iter().all(|mask| mask.inside == [false, false, false, true]));
    }

    #[test]
    fn a_jump_at_every_seam_is_found_and_steady_motion_is_none() {
        let windows = Windows { length: 8, overlap: 2, ..Windows::default() };
        let order = forth_and_back(6, 60);
        assert_eq!(order[..12], [0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0, 1]);
        let at: Vec<usize> = (0..24).filter(|i| meets(*i, windows)).collect();
        // Windows begin at 6, 12 and 18 and are mixed over two frames: pairs from 5|6 to 7|8.
        assert_eq!(at, [5, 6, 7, 11, 12, 13, 17, 18, 19, 23]);
        let clip = |jump: f32| -> Vec<GBuffer> {
            let shade = |(i, o): (usize, &usize)| {
                let mut b = GBuffer::empty(2, 2);
                b.albedo.fill(0.1 * *o as f32 + jump * (i / 6 % 2) as f32);
                b
            };
            order.iter().enumerate().map(shade).collect()
        };
        let [inside, across] = changes(&clip(0.0), &order, windows).map(Option::unwrap);
        assert!((inside - 0.1).abs() < 1e-5 && (across - 0.1).abs() < 1e-5);
        let [inside, across] = changes(&clip(0.5), &order, windows).map(Option::unwrap);
        assert!((inside - 0.1).abs() < 1e-5 && across > 0.15, "{inside} {across}");
    }
}
