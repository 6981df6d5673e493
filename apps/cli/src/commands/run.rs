//! `relight VIDEO --light MAP -o OUT`.

use crate::{args::Run, job, receipt, retouch};
use relight_file::{Fault, Result};
use relight_render::{Event, Forward, Inverse, Relight, Watch};
use relight_video::{Audio, CreateOptions, create};
use serde_json::json;
use std::time::Instant;

pub fn run(options: &Run, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let edits = job::edits(&options.edits)?;
    if !edits.is_empty() {
        return retouch::retouch(options, edits, watch);
    }
    if options.keep {
        return Err(Fault::new("--keep without an edit keeps everything", "give an edit, such as --set roughness=0.15 --select X,Y"));
    }
    let map = job::light(&options.lighting, &options.net, watch)?;
    let mut source = job::open(&options.video, &options.part, watch)?;
    let about = source.about().clone();
    let cameras = options.lighting.camera.as_deref().map(job::cameras).transpose()?;
    let setup = job::setup(&options.lighting, &options.part, &about, cameras, watch)?;
    let work = job::work(&options.net)?;
    let networks = job::networks(&options.net)?;
    let second = if options.lighting.preview { None } else { Some(networks.forward.renderer()?) };
    let forward = Forward::new(second, map, work);
    let inverse = Inverse::new(networks.inverse.estimator()?, work).seeing(setup.cameras[0].fov_x);
    let mut relight = Relight { inverse, forward };

    let audio = about.audio.then(|| Audio { path: options.video.clone(), start: options.part.start.unwrap_or_default() });
    let create_options = CreateOptions { overwrite: options.out.yes, audio, ..CreateOptions::default() };
    let sink = create(&options.out.output, &about, &create_options)?;
    let (exposure, pictures) = relight.pictures(job::frames(&mut *source), &setup, about.frames, watch);
    let frames = job::write(sink, pictures, watch)?;
    let receipt = receipt::Receipt {
        command: "run",
        config: receipt::config(options),
        weights: receipt::config(&networks),
        facts: json!({ "input": about.format, "exposure": exposure }),
        frames,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(&options.out.output, watch)?;
    watch.tell(Event::Wrote { path: options.out.output.clone(), what: job::what(frames, &about) });
    Ok(())
}
