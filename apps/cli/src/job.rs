//! What several commands do alike: open the clip, the map and the networks, and say what a person should know.

use crate::args;
use glam::Vec3;
use relight_edit::Edit;
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, ClipFile, Pass};
use relight_light::{Environment, LoadOptions};
use relight_nets::Family;
use relight_render::{DEFAULT_FOV_DEG, Exposure, Networks, Sampling, Setup, Watch, Windows, Work};
use relight_video::{About, Frame, OpenOptions, Rate, Sink, Source};
use std::{path::Path, sync::Arc};

/// Opens a clip and tells its notes.
pub fn open(path: &Path, part: &args::Part, watch: &Watch) -> Result<Box<dyn Source>> {
    let options = OpenOptions {
        start: part.start.unwrap_or_default(),
        duration: part.duration,
        frames: part.frames.map(|n| n as usize),
        rate: part.rate,
        ..OpenOptions::default()
    };
    let source = relight_video::open(path, &options)?;
    source.about().notes.iter().for_each(|note| watch.note(note));
    Ok(source)
}

/// A source as an iterator.
pub fn frames(source: &mut dyn Source) -> impl Iterator<Item = Result<Frame>> {
    std::iter::from_fn(|| source.next().transpose())
}

/// Writes all pictures, ends the output and tells its notes; returns how many there were.
pub fn write(mut sink: Box<dyn Sink>, pictures: impl Iterator<Item = Result<Frame>>, watch: &Watch) -> Result<usize> {
    let mut frames = 0;
    for picture in pictures {
        sink.write(&picture?)?;
        frames += 1;
    }
    watch.check()?;
    sink.finish()?.iter().for_each(|note| watch.note(note));
    Ok(frames)
}

/// Loads a map and tells its notes.
pub fn map(path: &Path, clean: bool, watch: &Watch) -> Result<Arc<Environment>> {
    let loaded = LoadOptions { clean }.load(path)?;
    loaded.notes.iter().for_each(|note| watch.note(note));
    Ok(Arc::new(loaded.map))
}

/// The map of `--light`, which must be given where nothing else tells the light. `random` is a black map, which official networks that paint take for no map.
pub fn light(lighting: &args::Lighting, net: &args::Net, watch: &Watch) -> Result<Arc<Environment>> {
    let Some(path) = &lighting.light else {
        return Err(Fault::new("no light is given", "give an environment map with --light MAP"));
    };
    if path == Path::new("random") {
        if lighting.preview || net.family() != Some(Family::Cosmos) {
            return Err(Fault::new("only a Cosmos network makes up a light of its own", "give a map with --light MAP, or --model cosmos:DIR"));
        }
        return Ok(Arc::new(Environment::constant(16, 8, [0.0; 3])));
    }
    map(path, lighting.clean_light, watch)
}

/// The edits of a file and of the command line, in this order; none where there are none.
///
/// # Errors
/// The file cannot be read; the command line says where, but not what.
pub fn edits(edits: &args::Edits) -> Result<Vec<Edit>> {
    let mut all = edits.edits.as_deref().map_or_else(|| Ok(Vec::new()), Edit::list)?;
    if edits.edit.is_some() {
        all.push(edits.edit.clone());
    } else if edits.edit != Edit::default() {
        return Err(Fault::new("the edit says where, but not what changes", "give --set roughness=0.15, --mul albedo=1.2,0.9,0.9 or --tint #d03020"));
    }
    if all.is_empty() && edits.keep_mask.is_some() {
        return Err(Fault::new("--keep-mask without an edit has nothing to keep", "give an edit, such as --set roughness=0.15 --select X,Y"));
    }
    Ok(all)
}

/// The cameras of `--camera`, or of the `clip.json` beside the frames of buffers.
pub fn cameras_of(gbuffer: &Path, given: Option<&Path>, watch: &Watch) -> Result<Option<Vec<Camera>>> {
    if let Some(path) = given {
        return cameras(path).map(Some);
    }
    let folder = if gbuffer.is_dir() { gbuffer } else { gbuffer.parent().unwrap_or(Path::new(".")) };
    let beside = folder.join("clip.json");
    if !beside.exists() {
        return Ok(None);
    }
    watch.note(format!("cameras from {}", beside.display()));
    cameras(&beside).map(Some)
}

