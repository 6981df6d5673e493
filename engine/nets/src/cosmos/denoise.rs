//! The network behind the samplers' contract: preconditioning and guidance.

use super::{Context, Dit};
use relight_diffusion::{Denoiser, Edm};
use relight_tensor::Volume;

/// What an answer depends on: the conditions of one clip, and which map is asked for.
#[derive(Debug, Clone)]
pub struct Clue {
    /// Latents of the conditions, masks included.
    pub condition: Volume,
    /// What cross-attention adds ([`Dit::context`]).
    pub context: Context,
    /// `F + guidance · (F − F without conditions)`; 0, the official default, asks once a step. Plain classifier-free guidance of scale s is s − 1 here.
    pub guidance: f32,
    /// Frames a second that the network is told; 24 in the official pipeline whatever the clip has.
    pub fps: f32,
}

impl Dit {
    /// The answer F at noise level `sigma` for unscaled latents `x`, after guidance.
    pub fn answer(&self, x: &Volume, sigma: f32, clue: &Clue) -> Volume {
        let edm = Edm::default();
        let c_in = edm.c_in(sigma);
        let scaled = Volume { data: x.data.iter().map(|x| x * c_in).collect(), ..*x };
        let mut answer = self.run(&scaled, &clue.condition, edm.c_noise(sigma), clue.fps, &clue.context);
        if clue.guidance > 0.0 {
            let nothing = Volume::zeros(clue.condition.shape());
            let blind = self.run(&scaled, &nothing, edm.c_noise(sigma), clue.fps, &clue.context);
            answer.data.iter_mut().zip(&blind.data).for_each(|(f, blind)| *f += clue.guidance * (*f - blind));
        }
        answer
    }
}

/// The transformer as a [`Denoiser`] of latents, channels last.
pub struct Latents<'a>(pub &'a Dit);

impl Denoiser for Latents<'_> {
    type Conditions = Clue;

    fn len(&self, clue: &Clue) -> usize {
        clue.condition.frames * clue.condition.pixels() * self.0.config().outputs
    }

    fn denoise(&mut self, x_sigma: &[f32], sigma: f32, clue: &Clue, x0: &mut [f32]) {
        let shape = [clue.condition.frames, clue.condition.height, clue.condition.width, self.0.config().outputs];
        let x = Volume::new(shape, x_sigma.to_vec());
        let answer = self.0.answer(&x, sigma, clue);
        let (skip, out) = (Edm::default().c_skip(sigma), Edm::default().c_out(sigma));
        for ((x0, x), f) in x0.iter_mut().zip(x_sigma).zip(&answer.data) {
            *x0 = skip * x + out * f;
        }
    }
}
