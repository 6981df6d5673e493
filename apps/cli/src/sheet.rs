//! Pictures of pictures: labelled tiles on one canvas.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};
use relight_video::Frame;

/// Height of a label's letters, in pixels.
const LETTERS: RasterHeight = RasterHeight::Size16;
/// Space between tiles.
const GAP: usize = 4;
/// The canvas: dark grey, so that black and white pictures both stand out.
const GROUND: u8 = 24;

/// One labelled picture.
pub struct Tile<'a> {
    pub label: String,
    pub picture: &'a Frame,
}

/// Lays rows of tiles out on one canvas, each tile's label in its upper left corner. All tiles have the first one's size.
///
/// Pictures are shown as sRGB, clipped at white.
pub fn sheet(rows: &[Vec<Tile>]) -> Frame {
    let Some(first) = rows.iter().flatten().next() else { return Frame::default() };
    let (w, h) = (first.picture.width, first.picture.height);
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (width, height) = sheet_size(columns, rows.len(), w, h);
    let mut codes = vec![GROUND; 3 * width * height];
    for (row, tiles) in rows.iter().enumerate() {
        for (column, tile) in tiles.iter().enumerate() {
            let (x, y) = (column * (w + GAP), row * (h + GAP));
            let picture = tile.picture.to_srgb8();
            for line in 0..h.min(tile.picture.height) {
                let from = &picture[3 * line * tile.picture.width..][..3 * w.min(tile.picture.width)];
                codes[3 * ((y + line) * width + x)..][..from.len()].copy_from_slice(from);
            }
            label(&mut codes, width, (x, y), (w, h), &tile.label, Side::Left);
        }
    }
    Frame::from_srgb8(width, height, &codes)
}

/// Pixels of a sheet of `columns × rows` tiles of `width × height`.
pub fn sheet_size(columns: usize, rows: usize, width: usize, height: usize) -> (usize, usize) {
    (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP)
}

/// The upper corner of a picture that a label stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
}

/// Pictures of at least this height have letters of twice the size, so that they can be read on a phone.
const TALL: usize = 640;

/// Writes `text` in white on a half-dark ground into an upper corner of the `w × h` picture at `(x0, y0)`; what does not fit is cut.
pub fn label(codes: &mut [u8], stride: usize, (x0, y0): (usize, usize), (w, h): (usize, usize), text: &str, side: Side) {
    let scale = if h >= TALL { 2 } else { 1 };
    let advance = scale * get_raster_width(FontWeight::Regular, LETTERS);
    let room = (w / advance).saturating_sub(1).min(text.chars().count());
    let high = scale * (LETTERS.val() + 4);
    if room == 0 || h < high {
        return;
    }
    let wide = (room * advance + 8 * scale).min(w);
    let x0 = if side == Side::Left { x0 } else { x0 + w - wide };
    for y in y0..y0 + high {
        for value in &mut codes[3 * (y * stride + x0)..3 * (y * stride + x0 + wide)] {
            *value /= 2;
        }
    }
    for (i, letter) in text.chars().take(room).enumerate() {
        // Letters outside the font become a question mark, which is in it.
        let Some(raster) = get_raster(letter, FontWeight::Regular, LETTERS).or_else(|| get_raster('?', FontWeight::Regular, LETTERS)) else {
            continue;
        };
        for dy in 0..scale * raster.height() {
            for dx in 0..scale * raster.width() {
                let ink = u16::from(raster.pixel(dx / scale, dy / scale).unwrap_or(0));
                let at = 3 * ((y0 + 2 * scale + dy) * stride + x0 + 4 * scale + i * advance + dx);
                for value in &mut codes[at..at + 3] {
                    *value = value.saturating_add(((255 - u16::from(*value)) * ink / 255) as u8);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_stand_in_rows_and_labels_fit_even_tiny_ones() {
        let white = Frame::from_srgb8(40, 30, &[255; 3600]);
        let tile = |label: &str| Tile { label: label.into(), picture: &white };
        let sheet = sheet(&[vec![tile("a very long label indeed"), tile("b")], vec![tile("")]]);
        assert_eq!((sheet.width, sheet.height), (84, 64));
        let codes = sheet.to_srgb8();
        assert_eq!(codes[3 * (63 * 84 + 60)], GROUND, "no tile there");
        assert_eq!(codes[3 * (63 * 84 + 10)], 255, "unlabelled tile");
        assert!(codes[..3 * 84 * 10].contains(&127), "label ground");
        let tiny = Frame::from_srgb8(3, 2, &[9; 18]);
        assert_eq!(super::sheet(&[vec![Tile { label: "x".into(), picture: &tiny }]]).width, 3);
    }
}
