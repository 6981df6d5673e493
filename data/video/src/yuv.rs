//! Y'CbCr 4:2:0, 8 bits: to light and back (ITU-R BT.601, BT.709, BT.2020; H.264 annex E).

use crate::{Frame, transfer};
use rayon::prelude::*;

/// Where chroma samples lie between luma samples, in luma pixels from the centre of the upper left luma sample of their 2×2.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Siting {
    pub x: f32,
    pub y: f32,
}

impl Siting {
    /// Left, between the rows: what H.264 means where it says nothing.
    pub const LEFT: Self = Self { x: 0.0, y: 0.5 };

    /// From `chroma_sample_loc_type` (H.264 figure E-1).
    pub fn from_code(code: u32) -> Self {
        let x = if code % 2 == 1 { 0.5 } else { 0.0 };
        let y = [0.5, 0.0, 1.0][(code as usize / 2).min(2)];
        if code > 5 { Self::LEFT } else { Self { x, y } }
    }
}

/// How colours are coded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coding {
    /// What red adds to luma.
    kr: f32,
    /// What blue adds to luma.
    kb: f32,
    /// Whether codes use 0..255 instead of 16..235 (chroma 16..240).
    full: bool,
    siting: Siting,
    name: &'static str,
}

impl Coding {
    /// What mp4 files are written in: BT.709, limited, left.
    pub const BT709: Self = Self { kr: 0.2126, kb: 0.0722, full: false, siting: Siting::LEFT, name: "BT.709" };

    /// From `matrix_coefficients` (H.264 table E-5) and range where they are known. Where they are not: BT.601 below 720 lines, as standard
    /// definition had it, else BT.709; limited range. `None` for a matrix that is no Y'CbCr.
    pub fn new(matrix: Option<u8>, full: Option<bool>, height: usize, siting: Siting) -> Option<Self> {
        let (kr, kb, name) = match matrix.unwrap_or(if height < 720 { 6 } else { 1 }) {
            1 => (0.2126, 0.0722, "BT.709"),
            4 => (0.30, 0.11, "FCC"),
            5 | 6 => (0.299, 0.114, "BT.601"),
            7 => (0.212, 0.087, "SMPTE 240M"),
            9 => (0.2627, 0.0593, "BT.2020"),
            _ => return None,
        };
        Some(Self { kr, kb, full: full.unwrap_or(false), siting, name })
    }

    /// For people: `BT.709, limited range`.
    pub fn describe(&self) -> String {
        format!("{}, {} range", self.name, if self.full { "full" } else { "limited" })
    }

    /// Black luma, and codes per unit of luma and chroma.
    fn scale(&self) -> (f32, f32, f32) {
        if self.full { (0.0, 255.0, 255.0) } else { (16.0, 219.0, 224.0) }
    }
}

/// The three planes of a picture; chroma rounded up to `(width + 1) / 2`.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    pub width: usize,
    pub height: usize,
    pub y: &'a [u8],
    pub u: &'a [u8],
    pub v: &'a [u8],
    /// Bytes per row of luma.
    pub stride: usize,
    /// Bytes per row of chroma.
    pub chroma_stride: usize,
}

/// Light from codes: chroma between samples by lines in both directions, from where the samples lie.
pub fn decode(planes: Planes, coding: &Coding) -> Frame {
    let Planes { width, height, .. } = planes;
    let mut frame = Frame::black(width, height);
    let (black, luma, chroma) = coding.scale();
    let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
    let (red, blue) = (2.0 * (1.0 - coding.kr) / chroma, 2.0 * (1.0 - coding.kb) / chroma);
    let kg = 1.0 - coding.kr - coding.kb;
    let (green_red, green_blue) = (red * coding.kr / kg, blue * coding.kb / kg);
    frame.rgb.par_chunks_mut((3 * width).max(1)).enumerate().for_each_init(
        || (vec![0.0; cw], vec![0.0; cw]),
        |(line_u, line_v), (y, row)| {
            let (above, below, part) = between(y, coding.siting.y, ch);
            for (plane, line) in [(planes.u, &mut *line_u), (planes.v, &mut *line_v)] {
                let (a, b) = (&plane[above * planes.chroma_stride..][..cw], &plane[below * planes.chroma_stride..][..cw]);
                for ((to, a), b) in line.iter_mut().zip(a).zip(b) {
                    *to = f32::from(*a) * (1.0 - part) + f32::from(*b) * part - 128.0;
                }
            }
            let codes = &planes.y[y * planes.stride..][..width];
            for (x, (pixel, code)) in row.as_chunks_mut::<3>().0.iter_mut().zip(codes).enumerate() {
                let (left, right, part) = between(x, coding.siting.x, cw);
                let u = line_u[left] + (line_u[right] - line_u[left]) * part;
                let v = line_v[left] + (line_v[right] - line_v[left]) * part;
                let y = (f32::from(*code) - black) / luma;
                *pixel = [y + red * v, y - green_red * v - green_blue * u, y + blue * u].map(|c| c.clamp(0.0, 1.0));
            }
            transfer::decode(row);
        },
    );
    frame
}

/// The two chroma samples around luma sample `at` of a line, and how far it is from the first to the second.
fn between(at: usize, offset: f32, count: usize) -> (usize, usize, f32) {
    let place = ((at as f32 - offset) * 0.5).max(0.0);
    let first = (place as usize).min(count - 1);
    (first, (first + 1).min(count - 1), place - first as f32)
}

