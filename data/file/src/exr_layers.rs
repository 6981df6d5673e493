//! OpenEXR files as named channels, whatever layers, parts, compressions and sample types they have.

use crate::{Blame, Fault, Result};
use exr::{
    image::FlatImage,
    meta::{MetaData, attribute::AttributeValue},
    prelude::{Compression, ReadChannels, ReadLayers, read},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// No compression of OpenEXR shrinks pixels by more than this (deflate's limit is 1030, DWA's runs of zeros a few times that).
const MOST_COMPRESSION: u64 = 8192;
/// The most samples (pixels times channels) that are read: 4 GiB as float.
const MOST_SAMPLES: u64 = 1 << 30;

const DAMAGED: &str = "check that it is a whole OpenEXR file, or export it again";

/// All channels of an EXR file, as float.
#[derive(Debug, Clone, Default)]
pub struct ExrLayers {
    /// Where it came from.
    pub path: PathBuf,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Where the first part's top left pixel lies in the display window; not (0, 0) for cropped or overscanned pictures.
    pub offset: (i64, i64),
    /// Width and height of the display window.
    pub display: (usize, usize),
    /// Full channel names (`part.layer.channel`, the part's own name first where a file has several) and their
    /// `width * height` samples, row-major from the top.
    pub channels: Vec<(String, Vec<f32>)>,
    /// Attributes that hold text, a number or a matrix, as text.
    pub attributes: Vec<(String, String)>,
    /// Whether a part is compressed with loss (PXR24, B44, DWA).
    pub lossy: bool,
}

impl ExrLayers {
    /// Reads every flat part whole. Parts must have one size.
    ///
    /// # Errors
    /// No EXR; truncated or damaged; a header that promises more than the file can hold; deep data only; parts of
    /// different sizes.
    pub fn read(path: &Path) -> Result<Self> {
        let (image, lossy) = whole(path)?;
        let Some(first) = image.layer_data.first() else {
            return Err(Fault::new(format!("{} holds no flat image", path.display()), "export it as a scan-line EXR, not as deep data"));
        };
        let (width, height) = (first.size.width(), first.size.height());
        let several = image.layer_data.len() > 1;
        let window = image.attributes.display_window;
        let at = first.attributes.layer_position;
        let offset = (i64::from(at.x()) - i64::from(window.position.x()), i64::from(at.y()) - i64::from(window.position.y()));
        let display = (window.size.width(), window.size.height());
        let mut layers = Self { path: path.to_owned(), width, height, offset, display, lossy, ..Self::default() };
        let shared = image.attributes.other.iter();
        let own = image.layer_data.iter().flat_map(|l| l.attributes.other.iter());
        layers.attributes = shared.chain(own).filter_map(|(name, value)| Some((name.to_string(), words(value)?))).collect();
        for layer in image.layer_data {
            if (layer.size.width(), layer.size.height()) != (width, height) {
                let cause = format!("{} has parts of {width}x{height} and {}x{} pixels", path.display(), layer.size.width(), layer.size.height());
                return Err(Fault::new(cause, "export all parts at one size"));
            }
            let part = layer.attributes.layer_name.as_ref().filter(|_| several).map(ToString::to_string);
            for channel in layer.channel_data.list {
                let name = full_name(part.as_deref(), &channel.name.to_string());
                let samples: Vec<f32> = channel.sample_data.values_as_f32().collect();
                if samples.len() == width * height {
                    layers.channels.push((name, samples));
                }
            }
        }
        Ok(layers)
    }

    /// The samples of the channel called `name`.
    pub fn channel(&self, name: &str) -> Option<&[f32]> {
        self.channels.iter().find(|(n, _)| n == name).map(|(_, s)| s.as_slice())
    }

    /// The text of attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The three channels of the first colour picture in the file: plain `R G B`, else the first layer that has all
    /// three (Blender's `ViewLayer.Combined`), else a grey `Y`.
    ///
    /// # Errors
    /// There is none; the channels that there are are named.
    pub fn colour(&self) -> Result<[&[f32]; 3]> {
        let triple = |prefix: &str| {
            let [r, g, b] = ["R", "G", "B"].map(|c| self.channel(&format!("{prefix}{c}")));
            Some([r?, g?, b?])
        };
        let layers = self.channels.iter().filter_map(|(n, _)| n.strip_suffix('R').filter(|p| p.ends_with('.')));
        let named = |wanted: &str| layers.clone().find(|p| p.to_lowercase().ends_with(wanted)).and_then(triple);
        let found = triple("").or_else(|| named("combined.")).or_else(|| layers.clone().find_map(triple));
        found.or_else(|| self.channel("Y").map(|y| [y; 3])).ok_or_else(|| {
            let names: Vec<&str> = self.channels.iter().map(|(n, _)| n.as_str()).take(24).collect();
            Fault::new(format!("{} has no channels R, G, B, only {}", self.path.display(), names.join(", ")), "export a colour picture")
        })
    }
}

/// Everything of a flat file, with its own sample types, and whether a part is compressed with loss.
pub(crate) fn whole(path: &Path) -> Result<(FlatImage, bool)> {
    let bytes = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
    if bytes == 0 {
        return Err(Fault::new(format!("{} is empty", path.display()), "copy or export it again"));
    }
    let damaged = || format!("cannot read {}", path.display());
    let meta = MetaData::read_from_file(path, false).blame(damaged, DAMAGED)?;
    let mut samples = 0u64;
    for header in &meta.headers {
        let pixels = (header.layer_size.width() as u64).saturating_mul(header.layer_size.height() as u64);
        samples = samples.saturating_add(pixels.saturating_mul(header.channels.list.len() as u64));
    }
    if samples > MOST_SAMPLES || samples / MOST_COMPRESSION > bytes {
        let cause = format!("{} promises {samples} samples in a file of {bytes} bytes", path.display());
        return Err(Fault::new(cause, "the file is damaged or too large: export it again, at most 16384 pixels wide"));
    }
    let lossy = |c: Compression| matches!(c, Compression::PXR24 | Compression::B44 | Compression::B44A | Compression::DWAA(_) | Compression::DWAB(_));
    let lossy = meta.headers.iter().any(|h| lossy(h.compression));
    let image = read().no_deep_data().largest_resolution_level().all_channels().all_layers().all_attributes().from_file(path);
    let image = image.blame(damaged, DAMAGED)?;
    Ok((image, lossy))
}

/// A channel's name in [`ExrLayers::channels`]; `part` where the file has several.
pub(crate) fn full_name(part: Option<&str>, name: &str) -> String {
    match part {
        // Blender and others repeat the part's name in its channels.
        Some(part) if name != part && !name.starts_with(&format!("{part}.")) => format!("{part}.{name}"),
        _ => name.to_owned(),
    }
}

/// Width and height of the display window of an EXR file, from its header alone.
///
/// # Errors
/// It cannot be read or is no EXR.
pub fn exr_size(path: &Path) -> Result<(usize, usize)> {
    let meta = MetaData::read_from_file(path, false).blame(|| format!("cannot read {}", path.display()), DAMAGED)?;
    let header = meta.headers.first().ok_or_else(|| Fault::new(format!("{} holds nothing", path.display()), DAMAGED))?;
    let size = header.shared_attributes.display_window.size;
    Ok((size.width(), size.height()))
}

/// The text of an attribute's value; none for kinds that say nothing to us.
fn words(value: &AttributeValue) -> Option<String> {
    match value {
        AttributeValue::Text(text) => Some(text.to_string()),
        AttributeValue::F32(number) => Some(number.to_string()),
        AttributeValue::F64(number) => Some(number.to_string()),
        AttributeValue::I32(number) => Some(number.to_string()),
        AttributeValue::Matrix4x4(m) => Some(m.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_exr_are_refused_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.exr");
        assert!(ExrLayers::read(&path).unwrap_err().remedy.contains("path"));
        for bytes in [&b""[..], b"no picture", &[0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0]] {
            fs::write(&path, bytes).unwrap();
            assert!(ExrLayers::read(&path).unwrap_err().cause.contains("a.exr"));
        }
    }

    #[test]
    fn a_whole_file_is_read_and_no_cut_or_flipped_one_panics() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.exr");
        let colour: Vec<f32> = (0..24 * 12).flat_map(|i| [(i % 24) as f32, (i / 24) as f32, 7.0]).collect();
        let channels = ["R", "G", "B"].into_iter().enumerate().map(|(i, name)| crate::ExrChannel::float(name, &colour, 3, i)).collect();
        crate::write_exr_channels(&path, &path, (24, 12), channels, Vec::new()).unwrap();
        let layers = ExrLayers::read(&path).unwrap();
        let [r, g, b] = layers.colour().unwrap();
        assert_eq!((layers.width, layers.height, r[5], g[24], b[0]), (24, 12, 5.0, 1.0, 7.0));
        let whole = fs::read(&path).unwrap();
        for cut in (0..whole.len()).step_by(37) {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(ExrLayers::read(&path).is_err(), "cut at {cut}");
        }
        for flip in (8..whole.len().min(400)).step_by(3) {
            let mut bytes = whole.clone();
            bytes[flip] ^= 0x7f;
            fs::write(&path, &bytes).unwrap();
            let _ = ExrLayers::read(&path);
        }
    }
}
