//! The folder layout of NVIDIA's tools, read.

use crate::{Camera, DepthRange, DepthUnit, GBuffer, Pass, Stored, mend, official::RANGE_FILE, official_name};
use image::{ImageReader, Limits, RgbImage};
use relight_file::{Blame, Fault, Result};
use relight_video::transfer::linear8;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Without our own `depth.json` nobody knows what depth 0 and 1 were: far is taken for twice as far as near, as round one
/// object on a table.
const UNKNOWN_RANGE: DepthRange = DepthRange { near: 1.0, far: 2.0 };
/// Codes of background: JPEG lets black and white stray by this much.
const STRAY: u8 = 4;

/// A clip's folder of the official tools.
#[derive(Debug, Clone)]
pub(crate) struct Official {
    /// `CLIP/CHUNK.FRAME` of each frame, in order.
    pub frames: Vec<PathBuf>,
    /// Passes that no frame has.
    pub absent: Vec<Pass>,
    extension: BTreeMap<PathBuf, String>,
    range: DepthRange,
}

impl Official {
    /// Opens `CLIP/`, or `gbuffer_frames/` that holds one clip.
    pub fn open(path: &Path) -> Result<Self> {
        let mut found = Self::scan(path)?;
        if found.frames.is_empty() {
            let entries = fs::read_dir(path).map_err(|e| Fault::read(path, &e))?;
            let mut clips: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
            clips.sort();
            let mut filled = Vec::new();
            for clip in &clips {
                filled.extend(Some(Self::scan(clip)?).filter(|o| !o.frames.is_empty()));
            }
            if filled.len() > 1 {
                let cause = format!("{} holds {} clips", path.display(), filled.len());
                return Err(Fault::new(cause, "name the folder of one of them"));
            }
            found = filled.pop().ok_or_else(|| {
                let cause = format!("{} holds no frames of buffers", path.display());
                Fault::new(cause, "give a folder of %04d.exr files or of 0000.%04d.basecolor.png and the other passes")
            })?;
        }
        let any = |p: Pass| found.frames.iter().any(|stem| found.extension.contains_key(&with(stem, p)));
        found.absent = Pass::ALL.into_iter().filter(|p| *p != Pass::Rgb && !any(*p)).collect();
        found.whole()?;
        Ok(found)
    }

    fn scan(clip: &Path) -> Result<Self> {
        let mut frames = BTreeSet::new();
        let mut extension = BTreeMap::new();
        for entry in fs::read_dir(clip).map_err(|e| Fault::read(clip, &e))? {
            let name = entry.map_err(|e| Fault::read(clip, &e))?.file_name().to_string_lossy().into_owned();
            let parts: Vec<&str> = name.split('.').collect();
            if let [chunk, frame, pass, ending] = parts[..]
                && matches!(ending, "png" | "jpg" | "jpeg")
                && Pass::ALL.iter().any(|p| official_name(*p) == pass)
                && [chunk, frame].iter().all(|n| n.bytes().all(|b| b.is_ascii_digit()))
            {
                let stem = clip.join(format!("{chunk}.{frame}"));
                extension.insert(clip.join(format!("{chunk}.{frame}.{pass}")), ending.to_owned());
                frames.insert(stem);
            }
        }
        Ok(Self { frames: frames.into_iter().collect(), absent: Vec::new(), extension, range: range(clip)? })
    }

    /// Every frame has every pass that any has, and no number is left out within a chunk.
    fn whole(&self) -> Result<()> {
        let mut last: Option<(String, usize)> = None;
        for stem in &self.frames {
            let name = stem.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let (chunk, frame) = name.split_once('.').unwrap_or_default();
            let frame: usize = frame.parse().unwrap_or(0);
            if let Some((before, number)) = &last
                && before == chunk
                && frame != number + 1
            {
                let cause = format!("frame {chunk}.{:04} is missing beside {}", number + 1, stem.display());
                return Err(Fault::new(cause, "add it, or renumber the frames without a gap"));
            }
            last = Some((chunk.to_owned(), frame));
            let lacks = |p: &&Pass| **p != Pass::Rgb && !self.absent.contains(p) && !self.extension.contains_key(&with(stem, **p));
            let missing: Vec<&str> = Pass::ALL.iter().filter(lacks).map(|p| official_name(*p)).collect();
            if !missing.is_empty() {
                return Err(lacking(stem, &missing));
            }
        }
        Ok(())
    }

