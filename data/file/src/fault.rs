//! The one error type that people see: what is wrong, and what to do about it.

use std::{fmt, io, path::Path};

/// Something that the person at the keyboard can mend: one line of cause, one line of remedy.
///
/// Bugs panic; everything that a file, an option or a machine can do wrong is a `Fault`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, naming the file and the place in it.
    pub cause: String,
    /// What to do about it: a command, an option or a conversion.
    pub remedy: String,
}

/// A result whose error tells its remedy.
pub type Result<T, E = Fault> = std::result::Result<T, E>;

impl Fault {
    /// A fault from its two lines.
    pub fn new(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { cause: cause.into(), remedy: remedy.into() }
    }

    /// A failure to read `path`, with the remedy that fits the kind of failure.
    pub fn read(path: &Path, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "allow reading it, or run as its owner",
            io::ErrorKind::UnexpectedEof => "the file ends early: copy or export it again",
            _ => "check that the file is whole and of the kind its name says",
        };
        Self::new(format!("cannot read {}: {error}", path.display()), remedy)
    }

    /// A failure to write `path`, with the remedy that fits the kind of failure.
    pub fn write(path: &Path, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "create the folder first, or choose another with -o",
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => "choose a folder you may write to with -o",
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space, or choose another disk with -o",
            _ => "choose another output with -o",
        };
        Self::new(format!("cannot write {}: {error}", path.display()), remedy)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.cause, self.remedy)
    }
}

impl std::error::Error for Fault {}

/// Turns any error into a [`Fault`] where the remedy is known.
pub trait Blame<T> {
    /// `cause` gets the error's own words appended after a colon.
    fn blame(self, cause: impl FnOnce() -> String, remedy: &str) -> Result<T>;
}

impl<T, E: fmt::Display> Blame<T> for std::result::Result<T, E> {
    fn blame(self, cause: impl FnOnce() -> String, remedy: &str) -> Result<T> {
        self.map_err(|error| {
            let words = error.to_string().replace('\n', " ");
            Fault::new(format!("{}: {words}", cause()), remedy)
        })
    }
}
