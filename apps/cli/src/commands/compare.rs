//! `relight compare A B [C D] -o sheet.png|mp4`.

use crate::{
    args::{self, How},
    job, receipt,
    sheet::Tile,
    versus::{difference, tiles, wipe},
    view::tile_size,
};
use relight_file::{Fault, Result};
use relight_render::{Event, Stage, Watch};
use relight_video::{About, CreateOptions, Frame, Source, create, resize, still};
use serde_json::json;
use std::{f32::consts::TAU, path::Path, time::Instant};

/// Frames that two still pictures last as a movie: three seconds.
const STILL_FRAMES: usize = 72;
/// A wipe goes to and fro within this many seconds at most.
const WIPE_SECONDS: f64 = 4.0;

pub fn compare(options: &args::Compare, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let how = options.how.unwrap_or(if options.clips.len() == 4 { How::Grid } else { How::Side });
    if matches!(how, How::Wipe | How::Difference) && options.clips.len() != 2 {
        let cause = format!("a wipe or a difference is of two clips, not of {}", options.clips.len());
        return Err(Fault::new(cause, "name two clips, or choose --how side or --how grid"));
    }
    if options.label.len() > options.clips.len() {
        return Err(Fault::new(format!("{} labels for {} clips", options.label.len(), options.clips.len()), "give one --label a clip"));
    }
    let mut clips = options.clips.iter().map(|path| job::open(path, &options.part, watch)).collect::<Result<Vec<_>>>()?;
    let mut shown = Shown::new(options, how, &clips)?;
    let output = &options.out.output;
    // A still picture is a sheet of a few frames; anything else is as long as the shortest clip.
    let one = still::is_still(output) && !relight_file::is_pattern(output);
    let total = match clips.iter().filter(|c| c.about().frames != Some(1)).map(|c| c.about().frames).min() {
        None if one => Some(1),
        None => Some(STILL_FRAMES),
        Some(frames) => frames,
    };
    if one && total.is_none() {
        return Err(Fault::new("a clip does not tell its length, so frames cannot be spread over it", "give its length with --frames N"));
    }
    let rows = if one { Some(places(total.unwrap_or(1), options.rows.into())) } else { None };
    shown.total = total;
    let first = clips[0].about().clone();
    let (mut rows_of_pictures, mut sink, mut count) = (Vec::new(), None, 0);
    watch.progress(Stage::Compare, 0, total);
    for index in 0..total.unwrap_or(usize::MAX) {
        watch.check()?;
        let Some(frames) = shown.next(&mut clips)? else { break };
        count += 1;
        match &rows {
            Some(rows) if rows.contains(&index) => rows_of_pictures.push(shown.pictures(frames, index)?),
            Some(_) => {}
            None => {
                let picture = shown.sheet(&[shown.pictures(frames, index)?]);
                if sink.is_none() {
                    let about = About { frames: total, ..About::new(picture.width, picture.height, first.rate) };
                    sink = Some(create(output, &about, &CreateOptions { overwrite: options.out.yes, ..CreateOptions::default() })?);
                }
                sink.as_mut().expect("just made").write(&picture)?;
            }
        }
        watch.progress(Stage::Compare, index + 1, total);
    }
    let picture = if one { shown.sheet(&rows_of_pictures) } else { Frame::default() };
    if one && count > 0 {
        let about = About { frames: Some(1), ..About::new(picture.width, picture.height, first.rate) };
        let mut made = create(output, &about, &CreateOptions { overwrite: options.out.yes, ..CreateOptions::default() })?;
        made.write(&picture)?;
        sink = Some(made);
    }
    let Some(sink) = sink else { return Err(Fault::new("there is no frame to compare", "choose another part with -ss, -t and --frames")) };
    sink.finish()?.iter().for_each(|note| watch.note(note));
    let receipt = receipt::Receipt {
        command: "compare",
        config: receipt::config(options),
        weights: json!(null),
        facts: json!({ "labels": shown.labels }),
        frames: count,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(output, watch)?;
    watch.tell(Event::Wrote { path: output.clone(), what: if one { "a sheet".into() } else { format!("{count} frames") } });
    Ok(())
}

/// `rows` places spread evenly over `total` frames, first and last among them.
fn places(total: usize, rows: usize) -> Vec<usize> {
    let rows = rows.min(total);
    (0..rows).map(|r| if rows == 1 { (total - 1) / 2 } else { r * (total - 1) / (rows - 1) }).collect()
}

/// How the clips are shown.
struct Shown {
    how: How,
    range: u8,
    labels: Vec<String>,
    size: (usize, usize),
    held: Vec<Option<Frame>>,
    fps: f64,
    total: Option<usize>,
}

impl Shown {
    fn new(options: &args::Compare, how: How, clips: &[Box<dyn Source>]) -> Result<Self> {
        let about = clips[0].about();
        for (path, clip) in options.clips.iter().zip(clips) {
            let other = clip.about();
            let stretch = (other.width * about.height) as f32 / (other.height * about.width) as f32;
            if (stretch - 1.0).abs() > 0.02 {
                let sizes = format!("{}x{}, the first clip {}x{}", other.width, other.height, about.width, about.height);
                let cause = format!("{} is {sizes}: their shapes differ", path.display());
                return Err(Fault::new(cause, "cut or scale them to one shape first"));
            }
        }
        let stems: Vec<String> = options.clips.iter().map(|p| name(p, false)).collect();
        let alike = stems.iter().any(|s| stems.iter().filter(|t| *t == s).count() > 1);
        let given = |i: usize| options.label.get(i).cloned();
        let labels = options.clips.iter().enumerate().map(|(i, path)| given(i).unwrap_or_else(|| name(path, alike))).collect();
        let wide = options.width.map_or(about.width, usize::from);
        let size = if wide < about.width { tile_size(about.width, about.height, wide) } else { (wide, about.height * wide / about.width) };
        Ok(Self { how, range: options.range, labels, size, held: clips.iter().map(|_| None).collect(), fps: about.rate.fps(), total: None })
    }

    /// The next frame of every clip, scaled; none when a clip has ended. Single pictures are held.
    fn next(&mut self, clips: &mut [Box<dyn Source>]) -> Result<Option<Vec<Frame>>> {
        let mut frames = Vec::new();
        for (clip, held) in clips.iter_mut().zip(&mut self.held) {
            let alone = clip.about().frames == Some(1);
            if let Some(frame) = held.as_ref().filter(|_| alone) {
                frames.push(frame.clone());
                continue;
            }
            let Some(frame) = clip.next()? else { return Ok(None) };
            let (w, h) = self.size;
            let frame = if (frame.width, frame.height) == (w, h) { frame } else { resize(&frame, w, h)? };
            if alone {
                *held = Some(frame.clone());
            }
            frames.push(frame);
        }
        Ok(Some(frames))
    }

    /// What is shown of a frame: labelled pictures.
    fn pictures(&self, frames: Vec<Frame>, index: usize) -> Result<Vec<(String, Frame)>> {
        let mut pictures: Vec<(String, Frame)> = self.labels.iter().cloned().zip(frames).collect();
        match self.how {
            How::Side | How::Grid => {}
            How::Difference => pictures.push(difference(&pictures[0].1, &pictures[1].1, self.range)),
            How::Wipe => {
                let period = (self.fps * WIPE_SECONDS).min(self.total.unwrap_or(usize::MAX) as f64) as f32;
                // A single picture is cut in the middle; a movie begins and ends there.
                let part = 0.5 + 0.48 * (TAU * index as f32 / period.max(1.0)).sin();
                pictures = vec![(String::new(), wipe(&pictures[0], &pictures[1], part))];
            }
        }
        Ok(pictures)
    }

    /// Frames under one another, each in as many columns as the layout has.
    fn sheet(&self, frames: &[Vec<(String, Frame)>]) -> Frame {
        let columns = if self.how == How::Grid { 2 } else { 4 };
        let rows: Vec<Vec<Tile>> = frames.iter().flat_map(|pictures| tiles(pictures, columns)).collect();
        crate::sheet::sheet(&rows)
    }
}

/// A clip's name as people know it; with its folder's where several are called alike.
fn name(path: &Path, with_folder: bool) -> String {
    let words = |p: &Path| p.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let own = words(path);
    let numbered = own.find('%').map_or(own.clone(), |at| own[..at].trim_end_matches(['.', '_', '-']).to_owned());
    let own = if numbered.is_empty() { path.parent().map(words).unwrap_or_default() } else { numbered };
    match path.parent().map(words).filter(|folder| with_folder && !folder.is_empty()) {
        Some(folder) => format!("{folder}/{own}"),
        None => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_spread_and_names_tell_clips_apart() {
        assert_eq!(places(10, 3), [0, 4, 9]);
        assert_eq!((places(1, 3), places(9, 1)), (vec![0], vec![4]));
        assert_eq!(name(Path::new("a/out.%04d.png"), false), "out");
        assert_eq!(name(Path::new("a/%04d.png"), false), "a");
        assert_eq!(name(Path::new("a/b.mp4"), true), "a/b");
    }
}
