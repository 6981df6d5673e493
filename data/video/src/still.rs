//! Single pictures: png, jpg, hdr and exr.

use crate::{Frame, about::check_still, transfer};
use image::{DynamicImage, ImageDecoder, ImageReader};
use relight_file::{Blame, Fault, Result};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// Extensions of the pictures that are read and written.
pub const EXTENSIONS: [&str; 5] = ["png", "jpg", "jpeg", "exr", "hdr"];

fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Whether the name is that of a picture that [`read`] reads.
pub fn is_still(path: &Path) -> bool {
    EXTENSIONS.contains(&extension(path).as_str())
}

const DAMAGED: &str = "the file is damaged or not what its name says: export it again";

/// Width and height, from the header alone.
///
/// # Errors
/// It cannot be read, is of another kind, or has an absurd size.
pub fn size(path: &Path) -> Result<(usize, usize)> {
    let (width, height) = if extension(path) == "exr" {
        let meta = exr_header(path)?;
        let size = meta.shared_attributes.display_window.size;
        (size.0, size.1)
    } else {
        let mut decoder = reader(path)?.into_decoder().blame(|| format!("cannot read {}", path.display()), DAMAGED)?;
        let (width, height) = decoder.dimensions();
        // Photographs say that they lie on their side.
        let sideways = decoder.orientation().is_ok_and(|o| o.to_exif() > 4);
        if sideways { (height as usize, width as usize) } else { (width as usize, height as usize) }
    };
    check_still(path, width, height)?;
    Ok((width, height))
}

/// Reads a picture as linear light: 8- and 16-bit files through the sRGB curve, hdr and exr as they are. Alpha of png is multiplied in.
///
/// # Errors
/// It cannot be read, is damaged, has an absurd size, or holds no colours.
pub fn read(path: &Path) -> Result<Frame> {
    size(path)?;
    if extension(path) == "exr" {
        return read_exr(path);
    }
    let cause = || format!("cannot read {}", path.display());
    let mut decoder = reader(path)?.into_decoder().blame(cause, DAMAGED)?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).blame(cause, DAMAGED)?;
    image.apply_orientation(orientation);
    let (width, height) = (image.width() as usize, image.height() as usize);
    if matches!(image, DynamicImage::ImageRgb32F(_)) {
        return Ok(Frame { width, height, rgb: image.into_rgb32f().into_raw(), alpha: None });
    }
    if !image.color().has_alpha() {
        if let DynamicImage::ImageRgb8(image) = image {
            return Ok(Frame::from_srgb8(width, height, image.as_raw()));
        }
        let mut rgb = image.into_rgb32f().into_raw();
        transfer::decode(&mut rgb);
        return Ok(Frame { width, height, rgb, alpha: None });
    }
    let rgba = image.into_rgba32f().into_raw();
    let mut rgb: Vec<f32> = rgba.as_chunks::<4>().0.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
    let alpha: Vec<f32> = rgba.as_chunks::<4>().0.iter().map(|p| p[3]).collect();
    transfer::decode(&mut rgb);
    for (pixel, alpha) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(&alpha) {
        *pixel = pixel.map(|c| c * alpha);
    }
    Ok(Frame { width, height, rgb, alpha: Some(alpha) })
}

fn reader(path: &Path) -> Result<ImageReader<std::io::BufReader<File>>> {
    // The content decides, not the name: pngs called .jpg are common.
    ImageReader::open(path).and_then(ImageReader::with_guessed_format).map_err(|e| Fault::read(path, &e))
}

fn exr_header(path: &Path) -> Result<exr::meta::header::Header> {
    let meta = exr::meta::MetaData::read_from_file(path, false).blame(|| format!("cannot read {}", path.display()), DAMAGED)?;
    let header = meta.headers.into_iter().next().ok_or_else(|| Fault::new(format!("{} holds nothing", path.display()), DAMAGED))?;
    check_still(path, header.layer_size.0, header.layer_size.1)?;
    Ok(header)
}

