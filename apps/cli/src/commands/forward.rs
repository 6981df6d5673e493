//! `relight forward GBUFFER --light MAP -o OUT`.

use crate::{args, job, receipt};
use relight_file::{Fault, Result};
use relight_gbuffer::{Folder, official_name, open_folder, open_partial_folder};
use relight_nets::Family;
use relight_render::{Event, Forward, Setup, Shot, Watch};
use relight_video::{About, CreateOptions, create};
use serde_json::json;
use std::time::Instant;

pub fn forward(options: &args::Forward, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let map = job::light(&options.lighting, &options.net, watch)?;
    let cameras = job::cameras_of(&options.gbuffer, options.lighting.camera.as_deref(), watch)?;
    // Cosmos networks were trained with passes left out, and its makers' tools leave out what is not there.
    let partly = options.net.family() == Some(Family::Cosmos) && !options.lighting.preview;
    let folder = if partly { open_partial_folder } else { open_folder }(&options.gbuffer, cameras.as_deref().unwrap_or_default())?;
    let absent: Vec<&str> = folder.absent().iter().map(|pass| official_name(*pass)).collect();
    if !absent.is_empty() {
        watch.note(format!("{} has no {}: the network is told so, and makes do with the others", options.gbuffer.display(), absent.join(", no ")));
    }
    if options.picture && options.net.family().is_some() {
        return Err(Fault::new("the official networks see buffers and light alone", "leave out --picture, or use the embedded network"));
    }
    let rate = options.part.rate.unwrap_or_default();
    let (first, frames) = job::part(&options.part, rate.frames_before(options.part.start.unwrap_or_default()), rate, folder.len(), &options.gbuffer)?;
    let about = About { frames: Some(frames), ..About::new(folder.width, folder.height, rate) };
    // Where neither file nor folder tells of cameras, the frames themselves may.
    let stored = cameras.is_none().then(|| folder.read(first)).transpose()?.and_then(|frame| frame.camera);
    let setup = job::setup(&options.lighting, &options.part, &about, cameras.or_else(|| stored.map(|c| vec![c])), watch)?;

    let networks = job::networks_seeing(&options.net, folder.absent())?;
    let network = if options.lighting.preview { None } else { Some(networks.forward.renderer()?) };
    let mut forward = Forward::new(network, map, job::work(&options.net)?);
    let create_options = CreateOptions { overwrite: options.out.yes, ..CreateOptions::default() };
    let sink = create(&options.out.output, &about, &create_options)?;
    let fixed = options.fix_frame;
    if let Some(index) = fixed.filter(|index| *index >= folder.len()) {
        let cause = format!("there is no frame {index} in {}: it has {}", options.gbuffer.display(), folder.len());
        return Err(Fault::new(cause, "give --fix-frame the number of a frame, counted from 0"));
    }
    let shots = (0..frames).map(|i| {
        let mut shot = shot(&folder, fixed.unwrap_or(first + i), i, &setup, stored.is_some())?;
        match (options.picture, &shot.buffers.rgb) {
            (false, _) => shot.buffers.rgb = None,
            (true, None) => return Err(Fault::new(format!("{} holds no picture", options.gbuffer.display()), "leave out --picture")),
            (true, Some(_)) => {}
        }
        Ok(shot)
    });
    let (exposure, pictures) = forward.pictures(shots, &setup, Some(frames), watch);
    let frames = job::write(sink, pictures, watch)?;
    let receipt = receipt::Receipt {
        command: "forward",
        config: receipt::config(options),
        weights: if options.lighting.preview { json!(null) } else { json!({ "forward": networks.forward }) },
        facts: json!({ "exposure": exposure }),
        frames,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(&options.out.output, watch)?;
    watch.tell(Event::Wrote { path: options.out.output.clone(), what: job::what(frames, &about) });
    Ok(())
}

/// Frame `source` of the folder as frame `index` of the clip.
fn shot(folder: &Folder, source: usize, index: usize, setup: &Setup, stored: bool) -> Result<Shot> {
    let frame = folder.read(source)?;
    let mut shot = setup.shot(index, frame.buffers)?;
    shot.depth = frame.unit;
    if let Some(camera) = frame.camera.filter(|_| stored) {
        shot.camera = camera;
    }
    Ok(shot)
}
