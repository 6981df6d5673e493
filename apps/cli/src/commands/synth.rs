//! `relight synth -o shards/ --clips N`.

use crate::args::{self, Global};
use relight_file::{Fault, Result};
use relight_render::{Event, Networks, Stage, Watch};
use relight_synth::{Options, reshade, synth as render};
use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

pub fn synth(options: &args::Synth, global: &Global, watch: &Watch) -> Result<()> {
    let interrupted = || watch.check().map_err(|_| Fault::new("interrupted", "run the same command again: it goes on where it stopped"));
    if let Some(shards) = &options.shade {
        let done = AtomicUsize::new(0);
        let networks = match options.estimate.as_deref() {
            None => None,
            Some("embedded") => Some(Networks::embedded()),
            Some(path) => Some(Networks::load(Path::new(path))?),
        };
        let count = reshade(shards, &options.output, networks.as_ref().map(|n| &n.inverse), &|_| {
            watch.progress(Stage::Synth, done.fetch_add(1, Ordering::Relaxed) + 1, None);
            interrupted()
        })?;
        watch.tell(Event::Wrote { path: options.output.clone(), what: format!("{count} clips with new shading") });
        return Ok(());
    }
    // clap asks for the number where no shards are given.
    let clips = options.clips.unwrap_or_default();
    let job = Options {
        out: options.output.clone(),
        clips: clips.into(),
        seed: options.seed,
        kind: options.kind.map(Into::into),
        first: options.first,
        frames: options.frames.into(),
        width: options.width.into(),
        height: options.height.into(),
        samples: options.samples,
        shading: !options.no_shading,
        keep: options.keep.map(Into::into),
        meshes: options.meshes.clone(),
        lights: options.lights.clone(),
        threads: global.threads.map_or(0, usize::from),
    };
    let (total, mut done, mut skipped) = (clips as usize, 0, 0);
    watch.progress(Stage::Synth, 0, Some(total));
    render(&job, &mut |progress| {
        done += 1;
        skipped += usize::from(progress.skipped);
        watch.progress(Stage::Synth, done, Some(total));
        interrupted()
    })?;
    let what = format!("{done} clips, {skipped} of them from before");
    watch.tell(Event::Wrote { path: options.output.clone(), what });
    Ok(())
}
