//! The vocabulary: one name for each pass, everywhere.

/// A pass of the G-buffer. The name is the Rust variant, CLI word, EXR layer, file suffix, JSON key and page label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// Linear Rec.709 radiance.
    Rgb,
    /// Linear base colour before the metallic split, 0..1.
    Albedo,
    /// Camera space, +X right, +Y up, +Z to the viewer, unit length.
    Normal,
    /// Distance along the optical axis; 0 in the background.
    Depth,
    /// Perceptual roughness, 0..1; GGX alpha is its square.
    Roughness,
    /// 0..1.
    Metallic,
}

impl Pass {
    /// All passes, in the order of the documentation.
    pub const ALL: [Self; 6] = [Self::Rgb, Self::Albedo, Self::Normal, Self::Depth, Self::Roughness, Self::Metallic];

    /// The one name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rgb => "rgb",
            Self::Albedo => "albedo",
            Self::Normal => "normal",
            Self::Depth => "depth",
            Self::Roughness => "roughness",
            Self::Metallic => "metallic",
        }
    }

    /// Numbers per pixel: 3 or 1.
    pub const fn channels(self) -> usize {
        match self {
            Self::Rgb | Self::Albedo | Self::Normal => 3,
            Self::Depth | Self::Roughness | Self::Metallic => 1,
        }
    }
}
