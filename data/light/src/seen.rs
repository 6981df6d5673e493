//! What the networks see of the light: a few cells round the camera.

use crate::{Environment, Light};
use glam::{Mat3, Quat, Vec3};

/// Rows of the picture of the light.
pub const SEEN_ROWS: usize = 8;
/// Columns of the picture of the light.
pub const SEEN_COLUMNS: usize = 16;
/// Numbers in the picture of the light.
pub const SEEN_NUMBERS: usize = SEEN_ROWS * SEEN_COLUMNS * 3;

/// Maps are first averaged to this width: texels of 1.4°, a sixteenth of a cell.
const WIDTH: usize = 256;

impl Light {
    /// The light round a camera whose rotation is `camera_to_world`: 8 rows of 16 cells of 3 numbers, the mean radiance
    /// over each cell's solid angle times exposure, by the map's own formula in *camera* space (row 0 is the camera's
    /// +Y, the centre column its −Z).
    ///
    /// Every texel's light is shared out to the cells that its four quarters fall in, so nothing is lost, however small
    /// and bright; for a whole clip average the map to 256x128 once ([`Environment::resized`]) to save time.
    pub fn seen(&self, camera_to_world: Mat3) -> Vec<f32> {
        let map = if self.map.width > WIDTH { &self.map.resized(WIDTH, WIDTH / 2) } else { &*self.map };
        let to_camera = camera_to_world.transpose() * Mat3::from_quat(Quat::from_rotation_y(self.yaw));
        // Enough points a texel that a small map still reaches every cell.
        let points = (WIDTH / map.width).clamp(2, 16);
        let mut sums = [Vec3::ZERO; SEEN_ROWS * SEEN_COLUMNS];
        let mut shares = [0.0f32; SEEN_ROWS * SEEN_COLUMNS];
        let fine = Environment { width: map.width * points, height: map.height * points, rgb: Vec::new() };
        for y in 0..fine.height {
            let area = fine.solid_angle(y);
            for x in 0..fine.width {
                let d = Environment::direction((x as f32 + 0.5) / fine.width as f32, (y as f32 + 0.5) / fine.height as f32);
                let (u, v) = Environment::fractions(to_camera * d);
                let column = ((u * SEEN_COLUMNS as f32) as usize).min(SEEN_COLUMNS - 1);
                let row = ((v * SEEN_ROWS as f32) as usize).min(SEEN_ROWS - 1);
                let cell = row * SEEN_COLUMNS + column;
                sums[cell] += map.texel(x / points, y / points) * area;
                shares[cell] += area;
            }
        }
        sums.iter().zip(shares).flat_map(|(sum, share)| (*sum * (self.exposure / share.max(1e-9))).to_array()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{f32::consts::FRAC_PI_2, sync::Arc};

    fn with_sun() -> Light {
        let mut map = Environment::constant(512, 256, [0.1; 3]);
        map.rgb[3 * (100 * 512 + 256)..][..3].fill(60_000.0);
        Light { map: Arc::new(map), yaw: 0.0, exposure: 2.0 }
    }

    #[test]
    fn a_small_sun_keeps_its_light_wherever_the_camera_looks() {
        let light = with_sun();
        let grid = Environment::constant(SEEN_COLUMNS, SEEN_ROWS, [0.0; 3]);
        let truth = light.map.mean().x * light.exposure;
        for k in 0..12 {
            let camera = Mat3::from_rotation_y(k as f32 * 0.5) * Mat3::from_rotation_x(k as f32 * 0.3 - 1.5);
            let seen = light.seen(camera);
            let mean: f32 = seen.chunks_exact(3).enumerate().map(|(i, c)| c[0] * grid.solid_angle(i / SEEN_COLUMNS)).sum();
            let mean = mean / (4.0 * std::f32::consts::PI);
            assert!((mean / truth - 1.0).abs() < 0.03, "{k}: {mean} {truth}");
        }
    }

    #[test]
    fn a_sun_ahead_is_in_the_centre_and_turns_with_light_and_camera() {
        let brightest = |seen: &[f32]| {
            let cells = seen.chunks_exact(3).enumerate();
            let cell = cells.max_by(|a, b| a.1[0].total_cmp(&b.1[0])).map(|(i, _)| i).unwrap();
            (cell % SEEN_COLUMNS, cell / SEEN_COLUMNS)
        };
        let mut light = with_sun();
        // Texel 256 of 512 begins at the centre: column 8 begins there too.
        assert_eq!(brightest(&light.seen(Mat3::IDENTITY)), (8, 3));
        // A positive turn moves the sun to −X, the left: a quarter of 16 columns.
        light.yaw = FRAC_PI_2;
        assert_eq!(brightest(&light.seen(Mat3::IDENTITY)), (4, 3));
        // A camera turned the same way sees it ahead again.
        assert_eq!(brightest(&light.seen(Mat3::from_rotation_y(FRAC_PI_2))), (8, 3));
        // A camera that looks up sees what is ahead further down.
        light.yaw = 0.0;
        assert!(brightest(&light.seen(Mat3::from_rotation_x(0.6))).1 > 3);
    }
}
