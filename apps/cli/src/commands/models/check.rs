//! `relight models check PATH`: keys and shapes against the full table.

use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use relight_nets::{Comparison, Kind, Table, cosmos, svd};
use std::path::{Path, PathBuf};

/// Folders by which the Cosmos family is known.
const COSMOS: [&str; 3] = ["Diffusion_Renderer_Inverse_Cosmos_7B", "Diffusion_Renderer_Forward_Cosmos_7B", "Cosmos-Tokenize1-CV8x8x8-720p"];
/// Differences of each kind that are listed.
const LISTED: usize = 20;

pub fn check(path: &Path) -> Result<()> {
    if path.is_file() {
        return file(path);
    }
    let mut whole = true;
    let mut found = 0;
    for folder in svd_folders(path) {
        println!("{}", folder.display());
        for (part, table, file) in svd::tables(&folder)? {
            whole &= part_is_whole(part, &table, &file);
        }
        found += 1;
    }
    if COSMOS.iter().any(|name| path.join(name).is_dir()) {
        println!("{}", path.display());
        for (part, table, file) in cosmos::tables(path)? {
            whole &= part_is_whole(&part, &table, &file);
        }
        found += 1;
    }
    if found == 0 {
        let cause = format!("{} holds no official model that is known", path.display());
        return Err(Fault::new(
            cause,
            "give a folder of the SVD family (with unet/ and vae/), the folder that holds published folders, or a file of weights",
        ));
    }
    if whole { Ok(()) } else { Err(Fault::new(format!("{} is not whole", path.display()), "download the files again")) }
}

/// Tells how a part's file compares with its table.
fn part_is_whole(part: &str, table: &Table, file: &Checkpoint) -> bool {
    let found = table.compare(file);
    println!("  {part}: {} tensors, {:.1} million numbers; {}", table.shapes().len(), table.count() as f64 / 1e6, verdict(&found));
    list(&found);
    found.is_whole()
}

fn verdict(found: &Comparison) -> String {
    match (found.is_whole(), found.extra.len()) {
        (true, 0) => "whole".to_owned(),
        (true, extra) => format!("whole, with {extra} tensors that nothing uses"),
        _ => found.to_string(),
    }
}

fn list(found: &Comparison) {
    let some = |title: &str, all: &[String]| {
        all.iter().take(LISTED).for_each(|key| println!("    {title} {key}"));
        if all.len() > LISTED {
            println!("    … and {} more", all.len() - LISTED);
        }
    };
    some("missing", &found.missing);
    some("extra", &found.extra);
    let shapes: Vec<String> = found.misshapen.iter().map(|(key, want, have)| format!("{key}: {have:?}, not {want:?}")).collect();
    some("shape of", &shapes);
}

/// The folder itself, or every model of the family in it.
fn svd_folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [Kind::Inverse, Kind::Forward].iter().filter_map(|kind| svd::find_model(path, *kind).ok()).collect();
    if found.is_empty() && path.join("unet").is_dir() {
        found.push(path.to_owned());
    }
    found
}

/// A single file: what is in it.
fn file(path: &Path) -> Result<()> {
    let file = Checkpoint::open(path)?;
    let numbers: usize = file.tensors().values().filter_map(|entry| entry.count()).sum();
    println!("{}: {} tensors, {:.1} million numbers, readable", path.display(), file.tensors().len(), numbers as f64 / 1e6);
    println!("Give the folder of the whole model to compare it with its table.");
    Ok(())
}
