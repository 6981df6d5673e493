//! How the official scripts of both families group files into clips, by what stands before some dot or slash of their paths.

use std::collections::BTreeMap;

/// The clip that a file belongs to and the rest of its name where every folder is a clip.
pub fn folder_key(path: &str) -> Option<(&str, &str)> {
    Some(path.rsplit_once('/').unwrap_or(("", path)))
}

/// The same where a clip is named by what stands before the first dot of its files' names; none for a name without a dot.
pub fn webdataset_key(path: &str) -> Option<(&str, &str)> {
    before_dot(path, 1)
}

/// The same where the buffers of one frame, `CHUNK.FRAME.PASS.png`, are a clip: what stands before the second dot; none for a name without two.
pub fn frame_key(path: &str) -> Option<(&str, &str)> {
    before_dot(path, 2)
}

/// Cut at the dot of that number of the last part of a path.
fn before_dot(path: &str, number: usize) -> Option<(&str, &str)> {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let (dot, _) = path[name..].match_indices('.').nth(number - 1)?;
    Some((&path[..name + dot], &path[name + dot + 1..]))
}

/// Files by clip: clips and the files of each in the order of their names, bytes compared, and files without a key left out.
pub fn group<'a>(paths: impl IntoIterator<Item = &'a str>, key: fn(&str) -> Option<(&str, &str)>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut clips: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in paths {
        if let Some((clip, _)) = key(path) {
            clips.entry(clip).or_default().push(path);
        }
    }
    clips.values_mut().for_each(|files| files.sort_unstable());
    clips
}
