//! `relight light VIDEO|GBUFFER -o light.exr`.

use crate::{args, footage::Footage, receipt};
use relight_file::{Fault, Result};
use relight_render::{Event, Watch};
use serde_json::json;
use std::time::Instant;

pub fn light(options: &args::Estimate, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let output = &options.out.output;
    let known = output.extension().is_some_and(|e| ["exr", "hdr"].iter().any(|k| e.eq_ignore_ascii_case(k)));
    if !known {
        return Err(Fault::new(format!("{} cannot hold an environment map", output.display()), "name it .exr or .hdr"));
    }
    if output.exists() && !options.out.yes {
        return Err(Fault::new(format!("{} exists already", output.display()), "replace it with -y, or choose another name with -o"));
    }
    let footage = Footage::open(&options.input, options.camera.as_deref(), &options.part, options.net.clone(), watch)?;
    let (map, report) = footage.light(watch)?;
    map.save(output, options.out.yes)?;
    let what = format!("{}x{} map from {} frames", map.width, map.height, report.frames);
    let receipt = receipt::Receipt {
        command: "light",
        config: receipt::config(options),
        weights: if footage.is_buffers() { json!(null) } else { json!({ "inverse": footage.networks.inverse }) },
        frames: report.frames,
        facts: json!({ "light": report }),
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(output, watch)?;
    watch.tell(Event::Wrote { path: output.clone(), what });
    Ok(())
}
