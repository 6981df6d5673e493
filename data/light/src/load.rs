//! Files to maps.

use crate::{Environment, sound};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, codecs::hdr::HdrDecoder};
use relight_file::{Blame, ExrLayers, Fault, Result};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

/// The most texels across: what 8-bit panoramas and HDRIs of today reach.
const WIDEST: u32 = 16384;
/// Radiance run lengths shrink four bytes of 127 texels to eight bytes: no file holds more texels a byte than this.
const MOST_TEXELS_PER_BYTE: u64 = 64;

/// How to read a map.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Set NaN and negative texels to 0 and infinite ones to the greatest finite value instead of refusing them.
    pub clean: bool,
}

/// A map, and what had to be said about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The map.
    pub map: Environment,
    /// One line each: a low dynamic range, texels that were cut.
    pub notes: Vec<String>,
}

impl Environment {
    /// Reads a map with the usual options: see [`LoadOptions::load`].
    ///
    /// # Errors
    /// As [`LoadOptions::load`].
    pub fn load(path: &Path) -> Result<Self> {
        LoadOptions::default().load(path).map(|l| l.map)
    }

    /// A Radiance file that is in memory, of any shape; `path` is for messages.
    ///
    /// # Errors
    /// It is truncated or damaged, or its header promises more than it holds.
    pub fn from_radiance(path: &Path, bytes: &[u8]) -> Result<Self> {
        radiance(path, bytes, bytes.len() as u64)
    }
}

impl LoadOptions {
    /// Reads an equirectangular map of linear Rec.709 radiance: Radiance `.hdr`, OpenEXR (any sample type, compression
    /// and layering; the first colour layer), or an sRGB `.png`/`.jpg`, which has no bright lights and gets a note.
    ///
    /// Negatives of lossily compressed EXR files (ringing round suns) are cut, with a note.
    ///
    /// # Errors
    /// Unknown, truncated or damaged file; a header that promises more than the file holds; a shape other than 2:1;
    /// texels that are NaN, infinite or negative.
    pub fn load(self, path: &Path) -> Result<Loaded> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let bytes = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
        if bytes == 0 {
            return Err(Fault::new(format!("{} is empty", path.display()), "copy or download it again"));
        }
        let mut notes = Vec::new();
        let (mut map, lossy) = match extension.as_str() {
            "exr" => exr(path)?,
            "hdr" | "rgbe" | "pic" => (radiance(path, BufReader::new(File::open(path).map_err(|e| Fault::read(path, &e))?), bytes)?, false),
            "png" | "jpg" | "jpeg" => {
                notes.push(format!("{} holds 8-bit colours: its lamps and sun are no brighter than white", path.display()));
                (low(path)?, false)
            }
            _ => return Err(Fault::new(format!("{} is no environment map", path.display()), "give a .hdr or .exr file (or a .png/.jpg panorama)")),
        };
        if map.width != 2 * map.height || map.height == 0 {
            let cause = format!("{} is {}x{} pixels, not 2:1", path.display(), map.width, map.height);
            return Err(Fault::new(cause, "give an equirectangular (latitude-longitude) map, twice as wide as high"));
        }
        notes.extend(sound::check(&mut map, path, self.clean, lossy)?);
        Ok(Loaded { map, notes })
    }
}

fn exr(path: &Path) -> Result<(Environment, bool)> {
    let layers = ExrLayers::read(path)?;
    let [r, g, b] = layers.colour()?;
    let rgb = (0..r.len()).flat_map(|i| [r[i], g[i], b[i]]).collect();
    Ok((Environment { width: layers.width, height: layers.height, rgb }, layers.lossy))
}

fn radiance(path: &Path, source: impl BufRead, bytes: u64) -> Result<Environment> {
    let cause = || format!("cannot read {}", path.display());
    let remedy = "check that it is a whole Radiance .hdr file, or download it again";
    let decoder = HdrDecoder::new(source).blame(cause, remedy)?;
    let (width, height) = decoder.dimensions();
    let texels = u64::from(width) * u64::from(height);
    if width > WIDEST || height > WIDEST || texels / MOST_TEXELS_PER_BYTE > bytes {
        let cause = format!("{} promises {width}x{height} pixels in a file of {bytes} bytes", path.display());
        return Err(Fault::new(cause, "the file is damaged or too large: download it again, at most 16384 pixels wide"));
    }
    let picture = DynamicImage::from_decoder(decoder).blame(cause, remedy)?.into_rgb32f();
    Ok(Environment { width: width as usize, height: height as usize, rgb: picture.into_raw() })
}

