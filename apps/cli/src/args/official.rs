//! What official networks can be told.

use super::finite;
use clap::{Args, ValueHint};
use relight_gbuffer::Pass;
use relight_nets::Family;
use relight_render::Cut;
use serde::Serialize;
use std::path::PathBuf;

/// What official networks can be told; [`Official::refused`] says which family has what.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub struct Official {
    /// Evaluations of a network for one answer [default: svd 20, cosmos 15]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000), help_heading = "Official networks")]
    pub steps: Option<u16>,
    /// How far a network is led by its conditions, in which case it is asked twice a step; svd: G,G for the first frame and the last, evenly between [default: svd forward 1.2, cosmos 0]
    #[arg(long, value_name = "G", value_parser = guidance, help_heading = "Official networks")]
    pub guidance: Option<[f32; 2]>,
    /// How a clip that is longer than a window is cut [default: fade]
    #[arg(long, value_enum, value_name = "HOW", help_heading = "Official networks")]
    pub chunks: Option<Chunks>,
    /// The passes that the inverse network estimates, each with a sampling of its own; the others stay plain, and a Cosmos forward network does not see them [default: all]
    #[arg(long, value_name = "PASS", value_enum, value_delimiter = ',', help_heading = "Official networks")]
    pub passes: Vec<PassName>,
    /// Take the noise from this safetensors file (svd: frames, channels, height, width of the latents; cosmos: channels first) instead of torch's CPU numbers
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Official networks")]
    pub noise: Option<PathBuf>,
    /// Memory that a run may take, such as 8G: where that needs it, fewer frames are decoded together (svd), pictures in tiles, and numbers kept in bf16 (cosmos)
    #[arg(long, value_name = "BYTES", value_parser = bytes, help_heading = "Official networks")]
    pub memory: Option<u64>,
    /// cosmos: in what numbers are kept; bf16 rounds as its makers' tools do and takes half the memory [default: bf16; with --memory f32 where it fits]
    #[arg(long, value_enum, help_heading = "Official networks")]
    pub precision: Option<Precision>,
    /// svd: how much of the LoRA is applied that comes with the forward model [default: 0.25]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite, help_heading = "Official networks")]
    pub lora_scale: Option<f32>,
    /// svd: a single evaluation without noise
    #[arg(long, conflicts_with = "noise", help_heading = "Official networks")]
    pub one_step: bool,
    /// svd: frames that are decoded together, over which the decoder looks; more take more memory [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Official networks")]
    pub decode_chunk: Option<u16>,
}

/// How a clip that is longer than a window is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chunks {
    /// Windows fade into each other, with depths brought to one range
    Fade,
    /// The first window alone
    First,
    /// As the official svd scripts: no fading, and a short last window is filled with its last frame
    All,
    /// The same without a short last window
    DropLast,
}

impl From<Chunks> for Cut {
    fn from(chunks: Chunks) -> Self {
        match chunks {
            Chunks::Fade => Self::Fade,
            Chunks::First => Self::First,
            Chunks::All => Self::All,
            Chunks::DropLast => Self::DropLast,
        }
    }
}

/// `1.2`, or `1,1.4`.
fn guidance(text: &str) -> Result<[f32; 2], String> {
    let (first, last) = text.split_once(',').unwrap_or((text, text));
    Ok([finite(first)?, finite(last)?])
}

/// Numbers that official networks compute with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits
    F32,
    /// 16 bits, rounded after every operation
    Bf16,
}

/// Which networks a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runs {
    /// Pictures to buffers.
    pub inverse: bool,
    /// Buffers to pictures.
    pub forward: bool,
    /// One after the other over a clip, whose windows may be cut as asked.
    pub cuts: bool,
}

