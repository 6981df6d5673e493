//! Runs a network once on numbers from a file, for `training/parity.py`.
//!
//! usage: denoise WEIGHTS.safetensors INPUT.safetensors OUTPUT
//! INPUT holds f32 `conditions` [T,H,W,n], `x_sigma` [T,H,W,c], `sigma` [1] and, for networks with a light, `light` [T,8,16,3]. OUTPUT gets x0 as
//! little-endian f32.

use relight_diffusion::Denoiser;
use relight_nets::{Conditions, Small};
use safetensors::SafeTensors;
use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().collect();
    let [_, weights, input, output] = &args[..] else { return Err("usage: denoise WEIGHTS INPUT OUTPUT".into()) };
    let mut net = Small::load(Path::new(weights))?;
    let bytes = fs::read(input)?;
    let file = SafeTensors::deserialize(&bytes)?;
    let numbers = |key: &str| -> Result<Vec<f32>, safetensors::SafeTensorError> {
        Ok(file.tensor(key)?.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    };
    let [frames, height, width, _] = *file.tensor("conditions")?.shape() else { return Err("conditions must be [T,H,W,n]".into()) };
    let light = if net.config().light { numbers("light")? } else { Vec::new() };
    let conditions = Conditions { frames, height, width, pixels: numbers("conditions")?, light };
    let mut x0 = vec![0.0; net.len(&conditions)];
    net.denoise(&numbers("x_sigma")?, numbers("sigma")?[0], &conditions, &mut x0);
    fs::write(output, x0.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())?;
    Ok(())
}
