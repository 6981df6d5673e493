//! The zip container of torch files: stored members only, so that a tensor is a range of the mapped file.

use relight_file::{Blame, Fault, Result};
use std::{collections::HashMap, io::Cursor, ops::Range, path::Path};
use zip::{CompressionMethod, ZipArchive};

const REMEDY: &str = "download the checkpoint again; it must be what torch.save or torch.jit.save wrote";

/// The members of a torch archive, without its root folder: `data.pkl`, `data/0`, …
#[derive(Debug)]
pub(crate) struct Archive {
    members: HashMap<String, Range<usize>>,
}

impl Archive {
    /// Reads the table of members.
    ///
    /// # Errors
    /// No zip, a compressed or encrypted member, a member outside the file, a big-endian archive, no `data.pkl`.
    pub fn read(path: &Path, bytes: &[u8]) -> Result<Self> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).blame(|| format!("{} is no whole torch archive", path.display()), REMEDY)?;
        let mut members = HashMap::new();
        for index in 0..zip.len() {
            let member = zip.by_index_raw(index).blame(|| format!("{}: member {index} cannot be read", path.display()), REMEDY)?;
            let name = member.name().blame(|| format!("{}: member {index} has no name", path.display()), REMEDY)?.into_owned();
            let Some((_, inner)) = name.split_once('/') else { continue };
            if inner != "data.pkl" && inner != "byteorder" && !inner.starts_with("data/") {
                continue; // TorchScript's code and debug files, which are compressed and never looked at
            }
            if member.compression() != CompressionMethod::Stored || member.encrypted() {
                return Err(Fault::new(format!("{}: member {name} is compressed or encrypted", path.display()), REMEDY));
            }
            let start = member.data_start().and_then(|start| usize::try_from(start).ok());
            let end = start.and_then(|start| start.checked_add(usize::try_from(member.size()).ok()?));
            let (Some(start), Some(end)) = (start, end.filter(|end| *end <= bytes.len())) else {
                return Err(Fault::new(format!("{}: member {name} lies outside the file", path.display()), REMEDY));
            };
            members.insert(inner.to_owned(), start..end);
        }
        let archive = Self { members };
        if archive.member("byteorder").is_some_and(|range| bytes[range].starts_with(b"big")) {
            return Err(Fault::new(format!("{} was written on a big-endian machine", path.display()), "save it again on a little-endian one"));
        }
        if archive.member("data.pkl").is_none() {
            return Err(Fault::new(format!("{} holds no data.pkl", path.display()), REMEDY));
        }
        Ok(archive)
    }

    /// The bytes of a member.
    pub fn member(&self, name: &str) -> Option<Range<usize>> {
        self.members.get(name).cloned()
    }
}
