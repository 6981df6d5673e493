//! The walk over a set.

use crate::{
    Clip, Lighting, Methods, Report, Row, Set, Table, Truth,
    keep::Keep,
    metric::Lpips,
    score::{FORWARD, INVERSE, RELIGHT, Stage},
};
use relight_file::{Fault, Result};
use relight_gbuffer::{DepthUnit, GBuffer};
use relight_video::Frame;
use std::{collections::BTreeSet, path::PathBuf};

/// What to do besides scoring.
#[derive(Default)]
pub struct Options {
    /// Where to keep the predictions.
    pub write: Option<PathBuf>,
    /// Whether that folder may be replaced.
    pub overwrite: bool,
    /// The perceptual distance; without it its columns stay empty.
    pub lpips: Option<Lpips>,
}

/// A clip's frames under each light, none where it has no such light.
type Lit = Vec<Option<Vec<Frame>>>;

/// Scores every method on every clip of `set`.
///
/// Inverse methods get the PNGs alone; forward methods the true buffers without their picture, the cameras and one light; the buffers that
/// the last inverse method made of the PNGs go to every forward method too, under the input's own light A (the table `predicted`) and under
/// every other (the table `relight`). `progress` is told the clips done and may stop the walk.
///
/// # Errors
/// A file of the set cannot be read, a method fails or gives another number or size of frames, predictions cannot be kept, or
/// `progress` gives a fault.
pub fn evaluate(set: &Set, methods: &mut Methods, options: &Options, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Report> {
    let lights: BTreeSet<&str> = set.clips.iter().flat_map(|c| c.file.lights.keys().map(String::as_str)).collect();
    let columns = |lights: &[&str], each: &[&str]| lights.iter().flat_map(|l| each.iter().map(move |c| format!("{l}_{c}"))).collect();
    let all: Vec<&str> = lights.iter().copied().collect();
    let other: Vec<&str> = all.iter().copied().filter(|l| *l != "A").collect();
    let table = |name, columns| Table { name, columns, rows: Vec::new() };
    let mut report = Report {
        inverse: table("inverse", INVERSE.map(String::from).to_vec()),
        forward: table("forward", columns(&all, &FORWARD)),
        predicted: table("predicted", columns(&["A"], &FORWARD)),
        relight: table("relight", columns(&other, &RELIGHT)),
    };
    let keep = options.write.as_ref().map(|folder| Keep::new(folder, options.overwrite)).transpose()?;
    for (done, clip) in set.clips.iter().enumerate() {
        let input = clip.input()?;
        let seen = inverse(clip, &input, methods, keep.as_ref())?;
        // Only now are the answers read.
        let truth = clip.truth()?;
        let stage = Stage::new(clip, &truth, options.lpips.as_ref());
        for (method, buffers) in &seen {
            report.inverse.rows.push(row(clip, method, stage.inverse(buffers, &truth)));
        }
        let mut bare = truth.buffers.clone();
        bare.iter_mut().for_each(|b| b.rgb = None);
        for (names, rows) in forward(set, clip, &bare, DepthUnit::Scene, methods, &all, keep.as_ref().map(|k| (k, "forward")))? {
            let values = pictures(&all, &rows, &truth, FORWARD.len(), |frames, truth| stage.forward(frames, truth));
            report.forward.rows.push(row(clip, names, values));
        }
        let unchanged: Lit = other.iter().map(|_| Some(input.clone())).collect();
        let score = |frames: &[Frame], truth: &[Vec<f32>]| stage.relight(frames, truth);
        report.relight.rows.push(row(clip, "input", pictures(&other, &unchanged, &truth, RELIGHT.len(), score)));
        if let Some((_, buffers)) = seen.last() {
            // Under its own light the picture is the answer.
            let bare: Vec<GBuffer> = buffers.iter().map(|b| GBuffer { rgb: None, ..b.clone() }).collect();
            for (name, rows) in forward(set, clip, &bare, DepthUnit::Relative, methods, &["A"], None)? {
                let values = pictures(&["A"], &rows, &truth, FORWARD.len(), |frames, truth| stage.forward(frames, truth));
                report.predicted.rows.push(row(clip, name, values));
            }
            for (name, rows) in forward(set, clip, buffers, DepthUnit::Relative, methods, &other, keep.as_ref().map(|k| (k, "relight")))? {
                report.relight.rows.push(row(clip, name, pictures(&other, &rows, &truth, RELIGHT.len(), score)));
            }
        }
        progress(done + 1)?;
    }
    if let Some(keep) = keep {
        keep.keep()?;
    }
    Ok(report)
}

fn row(clip: &Clip, method: &str, values: Vec<Option<f64>>) -> Row {
    Row { method: method.into(), clip: clip.name.clone(), group: clip.group.clone(), values }
}

/// Every inverse method's buffers by its name. Those of the last are kept.
fn inverse(clip: &Clip, input: &[Frame], methods: &mut Methods, keep: Option<&Keep>) -> Result<Vec<(&'static str, Vec<GBuffer>)>> {
    let mut all = Vec::new();
    for method in &mut methods.inverse {
        let buffers = method.buffers(input)?;
        let fits = |(b, f): (&GBuffer, &Frame)| (b.width, b.height) == (f.width, f.height);
        if buffers.len() != input.len() || !buffers.iter().zip(input).all(fits) {
            return Err(misfit(clip, method.name()));
        }
        all.push((method.name(), buffers));
    }
    if let (Some(keep), Some((_, buffers))) = (keep, all.last()) {
        keep.buffers("inverse", &clip.name, buffers, &clip.file.cameras)?;
    }
    Ok(all)
}

/// A method's name and its frames under each light.
type Made = (&'static str, Vec<Option<Vec<Frame>>>);

/// Frames of every forward method by its name, one clip a light of `lights`, none where the clip has no such light. Of the true buffers
/// all are kept (the network's as `forward`), of predicted ones the last method's.
fn forward(
    set: &Set,
    clip: &Clip,
    buffers: &[GBuffer],
    depth: DepthUnit,
    methods: &mut Methods,
    lights: &[&str],
    keep: Option<(&Keep, &str)>,
) -> Result<Vec<Made>> {
    let mut all = Vec::new();
    let count = methods.forward.len();
    for (place, method) in methods.forward.iter_mut().enumerate() {
        let names = method.names();
        let mut made: Vec<Made> = names.iter().map(|n| (*n, Vec::new())).collect();
        for name in lights {
            let Some(light) = clip.file.lights.get(*name) else {
                made.iter_mut().for_each(|(_, lit)| lit.push(None));
                continue;
            };
            let lighting = Lighting { cameras: &clip.file.cameras, map: set.map(&light.file), yaw: &light.yaw, exposure: light.exposure, depth };
            let pictures = method.frames(buffers, &lighting)?;
            let size = 3 * buffers[0].width * buffers[0].height;
            if pictures.len() != names.len() || pictures.iter().any(|p| p.len() != buffers.len() || p.iter().any(|f| f.rgb.len() != size)) {
                return Err(misfit(clip, names[0]));
            }
            for ((method, lit), frames) in made.iter_mut().zip(pictures) {
                if let Some((keep, kind)) = keep {
                    let network = *method == "network";
                    match kind {
                        "forward" => keep.frames(if network { "forward" } else { method }, &clip.name, name, &frames)?,
                        _ if place + 1 == count && *method == names[names.len() - 1] => keep.frames(kind, &clip.name, name, &frames)?,
                        _ => {}
                    }
                }
                lit.push(Some(frames));
            }
        }
        all.extend(made);
    }
    Ok(all)
}

/// The scores of each light one after the other.
fn pictures(
    lights: &[&str],
    lit: &[Option<Vec<Frame>>],
    truth: &Truth,
    columns: usize,
    score: impl Fn(&[Frame], &[Vec<f32>]) -> Vec<Option<f64>>,
) -> Vec<Option<f64>> {
    let one = |(light, frames): (&&str, &Option<Vec<Frame>>)| match (frames, truth.lit.get(*light)) {
        (Some(frames), Some(truth)) => score(frames, truth),
        _ => vec![None; columns],
    };
    lights.iter().zip(lit).flat_map(one).collect()
}

fn misfit(clip: &Clip, method: &str) -> Fault {
    let cause = format!("{method} gave another number or size of frames than {} has", clip.name);
    Fault::new(cause, "let the method keep the number and size of its input's frames")
}
