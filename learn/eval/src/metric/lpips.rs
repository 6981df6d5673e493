//! A learned perceptual distance.

use super::{Codes, Mask};
use rayon::prelude::*;
use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use relight_tensor::{Level, Matrix, Numbers, Reach, Volume};
use std::path::Path;

/// What the pictures are shifted and divided by, per channel: ImageNet's statistics for a range of −1..1.
const SHIFT: [f32; 3] = [-0.030, -0.088, -0.188];
const SCALE: [f32; 3] = [0.458, 0.448, 0.450];
/// Weights of the binomial blur before every second pixel is taken.
const BLUR: [f32; 3] = [0.25, 0.5, 0.25];

/// A convolution of the trunk.
struct Layer {
    inputs: usize,
    outputs: usize,
    side: usize,
    padding: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// The distance of Zhang et al., *The Unreasonable Effectiveness of Deep Features as a Perceptual Metric* (2018), on the shift-tolerant
/// AlexNet of Ghildyal and Liu, *Shift-tolerant Perceptual Similarity Metric* (2022): 0 for equal pictures, about .5 for unrelated ones.
///
/// The weights are the ones that the Python package `stlpips-pytorch` 0.0.2 carries (BSD-2), as `training/lpips.py` writes them.
pub struct Lpips {
    trunk: Vec<Layer>,
    /// How much each channel of each of the five stages counts.
    heads: Vec<Vec<f32>>,
    level: Level,
}

/// A frame after each of the five convolutions: 10 MB for 256 x 256 pixels.
pub struct Features(Vec<Volume>);

/// The trunk: tensor name, inputs, outputs, side of the kernel, zeros round the picture.
const TRUNK: [(&str, usize, usize, usize, usize); 5] = [
    ("net.slice1.0", 3, 64, 11, 2),
    ("net.slice2.5", 64, 192, 5, 2),
    ("net.slice3.9", 192, 384, 3, 1),
    ("net.slice4.11", 384, 256, 3, 1),
    ("net.slice5.13", 256, 256, 3, 1),
];

impl Lpips {
    /// Reads the weights.
    ///
    /// # Errors
    /// The file cannot be read, lacks a tensor, or has one of another shape.
    pub fn open(path: &Path) -> Result<Self> {
        let file = Checkpoint::open(path)?;
        let read = |name: &str, shape: &[usize]| -> Result<Vec<f32>> {
            let found = &file.entry(name).map_err(|f| Fault::new(f.cause, REMEDY))?.shape;
            if found != shape {
                return Err(Fault::new(format!("{}: {name} is {found:?}, not {shape:?}", path.display()), REMEDY));
            }
            file.read(name)
        };
        let layer = |(name, inputs, outputs, side, padding): (&str, usize, usize, usize, usize)| {
            let weights = read(&format!("{name}.weight"), &[outputs, inputs, side, side])?;
            Ok(Layer { inputs, outputs, side, padding, weights, bias: read(&format!("{name}.bias"), &[outputs])? })
        };
        let head = |k: usize| read(&format!("lin{k}.model.1.weight"), &[1, TRUNK[k].2, 1, 1]);
        Ok(Self {
            trunk: TRUNK.into_iter().map(layer).collect::<Result<_>>()?,
            heads: (0..5).map(head).collect::<Result<_>>()?,
            level: Level::best(),
        })
    }

    /// The distance of one frame from the truth, both black outside the foreground. None without a foreground, or where a side is under 32 pixels.
    pub fn distance(&self, predicted: &Codes, truth: &Codes, mask: &Mask) -> Option<f64> {
        Some(self.between(&self.features(predicted, mask)?, &self.features(truth, mask)?))
    }

    /// What the network sees in one frame, black outside the foreground; none where [`Lpips::distance`] is none.
    pub fn features(&self, codes: &Codes, mask: &Mask) -> Option<Features> {
        (mask.width.min(mask.height) >= 32 && mask.pixels().next().is_some()).then(|| Features(self.stages(codes, mask)))
    }

    /// The distance of two frames of one size by what the network saw in them.
    pub fn between(&self, predicted: &Features, truth: &Features) -> f64 {
        let apart = |((p, t), head): ((&Volume, &Volume), &Vec<f32>)| {
            let pixel = |(p, t): (&[f32], &[f32])| p.iter().zip(t).zip(head).map(|((p, t), w)| f64::from(w * (p - t) * (p - t))).sum::<f64>();
            p.data.chunks_exact(p.channels).zip(t.data.chunks_exact(p.channels)).map(pixel).sum::<f64>() / p.pixels() as f64
        };
        predicted.0.iter().zip(&truth.0).zip(&self.heads).map(apart).sum()
    }

