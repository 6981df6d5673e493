//! Outputs under a temporary name until they are whole.

use crate::{Fault, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// An output file or folder that exists under a temporary name beside its target until [`Draft::keep`].
///
/// Dropped without `keep` (an error, an interruption that unwinds), it is removed and the target is as it was.
#[derive(Debug)]
pub struct Draft {
    target: PathBuf,
    temporary: PathBuf,
    kept: bool,
}

static SERIAL: AtomicU32 = AtomicU32::new(0);

impl Draft {
    /// A draft of one file. The folder that holds it is created.
    ///
    /// # Errors
    /// `target` exists and `overwrite` is false; its folder cannot be created or written.
    pub fn file(target: &Path, overwrite: bool) -> Result<Self> {
        let draft = Self::named(target, overwrite)?;
        fs::File::create(&draft.temporary).map_err(|e| Fault::write(target, &e))?;
        Ok(draft)
    }

    /// A draft of a folder full of files, created empty.
    ///
    /// # Errors
    /// `target` exists with something in it and `overwrite` is false; it cannot be created or written.
    pub fn folder(target: &Path, overwrite: bool) -> Result<Self> {
        let empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        let draft = Self::named(target, overwrite || empty)?;
        fs::create_dir(&draft.temporary).map_err(|e| Fault::write(target, &e))?;
        Ok(draft)
    }

    fn named(target: &Path, overwrite: bool) -> Result<Self> {
        if target.exists() && !overwrite {
            return Err(Fault::new(format!("{} exists already", target.display()), "give -y to replace it, or choose another output with -o"));
        }
        let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|e| Fault::write(folder, &e))?;
        let name = target.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        // The extension stays last, so that writers that choose a format by it still do.
        let temporary = folder.join(format!(".draft-{}-{serial}-{name}", process::id()));
        Ok(Self { target: target.to_owned(), temporary, kept: false })
    }

    /// Where to write until the draft is kept.
    pub fn path(&self) -> &Path {
        &self.temporary
    }

    /// The name that it will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Gives the draft its name, replacing what was there.
    ///
    /// # Errors
    /// The rename fails; the draft is then removed and an older target stays.
    pub fn keep(mut self) -> Result<()> {
        if self.temporary.is_dir() && self.target.is_dir() {
            // A folder cannot be renamed onto a full one: move the old one away first, and back if that fails.
            let old = self.temporary.with_extension("old");
            fs::rename(&self.target, &old).map_err(|e| Fault::write(&self.target, &e))?;
            if let Err(e) = fs::rename(&self.temporary, &self.target) {
                let _ = fs::rename(&old, &self.target);
                return Err(Fault::write(&self.target, &e));
            }
            let _ = fs::remove_dir_all(&old);
        } else {
            fs::rename(&self.temporary, &self.target).map_err(|e| Fault::write(&self.target, &e))?;
        }
        self.kept = true;
        Ok(())
    }

    /// Writes a whole file at once.
    ///
    /// # Errors
    /// As [`Draft::file`], or the disk is full.
    pub fn whole(target: &Path, bytes: &[u8], overwrite: bool) -> Result<()> {
        let draft = Self::file(target, overwrite)?;
        fs::write(draft.path(), bytes).map_err(|e: io::Error| Fault::write(target, &e))?;
        draft.keep()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = if self.temporary.is_dir() { fs::remove_dir_all(&self.temporary) } else { fs::remove_file(&self.temporary) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_draft_leaves_nothing_and_a_kept_one_only_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("sub/a.txt");
        drop(Draft::file(&target, false).unwrap());
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 0);
        Draft::whole(&target, b"one", false).unwrap();
        assert!(Draft::whole(&target, b"two", false).unwrap_err().remedy.contains("-y"));
        Draft::whole(&target, b"two", true).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_kept_folder_replaces_the_old_one_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("frames");
        fs::create_dir(&target).unwrap();
        fs::write(target.join("old"), "").unwrap();
        assert!(Draft::folder(&target, false).is_err());
        let draft = Draft::folder(&target, true).unwrap();
        fs::write(draft.path().join("new"), "").unwrap();
        draft.keep().unwrap();
        assert!(target.join("new").exists() && !target.join("old").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
