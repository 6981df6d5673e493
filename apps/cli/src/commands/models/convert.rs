//! `relight models convert FILE|DIR -o OUT`: the same numbers in another format, so that the next start needs no pickle.

use crate::args;
use relight_checkpoint::{Checkpoint, Format, convert as write};
use relight_file::{Draft, Fault, Result};
use relight_render::{Event, Watch};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Endings of files of weights, the one first that is taken where a part has several.
const WEIGHTS: [&str; 4] = ["safetensors", "pt", "jit", "bin"];
/// Low-rank changes stay in 32 bits: they are small, and added to what is rounded already.
const LORA: &str = "lora";
/// Folders in folders: published ones nest 3 deep.
const DEPTH: usize = 6;

pub fn convert(options: &args::Convert, watch: &Watch) -> Result<()> {
    let output = &options.out.output;
    let format = match options.format {
        args::WeightFormat::F32 => Format::F32,
        args::WeightFormat::Bf16 => Format::Bf16,
        args::WeightFormat::Int8 => Format::Int8,
    };
    let what = if options.file.is_dir() {
        folder(&options.file, output, format, options.out.yes, watch)?
    } else {
        if output.extension().is_none_or(|extension| extension != "safetensors") {
            return Err(Fault::new(format!("{} is no .safetensors", output.display()), "name the output FILE.safetensors with -o"));
        }
        let file = Checkpoint::open(&options.file)?;
        write(&file, output, format, options.out.yes)?;
        format!("{} tensors", file.tensors().len())
    };
    watch.tell(Event::Wrote { path: output.clone(), what });
    Ok(())
}

/// A whole folder: every file of weights under its own name as safetensors, configurations as they are.
fn folder(from: &Path, to: &Path, format: Format, overwrite: bool, watch: &Watch) -> Result<String> {
    let mut files = Vec::new();
    list(from, Path::new(""), DEPTH, &mut files)?;
    files.sort();
    let ending = |path: &Path| WEIGHTS.iter().position(|ending| path.extension().is_some_and(|e| e == *ending));
    if !files.iter().any(|path| ending(path).is_some()) {
        return Err(Fault::new(
            format!("{} holds no file of weights", from.display()),
            "give a published folder, or a file that ends in .safetensors, .pt, .jit or .bin",
        ));
    }
    let draft = Draft::folder(to, overwrite)?;
    let (mut weights, mut configurations) = (0, 0);
    for path in &files {
        let target = draft.path().join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(|e| Fault::write(parent, &e))?;
        }
        let better = |other: &PathBuf| ending(other) < ending(path) && ending(other).is_some() && other.with_extension("") == path.with_extension("");
        match ending(path) {
            Some(_) if files.iter().any(better) => watch.note(format!("{} is left out: the same stands beside it in another format", path.display())),
            Some(_) => {
                let low_rank = path.parent().is_some_and(|parent| parent.ends_with(LORA));
                let file = Checkpoint::open(&from.join(path))?;
                write(&file, &target.with_extension("safetensors"), if low_rank { Format::F32 } else { format }, false)?;
                watch.note(format!("{}: {} tensors", path.display(), file.tensors().len()));
                weights += 1;
            }
            None if path.extension().is_some_and(|e| e == "json") => {
                fs::copy(from.join(path), &target).map_err(|e| Fault::write(&target, &e))?;
                configurations += 1;
            }
            None => {}
        }
    }
    draft.keep()?;
    Ok(format!("{weights} files of weights, {configurations} configurations"))
}

/// The files under `from/inside`, by their paths inside of `from`. Names that begin with a dot are passed over.
fn list(from: &Path, inside: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    let folder = from.join(inside);
    for entry in fs::read_dir(&folder).map_err(|e| Fault::read(&folder, &e))? {
        let name = entry.map_err(|e| Fault::read(&folder, &e))?.file_name();
        let path = inside.join(&name);
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if !from.join(&path).is_dir() {
            files.push(path);
        } else if depth > 0 {
            list(from, &path, depth - 1, files)?;
        }
    }
    Ok(())
}
