//! Balls under a light: what inserted things will look like, whatever their shape.

use glam::{Mat3, Vec3};
use relight_light::Prefiltered;

/// Pixels a side of a ball's picture.
const SIZE: usize = 48;
/// Perceptual roughness of the mirror ball: a perfect one would compare texels, not lights.
const POLISHED: f32 = 0.15;

/// A mirror ball and a white diffuse ball as a camera sees them, far away: radiance of the pixels inside the ball.
pub(crate) struct Balls {
    pub mirror: Vec<Vec3>,
    pub diffuse: Vec<Vec3>,
}

impl Balls {
    /// Under a map turned by `yaw`, times `exposure`, seen by a camera of rotation `to_world`.
    pub fn new(map: &Prefiltered, yaw: f32, exposure: f32, to_world: Mat3) -> Self {
        let to_map = Mat3::from_rotation_y(-yaw) * to_world;
        let (mut mirror, mut diffuse) = (Vec::new(), Vec::new());
        for i in 0..SIZE * SIZE {
            let place = |k: usize| (k as f32 + 0.5) / SIZE as f32 * 2.0 - 1.0;
            let (x, y) = (place(i % SIZE), -place(i / SIZE));
            let inside = 1.0 - x * x - y * y;
            if inside > 0.0 {
                let n = Vec3::new(x, y, inside.sqrt());
                let r = 2.0 * n.z * n - Vec3::Z;
                mirror.push(map.specular(to_map * r, POLISHED) * exposure);
                diffuse.push(map.irradiance_over_pi(to_map * n) * exposure);
            }
        }
        Self { mirror, diffuse }
    }
}

/// Root mean square difference over the mean of the truth, after the one factor on `estimate` that makes it least.
pub(crate) fn scaled_rmse(estimate: &[Vec3], truth: &[Vec3]) -> f64 {
    let dot = |a: &[Vec3], b: &[Vec3]| a.iter().zip(b).map(|(x, y)| f64::from(x.dot(*y))).sum::<f64>();
    let factor = dot(estimate, truth) / dot(estimate, estimate).max(1e-12);
    let squares: f64 = estimate.iter().zip(truth).map(|(e, t)| (e.as_dvec3() * factor - t.as_dvec3()).length_squared()).sum();
    let mean: f64 = truth.iter().map(|t| f64::from(t.element_sum())).sum::<f64>() / (3 * truth.len().max(1)) as f64;
    (squares / (3 * truth.len().max(1)) as f64).sqrt() / mean.max(1e-12)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_light::Environment;

    #[test]
    fn a_scaled_map_is_no_error_and_a_turned_one_is() {
        let mut map = Environment::constant(64, 32, [0.3; 3]);
        map.rgb[3 * (8 * 64 + 20)..][..3].fill(200.0);
        let filtered = Prefiltered::new(&map);
        let truth = Balls::new(&filtered, 0.3, 1.0, Mat3::IDENTITY);
        let twice = Balls::new(&filtered, 0.3, 2.0, Mat3::IDENTITY);
        let turned = Balls::new(&filtered, 2.0, 1.0, Mat3::IDENTITY);
        assert!(scaled_rmse(&twice.mirror, &truth.mirror) < 1e-3 && scaled_rmse(&twice.diffuse, &truth.diffuse) < 1e-3);
        assert!(scaled_rmse(&turned.diffuse, &truth.diffuse) > 0.2 && scaled_rmse(&turned.mirror, &truth.mirror) > 0.5);
    }
}
