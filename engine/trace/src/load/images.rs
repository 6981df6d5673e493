//! The textures of a glTF file.

use crate::Texture;
use glam::Vec3;
use image::{DynamicImage, ImageFormat};
use relight_file::{Blame, Fault, Result};
use std::{collections::HashMap, path::Path, sync::Arc};

/// Decodes images as materials ask for them, each once per use.
pub(crate) struct Images<'a> {
    base: &'a Path,
    buffers: &'a [gltf::buffer::Data],
    decoded: HashMap<(usize, bool), Arc<Texture>>,
}

impl<'a> Images<'a> {
    pub(crate) fn new(base: &'a Path, buffers: &'a [gltf::buffer::Data]) -> Self {
        Self { base, buffers, decoded: HashMap::new() }
    }

    /// The texture of `image`; `colour` images are sRGB and become linear.
    pub(crate) fn get(&mut self, image: &gltf::Image, colour: bool) -> Result<Arc<Texture>> {
        let key = (image.index(), colour);
        if let Some(texture) = self.decoded.get(&key) {
            return Ok(texture.clone());
        }
        let texture = Arc::new(texture(&self.decode(image)?, colour));
        self.decoded.insert(key, texture.clone());
        Ok(texture)
    }

    fn decode(&self, image: &gltf::Image) -> Result<DynamicImage> {
        let cause = || format!("texture {} cannot be read", image.index());
        let remedy = "store it as PNG or JPEG, inside or beside the file";
        match image.source() {
            gltf::image::Source::View { view, mime_type } => {
                let buffer = self.buffers.get(view.buffer().index());
                let end = view.offset().checked_add(view.length());
                let bytes = buffer.zip(end).and_then(|(b, end)| b.0.get(view.offset()..end));
                let bytes = bytes.ok_or_else(|| Fault::new(format!("texture {} lies outside its buffer", image.index()), remedy))?;
                let format = match mime_type {
                    "image/png" => ImageFormat::Png,
                    "image/jpeg" => ImageFormat::Jpeg,
                    other => return Err(Fault::new(format!("texture {} is of type {other}", image.index()), remedy)),
                };
                image::load_from_memory_with_format(bytes, format).blame(cause, remedy)
            }
            gltf::image::Source::Uri { uri, .. } => {
                check_uri(uri)?;
                let data = gltf::image::Data::from_source(image.source(), Some(self.base), &[]).blame(cause, remedy)?;
                from_data(data).ok_or_else(|| Fault::new(cause(), remedy))
            }
        }
    }
}

/// The importer takes percent-encoded names for UTF-8 without asking.
pub(crate) fn check_uri(uri: &str) -> Result<()> {
    let bytes = uri.as_bytes();
    let hex = |i: usize| bytes.get(i).and_then(|b| (*b as char).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        match (bytes[i], hex(i + 1), hex(i + 2)) {
            (b'%', Some(a), Some(b)) => {
                decoded.push((a * 16 + b) as u8);
                i += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                i += 1;
            }
        }
    }
    match String::from_utf8(decoded) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::new("a name in the file is not UTF-8", "rename the buffers and textures it refers to, and export again")),
    }
}

fn from_data(data: gltf::image::Data) -> Option<DynamicImage> {
    use gltf::image::Format;
    let (w, h, pixels) = (data.width, data.height, data.pixels);
    match data.format {
        Format::R8 => image::GrayImage::from_raw(w, h, pixels).map(DynamicImage::from),
        Format::R8G8 => image::GrayAlphaImage::from_raw(w, h, pixels).map(DynamicImage::from),
        Format::R8G8B8 => image::RgbImage::from_raw(w, h, pixels).map(DynamicImage::from),
        Format::R8G8B8A8 => image::RgbaImage::from_raw(w, h, pixels).map(DynamicImage::from),
        other => {
            // Deeper formats keep their upper byte, which is what 8-bit textures have too.
            let channels = match other {
                Format::R16 => 1,
                Format::R16G16 => 2,
                Format::R16G16B16 => 3,
                Format::R16G16B16A16 => 4,
                _ => return None,
            };
            let upper: Vec<u8> = pixels.chunks_exact(2).map(|b| b[1]).collect();
            let rgb = upper.chunks_exact(channels).flat_map(|p| [p[0], p[if channels > 2 { 1 } else { 0 }], p[if channels > 2 { 2 } else { 0 }]]);
            image::RgbImage::from_raw(w, h, rgb.collect()).map(DynamicImage::from)
        }
    }
}

impl Texture {
    /// A PNG or JPEG file's sRGB picture, made linear; none where it is no such file or damaged.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        image::load_from_memory(bytes).ok().map(|image| texture(&image, true))
    }
}

fn texture(image: &DynamicImage, colour: bool) -> Texture {
    let image = image.to_rgb8();
    let (width, height) = (image.width() as usize, image.height() as usize);
    let curve: [f32; 256] = std::array::from_fn(|i| {
        let x = i as f32 / 255.0;
        match (colour, x <= 0.04045) {
            (false, _) => x,
            (true, true) => x / 12.92,
            (true, false) => ((x + 0.055) / 1.055).powf(2.4),
        }
    });
    let texels = image.pixels().map(|p| p.0.map(|c| curve[c as usize])).collect();
    Texture { width, height, texels }
}

/// A factor as a colour.
pub(crate) fn colour(factor: [f32; 4]) -> Vec3 {
    Vec3::new(factor[0], factor[1], factor[2])
}