    /// Refuses a clip without one of the passes.
    pub fn complete(&self) -> Result<()> {
        let missing: Vec<&str> = self.absent.iter().map(|p| official_name(*p)).collect();
        if missing.is_empty() { Ok(()) } else { Err(lacking(&self.frames[0], &missing)) }
    }

    pub fn read(&self, index: usize, camera: Option<Camera>) -> Result<Stored> {
        let stem = &self.frames[index];
        let mut pictures = BTreeMap::new();
        let mut size = None;
        for pass in Pass::ALL {
            let Some(extension) = self.extension.get(&with(stem, pass)) else { continue };
            let path = PathBuf::from(format!("{}.{extension}", with(stem, pass).display()));
            let picture = picture(&path)?;
            let (width, height) = *size.get_or_insert(picture.dimensions());
            if picture.dimensions() != (width, height) {
                let (w, h) = picture.dimensions();
                return Err(Fault::new(format!("{} is {w}x{h}, others are {width}x{height}", path.display()), "give all passes one size"));
            }
            pictures.insert(pass, picture);
        }
        let (width, height) = size.unwrap_or_default();
        let mut buffers = GBuffer::empty(width as usize, height as usize);
        let number = |c: u8| f32::from(c) / 255.0;
        // A pass that is absent is black in all frames; its depth is the nearest.
        let black = vec![0; 3 * buffers.alpha.len()];
        let [albedo, normal, depth, roughness, metallic] = [Pass::Albedo, Pass::Normal, Pass::Depth, Pass::Roughness, Pass::Metallic]
            .map(|p| pictures.get(&p).map_or(black.as_slice(), |picture| picture.as_raw()));
        for i in 0..buffers.alpha.len() {
            let three = 3 * i..3 * i + 3;
            let away = depth[3 * i] >= 255 - STRAY && albedo[three.clone()].iter().all(|c| *c <= STRAY);
            buffers.alpha[i] = if away { 0.0 } else { 1.0 };
            for c in three {
                buffers.albedo[c] = linear8(albedo[c]);
                buffers.normal[c] = 2.0 * number(normal[c]) - 1.0;
            }
            buffers.depth[i] = self.range.depth(number(depth[3 * i]));
            buffers.roughness[i] = number(roughness[3 * i]);
            buffers.metallic[i] = number(metallic[3 * i]);
        }
        buffers.rgb = pictures.get(&Pass::Rgb).map(|p| p.as_raw().iter().map(|c| linear8(*c)).collect());
        mend::mend(&mut buffers, stem)?;
        Ok(Stored { buffers, camera, unit: DepthUnit::Relative })
    }
}

/// What is wrong with a frame without some passes.
fn lacking(stem: &Path, missing: &[&str]) -> Fault {
    let cause = format!("{}.* has no {}", stem.display(), missing.join(", no "));
    Fault::new(cause, "run the inverse renderer for all passes: basecolor normal depth roughness metallic")
}

fn with(stem: &Path, pass: Pass) -> PathBuf {
    PathBuf::from(format!("{}.{}", stem.display(), official_name(pass)))
}

fn range(clip: &Path) -> Result<DepthRange> {
    let path = clip.join(RANGE_FILE);
    let Ok(words) = fs::read_to_string(&path) else { return Ok(UNKNOWN_RANGE) };
    let range: Option<DepthRange> = serde_json::from_str(&words).ok();
    range.filter(|r| r.near > 0.0 && r.far > r.near && r.far.is_finite()).ok_or_else(|| {
        Fault::new(format!("{} does not tell near and far depths", path.display()), "write {\"near\": 1, \"far\": 2} or remove the file")
    })
}

fn picture(path: &Path) -> Result<RgbImage> {
    let mut reader = ImageReader::open(path).map_err(|e| Fault::read(path, &e))?.with_guessed_format().map_err(|e| Fault::read(path, &e))?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(16384), Some(16384));
    reader.limits(limits);
    let decoded = reader.decode().blame(|| format!("cannot read {}", path.display()), "the file is damaged: export it again")?;
    Ok(decoded.into_rgb8())
}