fn low(path: &Path) -> Result<Environment> {
    let cause = || format!("cannot read {}", path.display());
    let remedy = "check that the file is whole and of the kind its name says";
    let mut reader = ImageReader::open(path).map_err(|e| Fault::read(path, &e))?.with_guessed_format().map_err(|e| Fault::read(path, &e))?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(WIDEST), Some(WIDEST));
    reader.limits(limits);
    let picture = reader.decode().blame(cause, remedy)?.into_rgb32f();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rgb = picture.into_raw().into_iter().map(linear).collect();
    Ok(Environment { width, height, rgb })
}

/// IEC 61966-2-1: an sRGB code value in [0, 1] as linear light.
fn linear(v: f32) -> f32 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gradient() -> Environment {
        let mut map = Environment::constant(32, 16, [0.0; 3]);
        map.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = 0.25 * (1 + i % 7) as f32);
        map
    }

    #[test]
    fn a_map_survives_both_formats() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.exr", "a.hdr", "sun.exr"] {
            let path = folder.path().join(name);
            let mut map = gradient();
            if name == "sun.exr" {
                map.rgb[99] = 163_840.0;
            }
            map.save(&path, false).unwrap();
            let back = Environment::load(&path).unwrap();
            let worst = map.rgb.iter().zip(&back.rgb).map(|(a, b)| (a - b).abs() / (a + 1.0)).fold(0.0, f32::max);
            assert!(back.width == 32 && worst < if name == "a.hdr" { 0.01 } else { 1e-6 }, "{name}: {worst}");
            assert!(map.save(&path, false).unwrap_err().remedy.contains("-y"));
        }
        assert!(gradient().save(&folder.path().join("a.tiff"), false).is_err());
    }

    #[test]
    fn texels_that_are_no_radiance_are_refused_with_their_number_and_place_or_cleaned() {
        let folder = tempfile::tempdir().unwrap();
        for (i, (value, word)) in [(f32::NAN, "NaN"), (f32::INFINITY, "infinite"), (-0.5, "negative")].into_iter().enumerate() {
            let path = folder.path().join(format!("{i}.exr"));
            let mut map = gradient();
            map.rgb[3 * (2 * 32 + 5)] = value;
            map.rgb[3 * (9 * 32 + 5) + 2] = value;
            // The writer is not asked whether what it writes makes sense.
            map.save(&path, false).unwrap();
            let fault = Environment::load(&path).unwrap_err();
            assert!(fault.cause.contains(&format!("2 {word} texels")) && fault.cause.contains("column 5, row 2"), "{fault}");
            assert!(fault.remedy.contains("--clean-light"));
            let loaded = LoadOptions { clean: true }.load(&path).unwrap();
            assert!(loaded.notes.len() == 1 && loaded.map.rgb.iter().all(|v| v.is_finite() && *v >= 0.0));
        }
    }

    #[test]
    fn shapes_headers_and_names_that_lie_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |n: &str| folder.path().join(n);
        Environment::constant(30, 20, [1.0; 3]).save(&path("square.exr"), false).unwrap();
        assert!(Environment::load(&path("square.exr")).unwrap_err().cause.contains("30x20"));
        fs::write(path("big.hdr"), "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8192 +X 16384\n\x02\x02").unwrap();
        assert!(Environment::load(&path("big.hdr")).unwrap_err().cause.contains("promises"));
        fs::write(path("cut.hdr"), "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8 +X 16\n\x02\x02").unwrap();
        assert!(Environment::load(&path("cut.hdr")).is_err());
        for (name, bytes) in [("empty.hdr", ""), ("text.hdr", "hello"), ("text.exr", "hello"), ("text.png", "hello"), ("map.tiff", "II")] {
            fs::write(path(name), bytes).unwrap();
            assert!(Environment::load(&path(name)).unwrap_err().cause.contains(name));
        }
        assert!(Environment::load(&path("absent.hdr")).unwrap_err().remedy.contains("path"));
    }

    #[test]
    fn an_8_bit_panorama_is_linearised_with_a_note() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        image::RgbImage::from_pixel(8, 4, image::Rgb([188, 255, 0])).save(&path).unwrap();
        let loaded = LoadOptions::default().load(&path).unwrap();
        assert!((loaded.map.rgb[0] - 0.5029).abs() < 1e-3 && loaded.map.rgb[1] == 1.0 && loaded.notes.len() == 1);
    }
}
