//! Frames as numbered files: `%04d` patterns and folders.

use crate::{Fault, Result};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Whether `path` holds a printf-style frame number such as `%04d` or `%d`.
pub fn is_pattern(path: &Path) -> bool {
    split(&path.to_string_lossy()).is_some()
}

/// A series of files that differ by a frame number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    before: String,
    width: usize,
    after: String,
}

fn split(name: &str) -> Option<Numbered> {
    let percent = name.find('%')?;
    let d = percent + name[percent..].find('d')?;
    let digits = &name[percent + 1..d];
    let width = if digits.is_empty() { 0 } else { digits.strip_prefix('0')?.parse().ok().filter(|w| *w <= 12)? };
    Some(Numbered { before: name[..percent].into(), width, after: name[d + 1..].into() })
}

impl Numbered {
    /// The series that a pattern such as `out/%04d.exr` names.
    ///
    /// # Errors
    /// There is no frame number in it.
    pub fn new(pattern: &Path) -> Result<Self> {
        split(&pattern.to_string_lossy())
            .ok_or_else(|| Fault::new(format!("{} has no frame number", pattern.display()), "write it like frames.%04d.png"))
    }

    /// The file of frame `index`.
    pub fn at(&self, index: usize) -> PathBuf {
        let Self { before, width, after } = self;
        PathBuf::from(format!("{before}{index:0width$}{after}"))
    }

    /// The numbered series among the files of `folder` that have one of `extensions` (lower case, without dot), by name. The last number of
    /// a name is the frame's; series of one file count too, names without a number do not.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn find(folder: &Path, extensions: &[&str]) -> Result<Vec<Self>> {
        let mut widths = BTreeMap::<(String, String), (usize, bool)>::new();
        for entry in fs::read_dir(folder).map_err(|e| Fault::read(folder, &e))? {
            let name = entry.map_err(|e| Fault::read(folder, &e))?.file_name().to_string_lossy().into_owned();
            let Some((stem, extension)) = name.rsplit_once('.') else { continue };
            // Hidden files are drafts and the system's own.
            if name.starts_with('.') || !extensions.contains(&extension.to_lowercase().as_str()) {
                continue;
            }
            let digits = stem.len() - stem.bytes().rev().take_while(u8::is_ascii_digit).count();
            let (before, number) = stem.split_at(digits);
            if number.is_empty() || number.len() > 12 {
                continue;
            }
            let (shortest, padded) = widths.entry((before.into(), format!(".{extension}"))).or_insert((number.len(), false));
            *shortest = number.len().min(*shortest);
            *padded |= number.len() > 1 && number.starts_with('0');
        }
        let named = |((before, after), (shortest, padded))| Self {
            before: folder.join(before).to_string_lossy().into_owned(),
            width: if padded { shortest } else { 0 },
            after,
        };
        Ok(widths.into_iter().map(named).collect())
    }

    /// The pattern that names the series.
    pub fn pattern(&self) -> PathBuf {
        let width = if self.width == 0 { String::new() } else { format!("0{}", self.width) };
        PathBuf::from(format!("{}%{width}d{}", self.before, self.after))
    }

    /// What stands before the number in the file names: `rgb.` of `clip/rgb.%04d.png`.
    pub fn name(&self) -> &str {
        self.before.rsplit('/').next().unwrap_or_default()
    }

    /// The files of the series that exist, in order, without gaps. The first may have any number.
    ///
    /// # Errors
    /// None exists, or a number between the first and the last is missing.
    pub fn existing(&self) -> Result<Vec<PathBuf>> {
        let pattern = self.pattern();
        let folder = pattern.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let start = Path::new(&self.before).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let start = if self.before.ends_with('/') { String::new() } else { start };
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| Fault::read(folder, &e))? {
            let name = entry.map_err(|e| Fault::read(folder, &e))?.file_name().to_string_lossy().into_owned();
            let digits = name.strip_prefix(&start).and_then(|n| n.strip_suffix(&self.after));
            let Some(digits) = digits.filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())) else { continue };
            if let Ok(number) = digits.parse::<usize>()
                && format!("{number:0width$}", width = self.width) == digits
            {
                found.push((number, folder.join(&name)));
            }
        }
        found.sort();
        let Some((first, _)) = found.first() else {
            return Err(Fault::new(format!("no frame matches {}", pattern.display()), "check the folder and the pattern"));
        };
        for (offset, (number, _)) in found.iter().enumerate() {
            let expected = first + offset;
            if *number != expected {
                return Err(Fault::new(format!("frame {} is missing", self.at(expected).display()), "add it, or renumber the frames without a gap"));
            }
        }
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_files_and_gaps_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let series = Numbered::new(&folder.path().join("f.%04d.png")).unwrap();
        assert_eq!(series.at(7), folder.path().join("f.0007.png"));
        assert!(series.existing().is_err());
        for index in [3, 4, 6] {
            fs::write(series.at(index), "").unwrap();
        }
        fs::write(folder.path().join("f.x.png"), "").unwrap();
        assert!(series.existing().unwrap_err().cause.contains("f.0005.png"));
        fs::write(series.at(5), "").unwrap();
        assert_eq!(series.existing().unwrap().len(), 4);
        assert_eq!(Numbered::find(folder.path(), &["png"]).unwrap(), std::slice::from_ref(&series));
        assert_eq!((series.name(), series.pattern()), ("f.", folder.path().join("f.%04d.png")));
        fs::write(folder.path().join("g9.EXR"), "").unwrap();
        fs::write(folder.path().join("g10.EXR"), "").unwrap();
        assert_eq!(Numbered::find(folder.path(), &["exr", "png"]).unwrap()[1].existing().unwrap().len(), 2);
        assert!(!is_pattern(Path::new("a/b.png")) && is_pattern(Path::new("%d.exr")));
    }
}