/// Colours of the first part: `R G B A`, else `rgb.R` …, else the only `*.R` … (Blender's `ViewLayer.Combined.R`), else a grey `Y`.
/// What lies outside the data window is empty.
fn read_exr(path: &Path) -> Result<Frame> {
    use exr::prelude::*;
    let fault = |e: exr::error::Error| Fault::new(format!("cannot read {}: {e}", path.display()), DAMAGED);
    let image =
        read().no_deep_data().largest_resolution_level().all_channels().first_valid_layer().all_attributes().from_file(path).map_err(fault)?;
    let window = image.attributes.display_window;
    let layer = image.layer_data;
    let channels = &layer.channel_data.list;
    let find = |name: String| channels.iter().find(|c| c.name.eq(&name));
    let mut prefixes = vec![String::new(), "rgb.".into()];
    prefixes.extend(channels.iter().filter_map(|c| c.name.to_string().strip_suffix("Combined.R").map(|p| format!("{p}Combined."))));
    let chosen = prefixes.iter().find_map(|p| Some((p, [find(format!("{p}R"))?, find(format!("{p}G"))?, find(format!("{p}B"))?])));
    let (prefix, planes) = match chosen {
        Some((prefix, planes)) => (prefix.clone(), planes),
        None => match find("Y".into()) {
            Some(grey) => (String::new(), [grey; 3]),
            None => return Err(Fault::new(format!("{} has no R G B channels", path.display()), "give the picture, not its passes")),
        },
    };
    let alpha = find(format!("{prefix}A"));
    let (width, height) = (window.size.0, window.size.1);
    let mut frame = Frame::black(width, height);
    frame.alpha = alpha.map(|_| vec![0.0; width * height]);
    let (dx, dy) = (layer.attributes.layer_position.0 - window.position.0, layer.attributes.layer_position.1 - window.position.1);
    for y in 0..layer.size.1 {
        for x in 0..layer.size.0 {
            let (to_x, to_y) = (x as i64 + i64::from(dx), y as i64 + i64::from(dy));
            if !(0..width as i64).contains(&to_x) || !(0..height as i64).contains(&to_y) {
                continue;
            }
            let (from, to) = (y * layer.size.0 + x, to_y as usize * width + to_x as usize);
            for (channel, plane) in planes.iter().enumerate() {
                frame.rgb[3 * to + channel] = plane.sample_data.value_by_flat_index(from).to_f32();
            }
            if let (Some(to_alpha), Some(plane)) = (&mut frame.alpha, alpha) {
                to_alpha[to] = plane.sample_data.value_by_flat_index(from).to_f32();
            }
        }
    }
    Ok(frame)
}

/// Writes a picture to `file`, in the format that the extension of `name` says: png (8-bit sRGB, straight alpha), jpg (quality 95), exr (half,
/// premultiplied, ZIP) or hdr. jpg and hdr leave alpha out: what is there lies over black.
///
/// # Errors
/// The extension is another, or the disk is full.
pub fn write(frame: &Frame, file: &Path, name: &Path) -> Result<()> {
    let (width, height) = (frame.width as u32, frame.height as u32);
    let failed = |e: image::ImageError| match e {
        image::ImageError::IoError(e) => Fault::write(name, &e),
        e => Fault::new(format!("cannot write {}: {e}", name.display()), "choose another format with -o"),
    };
    let create = || File::create(file).map(BufWriter::new).map_err(|e| Fault::write(name, &e));
    let flush = |mut out: BufWriter<File>| out.flush().map_err(|e| Fault::write(name, &e));
    match extension(name).as_str() {
        "png" => {
            let mut out = create()?;
            let encoder = image::codecs::png::PngEncoder::new(&mut out);
            let (codes, kind) = match &frame.alpha {
                None => (frame.to_srgb8(), image::ExtendedColorType::Rgb8),
                Some(alpha) => (straight8(frame, alpha), image::ExtendedColorType::Rgba8),
            };
            image::ImageEncoder::write_image(encoder, &codes, width, height, kind).map_err(failed)?;
            flush(out)
        }
        "jpg" | "jpeg" => {
            let mut out = create()?;
            let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 95);
            encoder.encode(&frame.to_srgb8(), width, height, image::ExtendedColorType::Rgb8).map_err(failed)?;
            flush(out)
        }
        "hdr" => {
            let mut out = create()?;
            let pixels: Vec<_> = frame.rgb.as_chunks::<3>().0.iter().map(|p| image::Rgb(p.map(|c| c.max(0.0)))).collect();
            image::codecs::hdr::HdrEncoder::new(&mut out).encode(&pixels, frame.width, frame.height).map_err(failed)?;
            flush(out)
        }
        "exr" => write_exr(frame, file, name),
        other => Err(Fault::new(format!("{} has no picture's extension ({other:?})", name.display()), "use png, jpg, exr or hdr")),
    }
}

/// Four 8-bit numbers per pixel, colour divided by alpha.
fn straight8(frame: &Frame, alpha: &[f32]) -> Vec<u8> {
    let pixels = frame.rgb.as_chunks::<3>().0.iter().zip(alpha);
    pixels
        .flat_map(|(pixel, alpha)| {
            let [r, g, b] = pixel.map(|c| if *alpha > 0.0 { transfer::srgb8(c / alpha) } else { 0 });
            [r, g, b, transfer::quantise8(*alpha)]
        })
        .collect()
}

fn write_exr(frame: &Frame, file: &Path, name: &Path) -> Result<()> {
    use exr::prelude::*;
    let plane = |channel: usize| {
        let samples = frame.rgb.iter().skip(channel).step_by(3).map(|c| f16::from_f32(*c)).collect();
        AnyChannel::new(["R", "G", "B"][channel], FlatSamples::F16(samples))
    };
    let mut channels: Vec<_> = (0..3).map(plane).collect();
    if let Some(alpha) = &frame.alpha {
        channels.push(AnyChannel::new("A", FlatSamples::F16(alpha.iter().map(|a| f16::from_f32(*a)).collect())));
    }
    let encoding = Encoding { compression: Compression::ZIP16, ..Encoding::default() };
    let layer = Layer::new((frame.width, frame.height), LayerAttributes::default(), encoding, AnyChannels::sort(channels.into()));
    match Image::from_layer(layer).write().to_file(file) {
        Ok(()) => Ok(()),
        Err(exr::error::Error::Io(e)) => Err(Fault::write(name, &e)),
        Err(e) => Err(Fault::new(format!("cannot write {}: {e}", name.display()), "choose another format with -o")),
    }
}
