//! Evaluation sets on the disk.

use relight_file::{ExrLayers, Fault, Result};
use relight_gbuffer::{ClipFile, GBuffer, ReadOptions};
use relight_light::Environment;
use relight_video::{Frame, still};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A folder of clips with known answers, in the format of the project's evaluation sets: `CLIP/clip.json`, `frame.%04d.exr`,
/// `rgb.%04d.png`, `relit_B.%04d.exr`, `relit_C.%04d.exr`, and the maps that `clip.json` names.
#[derive(Debug)]
pub struct Set {
    /// The clips by name.
    pub clips: Vec<Clip>,
    maps: BTreeMap<PathBuf, Arc<Environment>>,
}

/// One clip: what may be known to predictions. Its answers are read apart ([`Clip::truth`]).
#[derive(Debug, Clone)]
pub struct Clip {
    /// The folder's name.
    pub name: String,
    /// `objects` or `scenes`: which rows of the tables it counts to.
    pub group: String,
    /// Cameras and lights.
    pub file: ClipFile,
    folder: PathBuf,
}

/// The answers of a clip.
#[derive(Debug, Clone)]
pub struct Truth {
    /// True buffers; `rgb` is the frame under light A, linear and premultiplied.
    pub buffers: Vec<GBuffer>,
    /// Frames under each light by name, linear and premultiplied, `width * height * 3` numbers each.
    pub lit: BTreeMap<String, Vec<Vec<f32>>>,
}

impl Set {
    /// Finds the clips below `folder` (or the one that it is) and reads their maps.
    ///
    /// # Errors
    /// No clip there; a `clip.json` or a map that cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut folders: Vec<PathBuf> = if folder.join("clip.json").exists() {
            vec![folder.to_owned()]
        } else {
            let entries = fs::read_dir(folder).map_err(|e| Fault::read(folder, &e))?;
            entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.join("clip.json").exists()).collect()
        };
        folders.sort();
        if folders.is_empty() {
            let cause = format!("{} holds no clips", folder.display());
            return Err(Fault::new(cause, "give the folder of an evaluation set: one folder a clip, each with a clip.json"));
        }
        let mut set = Self { clips: Vec::new(), maps: BTreeMap::new() };
        for folder in folders {
            let file = ClipFile::read(&folder.join("clip.json"))?;
            let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let group = file.kind.clone().unwrap_or_else(|| "scenes".into());
            for light in file.lights.values() {
                if !set.maps.contains_key(&light.file) {
                    set.maps.insert(light.file.clone(), Arc::new(Environment::load(&light.file)?));
                }
            }
            set.clips.push(Clip { name, group, file, folder });
        }
        set.share();
        Ok(set)
    }

    /// Clips name one map by different paths (`a/../lights/sky.exr`); equal ones become one.
    fn share(&mut self) {
        let mut distinct: Vec<Arc<Environment>> = Vec::new();
        for map in self.maps.values_mut() {
            match distinct.iter().find(|d| ***d == **map) {
                Some(same) => *map = same.clone(),
                None => distinct.push(map.clone()),
            }
        }
    }

    /// The map of a light of one of its clips.
    ///
    /// # Panics
    /// The light is of no clip of this set.
    pub fn map(&self, file: &Path) -> Arc<Environment> {
        self.maps[file].clone()
    }
}

impl Clip {
    /// How many frames it has.
    pub fn frames(&self) -> usize {
        self.file.cameras.len()
    }

    /// Whether its camera stands still.
    pub fn still(&self) -> bool {
        let cameras = &self.file.cameras;
        cameras.iter().all(|c| *c == cameras[0])
    }

    /// The input of inverse rendering: the PNGs alone, in linear light, without alpha.
    ///
    /// # Errors
    /// One is missing or cannot be read; their sizes differ.
    pub fn input(&self) -> Result<Vec<Frame>> {
        let mut frames: Vec<Frame> = Vec::new();
        for i in 0..self.frames() {
            let path = self.folder.join(format!("rgb.{i:04}.png"));
            let frame = still::read(&path)?;
            if let Some(first) = frames.first()
                && (first.width, first.height) != (frame.width, frame.height)
            {
                return Err(Fault::new(format!("{} has another size than the first frame", path.display()), "give frames of one size"));
            }
            frames.push(Frame { alpha: None, ..frame });
        }
        Ok(frames)
    }

    /// The answers.
    ///
    /// # Errors
    /// A file is missing or cannot be read; sizes differ.
    pub fn truth(&self) -> Result<Truth> {
        let mut buffers: Vec<GBuffer> = Vec::new();
        for (i, camera) in self.file.cameras.iter().enumerate() {
            let path = self.folder.join(format!("frame.{i:04}.exr"));
            let frame = ReadOptions { camera: Some(*camera) }.read_exr(&path)?.buffers;
            let first = buffers.first().unwrap_or(&frame);
            if frame.rgb.is_none() || (first.width, first.height) != (frame.width, frame.height) {
                let cause = format!("{} has no R, G, B or another size than the first frame", path.display());
                return Err(Fault::new(cause, "copy the evaluation set again"));
            }
            buffers.push(frame);
        }
        let mut lit = BTreeMap::new();
        for light in self.file.lights.keys() {
            let frames: Result<Vec<Vec<f32>>> = (0..self.frames())
                .map(|i| if light == "A" { Ok(buffers[i].rgb.clone().unwrap_or_default()) } else { self.relit(light, i, &buffers[i]) })
                .collect();
            lit.insert(light.clone(), frames?);
        }
        Ok(Truth { buffers, lit })
    }

    fn relit(&self, light: &str, index: usize, frame: &GBuffer) -> Result<Vec<f32>> {
        let path = self.folder.join(format!("relit_{light}.{index:04}.exr"));
        let layers = ExrLayers::read(&path)?;
        if (layers.width, layers.height) != (frame.width, frame.height) {
            return Err(Fault::new(format!("{} has another size than its frame", path.display()), "copy the evaluation set again"));
        }
        let [r, g, b] = layers.colour()?;
        Ok((0..r.len()).flat_map(|i| [r[i], g[i], b[i]]).collect())
    }
}
