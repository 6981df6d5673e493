//! Estimated light against true light.

use crate::{
    Row, Table,
    balls::{Balls, scaled_rmse},
    network::told,
};
use glam::{Mat3, Quat, Vec3};
use relight_file::Result;
use relight_fit::{View, dominant, fit};
use relight_gbuffer::{DepthUnit, GBuffer};
use relight_light::{Environment, Prefiltered};
use relight_render::{Networks, Work};
use relight_synth::Absent;
use relight_video::Frame;

/// Seed of the worlds, away from those of training and validation.
pub(crate) const SEED: u64 = 3_000_000;
/// Pixels a side of the pictures, and paths a pixel.
pub(crate) const SIZE: usize = 96;
pub(crate) const SAMPLES: u32 = 48;
/// Worlds: six rounds of six skies. Two rounds put studios at 16° or 40° by luck.
pub const LIGHTS: usize = 36;

/// Part of what is in front that the dominant light has to reach for it to be told at all.
const REACHED: f32 = 0.02;
/// Part of a pixel's light that has to come straight from the dominant direction for it to be reached.
const FELT: f32 = 0.1;
/// Cosine of 25°: what is as near to the dominant direction is its light.
const NEAR: f32 = 0.906;

const COLUMNS: [&str; 7] = ["angle_deg", "reached", "confidence", "mirror_rmse", "diffuse_rmse", "psnr", "psnr_flat"];

/// Scores the light that is told from one 8-bit picture each of `count` procedural worlds, by group of skies.
///
/// Rows: `fit` from the true buffers, `fit_net` from those of the inverse network, `flat` is a map of one colour. Columns: degrees between the
/// estimated and the true dominant direction, where that light reaches anything in the picture (a sun behind a wall cannot be told: none there); whether
/// it does, by paths in the whole world, which has walls outside of the frame too; the estimate's own confidence; differences of a mirror ball and a
/// diffuse ball under both lights (root mean square over the true mean, after one factor); PSNR of the picture rendered again, under the fitted
/// and under a flat light.
/// `progress` is told the worlds done and may stop.
///
/// # Errors
/// The network cannot be built, or `progress` gives a fault.
pub fn lights(count: usize, networks: &Networks, work: Work, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let mut table = Table { name: "light", columns: COLUMNS.map(String::from).to_vec(), rows: Vec::new() };
    for clip in 0..count {
        let mut world = Absent::new(SEED, clip as u64, SIZE, SAMPLES)?;
        let (rgb, buffers) = world.with(0)?;
        let shown = as_camera(&rgb);
        let truth = Truth::new(&mut world, &rgb, &buffers)?;
        let mut row = |method: &str, values: Vec<Option<f64>>| {
            table.rows.push(Row { method: method.into(), clip: format!("world_{clip:02}"), group: world.sky.into(), values });
        };
        let known = View { buffers: GBuffer { rgb: Some(shown.clone()), ..buffers.clone() }, camera: world.take.camera, depth: DepthUnit::Scene };
        row("fit", truth.fitted(known)?);
        let told = told(networks, work, world.take.camera.fov_x, SIZE, shown, buffers.alpha)?;
        row("fit_net", truth.fitted(View { buffers: told, camera: world.take.camera, depth: DepthUnit::Relative })?);
        let [mirror, diffuse] = truth.against(&Environment::constant(32, 16, [1.0; 3]));
        row("flat", vec![None, None, None, Some(mirror), Some(diffuse), None, None]);
        progress(clip + 1)?;
    }
    Ok(table)
}

/// As an 8-bit file holds it, still premultiplied.
pub(crate) fn as_camera(rgb: &[f32]) -> Vec<f32> {
    let frame = Frame { width: rgb.len() / 3, height: 1, rgb: rgb.to_vec(), alpha: None };
    Frame::from_srgb8(frame.width, 1, &frame.to_srgb8()).rgb
}

/// What of a map lies about direction `peak`; the rest is black.
fn about(map: &Environment, peak: Vec3) -> Environment {
    let mut near = map.clone();
    for (i, texel) in near.rgb.chunks_exact_mut(3).enumerate() {
        let (x, y) = (i % map.width, i / map.width);
        if Environment::direction((x as f32 + 0.5) / map.width as f32, (y as f32 + 0.5) / map.height as f32).dot(peak) < NEAR {
            texel.fill(0.0);
        }
    }
    near
}

struct Truth {
    balls: Balls,
    /// Whether the dominant light reaches what is seen.
    reached: bool,
    direction: Vec3,
    turn: Mat3,
}

impl Truth {
    fn new(world: &mut Absent, picture: &[f32], buffers: &GBuffer) -> Result<Self> {
        let light = world.take.light.clone();
        let peak = dominant(&light.map).0;
        let straight = world.straight(about(&light.map, peak))?;
        let sum = |rgb: &[f32], i: usize| rgb[3 * i..3 * i + 3].iter().sum::<f32>();
        let front: Vec<usize> = (0..buffers.alpha.len()).filter(|i| buffers.alpha[*i] > 0.5).collect();
        let reached = front.iter().filter(|i| sum(&straight, **i) > FELT * sum(picture, **i)).count() as f32 > REACHED * front.len() as f32;
        let (turn, direction) = (Mat3::from_mat4(world.take.camera.to_world), Quat::from_rotation_y(light.yaw) * peak);
        Ok(Self { reached, balls: Balls::new(&Prefiltered::new(&light.map), light.yaw, light.exposure, turn), direction, turn })
    }

    fn fitted(&self, view: View) -> Result<Vec<Option<f64>>> {
        let fitted = fit(&[view])?;
        let d = Vec3::from_array(fitted.report.dominant.direction);
        let [mirror, diffuse] = self.against(&fitted.map);
        let report = &fitted.report;
        let angle = self.reached.then(|| f64::from(d.angle_between(self.direction).to_degrees()));
        let [confidence, psnr, flat] = [report.dominant.confidence, report.psnr, report.psnr_flat].map(|v| Some(f64::from(v)));
        Ok(vec![angle, Some(f64::from(u8::from(self.reached))), confidence, Some(mirror), Some(diffuse), psnr, flat])
    }

    fn against(&self, map: &Environment) -> [f64; 2] {
        let balls = Balls::new(&Prefiltered::new(map), 0.0, 1.0, self.turn);
        [scaled_rmse(&balls.mirror, &self.balls.mirror), scaled_rmse(&balls.diffuse, &self.balls.diffuse)]
    }
}
