//! What an H.264 stream says of itself, and whether OpenH264 can read it.

use super::boxes::{Fields, Four, find};
use crate::yuv::{Coding, Siting};
use h264_reader::{
    nal::{
        Nal, RefNal,
        sps::{ChromaFormat, FrameMbsFlags, SeqParameterSet},
    },
    rbsp::BitReader,
};

/// The decoder configuration record (`avcC`, ISO/IEC 14496-15, 5.3.3).
#[derive(Debug)]
pub struct Config {
    /// Bytes of the length in front of each unit in a sample.
    pub prefix: usize,
    /// Parameter sets.
    pub sps: Vec<Vec<u8>>,
    pub pps: Vec<Vec<u8>>,
}

impl Config {
    pub fn read(avcc: &[u8]) -> Option<Self> {
        let mut fields = Fields(avcc);
        fields.take(4)?;
        let prefix = usize::from(fields.u8()? & 3) + 1;
        let mut sets = |mask: u8| (0..fields.u8()? & mask).map(|_| fields.u16().and_then(|n| fields.take(n.into())).map(<[u8]>::to_vec)).collect();
        let (sps, pps): (Option<Vec<_>>, Option<Vec<_>>) = (sets(0x1f), sets(0xff));
        Some(Self { prefix, sps: sps?, pps: pps? })
    }

    /// The parameter sets as a byte stream.
    pub fn head(&self) -> Vec<u8> {
        self.sps.iter().chain(&self.pps).flat_map(|unit| [&START[..], unit].concat()).collect()
    }
}

/// What stands before a unit in a byte stream (H.264, annex B).
pub const START: [u8; 4] = [0, 0, 0, 1];

/// Units of a sample; `None` for one whose length is a lie.
pub fn units(sample: &[u8], prefix: usize) -> impl Iterator<Item = Option<&[u8]>> {
    let mut fields = Fields(sample);
    std::iter::from_fn(move || {
        if fields.0.is_empty() {
            return None;
        }
        let unit = fields.take(prefix).map(|bytes| bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b))).and_then(|n| fields.take(n));
        if unit.is_none() {
            fields.0 = &[];
        }
        Some(unit)
    })
}

/// Whether a unit is a picture that needs no other (IDR).
pub fn is_idr(unit: &[u8]) -> bool {
    unit.first().is_some_and(|byte| byte & 31 == 5)
}

/// What matters of a sequence parameter set.
#[derive(Debug)]
pub struct Stream {
    pub width: usize,
    pub height: usize,
    /// `High, BT.601, limited range`.
    pub profile: String,
    /// Colour as the stream says; `None` where it does not.
    pub matrix: Option<u8>,
    pub full: Option<bool>,
    pub siting: Siting,
    pub square: bool,
}

impl Stream {
    /// Reads a parameter set. The error says what OpenH264 cannot decode in it.
    pub fn read(sps: &[u8]) -> Result<Self, String> {
        let bad = |e: &dyn std::fmt::Debug| format!("H.264 with a damaged parameter set ({e:?})");
        let nal = RefNal::new(sps, &[], true);
        let sps = SeqParameterSet::from_bits(BitReader::new(nal.rbsp_bytes())).map_err(|e| bad(&e))?;
        let profile = format!("{:?}", sps.profile());
        let chroma = &sps.chroma_info;
        let depth = 8 + chroma.bit_depth_luma_minus8.max(chroma.bit_depth_chroma_minus8);
        if depth > 8 {
            return Err(format!("{depth}-bit H.264 ({profile})"));
        }
        match chroma.chroma_format {
            ChromaFormat::YUV420 => {}
            ChromaFormat::Monochrome => return Err("grey H.264 (4:0:0)".into()),
            ChromaFormat::YUV422 => return Err("4:2:2 H.264".into()),
            ChromaFormat::YUV444 => return Err("4:4:4 H.264".into()),
            ChromaFormat::Invalid(n) => return Err(bad(&format!("chroma format {n}"))),
        }
        if !matches!(sps.frame_mbs_flags, FrameMbsFlags::Frames) {
            return Err("interlaced H.264".into());
        }
        if ![66, 77, 100].contains(&sps.profile().profile_idc()) {
            return Err(format!("H.264 of the profile {profile}"));
        }
        let (width, height) = sps.pixel_dimensions().map_err(|e| bad(&e))?;
        let vui = sps.vui_parameters.as_ref();
        let signal = vui.and_then(|vui| vui.video_signal_type.as_ref());
        let matrix = signal.and_then(|signal| signal.colour_description.as_ref()).map(|colour| colour.matrix_coefficients).filter(|m| *m != 2);
        let full = signal.map(|signal| signal.video_full_range_flag);
        let siting = vui.and_then(|vui| vui.chroma_loc_info.as_ref()).map_or(0, |place| place.chroma_sample_loc_type_top_field);
        let aspect = vui.and_then(|vui| vui.aspect_ratio_info.as_ref()).and_then(|aspect| aspect.get());
        let square = aspect.is_none_or(|(x, y)| x == y || x == 0 || y == 0);
        Ok(Self { width: width as usize, height: height as usize, profile, matrix, full, siting: Siting::from_code(siting), square })
    }

    /// How to read its colours: what the stream says, else what the container's `colr` says, else by size.
    pub fn coding(&self, description: &[u8]) -> Option<Coding> {
        let (matrix, full) = colr(description).unwrap_or((None, None));
        Coding::new(self.matrix.or(matrix), self.full.or(full), self.height, self.siting)
    }
}

/// What lies before the boxes in a visual sample description.
pub const VISUAL: usize = 78;

/// A box inside a visual sample description.
pub fn inside<'a>(description: &'a [u8], name: &Four) -> Option<&'a [u8]> {
    find(description.get(VISUAL..)?, name)
}

/// Matrix and range of a `colr` box (`nclx`, or QuickTime's `nclc` without range).
fn colr(description: &[u8]) -> Option<(Option<u8>, Option<bool>)> {
    let mut fields = Fields(inside(description, b"colr")?);
    let kind = fields.four()?;
    if &kind != b"nclx" && &kind != b"nclc" {
        return None;
    }
    fields.take(4)?;
    let matrix = u8::try_from(fields.u16()?).ok().filter(|m| *m != 2);
    Some((matrix, fields.u8().filter(|_| &kind == b"nclx").map(|byte| byte & 0x80 != 0)))
}

/// Width and height of the clean aperture (`clap`) of a picture of `coded` size, where it lies at the upper left, as odd sizes need it.
pub fn aperture(description: &[u8], coded: (usize, usize)) -> Option<(usize, usize)> {
    let mut fields = Fields(inside(description, b"clap")?);
    let mut ratio = || Some((fields.i32()?, fields.i32()?)).filter(|(_, d)| *d > 0).map(|(n, d)| f64::from(n) / f64::from(d));
    let (width, height, right, down) = (ratio()?, ratio()?, ratio()?, ratio()?);
    let (w, h) = coded;
    // Offsets are of the centre.
    let corner = right * 2.0 == width - w as f64 && down * 2.0 == height - h as f64;
    let size = (width as usize, height as usize);
    (corner && size.0 > 0 && size.1 > 0 && size.0 <= w && size.1 <= h).then_some(size)
}
