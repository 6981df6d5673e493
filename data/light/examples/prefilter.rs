//! Times the preparation of a map: `cargo run --release --example prefilter -- sky.exr`

use relight_light::{Environment, Prefiltered, Sampler};
use std::{path::Path, time::Instant};

fn main() -> Result<(), relight_file::Fault> {
    for name in std::env::args().skip(1) {
        let clock = Instant::now();
        let map = Environment::load(Path::new(&name))?;
        let loaded = clock.elapsed();
        let clock = Instant::now();
        let filtered = Prefiltered::new(&map);
        let prefiltered = clock.elapsed();
        let clock = Instant::now();
        let sampler = Sampler::new(&map);
        let up = filtered.irradiance_over_pi(glam::Vec3::Y);
        println!(
            "{name}: {}x{}, mean {:.3}, up {up:.3}, loaded in {loaded:.0?}, prefiltered in {prefiltered:.0?}, sampler in {:.0?} ({:.3})",
            map.width,
            map.height,
            map.mean(),
            clock.elapsed(),
            sampler.look(glam::Vec3::Y).1
        );
    }
    Ok(())
}