/// BT.709 limited codes of a frame as an encoder takes them: Y, then Cb, then Cr, without gaps, of `size` (even, the frame's or more; the
/// border repeats what is beside it). Light outside 0..1 is clamped. Chroma is a mean with weights 1 2 1 across, centred on the left column of
/// its 2×2 where it is sited, and of two rows.
pub fn encode(frame: &Frame, size: (usize, usize)) -> Vec<u8> {
    let coding = Coding::BT709;
    let (black, luma, chroma) = coding.scale();
    let (width, height) = size;
    let mut bytes = vec![0; width * height * 3 / 2];
    let (ys, chromas) = bytes.split_at_mut(width * height);
    let (us, vs) = chromas.split_at_mut(width * height / 4);
    let rows = ys.par_chunks_mut(2 * width).zip(us.par_chunks_mut(width / 2)).zip(vs.par_chunks_mut(width / 2));
    let kg = 1.0 - coding.kr - coding.kb;
    rows.enumerate().for_each(|(pair, ((ys, us), vs))| {
        // Both rows as R'G'B', their mean for chroma.
        let mut mean = vec![[0.0_f32; 3]; width];
        for (below, ys) in ys.chunks_mut(width).enumerate() {
            let y = (2 * pair + below).min(frame.height - 1);
            let mut row = frame.rgb[3 * y * frame.width..][..3 * frame.width].to_vec();
            row.iter_mut().for_each(|c| *c = c.clamp(0.0, 1.0));
            transfer::encode(&mut row);
            let row = row.as_chunks::<3>().0;
            for (x, (code, mean)) in ys.iter_mut().zip(&mut mean).enumerate() {
                let pixel = row[x.min(row.len() - 1)];
                let y = coding.kr * pixel[0] + kg * pixel[1] + coding.kb * pixel[2];
                *code = (black + luma * y + 0.5) as u8;
                (0..3).for_each(|c| mean[c] += 0.5 * pixel[c]);
            }
        }
        for (x, (u, v)) in us.iter_mut().zip(vs).enumerate() {
            let (left, right) = (mean[(2 * x).saturating_sub(1)], mean[2 * x + 1]);
            let [r, g, b]: [f32; 3] = std::array::from_fn(|c| 0.25 * (left[c] + right[c]) + 0.5 * mean[2 * x][c]);
            let y = coding.kr * r + kg * g + coding.kb * b;
            *u = (128.5 + chroma * (b - y) / (2.0 * (1.0 - coding.kb))) as u8;
            *v = (128.5 + chroma * (r - y) / (2.0 * (1.0 - coding.kr))) as u8;
        }
    });
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(codes: [u8; 3], coding: &Coding) -> Vec<u8> {
        let (y, u, v) = (vec![codes[0]; 12], vec![codes[1]; 4], vec![codes[2]; 4]);
        let planes = Planes { width: 3, height: 4, y: &y, u: &u, v: &v, stride: 3, chroma_stride: 2 };
        decode(planes, coding).to_srgb8()[..3].to_vec()
    }

    #[test]
    fn known_codes_have_their_colours() {
        let coding = |matrix, full| Coding::new(Some(matrix), Some(full), 0, Siting::LEFT).unwrap();
        // Red of ITU-R BT.709 and BT.601 in 8 bits, and of JFIF.
        assert_eq!(flat([63, 102, 240], &coding(1, false)), [255, 1, 0]);
        assert_eq!(flat([81, 90, 240], &coding(6, false)), [254, 0, 0]);
        assert_eq!(flat([76, 85, 255], &coding(6, true)), [254, 0, 0]);
        assert_eq!(flat([16, 128, 128], &Coding::BT709), [0, 0, 0]);
        assert_eq!(flat([235, 128, 128], &Coding::BT709), [255, 255, 255]);
        assert_eq!(flat([255, 128, 128], &coding(9, true)), [255, 255, 255]);
        assert_eq!(Coding::new(None, None, 719, Siting::LEFT).unwrap().name, "BT.601");
        assert_eq!(Coding::new(None, None, 720, Siting::LEFT).unwrap().name, "BT.709");
        assert!(Coding::new(Some(0), None, 720, Siting::LEFT).is_none());
    }

    #[test]
    fn saturated_patches_and_slopes_survive_the_codes() {
        let (width, height) = (65, 33);
        let patches = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0; 3], [0.0; 3]];
        for patch in patches {
            let frame = Frame { width, height, rgb: patch.repeat(width * height), alpha: None };
            let codes = encode(&frame, (66, 34));
            assert!(codes.iter().all(|c| (16..=240).contains(c)));
            let back = reading(&codes, &frame).to_srgb8();
            let worst = back.iter().zip(frame.to_srgb8()).map(|(a, b)| a.abs_diff(b)).max().unwrap();
            assert!(worst <= 2, "{patch:?}: {worst}");
        }
        // A slope of colour: any half-pixel error in siting shows as a shift of 1/65 · 255 / 2 = 2 codes.
        let rgb = (0..width * height).flat_map(|i| [i % width, width - 1 - i % width, i / width * 2].map(|c| c as f32 / 64.0));
        let mut frame = Frame { width, height, rgb: rgb.collect(), alpha: None };
        transfer::decode(&mut frame.rgb);
        let back = reading(&encode(&frame, (66, 34)), &frame).to_srgb8();
        for (i, (a, b)) in back.iter().zip(frame.to_srgb8()).enumerate() {
            // Repeated borders bend the slope there.
            let (x, y) = (i / 3 % width, i / 3 / width);
            let bound = if (2..width - 2).contains(&x) && (2..height - 2).contains(&y) { 2 } else { 6 };
            assert!(a.abs_diff(b) <= bound, "{x} {y}: {a} {b}");
        }
    }

    fn reading(codes: &[u8], frame: &Frame) -> Frame {
        let (y, chroma) = codes.split_at(66 * 34);
        let (u, v) = chroma.split_at(chroma.len() / 2);
        decode(Planes { width: frame.width, height: frame.height, y, u, v, stride: 66, chroma_stride: 33 }, &Coding::BT709)
    }
}
