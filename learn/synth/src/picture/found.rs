//! Textures that lie beside free models.

use super::{SIDE, small};
use crate::{folder, reserved};
use relight_file::{Blame, Fault, Result};
use relight_trace::Texture;
use std::{
    collections::BTreeSet,
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// Larger files are not textures for things that fill a hundred pixels.
const LARGEST: u64 = 2 << 20;

/// Textures below the folders and in the archives that `paths` name, each content once, in the order of their names.
pub(crate) fn textures(paths: &[PathBuf]) -> Result<Vec<Texture>> {
    let mut found = Vec::new();
    for path in paths {
        let files = if path.is_dir() { folder::files(path, &["png", "jpg", "jpeg", "sh3f", "zip"], 8)? } else { vec![path.clone()] };
        for file in files.iter().filter(|f| !reserved::texture(f)) {
            if ["sh3f", "zip"].iter().any(|e| file.extension().is_some_and(|x| x.eq_ignore_ascii_case(e))) {
                packed(file, &mut found)?;
            } else if pictured(file) && fs::metadata(file).is_ok_and(|m| m.len() <= LARGEST) {
                let bytes = fs::read(file).map_err(|e| Fault::read(file, &e))?;
                found.extend(decoded(&bytes));
            }
        }
    }
    Ok(found)
}

fn pictured(file: &Path) -> bool {
    file.extension().is_some_and(|e| ["png", "jpg", "jpeg"].contains(&e.to_string_lossy().to_lowercase().as_str()))
}

/// The textures in an archive. Pictures at the first level are icons of the models and no textures.
fn packed(file: &Path, found: &mut Vec<Texture>) -> Result<()> {
    let unreadable = || format!("cannot read {}", file.display());
    let handle = fs::File::open(file).map_err(|e| Fault::read(file, &e))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(handle)).blame(unreadable, "give a whole zip archive")?;
    let mut names: Vec<String> = archive.file_names().filter_map(|n| n.ok().map(|n| n.into_owned())).collect();
    names.sort();
    let mut known = BTreeSet::new();
    for name in names {
        let path = Path::new(&name);
        if path.components().count() < 3 || !pictured(path) || reserved::texture(path) {
            continue;
        }
        let entry = archive.by_name(&name).blame(unreadable, "copy the archive again")?;
        if entry.size() <= LARGEST && known.insert(entry.crc32()) {
            let mut bytes = Vec::new();
            entry.take(LARGEST).read_to_end(&mut bytes).blame(unreadable, "copy the archive again")?;
            found.extend(decoded(&bytes));
        }
    }
    Ok(())
}

/// A picture with something in it, at the size that materials use.
fn decoded(bytes: &[u8]) -> Option<Texture> {
    let texture = Texture::decode(bytes)?;
    (texture.width.min(texture.height) >= 16 && texture.width.max(texture.height) <= 32 * SIDE).then(|| small(&texture))
}
