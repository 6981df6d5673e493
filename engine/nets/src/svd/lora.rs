//! Low-rank changes of a network's weights (Hu et al. 2021).

use crate::table::Table;
use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use relight_tensor::{Level, Matrix, Numbers, Reach, Volume, linear};
use std::{collections::BTreeMap, path::Path};

const REMEDY: &str = "use the LoRA of this model, or none with --lora-scale 0";

/// The pairs of a LoRA file: layer W becomes `W + scale · up · down`.
#[derive(Debug)]
pub struct Lora {
    pairs: BTreeMap<String, Pair>,
    /// How much of the change is applied; 0 is the network without it.
    pub scale: f32,
}

#[derive(Debug)]
struct Pair {
    rank: usize,
    /// `rank` rows.
    down: Vec<f32>,
    /// `outputs` rows of `rank` numbers.
    up: Vec<f32>,
    /// `alpha / rank`, 1 where no alpha is told.
    factor: f32,
}

impl Lora {
    /// Reads a LoRA for the network of `table`. Names are `MODULE.lora_A.weight` and `MODULE.lora_B.weight`, or `MODULE.lora.down.weight` and
    /// `MODULE.lora.up.weight`, with or without `unet.` in front.
    ///
    /// # Errors
    /// Unreadable; names that are neither; modules that the network does not have; shapes that do not fit.
    pub fn open(path: &Path, table: &Table, scale: f32) -> Result<Self> {
        let file = Checkpoint::open(path)?;
        let mut halves: BTreeMap<String, [Option<String>; 3]> = BTreeMap::new();
        for key in file.tensors().keys() {
            let bare = key.strip_prefix("unet.").unwrap_or(key);
            let endings = [(".lora_A.weight", 0), (".lora.down.weight", 0), (".lora_B.weight", 1), (".lora.up.weight", 1), (".alpha", 2)];
            let found = endings.iter().find_map(|(ending, part)| bare.strip_suffix(ending).map(|module| (module, *part)));
            let Some((module, part)) = found else {
                return Err(Fault::new(format!("{}: {key} is no part of a LoRA that is known", path.display()), REMEDY));
            };
            halves.entry(module.to_owned()).or_default()[part] = Some(key.clone());
        }
        let mut pairs = BTreeMap::new();
        for (module, [down, up, alpha]) in halves {
            let wrong = |what: &str| Fault::new(format!("{}: {module} {what}", path.display()), REMEDY);
            let (Some(down), Some(up)) = (down, up) else { return Err(wrong("has only half of its pair")) };
            let weight = table.shapes().get(&format!("{module}.weight")).ok_or_else(|| wrong("is no layer of the network"))?;
            let (a, b) = (&file.entry(&down)?.shape, &file.entry(&up)?.shape);
            let rank = a.first().copied().unwrap_or(0);
            let fits = rank > 0 && a[1..] == weight[1..] && b.len() >= 2 && b[0] == weight[0] && b[1] == rank && b[2..].iter().all(|n| *n == 1);
            if !fits {
                return Err(wrong(&format!("has the shapes {a:?} and {b:?} for a weight of {weight:?}")));
            }
            let alpha = alpha.map(|key| file.read(&key)).transpose()?;
            let factor = alpha.and_then(|alpha| alpha.first().copied()).map_or(1.0, |alpha| alpha / rank as f32);
            pairs.insert(module, Pair { rank, down: file.read(&down)?, up: file.read(&up)?, factor });
        }
        Ok(Self { pairs, scale })
    }

    /// Adds the change of a matrix: rows `x` went in, rows `y` came out.
    pub(crate) fn change(&self, level: Level, module: &str, x: &[f32], y: &mut [f32]) {
        let Some(pair) = self.pairs.get(module).filter(|_| self.scale != 0.0) else { return };
        let columns = pair.down.len() / pair.rank;
        let mut low = vec![0.0; x.len() / columns * pair.rank];
        linear(level, x, &Matrix::new(pair.rank, columns, Numbers::Single(&pair.down)), None, &mut low);
        self.add(level, pair, &low, y);
    }

    /// Adds the change of a convolution.
    pub(crate) fn change_volume(&self, level: Level, module: &str, x: &Volume, videos: usize, reach: Reach, y: &mut Volume) {
        let Some(pair) = self.pairs.get(module).filter(|_| self.scale != 0.0) else { return };
        let down = Matrix::new(pair.rank, pair.down.len() / pair.rank, Numbers::Single(&pair.down));
        let low = x.convolve(level, videos, reach, &down, None);
        self.add(level, pair, &low.data, &mut y.data);
    }

    fn add(&self, level: Level, pair: &Pair, low: &[f32], y: &mut [f32]) {
        let outputs = pair.up.len() / pair.rank;
        let mut change = vec![0.0; y.len()];
        linear(level, low, &Matrix::new(outputs, pair.rank, Numbers::Single(&pair.up)), None, &mut change);
        let by = self.scale * pair.factor;
        y.iter_mut().zip(&change).for_each(|(y, change)| *y += by * change);
    }
}
