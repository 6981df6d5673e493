//! A video or buffers with their picture: a few frames of it to fit a light to, and all of it in order.

use crate::{args, job};
use relight_file::{Fault, Result};
use relight_fit::View;
use relight_gbuffer::{Camera, DepthUnit, Folder, open_folder};
use relight_light::Environment;
use relight_render::{Cutouts, Inverse, Networks, Shot, Stage, Watch};
use relight_video::{About, Frame, Rate};
use std::path::{Path, PathBuf};

/// Frames that a light is fitted to: as many as a network sees at once.
const FITTED: usize = 8;

/// What is read, and by which cameras it was seen.
pub struct Footage<'a> {
    path: PathBuf,
    part: &'a args::Part,
    net: args::Net,
    folder: Option<Folder>,
    /// Poses that were given, one a frame from the clip's first frame on; none where the camera is unknown.
    poses: Option<Vec<Camera>>,
    /// Frames of the clip before the part.
    first: usize,
    /// Which frames of a video that gave shots have alpha.
    cutouts: Cutouts,
    pub about: About,
    pub networks: Networks,
}

impl<'a> Footage<'a> {
    /// Opens buffers where there are some, else a video.
    pub fn open(path: &Path, camera: Option<&Path>, part: &'a args::Part, net: args::Net, watch: &Watch) -> Result<Self> {
        let networks = job::networks(&net)?;
        let poses = poses(path, camera, watch)?;
        let (folder, about, first) = match buffers(path, poses.as_deref().unwrap_or_default())? {
            Some(folder) => {
                let rate: Rate = part.rate.unwrap_or_default();
                let first = rate.frames_before(part.start.unwrap_or_default());
                let (first, frames) = job::part(part, first, rate, folder.len(), path)?;
                let about = About { frames: Some(frames), ..About::new(folder.width, folder.height, rate) };
                (Some(folder), about, first)
            }
            None => {
                let source = job::open(path, part, watch)?;
                let about = source.about().clone();
                let first = about.rate.frames_before(part.start.unwrap_or_default());
                (None, about, first)
            }
        };
        if poses.is_none() && folder.as_ref().map(|f| f.read(first)).transpose()?.is_none_or(|f| f.camera.is_none()) {
            job::unknown_camera(watch);
        }
        Ok(Self { path: path.to_owned(), part, net, folder, poses, first, cutouts: Cutouts::default(), about, networks })
    }

    /// Whether poses were given, by a file or by the buffers themselves.
    pub fn posed(&self) -> Result<bool> {
        Ok(self.poses.is_some() || self.folder.as_ref().map(|f| f.read(self.first)).transpose()?.is_some_and(|f| f.camera.is_some()))
    }

    /// Whether it is buffers.
    pub fn is_buffers(&self) -> bool {
        self.folder.is_some()
    }

    fn camera(&self, index: usize, stored: Option<Camera>) -> Result<Camera> {
        match self.poses.as_deref() {
            None => Ok(stored.unwrap_or_else(job::default_camera)),
            Some([one]) => Ok(*one),
            Some(many) => many.get(self.first + index).copied().ok_or_else(|| {
                let cause = format!("there are {} camera poses, but the clip goes on", many.len());
                Fault::new(cause, "give a clip.json with one pose a frame, or read fewer with --frames")
            }),
        }
    }

    fn inverse(&self) -> Result<Inverse> {
        Ok(Inverse::new(self.networks.inverse.estimator()?, job::work(&self.net)?).seeing(self.camera(0, None)?.fov_x))
    }

    /// Every frame with its buffers, picture and camera, in order, to `each`.
    pub fn shots(&self, watch: &Watch, mut each: impl FnMut(Shot) -> Result<()>) -> Result<()> {
        if let Some(folder) = &self.folder {
            for i in 0..self.about.frames.unwrap_or_default() {
                watch.check()?;
                each(self.stored(folder, i)?)?;
            }
            return Ok(());
        }
        let mut source = job::open(&self.path, self.part, watch)?;
        let mut inverse = self.inverse()?;
        for (i, buffers) in inverse.buffers(self.cutouts.note(job::frames(&mut *source)), self.about.frames, watch).enumerate() {
            each(Shot { buffers: buffers?, camera: self.camera(i, None)?, yaw: 0.0, depth: DepthUnit::Relative })?;
        }
        Ok(())
    }

    /// The picture made of the next of [`Footage::shots`], opaque where its frame was.
    pub fn picture(&self, picture: Frame) -> Frame {
        self.cutouts.picture(picture)
    }

    /// The first frame as [`Footage::shots`] gives it.
    pub fn first(&self, watch: &Watch) -> Result<Shot> {
        if let Some(folder) = &self.folder {
            return self.stored(folder, 0);
        }
        let mut source = job::open(&self.path, self.part, watch)?;
        let mut inverse = self.inverse()?;
        let buffers = inverse.stream(job::frames(&mut *source).take(FITTED), watch).next();
        let buffers =
            buffers.unwrap_or_else(|| Err(Fault::new(format!("{} has no frames", self.path.display()), "choose another part with -ss and -t")))?;
        Ok(Shot { buffers, camera: self.camera(0, None)?, yaw: 0.0, depth: DepthUnit::Relative })
    }

