//! A model of the family: its parts, and the official pipelines over them.

use crate::{
    store::Store,
    svd::{Context, EnvEncoder, Question, Scheduler, Tokens, Unet, Vae},
};
use relight_diffusion::{c_in, c_noise, euler_v};
use relight_file::{Fault, Result};
use relight_tensor::Volume;

/// A part with its numbers.
#[derive(Debug)]
pub struct Part<T> {
    /// What it is made of.
    pub net: T,
    /// Its numbers.
    pub store: Store,
}

/// Everything of a checkpoint folder that is needed.
#[derive(Debug)]
pub struct Model {
    /// Denoiser.
    pub unet: Part<Unet>,
    /// Pictures to latents and back.
    pub vae: Part<Vae>,
    /// Pictures of the light to tokens; forward models alone have it.
    pub env: Option<Part<EnvEncoder>>,
    /// Noise levels.
    pub scheduler: Scheduler,
    /// Latents across a tile of the VAE, for runs with little memory; none takes pictures whole.
    pub tile: Option<usize>,
}

/// How a clip is sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Evaluations of the network (twice as many where guidance is used).
    pub steps: usize,
    /// Guidance of the first and the last frame, rising evenly between; used where the last is above 1.
    pub guidance: [f32; 2],
    /// A single evaluation with zeros as noise, whose −v are the latents.
    pub deterministic: bool,
    /// Frames that are decoded together.
    pub decode_chunk: usize,
    /// Frames per second less one, motion, noise on the conditions: what the network is told beside the time.
    pub added: [f32; 3],
}

impl Default for Options {
    /// The official scripts': 20 steps, no guidance, 8 frames, [6, 127, 0].
    fn default() -> Self {
        Self { steps: 20, guidance: [1.0, 1.0], deterministic: false, decode_chunk: 8, added: [6.0, 127.0, 0.0] }
    }
}

/// The pictures of the light for each frame, or one frame for all.
#[derive(Debug, Clone, PartialEq)]
pub struct LightVolumes {
    /// Low dynamic range, 3 channels 0..1.
    pub low: Volume,
    /// Logarithmic, 3 channels 0..1.
    pub logarithmic: Volume,
    /// Directions, 3 channels 0..1, one frame.
    pub directions: Volume,
}

impl Model {
    /// A model of its parts.
    pub fn new(unet: Part<Unet>, vae: Part<Vae>, env: Option<Part<EnvEncoder>>, scheduler: Scheduler) -> Self {
        Self { unet, vae, env, scheduler, tile: None }
    }

    /// Means of the latents of pictures with 3 channels 0..1, as the inverse network takes them.
    pub fn encode(&self, pictures: &Volume) -> Volume {
        let mut centred = pictures.clone();
        centred.data.iter_mut().for_each(|v| *v = 2.0 * *v - 1.0);
        self.vae.net.encode(&self.vae.store, &centred, self.tile)
    }

    /// [`Model::encode`] times the VAE's scale, as the forward network takes them.
    pub fn encode_scaled(&self, pictures: &Volume) -> Volume {
        let mut latents = self.encode(pictures);
        let scale = self.vae.net.config().scale;
        latents.data.iter_mut().for_each(|v| *v *= scale);
        latents
    }

    /// Tokens for `frames` frames of a light with these latents ([`Model::light_latents`]).
    ///
    /// # Errors
    /// The model has no environment encoder.
    pub fn light(&self, latents: &Volume, frames: usize) -> Result<Context> {
        let env = self.env.as_ref().ok_or_else(|| Fault::new("the model has no env_encoder", "give a folder of a forward model"))?;
        let features = env.net.run(&env.store, latents);
        Ok(Context(features.iter().map(|map| Tokens::of_pixels(map, frames)).collect()))
    }

    /// Latents of the light's pictures, scaled, side by side: low, logarithmic, directions. `encode` is [`Model::encode_scaled`], or gives what that gave before.
    pub fn light_latents(light: &LightVolumes, encode: impl Fn(&Volume) -> Volume) -> Volume {
        let directions = encode(&light.directions);
        let (low, logarithmic) = (encode(&light.low), encode(&light.logarithmic));
        let repeated = directions.data.repeat(low.frames / directions.frames);
        let directions = Volume::new([low.frames, directions.height, directions.width, directions.channels], repeated);
        low.beside(&logarithmic).beside(&directions)
    }

