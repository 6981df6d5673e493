//! `relight models`: a table on stdout.

use crate::args;
use relight_file::Result;
use relight_render::{Networks, Weights};

pub fn models(options: &args::Models) -> Result<()> {
    let networks = options.weights.as_deref().map_or_else(|| Ok(Networks::embedded()), Networks::load)?;
    println!("{:<8} {:>9}  {:<12}  {:<40}  what it does", "network", "size", "sha256", "from");
    let line = |name: &str, weights: &Weights, what: &str| {
        println!("{name:<8} {:>6.1} MB  {:<12}  {:<40}  {what}", weights.len() as f64 / 1e6, &weights.sha256[..12], weights.from);
    };
    line("inverse", &networks.inverse, "picture to albedo, normal, depth, roughness and metallic");
    line("forward", &networks.forward, "buffers and a light to picture, on top of the analytic shader");
    println!("\nUse your own: --weights FILE|DIR with what training/export.py wrote.");
    Ok(())
}
