//! The lights that clips share: maps from files, and procedural skies by their key, each with its analytic shader.

use super::{COLUMNS, ROWS, any, rounded};
use crate::{dice::Dice, folder, picture, reserved};
use relight_file::{Fault, Result};
use relight_light::Environment;
use relight_shade::Shader;
use relight_trace::Texture;
use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// A map and its shader, which takes about 0.4 s of one core to prefilter: as long as a frame takes to trace.
pub(crate) struct Sky {
    /// The map at the size of a shard.
    pub map: Arc<Environment>,
    shader: OnceLock<Shader>,
}

impl Sky {
    fn new(map: Environment) -> Self {
        Self { map: Arc::new(map), shader: OnceLock::new() }
    }

    /// The map made ready to shade, at first use.
    pub fn shader(&self) -> &Shader {
        self.shader.get_or_init(|| Shader::new(self.map.clone()))
    }
}

/// So many neighbouring clips choose their procedural skies (and turn them differently) …
const BLOCK: u64 = 32;
/// … from so many: 1500 skies in 6000 clips, for a quarter of the time.
const SHARED: usize = 8;
/// Skies kept at a time, about 5 MB each with their shaders.
const KEPT: usize = 24;

/// A procedural sky's seed, block and number in it.
type Key = (u64, u64, usize);
/// A sky that is painted by the first clip that needs it.
type Place = Arc<OnceLock<Arc<Sky>>>;

/// The maps that `--lights` names, and the procedural skies of late.
#[derive(Default)]
pub(crate) struct Maps {
    real: Vec<Arc<Sky>>,
    /// What photographs of the real maps look like.
    pub views: Vec<Texture>,
    late: Mutex<VecDeque<(Key, Place)>>,
}

impl Maps {
    /// Reads every map in the folders and every map named; reserved ones inside a folder are passed over.
    ///
    /// # Errors
    /// A path that does not exist or is reserved itself; a map that cannot be read; a folder without any.
    pub fn load(paths: &[PathBuf]) -> Result<Self> {
        let (mut real, mut views) = (Vec::new(), Vec::new());
        for path in paths {
            let files = if path.is_dir() { folder::files(path, &["hdr", "exr"], 1)? } else { vec![path.clone()] };
            let files: Vec<PathBuf> = files.into_iter().filter(|f| !reserved::map(f)).collect();
            if files.is_empty() {
                let cause = format!("{} holds no light map that training may use", path.display());
                return Err(Fault::new(cause, "give .hdr or .exr maps that the evaluation sets do not reserve"));
            }
            for file in files {
                let map = Environment::load(&file)?;
                views.extend(picture::views(&map));
                real.push(Arc::new(Sky::new(rounded(map.resized(COLUMNS, ROWS)))));
            }
        }
        Ok(Self { real, views, late: Mutex::default() })
    }

    /// A light for a clip of a seed: a real map for three of five where there are any, else a procedural sky of the clip's block.
    pub fn choose(&self, dice: &mut Dice, seed: u64, clip: u64) -> Arc<Sky> {
        if dice.chance(0.6) && !self.real.is_empty() {
            return dice.pick(&self.real).clone();
        }
        let key = (seed, clip / BLOCK, dice.index(SHARED));
        // The lock is held to find the place, not while the sky is painted there.
        let place = {
            let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            let known = late.iter().find(|(k, _)| *k == key).map(|(_, place)| place.clone());
            known.unwrap_or_else(|| {
                let place = Place::default();
                late.push_back((key, place.clone()));
                if late.len() > KEPT {
                    late.pop_front();
                }
                place
            })
        };
        place.get_or_init(|| Arc::new(Sky::new(any(&mut Dice::new(&[0x5C7, key.0, key.1, key.2 as u64]))))).clone()
    }
}