    /// What the frame is after each convolution: pixels of unit length.
    fn stages(&self, codes: &Codes, mask: &Mask) -> Vec<Volume> {
        let pixel = |(p, inside): (&[f32], &bool)| {
            let code = |c: usize| if *inside { p[c] } else { 0.0 };
            [0, 1, 2].map(|c| (2.0 * code(c) - 1.0 - SHIFT[c]) / SCALE[c])
        };
        let values = codes.0.chunks_exact(3).zip(&mask.inside).flat_map(pixel).collect();
        let mut map = Volume::new([1, mask.height, mask.width, 3], values);
        let mut stages = Vec::new();
        for (index, layer) in self.trunk.iter().enumerate() {
            // Before the second and third convolution the map is halved; after the first one, too.
            if matches!(index, 1 | 2) {
                map = halved(&largest(&map));
            }
            let reach = Reach { time: 1, space: layer.side, stride: 1, before: layer.padding, after: layer.padding };
            let weights = Matrix::new(layer.outputs, layer.inputs * reach.taps(), Numbers::Single(&layer.weights));
            map = map.convolve(self.level, 1, reach, &weights, Some(&layer.bias));
            if index == 0 {
                map = halved(&map);
            }
            map.data.iter_mut().for_each(|v| *v = v.max(0.0));
            stages.push(unit(&map));
        }
        stages
    }
}

/// What to do about a wrong file.
const REMEDY: &str = "make it with `python training/lpips.py` from the package stlpips-pytorch 0.0.2";

/// A map of another size whose pixels are made one by one.
fn made(from: &Volume, width: usize, height: usize, pixel: impl Fn(usize, usize, &mut [f32]) + Sync) -> Volume {
    let mut data = vec![0.0; width * height * from.channels];
    data.par_chunks_mut(from.channels).enumerate().for_each(|(i, out)| pixel(i % width, i / width, out));
    Volume::new([1, height, width, from.channels], data)
}

fn at(map: &Volume, x: usize, y: usize) -> &[f32] {
    &map.data[(y * map.width + x) * map.channels..][..map.channels]
}

/// The largest of 3x3 pixels, at every place that has them all.
fn largest(map: &Volume) -> Volume {
    made(map, map.width - 2, map.height - 2, |x, y, out| {
        out.fill(f32::MIN);
        for k in 0..9 {
            out.iter_mut().zip(at(map, x + k % 3, y + k / 3)).for_each(|(o, v)| *o = o.max(*v));
        }
    })
}

/// Every second pixel of the blurred map, which is continued by two mirrored pixels on each side.
fn halved(map: &Volume) -> Volume {
    let mirrored = |i: usize, side: usize| {
        let i = (i as i64 - 2).unsigned_abs() as usize;
        if i < side { i } else { 2 * (side - 1) - i }
    };
    made(map, (map.width + 3) / 2, (map.height + 3) / 2, |x, y, out| {
        for k in 0..9 {
            let weight = BLUR[k % 3] * BLUR[k / 3];
            let from = at(map, mirrored(2 * x + k % 3, map.width), mirrored(2 * y + k / 3, map.height));
            out.iter_mut().zip(from).for_each(|(o, v)| *o += weight * v);
        }
    })
}

/// Every pixel brought to unit length.
fn unit(map: &Volume) -> Volume {
    let mut map = map.clone();
    map.data.par_chunks_mut(map.channels).for_each(|p| {
        let length = p.iter().map(|v| v * v).sum::<f32>().sqrt() + 1e-10;
        p.iter_mut().for_each(|v| *v /= length);
    });
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Pseudo-random numbers in −1..1 by a hash of their place.
    fn number(i: usize, key: usize) -> f64 {
        let mut x = ((i + key) as u32).wrapping_mul(2_654_435_761);
        x = (x ^ (x >> 15)).wrapping_mul(2_246_822_519);
        f64::from(x ^ (x >> 13)) / f64::from(1u32 << 31) - 1.0
    }

    /// Weights of the right names and shapes, as large as random networks are initialised (He et al. 2015: variance 2 over the inputs).
    fn weights() -> Vec<u8> {
        let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
        for (name, inputs, outputs, side, _) in TRUNK {
            tensors.push((format!("{name}.weight"), vec![outputs, inputs, side, side]));
            tensors.push((format!("{name}.bias"), vec![outputs]));
        }
        tensors.extend((0..5).map(|k| (format!("lin{k}.model.1.weight"), vec![1, TRUNK[k].2, 1, 1])));
        let (mut header, mut data) = (Vec::new(), Vec::new());
        for (name, shape) in tensors {
            let count: usize = shape.iter().product();
            let inputs = if shape.len() > 1 { count / shape[0] } else { count };
            let head = name.starts_with("lin");
            let begin = data.len();
            for i in 0..count {
                let v = number(i, name.len());
                let v = if head { v.abs() } else { v * (6.0 / inputs as f64).sqrt() };
                data.extend((v as f32).to_le_bytes());
            }
            header.push(format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{begin},{}]}}", data.len()));
        }
        let mut header = format!("{{{}}}", header.join(","));
        header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
    }

    #[test]
    fn random_weights_give_what_the_package_gives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lpips.safetensors");
        fs::write(&path, weights()).unwrap();
        let lpips = Lpips::open(&path).unwrap();
        let (width, height) = (40, 36);
        let mask = Mask { width, height, inside: (0..width * height).map(|i| i % width > 3).collect() };
        let picture = |f: f64, s: f64| Codes((0..3 * width * height).map(|i| (0.5 + 0.4 * (f * i as f64 + s).sin()) as f32).collect());
        let (a, b) = (picture(0.3, 0.0), picture(0.31, 1.0));
        // stlpips-pytorch 0.0.2 with PyTorch on the same weights and pictures.
        let told = 0.792_664_5;
        let got = lpips.distance(&a, &b, &mask).unwrap();
        assert!((got / told - 1.0).abs() < 1e-3, "{got} {told}");
        assert_eq!(lpips.distance(&a, &a, &mask), Some(0.0));
        assert_eq!(lpips.distance(&a, &b, &Mask { inside: vec![false; width * height], ..mask }), None);
    }

    #[test]
    fn other_files_are_faults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.safetensors");
        fs::write(&path, [&2u64.to_le_bytes()[..], b"{}"].concat()).unwrap();
        let fault = Lpips::open(&path).err().unwrap();
        assert!(fault.cause.contains("net.slice1.0") && fault.remedy.contains("lpips.py"), "{fault}");
    }
}
