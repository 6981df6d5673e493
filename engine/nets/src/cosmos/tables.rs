//! Every file of the family that a folder holds, with the table that it should fit.

use super::{
    config::{DitConfig, Shapes, TokenizerConfig},
    folder::{FORWARD, INVERSE, TOKENIZER, find},
    keys::{Key, decoder_keys, dit_keys, encoder_keys},
};
use crate::Table;
use relight_checkpoint::Checkpoint;
use relight_file::Result;
use std::{path::Path, sync::Arc};

/// The files of the family in `folder`, each with its name and the table of its tensors: that of the published size, or for files of another width that of
/// the size that their tensors tell. Tensors that only training needs are in a table where the file has them.
///
/// # Errors
/// A file cannot be read.
pub fn tables(folder: &Path) -> Result<Vec<(String, Table, Arc<Checkpoint>)>> {
    let mut all = Vec::new();
    for (part, name) in [(INVERSE, "model"), (FORWARD, "model"), (TOKENIZER, "encoder"), (TOKENIZER, "decoder")] {
        let Ok(path) = find(folder, part, name) else { continue };
        let file = Arc::new(Checkpoint::open(&path)?);
        let shapes = Shapes { file: &file, prefix: "" };
        let keys = match (part, name) {
            (TOKENIZER, "encoder") => encoder_keys(&TokenizerConfig::of(&shapes).unwrap_or_else(|_| TokenizerConfig::full())),
            // The decoder's widths are the encoder's.
            (TOKENIZER, _) => {
                let encoder = find(folder, part, "encoder").and_then(|path| Checkpoint::open(&path));
                let config = encoder.and_then(|encoder| TokenizerConfig::of(&Shapes { file: &encoder, prefix: "" }));
                decoder_keys(&config.unwrap_or_else(|_| TokenizerConfig::full()))
            }
            _ => {
                let (conditions, contexts) = if part == INVERSE { (16, 16) } else { (136, 0) };
                let full = DitConfig::full(conditions, contexts);
                let told = DitConfig::of(&shapes).ok().filter(|told| told.width != full.width);
                dit_keys(&told.unwrap_or(full))
            }
        };
        all.push((format!("{part} {name}"), table(&keys, &file), file));
    }
    Ok(all)
}

fn table(keys: &[Key], file: &Checkpoint) -> Table {
    let mut table = Table::default();
    for key in keys.iter().filter(|key| key.needed || file.tensors().contains_key(&key.name)) {
        // Lengths of what only training needs are its own matter.
        let stored = file.tensors().get(&key.name).filter(|_| !key.needed).map_or(&key.shape, |entry| &entry.shape);
        table.slot(&key.name, stored);
    }
    table
}