/// The renderers' settings: what the options say, else what suits the networks that they name.
pub fn work(net: &args::Net) -> Result<Work> {
    // The official scripts' sizes and steps; 57 frames are the longest clip of Cosmos' statistics.
    let (size, steps, (length, overlap)) = match net.family() {
        Some(Family::Cosmos) => (Some(704), 15, (57, 8)),
        Some(Family::Svd) => (Some(512), 20, (24, 6)),
        None => (None, 1, (Windows::default().length, Windows::default().overlap)),
    };
    let length = net.window.map_or(length, usize::from);
    let overlap = net.overlap.map_or(overlap.min(length / 2), usize::from);
    if overlap >= length {
        return Err(Fault::new(format!("windows of {length} frames cannot overlap by {overlap}"), "give a smaller --overlap or a larger --window"));
    }
    let sampling = Sampling { steps: net.official.steps.map_or(steps, usize::from), seed: net.seed };
    Ok(Work { size: net.size.or(size), sampling, windows: Windows { length, overlap, cut: net.official.chunks.map(Into::into).unwrap_or_default() } })
}

/// The renderers' exposure.
pub fn exposure(exposure: args::Exposure) -> Exposure {
    match exposure {
        args::Exposure::Auto => Exposure::Auto,
        args::Exposure::Ev(stops) => Exposure::Factor(stops.exp2()),
    }
}

/// The networks that the options name.
pub fn networks(net: &args::Net) -> Result<Networks> {
    networks_seeing(net, &[])
}

/// The same where buffers lack the passes `absent`.
pub fn networks_seeing(net: &args::Net, absent: &[Pass]) -> Result<Networks> {
    let mut told = net.official.told();
    if !absent.is_empty() {
        told.passes = Some(Pass::ALL.into_iter().filter(|pass| !absent.contains(pass)).collect());
    }
    net.model.as_deref().map_or_else(|| Ok(Networks::embedded()), |name| Networks::model(name, &told))
}

/// The cameras of a `clip.json`, one a frame.
pub fn cameras(path: &Path) -> Result<Vec<Camera>> {
    Ok(ClipFile::read(path)?.cameras)
}

/// The camera where none is known: still, of the default field of view.
pub fn default_camera() -> Camera {
    Camera::at_origin(DEFAULT_FOV_DEG.to_radians())
}

/// Tells that it is taken.
pub fn unknown_camera(watch: &Watch) {
    watch.note(format!("no camera is known: taken for a still one that sees {DEFAULT_FOV_DEG} degrees across (give --camera clip.json)"));
}

/// Cameras and light over a clip. Without `cameras` it is one of the default field of view, which is told.
pub fn setup(lighting: &args::Lighting, part: &args::Part, about: &About, cameras: Option<Vec<Camera>>, watch: &Watch) -> Result<Setup> {
    let cameras = cameras.unwrap_or_else(|| {
        unknown_camera(watch);
        vec![default_camera()]
    });
    let moved = cameras
        .windows(2)
        .any(|pair| (pair[1].to_world.transform_point3(Vec3::ZERO) - pair[0].to_world.transform_point3(Vec3::ZERO)).length() > 1e-6);
    if moved {
        watch.note("the camera moves, the light stays where it is in the world");
    }
    let frames = match (about.frames, part.frames) {
        (Some(frames), _) => frames,
        (None, Some(most)) => most as usize,
        (None, None) if lighting.turn == 0.0 => 1,
        (None, None) => {
            return Err(Fault::new("the clip does not tell its length, so --turn cannot be spread over it", "give its length with --frames N"));
        }
    };
    Ok(Setup {
        cameras,
        first: about.rate.frames_before(part.start.unwrap_or_default()),
        rotation: lighting.rotation.to_radians(),
        turn: lighting.turn.to_radians(),
        frames,
        exposure: exposure(lighting.exposure),
    })
}

/// The first frame of a part and how many there are.
pub fn part(part: &args::Part, first: usize, rate: Rate, total: usize, path: &Path) -> Result<(usize, usize)> {
    let by_time = part.duration.map_or(usize::MAX, |t| rate.frames_before(part.start.unwrap_or_default() + t).saturating_sub(first));
    let frames = total.saturating_sub(first).min(by_time).min(part.frames.map_or(usize::MAX, |n| n as usize));
    if frames == 0 {
        let cause = format!("no frame of {} is left: it has {total}, {rate} per second", path.display());
        return Err(Fault::new(cause, "choose another part with -ss, -t and --frames"));
    }
    Ok((first, frames))
}

/// What a clip of pictures is, in a few words.
pub fn what(frames: usize, about: &About) -> String {
    format!("{frames} frames, {}x{}, {} per second", about.width, about.height, about.rate)
}
