//! A world rendered: all frames, all passes, both lights, exposed.

use crate::{Options, world::World};
use relight_file::Result;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Light;
use relight_shade::Shading;
use relight_trace::{MeshCache, Settings, Tracer};

/// Surfaces that a path may touch: the evaluation set's renderer bounced four times.
pub(crate) const DEPTH: u32 = 5;
/// Largest indirect contribution before exposure, as in the evaluation set.
pub(crate) const CLAMP: f32 = 8.0;

/// One light of a clip.
pub(crate) struct Lit {
    /// The map, its yaw of every frame and the clip's exposure.
    pub placed: Vec<Light>,
    /// One picture a frame, premultiplied, times exposure.
    pub rgb: Vec<Vec<f32>>,
    /// The analytic shading of the true buffers, one a frame where the options ask for it.
    pub shading: Vec<Shading>,
}

/// A rendered clip.
pub(crate) struct Clip {
    /// True buffers, one a frame.
    pub gbuffers: Vec<GBuffer>,
    /// One a frame.
    pub cameras: Vec<Camera>,
    /// The lights.
    pub lights: Vec<Lit>,
}

impl Clip {
    /// Renders a world; nothing where hardly anything would be seen or it would stay dark.
    ///
    /// # Errors
    /// A mesh from a file that the tracer refuses.
    pub fn render(world: &World, options: &Options, seed: u64) -> Result<Option<Self>> {
        let mut cache = MeshCache::new();
        let cameras: Vec<Camera> = (0..options.frames).map(|f| world.camera(f)).collect();
        let mut gbuffers = Vec::new();
        let mut lights: Vec<Lit> = world.lights(0).iter().map(|_| Lit { placed: Vec::new(), rgb: Vec::new(), shading: Vec::new() }).collect();
        for (frame, camera) in cameras.iter().enumerate() {
            let tracer = Tracer::with_cache(&world.scene(frame), &mut cache)?;
            let placed = world.lights(frame);
            let settings = Settings {
                width: options.width,
                height: options.height,
                samples: options.samples,
                max_depth: DEPTH,
                seed,
                stream: frame as u64,
                clamp_indirect: CLAMP,
            };
            let rendering = tracer.render(camera, &placed, &settings);
            if frame == 0 && covered(&rendering.gbuffer) < 0.04 {
                return Ok(None);
            }
            gbuffers.push(rendering.gbuffer);
            for ((lit, rgb), place) in lights.iter_mut().zip(rendering.lights).zip(placed) {
                lit.rgb.push(rgb);
                lit.placed.push(place);
            }
        }
        for (lit, sky) in lights.iter_mut().zip(world.skies()) {
            let Some(exposure) = exposure(&lit.rgb, &gbuffers) else { return Ok(None) };
            lit.rgb.iter_mut().flatten().for_each(|x| *x *= exposure);
            lit.placed.iter_mut().for_each(|light| light.exposure = exposure);
            if options.shading {
                let frames: Vec<_> = gbuffers.iter().zip(&cameras).zip(&lit.placed).map(|((b, camera), light)| (b, *camera, light.yaw)).collect();
                lit.shading = sky.shader().shade_clip(&frames, exposure, &relight_shade::Settings::network());
            }
        }
        Ok(Some(Self { gbuffers, cameras, lights }))
    }
}

/// Part of the picture that is foreground.
fn covered(buffers: &GBuffer) -> f32 {
    buffers.alpha.iter().sum::<f32>() / buffers.alpha.len() as f32
}

/// Foreground luminances may be this bright at most at the 95th percentile.
const BRIGHT: f32 = 0.8;

/// The evaluation set's rule: the 95th percentile of the foreground luminance over the clip becomes 0.8, less where more than a tenth of
/// the foreground would have a clipped channel. None where there is no light at all.
pub(crate) fn exposure(frames: &[Vec<f32>], gbuffers: &[GBuffer]) -> Option<f32> {
    let (mut luminance, mut peak) = (Vec::new(), Vec::new());
    for (rgb, buffers) in frames.iter().zip(gbuffers) {
        for (pixel, alpha) in rgb.chunks_exact(3).zip(&buffers.alpha).filter(|(_, alpha)| **alpha > 0.5) {
            let [r, g, b] = [pixel[0] / alpha, pixel[1] / alpha, pixel[2] / alpha];
            // Rec.709 luminance.
            luminance.push(0.2126 * r + 0.7152 * g + 0.0722 * b);
            peak.push(r.max(g).max(b));
        }
    }
    let bright = percentile(&mut luminance, 0.95)?;
    let clipped = percentile(&mut peak, 0.9)?;
    let exposure = (BRIGHT / bright).min(1.0 / clipped);
    (bright > 1e-7 && exposure.is_finite()).then_some(exposure)
}

fn percentile(values: &mut [f32], part: f32) -> Option<f32> {
    let index = (part * values.len().checked_sub(1)? as f32) as usize;
    Some(*values.select_nth_unstable_by(index, f32::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposure_follows_the_percentiles() {
        let mut buffers = GBuffer::empty(10, 10);
        buffers.alpha.fill(1.0);
        let grey: Vec<f32> = (0..100).flat_map(|i| [0.04 * i as f32; 3]).collect();
        let e = exposure(&[grey], std::slice::from_ref(&buffers)).unwrap();
        // The 94th of 0..99 is .95 of the way; a tenth above 1 is the tighter bound only for coloured light.
        assert!((e - 0.8 / 3.76).abs() < 1e-5, "{e}");
        let red: Vec<f32> = (0..100).flat_map(|i| [0.04 * i as f32, 0.0, 0.0]).collect();
        let e = exposure(&[red], std::slice::from_ref(&buffers)).unwrap();
        assert!((e - 1.0 / 3.56).abs() < 1e-4, "{e}");
        assert!(exposure(&[vec![0.0; 300]], &[buffers]).is_none());
        assert!(exposure(&[vec![0.0; 300]], &[GBuffer::empty(10, 10)]).is_none());
    }
}
