//! `relight insert VIDEO|GBUFFER OBJECT -o OUT`.

use crate::{
    args::{self, Length},
    footage::Footage,
    job, receipt,
};
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, Folder, GBuffer, open_folder};
use relight_insert::{Card, Follower, How, Inserter, Layer, Object, Place, Placing, Size};
use relight_light::Light;
use relight_render::{Event, FORWARD_SIZE, Forward, Shot, Stage, Watch};
use relight_video::{Audio, CreateOptions, Frame, OpenOptions, Source, create};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Instant};

/// Frames of a layer that are rendered together: as many as a network sees at once.
const TOGETHER: usize = 8;

pub fn insert(options: &args::Insert, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let object = options.object.as_deref().map(Object::load).transpose()?;
    let footage = Footage::open(&options.input, options.camera.as_deref(), &options.part, options.net(), watch)?;
    let about = footage.about.clone();
    let audio = about.audio.then(|| Audio { path: options.input.clone(), start: options.part.start.unwrap_or_default() });
    let mut sink = create(&options.out.output, &about, &CreateOptions { overwrite: options.out.yes, audio, ..CreateOptions::default() })?;
    let layer = options.layer.as_deref().map(|path| foreground(path, &footage)).transpose()?;
    let (light, known) = light(options, &footage, watch)?;
    let mut jobs = match (&object, layer) {
        (Some(object), _) => Jobs::Object { object, inserter: None, cameras: cameras(options, &footage, watch)?, options, light: light.clone() },
        (None, Some(front)) => {
            let network = footage.networks.forward.renderer()?;
            let forward = Forward::new(Some(network), light.map.clone(), job::work(&options.net())?);
            let cameras = if matches!(front, Front::Clip { .. }) { cameras(options, &footage, watch)? } else { None };
            Jobs::Layer { layer: Layer::new(forward, light.exposure), yaw: light.yaw, front, cameras, options, shots: Vec::new(), done: 0 }
        }
        (None, None) => return Err(Fault::new("there is nothing to insert", "give an object, or buffers with --layer")),
    };
    let (mut read, mut written) = (0, 0);
    watch.progress(Stage::Insert, 0, about.frames);
    footage.shots(watch, |shot| {
        read += 1;
        for frame in jobs.push(shot, read - 1, watch)? {
            sink.write(&footage.picture(frame))?;
            written += 1;
            watch.progress(Stage::Insert, written, about.frames);
        }
        Ok(())
    })?;
    for frame in jobs.finish(watch)? {
        sink.write(&footage.picture(frame))?;
        written += 1;
    }
    watch.check()?;
    sink.finish()?.iter().for_each(|note| watch.note(note));
    if let Some(keep) = &options.keep_light {
        light.map.save(keep, options.out.yes)?;
        watch.tell(Event::Wrote { path: keep.clone(), what: "the light that was estimated".into() });
    }
    let mut weights = serde_json::Map::new();
    if !footage.is_buffers() {
        weights.insert("inverse".into(), json!(footage.networks.inverse));
    }
    if options.layer.is_some() {
        weights.insert("forward".into(), json!(footage.networks.forward));
    }
    let receipt = receipt::Receipt {
        command: "insert",
        config: receipt::config(options),
        weights: Value::Object(weights),
        facts: json!({ "light": known, "poses": jobs.poses() }),
        frames: written,
        seconds: start.elapsed().as_secs_f64(),
    };
    receipt.write(&options.out.output, watch)?;
    watch.tell(Event::Wrote { path: options.out.output.clone(), what: job::what(written, &about) });
    Ok(())
}

/// What `--layer` names.
enum Front {
    /// Buffers of the scene's size and camera.
    Buffers(Box<Folder>),
    /// A clip with alpha, which stands in the scene as a card.
    Clip { source: Box<dyn Source>, last: Option<Frame>, card: Option<Card> },
}

/// Opens `--layer`: buffers where it holds some, else a clip.
fn foreground(path: &Path, footage: &Footage) -> Result<Front> {
    let folder = match open_folder(path, &[]) {
        Ok(folder) => folder,
        Err(fault) => {
            let clip = relight_video::open(path, &OpenOptions::default());
            return clip.map(|source| Front::Clip { source, last: None, card: None }).map_err(|_| fault);
        }
    };
    let (w, h) = (footage.about.width, footage.about.height);
    if (folder.width, folder.height) != (w, h) {
        let cause = format!("{} is {}x{}, the scene {w}x{h}", path.display(), folder.width, folder.height);
        return Err(Fault::new(cause, "render the layer at the size of the scene"));
    }
    Ok(Front::Buffers(Box::new(folder)))
}

impl Front {
    /// The layer of frame `index`; frames are asked for in order.
    fn layer(&mut self, index: usize, shot: &Shot, options: &args::Insert) -> Result<GBuffer> {
        match self {
            // A single frame is a still foreground.
            Self::Buffers(folder) if folder.len() > 1 && index >= folder.len() => Err(short(folder.len())),
            // Buffers are lit anew, so their own picture does not count.
            Self::Buffers(folder) => Ok(GBuffer { rgb: None, ..folder.read(if folder.len() == 1 { 0 } else { index })?.buffers }),
            Self::Clip { source, last, card } => {
                match source.next()? {
                    Some(frame) => *last = Some(frame),
                    None if source.about().frames == Some(1) => {}
                    None => return Err(short(index)),
                }
                let picture = last.as_ref().ok_or_else(|| short(0))?;
                let (width, height) = (shot.buffers.width, shot.buffers.height);
                let card = match card {
                    Some(card) => card,
                    None => card.insert(Card::new(placing(options, shot).to_world(&shot.buffers, &shot.camera)?)),
                };
                card.layer(picture, &shot.camera, width, height)
            }
        }
    }
}

