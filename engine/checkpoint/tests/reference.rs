//! The shared fixture checkpoints, which were written by torch from the official classes; `RELIGHT_REFERENCE=DIR` names another set (`DIR/cosmos/`).

use relight_checkpoint::Checkpoint;
use std::path::PathBuf;

fn fixtures() -> Option<PathBuf> {
    let folder = std::env::var_os("RELIGHT_REFERENCE").map(|folder| PathBuf::from(folder).join("cosmos")).unwrap_or_else(|| {
        let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        std::env::var_os("RELIGHT_SHARED").map_or_else(beside, PathBuf::from).join("reference/cosmos/fixtures")
    });
    Some(folder).filter(|path| path.is_dir())
}

#[test]
fn torch_archives_equal_the_same_weights_in_safetensors_reference() {
    let Some(root) = fixtures() else { return };
    for (archive, plain) in [
        ("ckpt/Diffusion_Renderer_Inverse_Cosmos_7B/model.pt", "dit_inverse.safetensors"),
        ("ckpt/Diffusion_Renderer_Forward_Cosmos_7B/model.pt", "dit_forward.safetensors"),
        ("ckpt/Cosmos-Tokenize1-CV8x8x8-720p/encoder.jit", "tokenizer.safetensors"),
        ("ckpt/Cosmos-Tokenize1-CV8x8x8-720p/decoder.jit", "tokenizer.safetensors"),
    ] {
        let (archive, plain) = (Checkpoint::open(&root.join(archive)).unwrap(), Checkpoint::open(&root.join(plain)).unwrap());
        let mut compared = 0;
        for (name, entry) in plain.tensors() {
            let Some(name_in_archive) = name.strip_prefix("w.") else { continue };
            let Some(other) = archive.tensors().get(name_in_archive) else { continue };
            assert_eq!(entry.shape, other.shape, "{name}");
            assert_eq!(plain.read(name).unwrap(), archive.read(name_in_archive).unwrap(), "{name}");
            compared += 1;
        }
        assert!(compared > 10, "only {compared} tensors of {} compared", archive.path().display());
    }
}

#[test]
fn statistics_are_a_tuple_of_two_reference() {
    let Some(root) = fixtures() else { return };
    let statistics = Checkpoint::open(&root.join("ckpt/Cosmos-Tokenize1-CV8x8x8-720p/mean_std.pt")).unwrap();
    let [means, deviations] = ["0", "1"].map(|part| statistics.read(part).unwrap());
    assert!(means.len() == deviations.len() && !means.is_empty() && deviations.iter().all(|s| *s > 0.0));
}
