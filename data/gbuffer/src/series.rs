//! The numbered files of a folder.

use relight_file::{Fault, Numbered, Result};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Every series `BEFORE NUMBER . EXTENSION` of a folder as its text before the number, and its files in order, without
/// gaps.
///
/// # Errors
/// The folder cannot be read; a series has a gap.
pub(crate) fn numbered(folder: &Path, extension: &str) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut widths: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|e| Fault::read(folder, &e))? {
        let name = entry.map_err(|e| Fault::read(folder, &e))?.file_name().to_string_lossy().into_owned();
        let Some((stem, found)) = name.rsplit_once('.') else { continue };
        let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        // Drafts begin with a dot.
        if !found.eq_ignore_ascii_case(extension) || before.len() == stem.len() || name.starts_with('.') {
            continue;
        }
        let digits = stem.len() - before.len();
        let (shortest, longest) = widths.entry(before.to_owned()).or_insert((digits, digits));
        (*shortest, *longest) = ((*shortest).min(digits), (*longest).max(digits));
    }
    let mut all = BTreeMap::new();
    for (before, (shortest, longest)) in widths {
        // Of one width: padded with zeros; of several: counted without.
        let number = if shortest == longest { format!("%0{shortest}d") } else { "%d".into() };
        let files = Numbered::new(&folder.join(format!("{before}{number}.{extension}")))?.existing()?;
        all.insert(before, files);
    }
    Ok(all)
}
