//! How the camera moved, told from the pictures and the first frame's depth.

use glam::{Mat3, Mat4, Quat, Vec3};
use rayon::prelude::*;
use relight_edit::Plane;
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, GBuffer};
use relight_video::Frame;

/// Widths of the pyramid's levels, in pixels.
const LEVELS: [usize; 3] = [48, 96, 192];
/// Gauss-Newton steps a level, at most.
const STEPS: usize = 20;
/// Differences of sRGB codes (0..1) beyond which a pixel is taken for something else that moves, or for a highlight.
const OUTLIER: f32 = 0.06;
/// Part of the first frame that has to be in sight still, and part of that which has to agree.
const SIGHT: f32 = 0.5;
const AGREE: f32 = 0.6;

/// Follows a still scene from its first frame on.
///
/// Direct alignment (Lucas and Kanade 1981 in the form of Kerl, Sturm and Cremers, "Robust Odometry Estimation for RGB-D Cameras", 2013): the first
/// frame's pixels, carried to the new camera by their depth, have to show what the new frame shows; Tukey's weights leave out what moves by
/// itself. Always against the first frame, so that nothing drifts; good for small motions, and honest about large ones.
pub struct Follower {
    camera: Camera,
    levels: Vec<Level>,
    /// First camera's space to the last one's.
    pose: Mat4,
}

/// A camera that was found, and how well the pictures agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    /// The camera.
    pub camera: Camera,
    /// Part of the pixels in sight of both frames that agree, 0..1.
    pub agree: f32,
}

struct Level {
    grey: Plane,
    /// Camera-space points of the first frame, zero where there are none.
    points: Vec<Vec3>,
}

impl Follower {
    /// Starts at the first frame; `buffers` are its own.
    pub fn new(first: &Frame, buffers: &GBuffer, camera: Camera) -> Self {
        let depth = Plane::new(buffers.width, buffers.height, 1, buffers.depth.clone());
        let levels = LEVELS.map(|width| {
            let grey = grey(first, width);
            // Points at the nearest pixel's depth: means across edges are no surface's.
            let points = (0..grey.data.len())
                .map(|i| {
                    let (x, y) = ((i % grey.width) as f32 + 0.5, (i / grey.width) as f32 + 0.5);
                    let px = ((x / grey.width as f32 * depth.width as f32) as usize).min(depth.width - 1);
                    let py = ((y / grey.height as f32 * depth.height as f32) as usize).min(depth.height - 1);
                    let d = depth.at(px, py)[0];
                    if d > 0.0 && d.is_finite() { camera.ray(x, y, grey.width, grey.height) * d } else { Vec3::ZERO }
                })
                .collect();
            Level { grey, points }
        });
        Self { camera, levels: levels.into(), pose: Mat4::IDENTITY }
    }

    /// The camera of the next frame, in the first one's world.
    ///
    /// # Errors
    /// Too little of the first frame is in sight, or too little of that agrees.
    pub fn next(&mut self, frame: &Frame, index: usize) -> Result<Moved> {
        let mut pose = self.pose;
        let (mut sight, mut agree) = (0.0, 0.0);
        for level in &self.levels {
            let now = grey(frame, level.grey.width);
            let gain = gain(&level.grey, &now);
            for _ in 0..STEPS {
                let sums = level.sums(&now, &pose, &self.camera, gain);
                (sight, agree) = (sums.seen / sums.all.max(1.0), sums.agreed / sums.seen.max(1.0));
                let Some(step) = sums.solve() else { break };
                let (turn, shift) = (Vec3::from_slice(&step[..3]), Vec3::from_slice(&step[3..]));
                pose = Mat4::from_rotation_translation(Quat::from_scaled_axis(turn), shift) * pose;
                if turn.length() < 1e-5 && shift.length() < 1e-5 * sums.distance {
                    break;
                }
            }
        }
        if !(pose.is_finite() && sight >= SIGHT && agree >= AGREE) {
            let percent = |v: f32| (100.0 * v).round();
            let cause = format!(
                "the camera's motion cannot be told at frame {index}: {} % of the first frame is in sight, {} % of that agrees",
                percent(sight),
                percent(agree)
            );
            return Err(Fault::new(cause, "give the poses with --camera clip.json, or a shorter part with --frames"));
        }
        self.pose = pose;
        Ok(Moved { camera: Camera { to_world: self.camera.to_world * pose.inverse(), ..self.camera }, agree })
    }
}

