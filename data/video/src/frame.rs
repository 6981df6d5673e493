//! A picture, and how often one comes.

/// One picture: linear Rec.709 light, row-major, top row first, three numbers per pixel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width * height * 3` numbers; 1 is the white of an 8-bit file, more is allowed.
    pub rgb: Vec<f32>,
    /// `width * height` coverages where the file has them; colour is then premultiplied.
    pub alpha: Option<Vec<f32>>,
}

/// Frames per second as an exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Frames…
    pub num: u32,
    /// …in so many seconds.
    pub den: u32,
}
