//! `relight VIDEO --set … [--light MAP] -o OUT`: inverse, edit and forward in one go.

use crate::{
    args::Run,
    commands::editor,
    footage::{fitted, spread, view},
    job,
    masks::Masks,
    receipt,
};
use relight_edit::{Edit, gloss};
use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{DepthUnit, Folder, GBuffer, open_folder, write_exr};
use relight_light::Environment;
use relight_render::{Change, Cutouts, Event, Exposure, Forward, Inverse, Retouch, Setup, Watch};
use relight_video::{Audio, CreateOptions, Frame, create};
use serde_json::json;
use std::{sync::Arc, time::Instant};

pub fn retouch(options: &Run, edits: Vec<Edit>, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    // Without a light the clip's own is estimated, and its pixels are kept.
    let given = options.lighting.light.as_ref().map(|_| job::light(&options.lighting, &options.net, watch)).transpose()?;
    let keep = options.keep || given.is_none();
    if given.is_none() && (options.lighting.rotation != 0.0 || options.lighting.turn != 0.0) {
        return Err(Fault::new("the clip's own light cannot be turned", "give another with --light MAP, or leave --rotation and --turn out"));
    }
    let mut source = job::open(&options.video, &options.part, watch)?;
    let mut about = source.about().clone();
    // Better now than after the buffers.
    edits.iter().filter_map(|e| e.select).try_for_each(|s| s.within((about.width, about.height)))?;
    let cameras = options.lighting.camera.as_deref().map(job::cameras).transpose()?;
    let mut setup = job::setup(&options.lighting, &options.part, &about, cameras, watch)?;
    let work = job::work(&options.net)?;
    let networks = job::networks(&options.net)?;
    let network = || if options.lighting.preview { Ok(None) } else { networks.forward.renderer().map(Some) };
    let output = &options.out.output;
    let audio = about.audio.then(|| Audio { path: options.video.clone(), start: options.part.start.unwrap_or_default() });
    let create_options = CreateOptions { overwrite: options.out.yes, audio, ..CreateOptions::default() };
    let mut sink = create(output, &about, &create_options)?;

    // A click is followed both ways, so the buffers wait on the disk; the draft goes when this function ends, whatever happens.
    let draft = Draft::folder(&output.with_file_name("gbuffer"), true)?;
    let mut inverse = Inverse::new(networks.inverse.estimator()?, work).seeing(setup.cameras[0].fov_x);
    let (mut count, cutouts) = (0, Cutouts::default());
    for buffers in inverse.buffers(cutouts.note(job::frames(&mut *source)), about.frames, watch) {
        write_exr(&draft.path().join(format!("{count:04}.exr")), &buffers?, DepthUnit::Relative, None, false)?;
        count += 1;
    }
    watch.check()?;
    let folder = open_folder(draft.path(), &[])?;
    (about.frames, setup.frames) = (Some(count), count);
    let map = match given {
        Some(map) => map,
        None => {
            setup.exposure = Exposure::Factor(1.0);
            own_light(&folder, &setup, watch)?
        }
    };
    let mut masks = Masks::new(&options.edits, options.out.yes, count, (folder.width, folder.height))?;
    let mut editor = editor(edits, count, (folder.width, folder.height), |i| Ok(folder.read(i)?.buffers), watch)?;
    let changes = (0..count).map(|i| {
        change(&folder, &setup, i, &mut |buffers| {
            let mask = editor.apply(buffers)?;
            masks.write(&mask)?;
            Ok(mask)
        })
    });
    let exposure = if keep {
        let mut retouch = Retouch { before: Forward::new(network()?, map.clone(), work), after: Forward::new(network()?, map, work) };
        let mut changes = changes.peekable();
        let exposure = match (setup.exposure, changes.peek()) {
            (Exposure::Factor(factor), _) => factor,
            (Exposure::Auto, Some(Ok(first))) => retouch.exposure(first),
            // The stream itself tells what is wrong.
            (Exposure::Auto, _) => 1.0,
        };
        retouch.pictures(changes, exposure, Some(count), watch, |picture| sink.write(&cutouts.picture(picture)))?;
        exposure
    } else {
        let mut forward = Forward::new(network()?, map, work);
        let (exposure, pictures) = forward.pictures(changes.map(|c| Ok(c?.after)), &setup, Some(count), watch);
        for picture in pictures {
            sink.write(&cutouts.picture(picture?))?;
        }
        exposure
    };
    watch.check()?;
    sink.finish()?.iter().for_each(|note| watch.note(note));
    masks.finish()?;
    if editor.share() == 0.0 {
        watch.note("the mask is empty: nothing changed");
    }
    let receipt = receipt::Receipt {
        command: "run",
        config: receipt::config(options),
        weights: receipt::config(&networks),
        facts: json!({ "input": about.format, "exposure": exposure, "share": editor.share() }),
        frames: count,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(output, watch)?;
    watch.tell(Event::Wrote { path: output.clone(), what: job::what(count, &about) });
    Ok(())
}

/// The light of the clip, told from a few of its frames.
fn own_light(folder: &Folder, setup: &Setup, watch: &Watch) -> Result<Arc<Environment>> {
    let views = spread(folder.len()).map(|index| setup.shot(index, folder.read(index)?.buffers).map(view));
    let (map, _) = fitted(&views.collect::<Result<Vec<_>>>()?, watch)?;
    Ok(Arc::new(map))
}

/// Frame `index` before and after `edit`, which tells where it held. There the picture shows nothing any more.
fn change(folder: &Folder, setup: &Setup, index: usize, edit: &mut dyn FnMut(&mut GBuffer) -> Result<Vec<f32>>) -> Result<Change> {
    let mut buffers = folder.read(index)?.buffers;
    let rgb = buffers.rgb.take().unwrap_or_default();
    let alpha = buffers.alpha.iter().any(|a| *a < 1.0).then(|| buffers.alpha.clone());
    let input = Frame { width: buffers.width, height: buffers.height, rgb, alpha };
    let before = setup.shot(index, buffers.clone())?;
    let mask = edit(&mut buffers)?;
    let shown = input.rgb.iter().enumerate().map(|(i, v)| if mask[i / 3] > 0.0 { 0.0 } else { *v });
    buffers.rgb = Some(shown.collect());
    let gloss = gloss(&before.buffers, &buffers);
    Ok(Change { input, before, after: setup.shot(index, buffers)?, replaced: None, gloss })
}
