//! Single pictures: png, jpg, hdr and exr.

use crate::{Frame, about::check_still, transfer};
use image::{DynamicImage, ImageDecoder, ImageReader};
use relight_file::{Blame, ExrChannel, ExrLayers, Fault, Result, exr_size, write_exr_channels};
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
        exr_size(path)?
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

/// Colours of the picture: `R G B A`, else `rgb.R` …, else Blender's `ViewLayer.Combined.R` …, else a grey `Y`.
/// What lies outside the data window is empty.
fn read_exr(path: &Path) -> Result<Frame> {
    let layers = ExrLayers::read(path)?;
    let (width, height) = layers.display;
    check_still(path, width, height)?;
    let combined = layers.channels.iter().filter_map(|(name, _)| name.strip_suffix("Combined.R")).map(|p| format!("{p}Combined."));
    let mut prefixes = [String::new(), "rgb.".into()].into_iter().chain(combined);
    let triple = |p: &str| Some([layers.channel(&format!("{p}R"))?, layers.channel(&format!("{p}G"))?, layers.channel(&format!("{p}B"))?]);
    let chosen = prefixes.find_map(|prefix| Some((triple(&prefix)?, layers.channel(&format!("{prefix}A")))));
    let grey = || layers.channel("Y").map(|grey| ([grey; 3], layers.channel("A")));
    let Some((planes, alpha)) = chosen.or_else(grey) else {
        return Err(Fault::new(format!("{} has no R G B channels", path.display()), "give the picture, not its passes"));
    };
    let mut frame = Frame::black(width, height);
    let mut coverage = alpha.map(|_| vec![0.0; width * height]);
    for y in 0..layers.height {
        for x in 0..layers.width {
            let (to_x, to_y) = (x as i64 + layers.offset.0, y as i64 + layers.offset.1);
            if !(0..width as i64).contains(&to_x) || !(0..height as i64).contains(&to_y) {
                continue;
            }
            let (from, to) = (y * layers.width + x, to_y as usize * width + to_x as usize);
            for (channel, plane) in planes.iter().enumerate() {
                frame.rgb[3 * to + channel] = plane[from];
            }
            if let (Some(coverage), Some(alpha)) = (&mut coverage, alpha) {
                coverage[to] = alpha[from];
            }
        }
    }
    frame.alpha = coverage;
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
    let mut channels: Vec<_> = ["R", "G", "B"].into_iter().enumerate().map(|(i, c)| ExrChannel::half(c, &frame.rgb, 3, i)).collect();
    channels.extend(frame.alpha.as_ref().map(|alpha| ExrChannel::half("A", alpha, 1, 0)));
    write_exr_channels(file, name, (frame.width, frame.height), channels, Vec::new())
}
