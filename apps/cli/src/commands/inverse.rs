//! `relight inverse VIDEO -o DIR|grid.mp4`.

use crate::{
    args::{self, Layout},
    folder::Folder,
    job, receipt, view,
};
use relight_file::{Fault, Result};
use relight_render::{Event, Inverse, Watch};
use relight_video::{About, CreateOptions, create};
use serde_json::json;
use std::{path::Path, time::Instant};

pub fn inverse(options: &args::Inverse, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let mut source = job::open(&options.video, &options.part, watch)?;
    let about = source.about().clone();
    let networks = job::networks(&options.net)?;
    let mut inverse = Inverse::new(networks.inverse.estimator()?, job::work(&options.net)?);
    let buffers = inverse.buffers(job::frames(&mut *source), about.frames, watch);
    let output = &options.out.output;
    let (frames, what) = if is_movie(output) {
        if options.layout == Layout::Official {
            return Err(Fault::new("a grid has no folder layout", "drop --layout, or name a folder with -o"));
        }
        let (width, height) = view::grid_size(about.width, about.height);
        let grid = About { width, height, ..about.clone() };
        let sink = create(output, &grid, &CreateOptions { overwrite: options.out.yes, ..CreateOptions::default() })?;
        let mut look = view::Look::default();
        let frames = job::write(sink, buffers.map(|buffers| look.grid(&buffers?)), watch)?;
        (frames, format!("{frames} frames of all passes side by side"))
    } else {
        let mut writer = Folder::new(&options.out, options.layout, &options.video)?;
        for buffers in buffers {
            writer.write(&buffers?)?;
        }
        watch.check()?;
        let frames = writer.finish()?;
        (frames, format!("{frames} frames of buffers, {}x{}", about.width, about.height))
    };
    let receipt = receipt::Receipt {
        command: "inverse",
        config: receipt::config(options),
        weights: json!({ "inverse": networks.inverse }),
        facts: json!({ "input": about.format }),
        frames,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(output, watch)?;
    watch.tell(Event::Wrote { path: output.clone(), what });
    Ok(())
}

fn is_movie(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["mp4", "m4v", "mov"].iter().any(|m| e.eq_ignore_ascii_case(m)))
}
