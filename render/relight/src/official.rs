//! What official networks can be told, and what their renderers share.

use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use relight_gbuffer::{DepthRange, Pass};
use relight_nets::cosmos::Precision;
use relight_tensor::Volume;
use std::path::{Path, PathBuf};

/// What depth codes 0 and 1 are taken for: the networks tell neither (as where the official layout is read).
pub(crate) const RANGE: DepthRange = DepthRange { near: 1.0, far: 2.0 };
/// Numbers per pixel of what an inverse network answers.
pub(crate) const OUTPUTS: usize = 9;

/// What official networks can be told. None is each family's own way, that of its official scripts; what a family does not have it does not look at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Official {
    /// Precision of tokens (Cosmos); none is bf16, or f32 where there is a limit of memory and it fits.
    pub precision: Option<Precision>,
    /// How far networks are led by their conditions, at the first frame and at the last, evenly between: SVD forward 1.2, used where the last is above 1;
    /// Cosmos 0, used above 0, where the first holds for all frames.
    pub guidance: Option<[f32; 2]>,
    /// How much of the LoRA is applied that comes with a model (SVD): a quarter.
    pub lora_scale: Option<f32>,
    /// The passes that are estimated, each with a sampling of its own, and that the Cosmos forward network sees; none is all of them. The others stay plain,
    /// and that network is told that it does not see them.
    pub passes: Option<Vec<Pass>>,
    /// A file of unit noise in place of torch's numbers.
    pub noise: Option<PathBuf>,
    /// A single evaluation without noise (SVD).
    pub one_step: bool,
    /// Frames that are decoded together (SVD): 8. The decoder looks over them, so that it changes the pictures.
    pub decode_chunk: Option<usize>,
    /// Bytes that a window may take.
    pub memory: Option<u64>,
}

impl Official {
    /// Those of `all`, in their order, whose pass is asked for.
    pub(crate) fn asked<T: Copy>(&self, all: &[(Pass, T)]) -> Vec<(Pass, T)> {
        all.iter().filter(|(pass, _)| self.passes.as_ref().is_none_or(|passes| passes.contains(pass))).copied().collect()
    }
}

/// Writes the pictures of a pass, `pixels` of three codes 0..1 that may lie a little beyond, to the numbers of an answer.
pub(crate) fn answer(x0: &mut [f32], pass: Pass, pictures: &[f32]) {
    for (x0, v) in x0.chunks_exact_mut(OUTPUTS).zip(pictures.as_chunks::<3>().0) {
        let signed = v.map(|v| 2.0 * v - 1.0);
        let grey = ((v[0] + v[1] + v[2]) / 3.0).clamp(0.0, 1.0);
        match pass {
            Pass::Albedo => x0[..3].copy_from_slice(&signed.map(|v| v.clamp(-1.0, 1.0))),
            Pass::Normal => x0[3..6].copy_from_slice(&signed),
            Pass::Depth => x0[6] = RANGE.depth(grey).ln(),
            Pass::Roughness => x0[7] = 2.0 * grey - 1.0,
            _ => x0[8] = 2.0 * grey - 1.0,
        }
    }
}

/// How the axes of a tensor of latents follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axes {
    /// Frames, channels, rows, columns: the SVD family's.
    Frames,
    /// Channels, frames, rows, columns: the Cosmos family's.
    Channels,
}

/// Unit noise of `shape` [frames, height, width, channels] from the first tensor of a file, which may have more frames.
///
/// # Errors
/// The file cannot be read, or its last four sizes are others.
pub(crate) fn read_noise(path: &Path, axes: Axes, shape: [usize; 4]) -> Result<Volume> {
    let [frames, height, width, channels] = shape;
    let file = Checkpoint::open(path)?;
    let (words, wanted) = match axes {
        Axes::Frames => ("frames, channels, height, width", [frames, channels, height, width]),
        Axes::Channels => ("channels, frames, height, width", [channels, frames, height, width]),
    };
    let remedy = format!("give a safetensors file with one tensor of unit noise: {words} of the latents");
    let Some((name, entry)) = file.tensors().first_key_value() else { return Err(Fault::new(format!("{} is empty", path.display()), remedy)) };
    let first = entry.shape.len().saturating_sub(4);
    let time = if axes == Axes::Frames { 0 } else { 1 };
    let found: Option<[usize; 4]> = entry.shape[first..].try_into().ok();
    let fits = |found: &[usize; 4]| (0..4).all(|axis| if axis == time { found[axis] >= wanted[axis] } else { found[axis] == wanted[axis] });
    let Some(found) = found.filter(|found| entry.shape[..first].iter().all(|n| *n == 1) && fits(found)) else {
        return Err(Fault::new(format!("{} holds noise of {:?}, not {wanted:?}", path.display(), entry.shape), remedy));
    };
    let numbers = file.read(name)?;
    let all = match axes {
        Axes::Frames => Volume::from_planes(found, &numbers),
        Axes::Channels => Volume::from_planar([found[1], height, width, channels], &numbers),
    };
    Ok(all.cut(0..frames))
}
