//! The networks that are known, for `relight models`.

use crate::{Kind, small};

/// What is known about a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The name that `--model` takes.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// One sentence about it.
    pub about: &'static str,
    /// Licence of the weights, as an SPDX expression.
    pub licence: &'static str,
    /// Size of the weights in bytes.
    pub bytes: u64,
    /// Whether the weights are part of this program.
    pub embedded: bool,
}

/// All known networks, the embedded first.
pub fn registry() -> Vec<Known> {
    let own = |name, kind, about, bytes: &[u8]| Known { name, kind, about, licence: "MIT OR Apache-2.0", bytes: bytes.len() as u64, embedded: true };
    vec![
        own("small-inverse", Kind::Inverse, "video to albedo, normal, depth, roughness and metallic; trained on rendered scenes", small::INVERSE),
        own(
            "small-forward",
            Kind::Forward,
            "buffers and a light to video, on top of the analytic renderer; trained on rendered scenes",
            small::FORWARD,
        ),
    ]
}
