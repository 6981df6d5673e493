//! Checkpoint folders as published.

use crate::{
    Kind,
    store::Store,
    svd::{EnvConfig, EnvEncoder, Lora, Model, Part, Scheduler, Unet, UnetConfig, Vae, VaeConfig},
    table::Table,
};
use relight_checkpoint::Checkpoint;
use relight_file::{Fault, Result};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the folders of the family are called where they lie side by side, the best first; the publisher's prefix may be missing.
const FOLDERS: [(Kind, &[&str]); 2] = [(Kind::Inverse, &["inverse-svd"]), (Kind::Forward, &["forward-svd", "forward-svd-objaverse"])];
/// The publisher's prefix.
const PREFIX: &str = "diffusion_renderer-";
/// The publisher, in the names of a Hugging Face cache.
const CACHED: &str = "models--nexuslrf--diffusion_renderer-";
/// A part's weights, the best first.
const WEIGHTS: [&str; 3] = ["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.bin"];
/// The low-rank change that comes with `forward-svd`.
const LORA: &str = "lora/pytorch_lora_weights.safetensors";
/// The largest configuration that is read.
const MOST_BYTES: u64 = 1 << 20;

/// How much of the LoRA is applied where nobody says: the official script's.
pub const LORA_SCALE: f32 = 0.25;

/// The folder of a model of the family: `folder` itself, one of the published names in it, or the latest snapshot of a Hugging Face cache (`HF_HOME/hub`).
///
/// # Errors
/// There is none of that kind.
pub fn find_model(folder: &Path, kind: Kind) -> Result<PathBuf> {
    let names = FOLDERS.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, names)| names);
    let mut candidates = vec![folder.to_owned()];
    for name in names {
        candidates.extend([folder.join(format!("{PREFIX}{name}")), folder.join(name)]);
        let snapshots = folder.join(format!("{CACHED}{name}")).join("snapshots");
        let mut found: Vec<PathBuf> = fs::read_dir(snapshots).into_iter().flatten().filter_map(|e| Some(e.ok()?.path())).collect();
        found.sort_by_key(|path| fs::metadata(path).and_then(|m| m.modified()).ok());
        candidates.extend(found.into_iter().rev());
    }
    let fits = |path: &PathBuf| {
        let forward = path.join("env_encoder").is_dir();
        path.join("unet").is_dir() && forward == (kind == Kind::Forward)
    };
    candidates.into_iter().find(fits).ok_or_else(|| {
        let kind = if kind == Kind::Inverse { "inverse" } else { "forward" };
        let cause = format!("{} holds no {kind} model of the SVD family", folder.display());
        Fault::new(cause, format!("put it there as {PREFIX}{}/ with unet/, vae/ and scheduler/", names.join(&format!("/ or {PREFIX}"))))
    })
}

/// A part's file of weights.
///
/// # Errors
/// There is none.
pub fn weights_of(folder: &Path, part: &str) -> Result<PathBuf> {
    let found = WEIGHTS.iter().map(|name| folder.join(part).join(name)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let cause = format!("{} has no {}", folder.join(part).display(), WEIGHTS[0]);
        Fault::new(cause, "download the whole folder of the model")
    })
}

fn json(folder: &Path, part: &str, name: &str) -> Result<String> {
    let path = folder.join(part).join(name);
    let bytes = fs::metadata(&path).map_err(|e| Fault::read(&path, &e))?.len();
    if bytes > MOST_BYTES {
        return Err(Fault::new(format!("{} is {bytes} bytes long", path.display()), "download it again"));
    }
    fs::read_to_string(&path).map_err(|e| Fault::read(&path, &e))
}

/// The tables of a folder's parts with their files: UNet, VAE, and the environment encoder where there is one. Nothing but tables is read.
///
/// # Errors
/// A file is missing or not understood.
pub fn tables(folder: &Path) -> Result<Vec<(&'static str, Table, Checkpoint)>> {
    let file = Checkpoint::open(&weights_of(folder, "unet")?)?;
    let unet = Unet::new(UnetConfig::parse(&json(folder, "unet", "config.json")?, Some(&file))?);
    let mut all = vec![("unet", unet.table().clone(), file)];
    let vae = Vae::new(VaeConfig::parse(&json(folder, "vae", "config.json")?)?);
    all.push(("vae", vae.table().clone(), Checkpoint::open(&weights_of(folder, "vae")?)?));
    if folder.join("env_encoder").is_dir() {
        let env = EnvEncoder::new(EnvConfig::parse(&json(folder, "env_encoder", "config.json")?)?);
        all.push(("env_encoder", env.table().clone(), Checkpoint::open(&weights_of(folder, "env_encoder")?)?));
    }
    Ok(all)
}

impl Model {
    /// Opens a folder as published. Files are mapped, not read.
    ///
    /// # Errors
    /// Something is missing or is not of the family; parts do not fit each other; the LoRA is not of this model (with a scale other than 0).
    pub fn open(folder: &Path, lora_scale: f32) -> Result<Self> {
        let file = Checkpoint::open(&weights_of(folder, "unet")?)?;
        let net = Unet::new(UnetConfig::parse(&json(folder, "unet", "config.json")?, Some(&file))?);
        let mut store = Store::new(file, net.table())?;
        let lora = folder.join(LORA);
        if lora_scale != 0.0 && lora.is_file() {
            store.lora = Some(Lora::open(&lora, net.table(), lora_scale)?);
        }
        let unet = Part { net, store };
        let net = Vae::new(VaeConfig::parse(&json(folder, "vae", "config.json")?)?);
        let store = Store::new(Checkpoint::open(&weights_of(folder, "vae")?)?, net.table())?;
        let vae = Part { net, store };
        let forward = folder.join("env_encoder").is_dir();
        let env = forward
            .then(|| {
                let net = EnvEncoder::new(EnvConfig::parse(&json(folder, "env_encoder", "config.json")?)?);
                let store = Store::new(Checkpoint::open(&weights_of(folder, "env_encoder")?)?, net.table())?;
                Ok::<_, Fault>(Part { net, store })
            })
            .transpose()?;
        let mut scheduler = Scheduler::parse(&json(folder, "scheduler", "scheduler_config.json")?)?;
        // The official forward script asks for trailing spacing whatever the file says.
        scheduler.leading &= !forward;
        let model = Self::new(unet, vae, env, scheduler);
        model.fit(folder)?;
        Ok(model)
    }

    /// Whether the parts belong together.
    fn fit(&self, folder: &Path) -> Result<()> {
        let (unet, vae) = (self.unet.net.config(), self.vae.net.config());
        let light = self.env.as_ref().map(|env| env.net.config());
        let tokens = light.is_none_or(|env| env.in_channels == 3 * vae.latent && env.channels == unet.context);
        if unet.out_channels != vae.latent || !(unet.in_channels - unet.out_channels).is_multiple_of(vae.latent) || !tokens {
            let cause = format!("the parts of {} do not fit each other", folder.display());
            return Err(Fault::new(cause, "download the whole folder of the model again"));
        }
        Ok(())
    }

    /// Width and height of pictures are multiples of this.
    pub fn stride(&self) -> usize {
        self.unet.net.config().stride() * self.vae.net.config().stride()
    }
}