/// The scene's light, and what is known of it.
fn light(options: &args::Insert, footage: &Footage, watch: &Watch) -> Result<(Light, Value)> {
    if let Some(path) = &options.light {
        let light = Light { map: job::map(path, false, watch)?, yaw: options.rotation.to_radians(), exposure: 1.0 };
        let exposure = relight_fit::level(&footage.views(watch)?, &light)?;
        watch.note(format!("the map is taken {exposure:.3} times as bright, so that it lights the frames as they are"));
        return Ok((Light { exposure, ..light }, json!({ "exposure": exposure })));
    }
    let (map, report) = footage.light(watch)?;
    Ok((Light { map: Arc::new(map), yaw: 0.0, exposure: 1.0 }, json!(report)))
}

/// The cameras of every frame where the pictures tell them; none where they are known or still.
fn cameras(options: &args::Insert, footage: &Footage, watch: &Watch) -> Result<Option<Vec<Camera>>> {
    if !options.track {
        if !footage.posed()? {
            watch.note("the object stays where it is in the picture: follow a moving camera with --track or --camera clip.json");
        }
        return Ok(None);
    }
    if footage.posed()? {
        watch.note("the poses are known: --track is not needed");
        return Ok(None);
    }
    // The first frame's depth carries its pixels to all others.
    let first = footage.first(watch)?;
    let mut follower: Option<Follower> = None;
    let (mut cameras, mut least) = (Vec::new(), 1.0f32);
    footage.pictures(watch, |frame| {
        match &mut follower {
            None => {
                follower = Some(Follower::new(&frame, &first.buffers, first.camera));
                cameras.push(first.camera);
            }
            Some(follower) => {
                let moved = follower.next(&frame, cameras.len())?;
                least = least.min(moved.agree);
                cameras.push(moved.camera);
            }
        }
        Ok(())
    })?;
    watch.note(format!("poses told from the pictures and the first frame's depth: at least {:.0} % of what is in sight agrees", 100.0 * least));
    Ok(Some(cameras))
}

/// What happens to the shots.
enum Jobs<'a> {
    Object { object: &'a Object, inserter: Option<Inserter>, cameras: Option<Vec<Camera>>, options: &'a args::Insert, light: Light },
    Layer { layer: Layer, yaw: f32, front: Front, cameras: Option<Vec<Camera>>, options: &'a args::Insert, shots: Vec<Shot>, done: usize },
}

impl Jobs<'_> {
    /// Takes a shot, gives frames that are ready.
    fn push(&mut self, mut shot: Shot, index: usize, watch: &Watch) -> Result<Vec<Frame>> {
        match self {
            Self::Object { object, inserter, cameras, options, light } => {
                if let Some(camera) = cameras.as_ref().and_then(|c| c.get(index)) {
                    shot.camera = *camera;
                }
                if inserter.is_none() {
                    let to_world = placing(options, &shot).to_world(&shot.buffers, &shot.camera)?;
                    *inserter = Some(Inserter::new(object, to_world, light, options.work.unwrap_or(FORWARD_SIZE), How::Traced)?);
                }
                let Some(inserter) = inserter else { return Ok(Vec::new()) };
                watch.time(Stage::Insert, || inserter.frame(&shot)).map(|f| vec![f])
            }
            Self::Layer { shots, yaw, cameras, .. } => {
                if let Some(camera) = cameras.as_ref().and_then(|c| c.get(index)) {
                    shot.camera = *camera;
                }
                shot.yaw = *yaw;
                shots.push(shot);
                if shots.len() == TOGETHER { self.finish(watch) } else { Ok(Vec::new()) }
            }
        }
    }

    /// Frames that were waiting for others.
    fn finish(&mut self, watch: &Watch) -> Result<Vec<Frame>> {
        let Self::Layer { layer, front, options, shots, done, .. } = self else { return Ok(Vec::new()) };
        let layers: Result<Vec<GBuffer>> = shots.iter().enumerate().map(|(k, shot)| front.layer(*done + k, shot, options)).collect();
        *done += shots.len();
        let shots = std::mem::take(shots);
        let layers = layers?;
        watch.time(Stage::Insert, || layer.frames(&shots, &layers))
    }

    /// How the cameras are known.
    fn poses(&self) -> Value {
        match self {
            Self::Object { cameras: Some(cameras), .. } | Self::Layer { cameras: Some(cameras), .. } => {
                json!({ "from": "track", "camera_to_world": cameras.iter().map(|c| c.to_world.transpose().to_cols_array_2d()).collect::<Vec<_>>() })
            }
            _ => Value::Null,
        }
    }
}

fn short(frames: usize) -> Fault {
    Fault::new(
        format!("the layer has {frames} frames, but the clip goes on"),
        "give one frame for all, or as many as the clip has (or read fewer with --frames)",
    )
}

fn placing(options: &args::Insert, shot: &Shot) -> Placing {
    let (w, h) = (shot.buffers.width as f32, shot.buffers.height as f32);
    let place = match (options.at, options.on) {
        (Some(at), _) => Place::At { x: at.x, y: at.y, depth: at.depth },
        (None, Some(on)) => Place::On { x: on.0[0], y: on.0[1] },
        (None, None) => Place::On { x: 0.5 * w, y: h * 5.0 / 6.0 },
    };
    let size = match options.size {
        Length::Part(part) => Size::Picture(part),
        Length::Units(size) => Size::Scene(size),
    };
    Placing { place, size, yaw: options.yaw.to_radians() }
}
