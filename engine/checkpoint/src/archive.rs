//! The zip container of torch files: stored members only, so that a tensor is a range of the mapped file.

use crate::directory::members;
use relight_file::{Fault, Result};
use std::{collections::HashMap, ops::Range, path::Path};

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
        let all = members(bytes).ok_or_else(|| Fault::new(format!("{} is no whole torch archive", path.display()), REMEDY))?;
        let mut members = HashMap::new();
        for member in all {
            let Some((_, inner)) = std::str::from_utf8(member.name).ok().and_then(|name| name.split_once('/')) else { continue };
            if inner != "data.pkl" && inner != "byteorder" && !inner.starts_with("data/") {
                continue; // TorchScript's code and debug files, which are compressed and never looked at
            }
            if !member.plain {
                return Err(Fault::new(format!("{}: member {inner} is compressed or encrypted", path.display()), REMEDY));
            }
            let Some(range) = member.range(bytes) else {
                return Err(Fault::new(format!("{}: member {inner} lies outside the file", path.display()), REMEDY));
            };
            members.insert(inner.to_owned(), range);
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
