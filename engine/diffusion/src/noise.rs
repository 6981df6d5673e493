//! Gaussian noise that depends on its key alone, not on threads or on what was drawn before.

/// Which noise: every number is a pure function of this key, the step and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Key {
    /// The user's seed.
    pub seed: u64,
    /// Number of the clip in a job.
    pub clip: u32,
    /// Number of the window in the clip.
    pub window: u32,
}

/// Adds `sigma` times standard normal numbers to `data`: number i is a function of (key, step, i) alone.
pub fn noise(key: Key, step: u32, sigma: f32, data: &mut [f32]) {
    let words = [key.seed as u32, (key.seed >> 32) as u32];
    for (block, four) in data.chunks_mut(4).enumerate() {
        let random = philox([block as u32, key.window, key.clip, step], words);
        let (a, b) = (normals(random[0], random[1]), normals(random[2], random[3]));
        for (value, normal) in four.iter_mut().zip([a.0, a.1, b.0, b.1]) {
            *value += sigma * normal;
        }
    }
}

/// Two independent standard normal numbers from 64 random bits (Box and Muller 1958). The largest is sqrt(2 ln 2^33) = 6.8.
fn normals(radial: u32, angular: u32) -> (f32, f32) {
    // In (0, 1], so that the logarithm is finite.
    let u = (f64::from(radial) + 0.5) / 4_294_967_296.0;
    let radius = (-2.0 * u.ln()).sqrt();
    let (sin, cos) = (f64::from(angular) / 4_294_967_296.0 * std::f64::consts::TAU).sin_cos();
    ((radius * cos) as f32, (radius * sin) as f32)
}

/// Philox 4x32-10, a counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; constants from its section 4.3).
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let low = u64::from(counter[0]) * 0xD251_1F53;
        let high = u64::from(counter[2]) * 0xCD9E_8D57;
        counter = [(high >> 32) as u32 ^ counter[1] ^ key[0], high as u32, (low >> 32) as u32 ^ counter[3] ^ key[1], low as u32];
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_gives_its_published_test_vectors() {
        // kat_vectors of Random123 1.09.
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn noise_is_standard_normal_and_every_part_of_the_key_counts() {
        let key = Key { seed: 7, clip: 1, window: 2 };
        let draw = |key, step| {
            let mut data = vec![0.0; 40_000];
            noise(key, step, 1.0, &mut data);
            data
        };
        let data = draw(key, 3);
        let moment = |power: i32| data.iter().map(|x| x.powi(power)).sum::<f32>() / data.len() as f32;
        assert!(moment(1).abs() < 0.02 && (moment(2) - 1.0).abs() < 0.03 && moment(3).abs() < 0.06 && (moment(4) - 3.0).abs() < 0.2);
        assert_eq!(data, draw(key, 3));
        let others = [draw(key, 4), draw(Key { seed: 8, ..key }, 3), draw(Key { clip: 0, ..key }, 3), draw(Key { window: 3, ..key }, 3)];
        for other in others {
            let correlation = data.iter().zip(&other).map(|(a, b)| a * b).sum::<f32>() / data.len() as f32;
            assert!(correlation.abs() < 0.03, "{correlation}");
        }
        let mut start = [1.0; 6];
        noise(key, 3, 1.0, &mut start);
        assert_eq!(start[5], 1.0 + data[5]);
    }
}