    /// Every picture in order, without buffers, to `each`.
    pub fn pictures(&self, watch: &Watch, mut each: impl FnMut(Frame) -> Result<()>) -> Result<()> {
        if let Some(folder) = &self.folder {
            for i in 0..self.about.frames.unwrap_or_default() {
                watch.check()?;
                let b = self.stored(folder, i)?.buffers;
                let rgb = b.rgb.ok_or_else(|| Fault::new("the buffers hold no picture", "give the video itself, or EXR buffers with R, G and B"))?;
                each(Frame { width: b.width, height: b.height, rgb, alpha: None })?;
            }
            return Ok(());
        }
        let mut source = job::open(&self.path, self.part, watch)?;
        for frame in job::frames(&mut *source) {
            watch.check()?;
            each(frame?)?;
        }
        Ok(())
    }

    fn stored(&self, folder: &Folder, index: usize) -> Result<Shot> {
        let frame = folder.read(self.first + index)?;
        Ok(Shot { camera: self.camera(index, frame.camera)?, buffers: frame.buffers, yaw: 0.0, depth: frame.unit })
    }

    /// A few frames spread over the part, as the fit wants them.
    pub fn views(&self, watch: &Watch) -> Result<Vec<View>> {
        if let Some(folder) = &self.folder {
            return spread(self.about.frames.unwrap_or_default()).map(|i| self.stored(folder, i).map(view)).collect();
        }
        // The length may be unknown: keep every n-th frame, and double n when there are too many.
        let (mut kept, mut every, mut index): (Vec<(usize, Frame)>, usize, usize) = (Vec::new(), 1, 0);
        self.pictures(watch, |frame| {
            if index.is_multiple_of(every) {
                kept.push((index, frame));
                if kept.len() > 2 * FITTED {
                    every *= 2;
                    kept.retain(|(i, _)| i.is_multiple_of(every));
                }
            }
            index += 1;
            Ok(())
        })?;
        let step = kept.len().div_ceil(FITTED).max(1);
        let kept: Vec<(usize, Frame)> = kept.into_iter().step_by(step).collect();
        watch.note(format!("the light is told from {} of {index} frames", kept.len()));
        let cameras: Result<Vec<Camera>> = kept.iter().map(|(i, _)| self.camera(*i, None)).collect();
        let frames: Vec<Frame> = kept.into_iter().map(|(_, f)| f).collect();
        let mut inverse = self.inverse()?;
        let buffers: Result<Vec<_>> = inverse.stream(frames.into_iter().map(Ok), watch).collect();
        Ok(buffers?.into_iter().zip(cameras?).map(|(buffers, camera)| View { buffers, camera, depth: DepthUnit::Relative }).collect())
    }

    /// The light of the clip, and what is said of it.
    pub fn light(&self, watch: &Watch) -> Result<(Environment, relight_fit::Report)> {
        fitted(&self.views(watch)?, watch)
    }
}

/// The frames that the fit wants of `count`: few, evenly spread.
pub fn spread(count: usize) -> impl Iterator<Item = usize> {
    let few = count.min(FITTED);
    (0..few).map(move |k| k * count / few)
}

/// A frame as the fit wants it.
pub fn view(shot: Shot) -> View {
    View { buffers: shot.buffers, camera: shot.camera, depth: shot.depth }
}

/// The light of some frames of a clip, and what is said of it.
pub fn fitted(views: &[View], watch: &Watch) -> Result<(Environment, relight_fit::Report)> {
    let fitted = watch.time(Stage::Light, || relight_fit::fit(views))?;
    let d = &fitted.report.dominant;
    watch.note(format!(
        "light: most of it from {:.0}° {} of the map's centre, {:.0}° up ({}, confidence {:.2}); the frames rendered again: {:.1} dB",
        d.azimuth_deg.abs(),
        if d.azimuth_deg < 0.0 { "left" } else { "right" },
        d.elevation_deg,
        if d.sharpened { "one small source" } else { "soft" },
        d.confidence,
        fitted.report.psnr
    ));
    Ok((fitted.map, fitted.report))
}

/// Buffers where the path holds some; none where it is a video or pictures.
fn buffers(path: &Path, cameras: &[Camera]) -> Result<Option<Folder>> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    if !path.is_dir() && extension != "exr" {
        return Ok(None);
    }
    match open_folder(path, cameras) {
        Ok(folder) => Ok(Some(folder)),
        // A folder of plain pictures is a video; it tells itself what is wrong if it is none.
        Err(fault) => match relight_video::open(path, &relight_video::OpenOptions::default()) {
            Ok(_) if extension != "exr" => Ok(None),
            _ => Err(fault),
        },
    }
}

/// The poses of `--camera`, or of the `clip.json` beside buffers.
fn poses(path: &Path, given: Option<&Path>, watch: &Watch) -> Result<Option<Vec<Camera>>> {
    let buffers = path.is_dir() || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("exr"));
    if buffers { job::cameras_of(path, given, watch) } else { given.map(job::cameras).transpose() }
}