/// Normal equations of one step over rotation and translation.
struct Sums {
    square: [f64; 36],
    pull: [f64; 6],
    all: f32,
    seen: f32,
    agreed: f32,
    /// Mean depth.
    distance: f32,
}

impl Level {
    fn sums(&self, now: &Plane, pose: &Mat4, camera: &Camera, gain: f32) -> Sums {
        let (width, height) = (self.grey.width, self.grey.height);
        let scale = 0.5 * width as f32 / camera.tangent();
        let turn = Mat3::from_mat4(*pose);
        let shift = pose.w_axis.truncate();
        let rows: Vec<Sums> = (0..height)
            .into_par_iter()
            .map(|y| {
                let mut sums = Sums { square: [0.0; 36], pull: [0.0; 6], all: 0.0, seen: 0.0, agreed: 0.0, distance: 0.0 };
                for x in 0..width {
                    let p = self.points[y * width + x];
                    if p == Vec3::ZERO {
                        continue;
                    }
                    sums.all += 1.0;
                    let q = turn * p + shift;
                    if q.z > -1e-6 {
                        continue;
                    }
                    let (u, v) = camera.project(q, width, height);
                    let Some((value, du, dv)) = sample(now, u - 0.5, v - 0.5) else { continue };
                    sums.seen += 1.0;
                    sums.distance -= q.z;
                    let error = value - gain * self.grey.at(x, y)[0];
                    let t = error / OUTLIER;
                    if t.abs() >= 1.0 {
                        continue;
                    }
                    sums.agreed += 1.0;
                    let weight = f64::from((1.0 - t * t).powi(2));
                    // Picture position by point: u = c + s x / −z, v = c − s y / −z.
                    let w = 1.0 / -q.z;
                    let by_point = Vec3::new(du * scale * w, -dv * scale * w, (du * q.x - dv * q.y) * scale * w * w);
                    let by_turn = q.cross(by_point);
                    let row = [by_turn.x, by_turn.y, by_turn.z, by_point.x, by_point.y, by_point.z].map(f64::from);
                    for i in 0..6 {
                        sums.pull[i] -= weight * row[i] * f64::from(error);
                        for j in 0..6 {
                            sums.square[6 * i + j] += weight * row[i] * row[j];
                        }
                    }
                }
                sums
            })
            .collect();
        let mut total = Sums { square: [0.0; 36], pull: [0.0; 6], all: 0.0, seen: 0.0, agreed: 0.0, distance: 0.0 };
        for s in rows {
            total.square.iter_mut().zip(s.square).for_each(|(a, b)| *a += b);
            total.pull.iter_mut().zip(s.pull).for_each(|(a, b)| *a += b);
            total.all += s.all;
            total.seen += s.seen;
            total.agreed += s.agreed;
            total.distance += s.distance;
        }
        total.distance /= total.seen.max(1.0);
        total
    }
}

impl Sums {
    /// Gaussian elimination with a little damping, so that a picture without texture moves nothing.
    fn solve(&self) -> Option<[f32; 6]> {
        let (mut a, mut b) = (self.square, self.pull);
        let mean = (0..6).map(|i| a[7 * i]).sum::<f64>() / 6.0;
        (0..6).for_each(|i| a[7 * i] += 1e-6 * mean + 1e-12);
        for i in 0..6 {
            let best = (i..6).max_by(|p, q| a[6 * p + i].abs().total_cmp(&a[6 * q + i].abs()))?;
            if a[6 * best + i].abs() < 1e-15 {
                return None;
            }
            for k in 0..6 {
                a.swap(6 * i + k, 6 * best + k);
            }
            b.swap(i, best);
            for r in i + 1..6 {
                let f = a[6 * r + i] / a[6 * i + i];
                for k in i..6 {
                    a[6 * r + k] -= f * a[6 * i + k];
                }
                b[r] -= f * b[i];
            }
        }
        for i in (0..6).rev() {
            let known: f64 = (i + 1..6).map(|k| a[6 * i + k] * b[k]).sum();
            b[i] = (b[i] - known) / a[6 * i + i];
        }
        b.iter().all(|v| v.is_finite()).then(|| b.map(|v| v as f32))
    }
}

