//! The official models that are known: where their files are looked for, never fetched.

use std::path::{Path, PathBuf};

/// A family of official networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Of Stable Video Diffusion ([`crate::svd`]).
    Svd,
    /// Of Cosmos ([`crate::cosmos`]).
    Cosmos,
}

impl Family {
    /// What `--model` takes before the folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Svd => "svd",
            Self::Cosmos => "cosmos",
        }
    }

    /// The family and the folder that a model's name tells: `svd:DIR` or `cosmos:DIR`. Other names are files or folders of embedded networks' kind.
    pub fn of(model: &str) -> Option<(Self, &Path)> {
        let (name, folder) = model.split_once(':')?;
        [Self::Svd, Self::Cosmos].into_iter().find(|family| family.name() == name).map(|family| (family, Path::new(folder)))
    }
}

/// A model that others published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// The folder's name.
    pub name: &'static str,
    /// The family that runs it.
    pub family: Family,
    /// Repository on Hugging Face.
    pub repository: &'static str,
    /// One sentence about it.
    pub about: &'static str,
    /// Licence of the weights, in a few words.
    pub licence: &'static str,
    /// Numbers of its weights.
    pub parameters: u64,
}

/// What is said where a licence is not ours to judge.
const NVIDIA: &str = "NVIDIA's own, see its page";

/// All of them. Parameters are those of the key tables; on disk they take two or four bytes each.
pub const PUBLISHED: [Published; 6] = [
    Published {
        name: "diffusion_renderer-inverse-svd",
        family: Family::Svd,
        repository: "nexuslrf/diffusion_renderer-inverse-svd",
        about: "video to base colour, normal, depth, roughness and metallic",
        licence: NVIDIA,
        parameters: 1_524_639_466 + 97_742_847,
    },
    Published {
        name: "diffusion_renderer-forward-svd",
        family: Family::Svd,
        repository: "nexuslrf/diffusion_renderer-forward-svd",
        about: "buffers and a light to video, with a LoRA for real scenes",
        licence: NVIDIA,
        parameters: 1_473_513_642 + 97_742_847 + 161_462_720,
    },
    Published {
        name: "diffusion_renderer-forward-svd-objaverse",
        family: Family::Svd,
        repository: "nexuslrf/diffusion_renderer-forward-svd-objaverse",
        about: "buffers and a light to video, for single objects",
        licence: NVIDIA,
        parameters: 1_473_513_642 + 97_742_847 + 161_462_720,
    },
    Published {
        name: "Diffusion_Renderer_Inverse_Cosmos_7B",
        family: Family::Cosmos,
        repository: "zianw/Diffusion_Renderer_Inverse_Cosmos_7B",
        about: "video to base colour, normal, depth, roughness and metallic",
        licence: NVIDIA,
        parameters: 7_236_000_000,
    },
    Published {
        name: "Diffusion_Renderer_Forward_Cosmos_7B",
        family: Family::Cosmos,
        repository: "zianw/Diffusion_Renderer_Forward_Cosmos_7B",
        about: "buffers and a light to video",
        licence: NVIDIA,
        parameters: 7_236_000_000,
    },
    Published {
        name: "Cosmos-Tokenize1-CV8x8x8-720p",
        family: Family::Cosmos,
        repository: "nvidia/Cosmos-Tokenize1-CV8x8x8-720p",
        about: "the tokenizer of both Cosmos networks",
        licence: NVIDIA,
        parameters: 105_600_000,
    },
];

impl Published {
    /// Where it would be in a Hugging Face cache: the newest snapshot there, if there is any. The cache is `HF_HOME/hub`, or `~/.cache/huggingface/hub`.
    pub fn cached(&self) -> Option<PathBuf> {
        let home = std::env::var_os("HF_HOME").map(PathBuf::from);
        let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/huggingface")))?;
        let snapshots = home.join("hub").join(format!("models--{}", self.repository.replace('/', "--"))).join("snapshots");
        let found = std::fs::read_dir(snapshots).ok()?.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir());
        found.max_by_key(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_last_part_of_their_repositories() {
        for known in PUBLISHED {
            assert!(known.repository.ends_with(&format!("/{}", known.name)));
        }
    }

    #[test]
    fn a_family_is_told_by_what_stands_before_the_folder() {
        assert_eq!(Family::of("cosmos:a/b:c"), Some((Family::Cosmos, Path::new("a/b:c"))));
        assert_eq!(Family::of("svd:"), Some((Family::Svd, Path::new(""))));
        assert!(Family::of("svd").is_none() && Family::of("weights/x.safetensors").is_none() && Family::of("C:weights").is_none());
    }
}
