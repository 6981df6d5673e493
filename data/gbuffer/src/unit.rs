//! What a depth of 1 means.

/// The unit of the depth pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DepthUnit {
    /// Up to one unknown factor a clip.
    Relative,
    /// The units of the camera poses.
    #[default]
    Scene,
}

impl DepthUnit {
    /// The word in files: `relative` or `scene`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relative => "relative",
            Self::Scene => "scene",
        }
    }
}
