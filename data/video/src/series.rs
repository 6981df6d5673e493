//! Frames into numbered pictures, a folder of them, or one picture.

use crate::{About, CreateOptions, Frame, Sink, still};
use relight_file::{Draft, Fault, Numbered, Result, is_pattern};
use std::path::{Path, PathBuf};

/// Pictures in files, one a frame, all drafts until the end.
pub(crate) struct Series {
    size: (usize, usize),
    place: Place,
    written: usize,
    lost_sound: bool,
}

enum Place {
    /// A picture beside others: each frame has its own draft.
    Files { numbered: Numbered, drafts: Vec<Draft>, overwrite: bool },
    /// A folder of its own, drafted as a whole.
    Folder { draft: Draft, extension: String },
    /// One picture.
    One { path: PathBuf, draft: Draft },
}

impl Series {
    pub fn new(path: &Path, about: &About, options: &CreateOptions) -> Result<Self> {
        let place = if is_pattern(path) {
            if !still::is_still(path) {
                return Err(unknown(path));
            }
            let numbered = Numbered::new(path)?;
            // Better now than after the work: the first name stands for all where the number is not known.
            for index in 0..about.frames.unwrap_or(1) {
                drop_if_free(&numbered.at(index), options.overwrite)?;
            }
            Place::Files { numbered, drafts: Vec::new(), overwrite: options.overwrite }
        } else if still::is_still(path) && !path.is_dir() {
            if about.frames.is_some_and(|n| n > 1) {
                return Err(one_only(path));
            }
            Place::One { path: path.to_owned(), draft: Draft::file(path, options.overwrite)? }
        } else {
            let extension = options.extension.clone().unwrap_or_else(|| "png".into());
            if !still::is_still(Path::new(&format!("0.{extension}"))) {
                return Err(unknown(&path.join(format!("0000.{extension}"))));
            }
            Place::Folder { draft: Draft::folder(path, options.overwrite)?, extension }
        };
        Ok(Self { size: (about.width, about.height), place, written: 0, lost_sound: options.audio.is_some() })
    }
}

fn drop_if_free(path: &Path, overwrite: bool) -> Result<()> {
    if path.exists() && !overwrite { Draft::file(path, false).map(drop) } else { Ok(()) }
}

fn unknown(path: &Path) -> Fault {
    Fault::new(format!("{} has no picture's extension", path.display()), format!("use one of {}", still::EXTENSIONS.join(", ")))
}

fn one_only(path: &Path) -> Fault {
    let stem = path.with_extension("");
    let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let remedy = format!("number them with -o {}.%04d.{extension}, or keep one with --frames 1", stem.display());
    Fault::new(format!("{} is one picture, but there are more frames", path.display()), remedy)
}

/// Refuses a frame of another size.
pub(crate) fn check_frame(frame: &Frame, size: (usize, usize)) -> Result<()> {
    if (frame.width, frame.height) == size && frame.rgb.len() == size.0 * size.1 * 3 {
        return Ok(());
    }
    let cause = format!("a frame of {}x{} does not fit a clip of {}x{}", frame.width, frame.height, size.0, size.1);
    Err(Fault::new(cause, "scale all frames to one size"))
}

impl Sink for Series {
    fn write(&mut self, frame: &Frame) -> Result<()> {
        check_frame(frame, self.size)?;
        match &mut self.place {
            Place::Files { numbered, drafts, overwrite } => {
                let draft = Draft::file(&numbered.at(self.written), *overwrite)?;
                still::write(frame, draft.path(), draft.target())?;
                drafts.push(draft);
            }
            Place::Folder { draft, extension } => {
                let name = format!("{:04}.{extension}", self.written);
                still::write(frame, &draft.path().join(&name), &draft.target().join(&name))?;
            }
            Place::One { path, .. } if self.written > 0 => return Err(one_only(path)),
            Place::One { path, draft } => still::write(frame, draft.path(), path)?,
        }
        self.written += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<String>> {
        if self.written == 0 {
            return Err(no_frames());
        }
        let mut notes = Vec::new();
        if self.lost_sound {
            notes.push("the sound is left out: pictures hold none".into());
        }
        match self.place {
            Place::Files { drafts, numbered, .. } => {
                drafts.into_iter().try_for_each(Draft::keep)?;
                let next = numbered.at(self.written);
                if next.exists() {
                    notes.push(format!("older frames from {} on are still there", next.display()));
                }
            }
            Place::Folder { draft, .. } | Place::One { draft, .. } => draft.keep()?,
        }
        Ok(notes)
    }
}

pub(crate) fn no_frames() -> Fault {
    Fault::new("there was no frame to write", "choose another part with -ss, -t and --frames")
}
