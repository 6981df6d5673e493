//! `relight models`: what is known and where it is; whether files are whole; other formats.

mod check;
mod convert;

use crate::args::{self, ModelsCommand};
use relight_file::Result;
use relight_nets::PUBLISHED;
use relight_render::{Networks, Watch, Weights};

pub fn models(options: &args::Models, watch: &Watch) -> Result<()> {
    match &options.command {
        Some(ModelsCommand::Check { path }) => check::check(path),
        Some(ModelsCommand::Convert(options)) => convert::convert(options, watch),
        None => list(options),
    }
}

fn list(options: &args::Models) -> Result<()> {
    let networks = options.weights.as_deref().map_or_else(|| Ok(Networks::embedded()), Networks::load)?;
    println!("{:<8} {:>9}  {:<12}  {:<40}  what it does", "network", "size", "sha256", "from");
    let line = |name: &str, weights: &Weights, what: &str| {
        println!("{name:<8} {:>6.1} MB  {:<12}  {:<40}  {what}", weights.len() as f64 / 1e6, &weights.sha256[..12], weights.from);
    };
    line("inverse", &networks.inverse, "picture to albedo, normal, depth, roughness and metallic");
    line("forward", &networks.forward, "buffers and a light to picture, on top of the analytic shader");
    println!("\nUse your own: --model FILE|DIR with what training/export.py wrote.");
    println!("\nOfficial models, read as published and never downloaded: --model svd:DIR or --model cosmos:DIR");
    for known in PUBLISHED {
        // The matrices at two and at four bytes a number.
        let gigabytes = known.parameters as f64 / 1e9;
        println!("  {:<40} {:>5.1}-{:.1} GB  {}", known.name, 2.0 * gigabytes, 4.0 * gigabytes, known.about);
        let place = known.cached().map_or_else(|| "not in HF_HOME or ~/.cache/huggingface".to_owned(), |path| path.display().to_string());
        println!("    {}; licence: {}; {place}", known.repository, known.licence);
    }
    Ok(())
}
