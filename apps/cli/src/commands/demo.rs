//! `relight demo`: the whole sentence on a clip that is part of the program, with everything kept to look at.

use crate::{
    args, job, receipt,
    sheet::{Tile, sheet},
    view::{Look, tile},
};
use relight_file::{Draft, Fault, Result};
use relight_gbuffer::{DepthUnit, GBuffer, Pass, open_folder, write_exr};
use relight_light::{Environment, LoadOptions};
use relight_render::{Event, Forward, Inverse, Networks, Setup, Watch, Work};
use relight_video::{CreateOptions, Frame, OpenOptions, create, open};
use serde_json::{Value, json};
use std::{fs, path::Path, sync::Arc, time::Instant};

/// 24 frames, 640x480: a hand turns a glossy cup (see NOTICES.md).
static CLIP: &[u8] = include_bytes!("../../assets/cup.mp4");

/// A light of the demonstration: its name, its map (see NOTICES.md), and how it is turned at first, in degrees.
struct Lamp {
    name: &'static str,
    map: &'static [u8],
    rotation: f32,
}

static LAMPS: [Lamp; 2] = [
    Lamp { name: "city", map: include_bytes!("../../assets/city.hdr"), rotation: 120.0 },
    Lamp { name: "courtyard", map: include_bytes!("../../assets/courtyard.hdr"), rotation: 60.0 },
];

/// How far the lights turn over the clip, in degrees.
const TURN: f32 = 90.0;
/// Width of a picture on the contact sheet.
const TILE_WIDTH: usize = 240;
/// Rows of the contact sheet.
const ROWS: usize = 3;

pub fn demo(options: &args::Demo, watch: &Watch) -> Result<()> {
    let draft = Draft::folder(&options.output, options.yes)?;
    let folder = draft.path();
    save(folder, "cup.mp4", CLIP)?;
    fs::create_dir(folder.join("gbuffer")).map_err(|e| Fault::write(folder, &e))?;
    let networks = Networks::embedded();
    let mut rows = inverse(folder, &networks, watch)?;
    for lamp in &LAMPS {
        let map = format!("{}.hdr", lamp.name);
        save(folder, &map, lamp.map)?;
        let map = LoadOptions::default().load(&folder.join(map))?.map;
        relit(folder, lamp, Arc::new(map), &networks, &mut rows, watch)?;
    }
    contact_sheet(&folder.join("sheet.png"), &rows)?;
    watch.check()?;
    draft.keep()?;
    announce(&options.output, watch);
    Ok(())
}

/// A row of the contact sheet: frame number and labelled pictures.
struct Row {
    frame: usize,
    pictures: Vec<(String, Frame)>,
}

fn save(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(|e| Fault::write(&path, &e))
}

/// Takes the clip apart into `gbuffer/` and shows some of its frames.
fn inverse(folder: &Path, networks: &Networks, watch: &Watch) -> Result<Vec<Row>> {
    let start = Instant::now();
    let mut source = open(&folder.join("cup.mp4"), &OpenOptions::default())?;
    let total = source.about().frames.unwrap_or(1);
    let shown: Vec<usize> = (0..ROWS).map(|r| r * (total - 1) / (ROWS - 1)).collect();
    let mut inverse = Inverse::new(networks.inverse.estimator()?, Work::default());
    let mut look = Look::default();
    let mut rows = Vec::new();
    let mut frames = 0;
    for buffers in inverse.buffers(job::frames(&mut *source), Some(total), watch) {
        let buffers = buffers?;
        write_exr(&folder.join(format!("gbuffer/{frames:04}.exr")), &buffers, DepthUnit::Relative, None, false)?;
        if shown.contains(&frames) {
            rows.push(Row { frame: frames, pictures: passes(&mut look, &buffers)? });
        }
        frames += 1;
    }
    let facts = json!({ "input": source.about().format });
    let weights = json!({ "inverse": networks.inverse });
    told(weights, facts, frames, start).write(&folder.join("gbuffer"), watch)?;
    Ok(rows)
}

