//! Frames of buffers on the disk, one at a time.

use crate::{Camera, GBuffer, Pass, ReadOptions, Stored, official_read};
use relight_file::{Fault, Numbered, Result, is_pattern};
use std::path::{Path, PathBuf};

/// Frames of buffers in order; each is read when it is asked for.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Pixels across, of every frame.
    pub width: usize,
    /// Pixels down, of every frame.
    pub height: usize,
    kind: Kind,
    cameras: Vec<Camera>,
    first: Option<Stored>,
}

#[derive(Debug, Clone)]
enum Kind {
    Exr(Vec<PathBuf>),
    Official(official_read::Official),
}

/// Opens frames of buffers: a folder of numbered EXR files, a pattern such as `g/%04d.exr`, one EXR file, or a folder of
/// the official tools (`gbuffer_frames`, or a clip's folder in it: `0000.0003.basecolor.png`).
///
/// A folder with several EXR series gives `frame.*` if there is one, else the first by name. `cameras` (empty, or one a
/// frame) turn world-space normals; the first frame is read at once, so most faults are told here.
///
/// # Errors
/// Nothing there; a gap in the numbers; a pass that is missing; fewer cameras than frames; a first frame that cannot be read.
pub fn open_folder(path: &Path, cameras: &[Camera]) -> Result<Folder> {
    let folder = open_partial_folder(path, cameras)?;
    if let Kind::Official(official) = &folder.kind {
        official.complete()?;
    }
    Ok(folder)
}

/// The same where a folder of the official tools may lack passes other than albedo in all of its frames: [`Folder::absent`] names them, and their numbers
/// mean nothing.
///
/// # Errors
/// As [`open_folder`].
pub fn open_partial_folder(path: &Path, cameras: &[Camera]) -> Result<Folder> {
    let kind = if is_pattern(path) {
        Kind::Exr(Numbered::new(path)?.existing()?)
    } else if path.is_dir() {
        let all = Numbered::find(path, &["exr"])?;
        match all.iter().find(|s| s.name() == "frame.").or(all.first()) {
            Some(series) => Kind::Exr(series.existing()?),
            None => Kind::Official(official_read::Official::open(path)?),
        }
    } else if path.exists() {
        Kind::Exr(vec![path.to_owned()])
    } else {
        return Err(Fault::new(format!("{} does not exist", path.display()), "check the path"));
    };
    if let Kind::Official(official) = &kind
        && official.absent.contains(&Pass::Albedo)
    {
        official.complete()?;
    }
    let mut folder = Folder { width: 0, height: 0, kind, cameras: cameras.to_vec(), first: None };
    if !cameras.is_empty() && cameras.len() < folder.len() {
        let cause = format!("{} has {} frames, but there are {} cameras", path.display(), folder.len(), cameras.len());
        return Err(Fault::new(cause, "give a clip.json with a pose for every frame"));
    }
    let first = folder.load(0)?;
    (folder.width, folder.height) = (first.buffers.width, first.buffers.height);
    folder.first = Some(first);
    Ok(folder)
}

impl Folder {
    /// How many frames there are; at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        match &self.kind {
            Kind::Exr(files) => files.len(),
            Kind::Official(official) => official.frames.len(),
        }
    }

    /// Passes that no frame has; none where [`open_folder`] opened it.
    pub fn absent(&self) -> &[Pass] {
        match &self.kind {
            Kind::Exr(_) => &[],
            Kind::Official(official) => &official.absent,
        }
    }

    /// The EXR file of frame `index`; none in the official layout, where a frame is several pictures.
    ///
    /// # Panics
    /// There is no such frame.
    pub fn file(&self, index: usize) -> Option<&Path> {
        match &self.kind {
            Kind::Exr(files) => Some(&files[index]),
            Kind::Official(_) => None,
        }
    }

    /// Frame `index` with what its file says.
    ///
    /// # Errors
    /// It cannot be read, lacks passes, or has another size than the first.
    pub fn read(&self, index: usize) -> Result<Stored> {
        if let Some(first) = self.first.as_ref().filter(|_| index == 0) {
            return Ok(first.clone());
        }
        let stored = self.load(index)?;
        let (w, h) = (stored.buffers.width, stored.buffers.height);
        if (w, h) != (self.width, self.height) {
            let cause = format!("frame {index} ({}) is {w}x{h}, the first is {}x{}", self.name(index), self.width, self.height);
            return Err(Fault::new(cause, "give frames of one size"));
        }
        Ok(stored)
    }

    /// The buffers of every frame in order.
    pub fn frames(&self) -> impl Iterator<Item = Result<GBuffer>> + '_ {
        (0..self.len()).map(|i| self.read(i).map(|s| s.buffers))
    }

    fn load(&self, index: usize) -> Result<Stored> {
        let camera = self.cameras.get(index).copied();
        match &self.kind {
            Kind::Exr(files) => ReadOptions { camera }.read_exr(&files[index]),
            Kind::Official(official) => official.read(index, camera),
        }
    }

    fn name(&self, index: usize) -> String {
        match &self.kind {
            Kind::Exr(files) => files[index].display().to_string(),
            Kind::Official(official) => official.frames[index].display().to_string(),
        }
    }
}
