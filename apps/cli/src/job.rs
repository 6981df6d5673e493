//! What several commands do alike: open the clip, the map and the networks, and say what a person should know.

use crate::args;
use glam::Vec3;
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, ClipFile};
use relight_light::{Environment, LoadOptions};
use relight_render::{DEFAULT_FOV_DEG, Exposure, Networks, Sampling, Setup, Watch, Windows, Work};
use relight_video::{About, Frame, OpenOptions, Source};
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

/// Loads a map and tells its notes.
pub fn map(path: &Path, clean: bool, watch: &Watch) -> Result<Arc<Environment>> {
    let loaded = LoadOptions { clean }.load(path)?;
    loaded.notes.iter().for_each(|note| watch.note(note));
    Ok(Arc::new(loaded.map))
}

/// The renderers' settings.
pub fn work(net: &args::Net) -> Work {
    Work { size: net.size, sampling: Sampling { steps: net.steps.into(), seed: net.seed }, windows: Windows::default() }
}

/// The renderers' exposure.
pub fn exposure(exposure: args::Exposure) -> Exposure {
    match exposure {
        args::Exposure::Auto => Exposure::Auto,
        args::Exposure::Ev(stops) => Exposure::Factor(stops.exp2()),
    }
}

/// The networks that the options name.
pub fn networks(weights: Option<&Path>) -> Result<Networks> {
    weights.map_or_else(|| Ok(Networks::embedded()), Networks::load)
}

/// The cameras of a `clip.json`, one a frame.
pub fn cameras(path: &Path) -> Result<Vec<Camera>> {
    Ok(ClipFile::read(path)?.cameras)
}

/// Cameras and light over a clip. Without `cameras` it is one of the default field of view, which is told.
pub fn setup(lighting: &args::Lighting, part: &args::Part, about: &About, cameras: Option<Vec<Camera>>, watch: &Watch) -> Result<Setup> {
    let cameras = cameras.unwrap_or_else(|| {
        watch.note(format!("no camera is known: taken for a still one that sees {DEFAULT_FOV_DEG} degrees across (give --camera clip.json)"));
        vec![Camera::at_origin(DEFAULT_FOV_DEG.to_radians())]
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

/// What a clip of pictures is, in a few words.
pub fn what(frames: usize, about: &About) -> String {
    format!("{frames} frames, {}x{}, {} per second", about.width, about.height, about.rate)
}