impl Official {
    /// Why an option that is given would do nothing with networks of `family` (none: the embedded ones, or one's own) in a command that runs `runs`.
    pub fn refused(&self, family: Option<Family>, runs: Runs) -> Option<String> {
        const BOTH: &[Family] = &[Family::Svd, Family::Cosmos];
        const SVD: &[Family] = &[Family::Svd];
        const COSMOS: &[Family] = &[Family::Cosmos];
        let any = runs.inverse || runs.forward;
        // The option, whether it is given, which families have it, and whether a network that looks at it runs.
        let all = [
            ("--steps", self.steps.is_some(), BOTH, any),
            ("--guidance", self.guidance.is_some(), BOTH, runs.forward || runs.inverse && family != Some(Family::Svd)),
            ("--passes", !self.passes.is_empty(), BOTH, runs.inverse),
            ("--chunks", self.chunks.is_some(), BOTH, any && runs.cuts),
            ("--noise", self.noise.is_some(), BOTH, any),
            ("--memory", self.memory.is_some(), BOTH, any),
            ("--precision", self.precision.is_some(), COSMOS, any),
            ("--lora-scale", self.lora_scale.is_some(), SVD, runs.forward),
            ("--one-step", self.one_step, SVD, any),
            ("--decode-chunk", self.decode_chunk.is_some(), SVD, any),
            ("--guidance G,G", self.guidance.is_some_and(|[first, last]| first != last), SVD, runs.forward),
        ];
        let (name, _, families, _) =
            all.into_iter().find(|(_, given, families, runs)| *given && !(*runs && family.is_some_and(|family| families.contains(&family))))?;
        if family.is_some_and(|family| families.contains(&family)) {
            return Some(format!("{name} does nothing here: the command runs no network of this model that looks at it"));
        }
        let models: Vec<String> = families.iter().map(|family| format!("--model {}:DIR", family.name())).collect();
        Some(format!("{name} is an option of official networks: {}", models.join(" or ")))
    }

    /// As the renderers take it.
    pub fn told(&self) -> relight_render::Official {
        let pass = |name: &PassName| match name {
            PassName::Albedo => Pass::Albedo,
            PassName::Normal => Pass::Normal,
            PassName::Depth => Pass::Depth,
            PassName::Roughness => Pass::Roughness,
            PassName::Metallic => Pass::Metallic,
        };
        relight_render::Official {
            precision: self.precision.map(|precision| match precision {
                Precision::F32 => relight_render::Precision::Single,
                Precision::Bf16 => relight_render::Precision::Bfloat,
            }),
            guidance: self.guidance,
            lora_scale: self.lora_scale,
            passes: (!self.passes.is_empty()).then(|| self.passes.iter().map(pass).collect()),
            noise: self.noise.clone(),
            one_step: self.one_step,
            decode_chunk: self.decode_chunk.map(usize::from),
            memory: self.memory,
        }
    }
}

/// Passes that a network estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PassName {
    /// Base colour
    Albedo,
    /// Normals
    Normal,
    /// Depth
    Depth,
    /// Roughness
    Roughness,
    /// Metallic
    Metallic,
}

/// `8G`, `500M`: powers of ten.
fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().next_back().map_or(0, char::len_utf8));
    let unit = match unit {
        "G" | "g" => 1e9,
        "M" | "m" => 1e6,
        _ => 0.0,
    };
    let bytes = number.parse::<f64>().unwrap_or_default() * unit;
    if (1.0..1e15).contains(&bytes) { Ok(bytes as u64) } else { Err("give a size such as 8G or 500M".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_would_do_nothing_is_refused_by_name() {
        let both = Runs { inverse: true, forward: true, cuts: true };
        let inverse = Runs { inverse: true, forward: false, cuts: false };
        let guided = Official { guidance: Some([1.0; 2]), ..Official::default() };
        assert_eq!(Official::default().refused(None, both), None);
        let stepped = Official { steps: Some(4), ..Official::default() };
        assert!(stepped.refused(None, both).is_some_and(|why| why.contains("--steps is an option of official networks")));
        assert_eq!(stepped.refused(Some(Family::Svd), inverse), None);
        assert!(guided.refused(None, both).is_some_and(|why| why.contains("--guidance") && why.contains("cosmos:DIR")));
        assert!(guided.refused(Some(Family::Svd), both).is_none() && guided.refused(Some(Family::Cosmos), inverse).is_none());
        assert!(guided.refused(Some(Family::Svd), inverse).is_some_and(|why| why.contains("does nothing here")));
        let scaled = Official { lora_scale: Some(0.5), ..Official::default() };
        assert!(scaled.refused(Some(Family::Cosmos), both).is_some_and(|why| why.contains("--lora-scale") && !why.contains("cosmos")));
        let passes = Official { passes: vec![PassName::Depth], ..Official::default() };
        assert!(passes.refused(Some(Family::Cosmos), inverse).is_none());
        assert!(passes.refused(Some(Family::Cosmos), Runs { inverse: false, ..both }).is_some());
        let rising = Official { guidance: guidance("1,1.4").ok(), ..Official::default() };
        assert!(rising.guidance == Some([1.0, 1.4]) && guidance("x").is_err() && rising.refused(Some(Family::Svd), both).is_none());
        assert!(rising.refused(Some(Family::Cosmos), both).is_some_and(|why| why.contains("G,G")));
        let cut = Official { chunks: Some(Chunks::First), ..Official::default() };
        assert!(cut.refused(Some(Family::Svd), both).is_none() && cut.refused(Some(Family::Svd), inverse).is_some());
    }
}