fn passes(look: &mut Look, buffers: &GBuffer) -> Result<Vec<(String, Frame)>> {
    let label = |pass: Pass| if pass == Pass::Rgb { "input" } else { pass.name() };
    Pass::ALL.into_iter().map(|pass| Ok((label(pass).to_owned(), tile(look.pass(buffers, pass), TILE_WIDTH)?))).collect()
}

/// Renders `gbuffer/` under a lamp into `relit_NAME.mp4`.
fn relit(folder: &Path, lamp: &Lamp, map: Arc<Environment>, networks: &Networks, rows: &mut [Row], watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let gbuffer = open_folder(&folder.join("gbuffer"), &[])?;
    let about = open(&folder.join("cup.mp4"), &OpenOptions::default())?.about().clone();
    let frames = gbuffer.len();
    let setup = Setup { rotation: lamp.rotation.to_radians(), turn: TURN.to_radians(), ..Setup::still(frames) };
    let mut forward = Forward::new(Some(networks.forward.renderer()?), map, Work::default());
    let output = folder.join(format!("relit_{}.mp4", lamp.name));
    let mut sink = create(&output, &about, &CreateOptions::default())?;
    let shots = gbuffer.frames().enumerate().map(|(i, buffers)| setup.shot(i, buffers?));
    let (exposure, pictures) = forward.pictures(shots, &setup, Some(frames), watch);
    for (i, picture) in pictures.enumerate() {
        let picture = picture?;
        sink.write(&picture)?;
        if let Some(row) = rows.iter_mut().find(|row| row.frame == i) {
            row.pictures.push((lamp.name.to_owned(), tile(picture, TILE_WIDTH)?));
        }
    }
    sink.finish()?;
    let facts = json!({ "exposure": exposure, "rotation": lamp.rotation, "turn": TURN });
    let weights = json!({ "forward": networks.forward });
    told(weights, facts, frames, start).write(&output, watch)
}

/// The receipt of one of the demo's outputs, begun at `start`.
fn told(weights: Value, facts: Value, frames: usize, start: Instant) -> receipt::Receipt {
    receipt::Receipt { command: "demo", config: receipt::config(&Work::default()), weights, facts, frames, seconds: start.elapsed().as_secs_f64() }
}

fn contact_sheet(path: &Path, rows: &[Row]) -> Result<()> {
    let tiles: Vec<Vec<Tile>> = rows
        .iter()
        .map(|row| row.pictures.iter().map(|(label, picture)| Tile { label: format!("{label} {}", row.frame), picture }).collect())
        .collect();
    let sheet = sheet(&tiles);
    let about = relight_video::About::new(sheet.width, sheet.height, Default::default());
    let mut sink = create(path, &about, &CreateOptions::default())?;
    sink.write(&sheet)?;
    sink.finish()?;
    Ok(())
}

/// Says what lies where, and how to go on.
fn announce(output: &Path, watch: &Watch) {
    let dir = output.display();
    for (name, what) in [
        ("sheet.png", "look at this first: input, buffers and relit frames"),
        ("relit_city.mp4", "the clip under a hazy sun"),
        ("relit_courtyard.mp4", "the clip in a courtyard"),
        ("gbuffer", "albedo, normal, depth, roughness and metallic of every frame (EXR)"),
    ] {
        watch.tell(Event::Wrote { path: output.join(name), what: what.into() });
    }
    watch.tell(Event::Note { text: format!("with a video of your own: relight VIDEO --light {dir}/city.hdr --turn 90 -o out.mp4") });
    watch.tell(Event::Note {
        text: format!("or step by step: relight inverse VIDEO -o gbuffer/ && relight forward gbuffer/ --light {dir}/city.hdr -o out.mp4"),
    });
}
