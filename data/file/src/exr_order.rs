//! Attributes of an OpenEXR header in the order of their names.

/// Bit of the version field that says that a file has several parts (OpenEXR File Layout, "Version Field").
const MULTIPART: u32 = 0x1000;
/// Bytes before the first header: magic number and version.
const START: usize = 8;

/// Sorts the attributes of every header of an OpenEXR file by name. The `exr` crate keeps those that it does not know in a hash map, whose order
/// differs from run to run; equal pictures should be equal files. Headers keep their length, so nothing else moves. What is no such file is left alone.
pub(crate) fn order(file: &mut [u8]) {
    let Some(version) = file.get(4..START).and_then(|v| v.try_into().ok()).map(u32::from_le_bytes) else { return };
    let mut at = START;
    while let Some((attributes, end)) = header(file, at) {
        let mut sorted: Vec<&[u8]> = attributes.iter().map(|a| &file[a.clone()]).collect();
        sorted.sort_by_key(|attribute| attribute.split(|b| *b == 0).next());
        let sorted = sorted.concat();
        file[at..at + sorted.len()].copy_from_slice(&sorted);
        if version & MULTIPART == 0 || attributes.is_empty() {
            return;
        }
        at = end;
    }
}

/// Where the attributes of the header that begins at `at` are, and where what follows it begins.
fn header(file: &[u8], mut at: usize) -> Option<(Vec<std::ops::Range<usize>>, usize)> {
    let word = |at: usize| Some(at + file.get(at..)?.iter().position(|b| *b == 0)? + 1);
    let mut attributes = Vec::new();
    while *file.get(at)? != 0 {
        let size = word(word(at)?)?;
        let bytes = u32::from_le_bytes(file.get(size..size + 4)?.try_into().ok()?) as usize;
        let end = size.checked_add(4)?.checked_add(bytes).filter(|end| *end <= file.len())?;
        attributes.push(at..end);
        at = end;
    }
    Some((attributes, at + 1))
}
