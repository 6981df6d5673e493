//! Insertion against traced truth: a thing taken away and put back.

use crate::{
    Row, Table,
    edits::{kept, untouched},
    light::{SAMPLES, SEED, SIZE, as_camera},
    metric::{Codes, Mask, psnr},
};
use relight_file::Result;
use relight_fit::{View, fit};
use relight_gbuffer::{DepthUnit, GBuffer};
use relight_insert::{How, Inserter, Layer, Object};
use relight_light::Light;
use relight_render::{Forward, Networks, Shot, Work};
use relight_synth::Absent;
use relight_trace::{Settings, Tracer};
use std::sync::Arc;

/// A pixel lies in the thing's shadow or light when the truth moves a channel by more than so many 8-bit codes, and is hardly touched when it moves
/// none by half of one.
const CHANGED: f32 = 3.0;
const UNCHANGED: f32 = 0.5;

/// Worlds: two rounds of six skies.
pub const INSERTIONS: usize = 12;

const COLUMNS: [&str; 5] = ["object_psnr", "shadow_psnr", "whole_psnr", "kept", "kept_half_code"];

/// Scores insertion in `count` procedural worlds, each path traced with and without one of its things: true buffers of the rest, the thing's
/// own mesh at its own place, the 8-bit picture without it, against the traced picture with it.
///
/// Rows: `input` (nothing inserted), `pasted` (the thing path traced alone under the light, put in front), `ssrt` and `network` (object and shadow by
/// the forward renderer without and with its network), `traced` (what `relight insert` does), all under the true light; `traced_fit` under the light
/// that was told from the picture; `same` is the truth with the input's noise: what noise leaves to be had. Columns: PSNR on the thing, where its
/// presence changes the rest by more than 3 codes, over the whole foreground; and the share of the input's pixels, bit by bit: of those that no path
/// of the truth brings together with the thing, neither their own nor those of neighbours within two pixels, and of those that it moves by less than
/// half a code. `progress` is told the worlds done and may stop.
///
/// # Errors
/// The network cannot be built, or `progress` gives a fault.
pub fn insertions(count: usize, networks: &Networks, work: Work, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let mut table = Table { name: "insert", columns: COLUMNS.map(String::from).to_vec(), rows: Vec::new() };
    for clip in 0..count {
        let mut world = Absent::new(SEED, clip as u64, SIZE, SAMPLES)?;
        let (input, buffers) = world.without(0)?;
        let (same_noise, _) = world.with(0)?;
        let (truth, whole) = world.with(1)?;
        let scene = world.thing();
        let layer =
            Tracer::new(&scene)?.render(&world.take.camera, &[], &Settings { width: SIZE, height: SIZE, samples: 16, ..Settings::default() }).gbuffer;
        let shown = as_camera(&input);
        let shot = Shot {
            buffers: GBuffer { rgb: Some(shown.clone()), ..buffers },
            camera: world.take.camera,
            yaw: world.take.light.yaw,
            depth: DepthUnit::Scene,
        };
        let regions = Regions::new(&input, &same_noise, &truth, &whole, &layer, &shot.buffers);
        let mut score = |method: &str, rgb: &[f32]| {
            table.rows.push(Row {
                method: method.into(),
                clip: format!("world_{clip:02}"),
                group: world.sky.into(),
                values: regions.score(rgb, &shown),
            });
        };
        score("input", &shown);
        score("same", &same_noise);
        let object = Object::new(&scene)?;
        let put = |light: &Light, how: How| Inserter::new(&object, object.home(), light, SIZE, how)?.frame(&shot);
        score("pasted", &put(&world.take.light, How::Pasted)?.rgb);
        for (name, network) in [("ssrt", None), ("network", Some(networks.forward.renderer()?))] {
            let mut inserter = Layer::new(Forward::new(network, world.take.light.map.clone(), work), world.take.light.exposure);
            score(name, &inserter.frames(std::slice::from_ref(&shot), std::slice::from_ref(&layer))?[0].rgb);
        }
        score("traced", &put(&world.take.light, How::Traced)?.rgb);
        let fitted = fit(&[View { buffers: shot.buffers.clone(), camera: shot.camera, depth: shot.depth }])?;
        score("traced_fit", &put(&Light { map: Arc::new(fitted.map), yaw: 0.0, exposure: 1.0 }, How::Traced)?.rgb);
        progress(clip + 1)?;
    }
    Ok(table)
}

/// Which pixels count for what, and the truth.
struct Regions {
    truth: Codes,
    object: Mask,
    shadow: Mask,
    whole: Mask,
    /// Pixels that nothing influences, and those that are hardly moved.
    quiet: [Vec<usize>; 2],
}

impl Regions {
    /// `input` and `same_noise` share their noise, so their difference is the thing's; `truth` has noise of its own.
    fn new(input: &[f32], same_noise: &[f32], truth: &[f32], with: &GBuffer, layer: &GBuffer, scene: &GBuffer) -> Self {
        let (a, b) = (Codes::new(input, [1.0; 3]).0, Codes::new(same_noise, [1.0; 3]).0);
        let moved = |i: usize| (3 * i..3 * i + 3).map(|k| 255.0 * (a[k] - b[k]).abs()).fold(0.0, f32::max);
        // What is seen of the thing: where it fills the pixel and nothing is before it.
        let seen = |i: usize| layer.alpha[i] > 0.5 && (scene.alpha[i] < 0.5 || layer.depth[i] <= 1.01 * scene.depth[i]);
        let untouched = untouched(input, same_noise, with.width);
        let free = |i: usize| layer.alpha[i] == 0.0 && with.alpha[i] > 0.5;
        let mask =
            |inside: &dyn Fn(usize) -> bool| Mask { width: with.width, height: with.height, inside: (0..with.alpha.len()).map(inside).collect() };
        Self {
            truth: Codes::new(truth, [1.0; 3]),
            object: mask(&seen),
            shadow: mask(&|i| free(i) && moved(i) > CHANGED),
            whole: Mask::of(with),
            quiet: [
                (0..with.alpha.len()).filter(|i| free(*i) && untouched[*i]).collect(),
                (0..with.alpha.len()).filter(|i| free(*i) && moved(*i) < UNCHANGED).collect(),
            ],
        }
    }

    fn score(&self, rgb: &[f32], input: &[f32]) -> Vec<Option<f64>> {
        let codes = Codes::new(rgb, [1.0; 3]);
        let [nothing, hardly] = [0, 1].map(|k| kept(input, rgb, self.quiet[k].iter().copied()));
        let near = |mask: &Mask| psnr(&codes, &self.truth, mask);
        vec![near(&self.object), near(&self.shadow), near(&self.whole), nothing, hardly]
    }
}