/// A picture's brightness as sRGB-like codes (square root of light), `width` across.
fn grey(frame: &Frame, width: usize) -> Plane {
    let luminance = frame.rgb.chunks_exact(3).map(|p| (0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]).clamp(0.0, 1.0)).collect();
    let width = width.min(frame.width);
    let height = (frame.height * width).div_ceil(frame.width).max(2);
    let mut small = Plane::new(frame.width, frame.height, 1, luminance).resize(width, height);
    small.data.iter_mut().for_each(|v| *v = v.sqrt());
    small
}

/// How much brighter the new picture is, by the median.
fn gain(old: &Plane, new: &Plane) -> f32 {
    let mut ratios: Vec<f32> = old.data.iter().zip(&new.data).filter(|(o, _)| **o > 0.05).map(|(o, n)| n / o).collect();
    if ratios.is_empty() {
        return 1.0;
    }
    let middle = ratios.len() / 2;
    ratios.select_nth_unstable_by(middle, f32::total_cmp).1.clamp(0.5, 2.0)
}

/// Bilinear value and slopes across and down; none within a pixel of the border.
fn sample(plane: &Plane, x: f32, y: f32) -> Option<(f32, f32, f32)> {
    if !(x >= 0.0 && y >= 0.0 && x < (plane.width - 1) as f32 && y < (plane.height - 1) as f32) {
        return None;
    }
    let (ix, iy) = (x as usize, y as usize);
    let (fx, fy) = (x - ix as f32, y - iy as f32);
    let at = |dx: usize, dy: usize| plane.at(ix + dx, iy + dy)[0];
    let (top, bottom) = (at(0, 0) + fx * (at(1, 0) - at(0, 0)), at(0, 1) + fx * (at(1, 1) - at(0, 1)));
    let across = (1.0 - fy) * (at(1, 0) - at(0, 0)) + fy * (at(1, 1) - at(0, 1));
    Some((top + fy * (bottom - top), across, bottom - top))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wavy textured ground seen by `camera`: every ray meets y = −1 in the world.
    fn seen(camera: &Camera, shift: f32) -> (Frame, GBuffer) {
        let (width, height) = (160, 120);
        let mut buffers = GBuffer::empty(width, height);
        let mut rgb = Vec::new();
        let eye = camera.to_world.w_axis.truncate();
        for i in 0..width * height {
            let ray = camera.to_world.transform_vector3(camera.ray((i % width) as f32 + 0.5, (i / width) as f32 + 0.5, width, height));
            let depth = (-1.0 - eye.y) / ray.y.min(-0.02);
            let p = eye + ray * depth;
            buffers.depth[i] = depth;
            let wave = (3.0 * p.x + shift).sin() * (2.3 * p.z).cos() + 0.6 * (7.0 * p.x + 5.0 * p.z + shift).sin();
            rgb.extend([0.3 + 0.12 * wave; 3]);
        }
        (Frame { width, height, rgb, alpha: None }, buffers)
    }

    #[test]
    fn a_small_motion_is_found_and_another_scene_is_refused() {
        let camera = |yaw: f32, x: f32, z: f32| Camera {
            fov_x: 0.9,
            to_world: Mat4::from_translation(Vec3::new(x, 0.4, z)) * Mat4::from_rotation_y(yaw) * Mat4::from_rotation_x(-0.7),
        };
        let first = camera(0.3, 1.0, 2.0);
        let (frame, buffers) = seen(&first, 0.0);
        let mut follower = Follower::new(&frame, &buffers, first);
        for k in 1..5 {
            let truth = camera(0.3 + 0.02 * k as f32, 1.0 + 0.03 * k as f32, 2.0 - 0.02 * k as f32);
            let found = follower.next(&seen(&truth, 0.0).0, k).unwrap();
            let apart = found.camera.to_world.w_axis.distance(truth.to_world.w_axis);
            let turned = found.camera.to_world.z_axis.truncate().angle_between(truth.to_world.z_axis.truncate());
            assert!(apart < 0.02 && turned < 0.01 && found.agree > 0.9, "{k}: {apart} {turned} {}", found.agree);
        }
        let mut noise = seen(&first, 0.0).0;
        noise.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = if (i / 37) % 2 == 0 { 0.9 } else { 0.02 });
        assert!(follower.next(&noise, 9).unwrap_err().remedy.contains("--camera"));
    }
}
