//! How the official scripts group files into clips and cut clips into chunks.

use std::ops::Range;

/// Which chunks of a clip are worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkMode {
    /// The first.
    First,
    /// Every one; a short last one is padded by repeating its last frame.
    All,
    /// Every one that is full.
    DropLast,
}

/// The chunks of a clip of `frames` frames, each up to `length` long, sharing `overlap` frames with the one before; none where there are no more than
/// `overlap` frames. The official scripts do not blend what chunks share.
///
/// # Panics
/// `overlap >= length`.
pub fn chunks(frames: usize, length: usize, overlap: usize, mode: ChunkMode) -> Vec<Range<usize>> {
    assert!(overlap < length, "chunks of {length} frames cannot overlap by {overlap}");
    let starts = (0..frames.saturating_sub(overlap)).step_by(length - overlap);
    let all = starts.map(|start| start..(start + length).min(frames));
    match mode {
        ChunkMode::First => all.take(1).collect(),
        ChunkMode::All => all.collect(),
        ChunkMode::DropLast => all.filter(|chunk| chunk.len() == length).collect(),
    }
}

/// The clip that a file belongs to and the rest of its name where every folder is a clip.
pub fn folder_key(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The same where a clip is named by what stands before the first dot of its files' names; none for a name without a dot.
pub fn webdataset_key(path: &str) -> Option<(&str, &str)> {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = name + path[name..].find('.')?;
    Some((&path[..dot], &path[dot + 1..]))
}
