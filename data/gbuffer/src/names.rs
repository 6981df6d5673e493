//! What others call the passes.

use crate::Pass;

/// The word of NVIDIA's tools for a pass; they differ from ours in one.
pub const fn official_name(pass: Pass) -> &'static str {
    match pass {
        Pass::Albedo => "basecolor",
        other => other.name(),
    }
}

/// Names of layers that hold the pass, in lower case without spaces and underscores, the best first. The first is the one
/// that is written. Blender's own passes and the usual names of its AOVs are among them.
pub(crate) const fn layer_names(pass: Pass) -> &'static [&'static str] {
    match pass {
        Pass::Rgb => &["", "combined", "rgb", "beauty"],
        Pass::Albedo => &["albedo", "basecolor", "basecolour", "basecol"],
        Pass::Normal => &["n", "normal", "normals", "shadingnormal", "cameranormal"],
        Pass::Depth => &["depth", "z"],
        Pass::Roughness => &["roughness", "rough"],
        Pass::Metallic => &["metallic", "metal", "metalness", "metallicity"],
    }
}

/// A name as [`layer_names`] has them.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}
