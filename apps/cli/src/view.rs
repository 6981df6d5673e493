//! All passes side by side, for people.

use crate::sheet::{Tile, sheet, sheet_size};
use relight_file::Result;
use relight_gbuffer::{DepthRange, GBuffer, Pass, view};
use relight_video::{Frame, resize};

/// The widest tile of a grid: three make Full HD.
const WIDEST_TILE: usize = 636;
/// Passes in a row.
const COLUMNS: usize = 3;

/// Pixels of a grid of `width × height` pictures.
pub fn grid_size(width: usize, height: usize) -> (usize, usize) {
    let (w, h) = tile_size(width, height, WIDEST_TILE);
    sheet_size(COLUMNS, Pass::ALL.len() / COLUMNS, w, h)
}

/// `width × height` scaled down to at most `widest` across.
pub fn tile_size(width: usize, height: usize, widest: usize) -> (usize, usize) {
    if width <= widest { (width, height) } else { (widest, (height * widest / width).max(1)) }
}

/// A picture at tile size.
///
/// # Errors
/// The picture is absurdly narrow.
pub fn tile(picture: Frame, widest: usize) -> Result<Frame> {
    let (w, h) = tile_size(picture.width, picture.height, widest);
    if (w, h) == (picture.width, picture.height) { Ok(picture) } else { resize(&picture, w, h) }
}

/// Draws buffers; the first frame decides how depth is coloured, so that it does not flicker.
#[derive(Default)]
pub struct Look {
    range: Option<DepthRange>,
}

impl Look {
    /// One pass in false colours.
    pub fn pass(&mut self, buffers: &GBuffer, pass: Pass) -> Frame {
        let range = *self.range.get_or_insert_with(|| DepthRange::of(buffers).widened(0.25));
        view(buffers, pass, range)
    }

    /// All passes, labelled.
    ///
    /// # Errors
    /// As [`tile`].
    pub fn grid(&mut self, buffers: &GBuffer) -> Result<Frame> {
        let mut pictures = Vec::new();
        for pass in Pass::ALL {
            pictures.push((pass.name(), tile(self.pass(buffers, pass), WIDEST_TILE)?));
        }
        let rows: Vec<Vec<Tile>> =
            pictures.chunks(COLUMNS).map(|row| row.iter().map(|(name, picture)| Tile { label: (*name).into(), picture }).collect()).collect();
        Ok(sheet(&rows))
    }
}
