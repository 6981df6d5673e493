//! Named channels to an OpenEXR file. Everything that this project writes as EXR goes through here: the generic pipelines of the `exr`
//! crate take minutes to compile wherever they are used, so they are used in this crate alone.

use crate::{Blame, Fault, Result, exr_order::order};
use exr::{
    image::{AnyChannel, AnyChannels, Encoding, FlatImage, FlatSamples, Image, Layer},
    meta::{
        attribute::{AttributeValue, Text},
        header::LayerAttributes,
    },
    prelude::{WritableImage, f16},
};
use std::{fs, io::Cursor, path::Path};

/// Greatest half float.
pub const HALF_MAX: f32 = 65504.0;

/// One channel to write: its full dotted name, its samples row-major from the top, and whether they are stored as half
/// (clamped to ±[`HALF_MAX`]) or float.
#[derive(Debug, Clone)]
pub struct ExrChannel {
    /// Full name, such as `albedo.R`.
    pub name: String,
    /// `width * height` samples.
    pub samples: Vec<f32>,
    /// Stored as half floats.
    pub half: bool,
}

impl ExrChannel {
    /// Channel `offset` of interleaved `values` with `channels` numbers per pixel, stored as half.
    pub fn half(name: impl Into<String>, values: &[f32], channels: usize, offset: usize) -> Self {
        Self { name: name.into(), samples: values.iter().skip(offset).step_by(channels).copied().collect(), half: true }
    }

    /// The same, stored as float.
    pub fn float(name: impl Into<String>, values: &[f32], channels: usize, offset: usize) -> Self {
        Self { half: false, ..Self::half(name, values, channels, offset) }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone)]
pub enum ExrValue {
    /// Words.
    Text(String),
    /// A number.
    Number(f32),
    /// A row-major 4x4 matrix.
    Matrix([f32; 16]),
}

/// Writes one part with ZIP compression to `file`; faults name `name`, the file that it will become.
///
/// # Errors
/// The disk is full or the file cannot be written.
pub fn write_exr_channels(
    file: &Path,
    name: &Path,
    (width, height): (usize, usize),
    channels: Vec<ExrChannel>,
    attributes: Vec<(&str, ExrValue)>,
) -> Result<()> {
    let list = channels.into_iter().map(|channel| {
        let samples = if channel.half {
            FlatSamples::F16(channel.samples.iter().map(|v| f16::from_f32(v.clamp(-HALF_MAX, HALF_MAX))).collect())
        } else {
            FlatSamples::F32(channel.samples)
        };
        AnyChannel::new(channel.name.as_str(), samples)
    });
    let channels = AnyChannels::sort(list.collect());
    let mut header = LayerAttributes { software_name: Some(Text::from("relight")), ..LayerAttributes::default() };
    for (key, value) in attributes {
        let value = match value {
            ExrValue::Text(words) => AttributeValue::Text(Text::from(words.as_str())),
            ExrValue::Number(number) => AttributeValue::F32(number),
            ExrValue::Matrix(matrix) => AttributeValue::Matrix4x4(matrix),
        };
        header.other.insert(Text::from(key), value);
    }
    let layer = Layer::new((width, height), header, Encoding::SMALL_LOSSLESS, channels);
    let Image { attributes, layer_data } = Image::from_layer(layer);
    write_flat(&Image { attributes, layer_data: [layer_data].into_iter().collect() }, file, name)
}

/// Writes an image of any number of parts to `file`; faults name `name`.
pub(crate) fn write_flat(image: &FlatImage, file: &Path, name: &Path) -> Result<()> {
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes).blame(|| format!("cannot write {}", name.display()), "choose another output with -o")?;
    let mut bytes = bytes.into_inner();
    order(&mut bytes);
    fs::write(file, bytes).map_err(|e| Fault::write(name, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use exr::prelude::{ReadChannels, ReadLayers, read};

    #[test]
    fn equal_pictures_are_equal_files() {
        let folder = tempfile::tempdir().unwrap();
        // A hash map of the standard library has another order every time.
        let files: Vec<Vec<u8>> = (0..8)
            .map(|i| {
                let path = folder.path().join(format!("{i}.exr"));
                let channels = ["N.X", "N.Y", "Z"].map(|name| ExrChannel::float(name, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1, 0)).to_vec();
                let attributes = ["d", "b", "fov", "camera", "a", "kind"].map(|name| (name, ExrValue::Text(name.repeat(3)))).to_vec();
                write_exr_channels(&path, &path, (3, 2), channels, attributes).unwrap();
                fs::read(path).unwrap()
            })
            .collect();
        assert!(files.iter().all(|file| *file == files[0]));
        let image = read()
            .no_deep_data()
            .largest_resolution_level()
            .all_channels()
            .all_layers()
            .all_attributes()
            .from_file(folder.path().join("0.exr"))
            .unwrap();
        let layer = &image.layer_data[0];
        assert_eq!((layer.channel_data.list.len(), layer.attributes.other.len()), (3, 6));
        assert_eq!(layer.attributes.other[&Text::from("fov")], AttributeValue::Text(Text::from("fovfovfov")));
        for length in 0..200 {
            order(&mut files[0][..length].to_vec());
        }
    }
}
