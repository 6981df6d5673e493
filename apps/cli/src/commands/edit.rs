//! `relight edit GBUFFER … -o EDITED/`.

use crate::{args, job, masks::Masks, receipt};
use relight_edit::Editor;
use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{open_folder, rewrite_exr, write_exr};
use relight_render::{Event, Stage, Watch};
use serde_json::json;
use std::{cell::Cell, fs, time::Instant};

pub fn edit(options: &args::Edit, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let edits = job::edits(&options.edits)?;
    if edits.is_empty() {
        return Err(Fault::new("there is no edit", "give --set roughness=0.15, --mul albedo=1.2,0.9,0.9, --tint #d03020 or --edits edits.toml"));
    }
    let output = &options.out.output;
    if output.extension().is_some() && !output.is_dir() {
        let remedy = "name a folder with -o, then render it: relight forward EDITED/ --light MAP -o out.mp4";
        return Err(Fault::new(format!("{} is no folder: edited buffers are EXR frames in a folder", output.display()), remedy));
    }
    let cameras = job::cameras_of(&options.gbuffer, options.camera.as_deref(), watch)?;
    let folder = open_folder(&options.gbuffer, cameras.as_deref().unwrap_or_default())?;
    let (count, size) = (folder.len(), (folder.width, folder.height));
    let draft = Draft::folder(output, options.out.yes)?;
    let mut masks = Masks::new(&options.edits, options.out.yes, count, size)?;
    let mut editor = editor(edits, count, size, |i| Ok(folder.read(i)?.buffers), watch)?;
    watch.progress(Stage::Edit, 0, Some(count));
    for index in 0..count {
        watch.check()?;
        let stored = folder.read(index)?;
        let mut buffers = stored.buffers.clone();
        masks.write(&editor.apply(&mut buffers)?)?;
        let from = folder.file(index);
        let name = from.and_then(|f| f.file_name()).map_or_else(|| format!("{index:04}.exr").into(), ToOwned::to_owned);
        let (file, name) = (draft.path().join(&name), output.join(&name));
        match from {
            Some(from) => rewrite_exr(from, &file, &name, &stored.buffers, &buffers)?,
            None => write_exr(&file, &buffers, stored.unit, stored.camera.as_ref(), false)?,
        }
        watch.progress(Stage::Edit, index + 1, Some(count));
    }
    let poses = if options.gbuffer.is_dir() { options.gbuffer.join("clip.json") } else { options.gbuffer.with_file_name("clip.json") };
    if poses.is_file() {
        fs::copy(&poses, draft.path().join("clip.json")).map_err(|e| Fault::write(&output.join("clip.json"), &e))?;
    }
    draft.keep()?;
    masks.finish()?;
    if editor.share() == 0.0 {
        watch.note("the mask is empty: nothing changed");
    }
    let receipt = receipt::Receipt {
        command: "edit",
        config: receipt::config(options),
        weights: json!(null),
        facts: json!({ "share": editor.share() }),
        frames: count,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(output, watch)?;
    let what = format!("{count} frames of buffers, {:.1} % of the pixels edited", 100.0 * editor.share());
    watch.tell(Event::Wrote { path: output.clone(), what });
    Ok(())
}

/// Edits made ready, with progress where clicks are followed.
pub fn editor(
    edits: Vec<relight_edit::Edit>,
    count: usize,
    size: (usize, usize),
    read: impl FnMut(usize) -> Result<relight_gbuffer::GBuffer>,
    watch: &Watch,
) -> Result<Editor> {
    let clicks = edits.iter().filter(|e| e.select.is_some()).count();
    let done = Cell::new(0);
    Editor::new(edits, count, size, read, || {
        done.set(done.get() + 1);
        watch.progress(Stage::Edit, done.get(), Some(clicks * count));
        watch.check()
    })
}