    /// The latents of a buffer of a video: `conditions` are the video's ([`Model::encode`]), `domain` says which buffer, `noise` is of unit variance and
    /// the size of the result. `after` hears of every step, and can stop.
    ///
    /// # Errors
    /// The network knows no such domain; what `after` says; numbers that are not finite.
    pub fn invert(
        &self,
        conditions: &Volume,
        domain: usize,
        noise: &Volume,
        options: &Options,
        after: &mut dyn FnMut(usize, &Volume) -> Result<()>,
    ) -> Result<Volume> {
        let Part { net, store } = &self.unet;
        let remedy = "give the folder of an inverse model";
        let token = net.domain(store, domain).ok_or_else(|| Fault::new(format!("the network has no domain {domain}"), remedy))?;
        self.check(conditions, "an inverse")?;
        let context = Context(vec![Tokens::single(token, noise.frames)]);
        let mut velocity = |x: &Volume, time: f32| {
            let sample = x.beside(conditions);
            net.run(store, Question { sample: &sample, videos: 1, time, added: options.added, context: &context })
        };
        self.sample(noise, options, &mut velocity, after)
    }

    /// The latents of a rendered video: `conditions` are the buffers' ([`Model::encode_scaled`]) side by side, `light` their light's tokens.
    ///
    /// # Errors
    /// What `after` says; numbers that are not finite.
    pub fn render(
        &self,
        conditions: &Volume,
        light: &Context,
        noise: &Volume,
        options: &Options,
        after: &mut dyn FnMut(usize, &Volume) -> Result<()>,
    ) -> Result<Volume> {
        let Part { net, store } = &self.unet;
        self.check(conditions, "a forward")?;
        let [first, last] = options.guidance;
        let guided = last > 1.0;
        let frames = noise.frames;
        let unknown = Volume::new(conditions.shape(), vec![0.0; conditions.data.len()]);
        let dark = Context(light.0.iter().map(|tokens| Tokens::single(vec![0.0; tokens.channels], frames)).collect());
        let mut velocity = |x: &Volume, time: f32| {
            let ask = |conditions: &Volume, context: &Context| {
                let sample = x.beside(conditions);
                net.run(store, Question { sample: &sample, videos: 1, time, added: options.added, context })
            };
            let mut seen = ask(conditions, light);
            if guided {
                let blind = ask(&unknown, &dark);
                let frame = seen.data.len() / frames;
                for (index, (seen, blind)) in seen.data.chunks_exact_mut(frame).zip(blind.data.chunks_exact(frame)).enumerate() {
                    let guidance = first + (last - first) * index as f32 / (frames - 1).max(1) as f32;
                    seen.iter_mut().zip(blind).for_each(|(seen, blind)| *seen = blind + guidance * (*seen - blind));
                }
            }
            seen
        };
        self.sample(noise, options, &mut velocity, after)
    }

    fn check(&self, conditions: &Volume, kind: &str) -> Result<()> {
        let config = self.unet.net.config();
        let takes = config.in_channels - config.out_channels;
        if takes == conditions.channels {
            return Ok(());
        }
        let cause = format!("the network takes {takes} condition channels, not {}", conditions.channels);
        Err(Fault::new(cause, format!("give the folder of {kind} model")))
    }

    /// Euler's steps from noise to latents.
    fn sample(
        &self,
        noise: &Volume,
        options: &Options,
        velocity: &mut dyn FnMut(&Volume, f32) -> Volume,
        after: &mut dyn FnMut(usize, &Volume) -> Result<()>,
    ) -> Result<Volume> {
        let mut x = noise.clone();
        if options.deterministic {
            x.data.fill(0.0);
            x = velocity(&x, c_noise(self.scheduler.karras.max as f32));
            x.data.iter_mut().for_each(|v| *v = -*v);
            after(0, &x)?;
            return finite(x);
        }
        let start = self.scheduler.start();
        x.data.iter_mut().for_each(|v| *v *= start);
        let levels = self.scheduler.karras.levels(options.steps);
        for (step, pair) in levels.windows(2).enumerate() {
            let mut scaled = x.clone();
            let factor = c_in(pair[0]);
            scaled.data.iter_mut().for_each(|v| *v *= factor);
            let v = velocity(&scaled, c_noise(pair[0]));
            euler_v(&mut x.data, &v.data, pair[0], pair[1]);
            after(step, &x)?;
        }
        finite(x)
    }

    /// Pictures, 3 channels 0..1, of latents.
    pub fn decode(&self, latents: &Volume, chunk: usize) -> Volume {
        let mut latents = latents.clone();
        let scale = self.vae.net.config().scale;
        latents.data.iter_mut().for_each(|v| *v /= scale);
        let mut pictures = self.vae.net.decode_chunks(&self.vae.store, &latents, chunk, self.tile);
        pictures.data.iter_mut().for_each(|v| *v = (0.5 * *v + 0.5).clamp(0.0, 1.0));
        pictures
    }
}

fn finite(x: Volume) -> Result<Volume> {
    if x.data.iter().all(|v| v.is_finite()) {
        return Ok(x);
    }
    Err(Fault::new("the network gives numbers that are not finite", "check the files of the model with `relight models check`"))
}
