//! The numbers of `torch.randn` on the CPU, so that a seed means what it means to the official tools.

/// `count` standard normal numbers as `torch.randn(…, generator = torch.Generator("cpu").manual_seed(seed))` draws them in f32, in row-major order.
///
/// Uniform numbers come from the Mersenne Twister (Matsumoto & Nishimura 1998). From 16 numbers on torch makes normals in groups of 16: the first
/// eight uniforms are radii, the last eight angles (Box & Muller 1958); a remainder is made by drawing the last 16 again. Fewer than 16 are drawn
/// in pairs of doubles. The bits agree but for the last of a logarithm, a root or a cosine. On a GPU torch draws other numbers.
pub fn torch_noise(seed: u64, count: usize) -> Vec<f32> {
    torch_noise_after(seed, 0, count)
}

/// [`torch_noise`] of a generator from which `drawn` 32-bit words were taken before. A normal number of a large tensor takes one.
pub fn torch_noise_after(seed: u64, drawn: u64, count: usize) -> Vec<f32> {
    // torch keeps the low half of the seed.
    let mut twister = Twister::new(seed as u32);
    for _ in 0..drawn {
        twister.word();
    }
    if count < GROUP {
        let pairs = (0..count.div_ceil(2)).flat_map(|_| {
            let (turn, radius) = (twister.double(), twister.double());
            polar(1.0 - radius, turn)
        });
        return pairs.take(count).collect();
    }
    let mut numbers: Vec<f32> = (0..count).map(|_| twister.single()).collect();
    numbers.chunks_exact_mut(GROUP).for_each(transform);
    if !count.is_multiple_of(GROUP) {
        let last = &mut numbers[count - GROUP..];
        last.iter_mut().for_each(|u| *u = twister.single());
        transform(last);
    }
    numbers
}

/// `count` numbers in [0, 1) as `torch.rand` draws them in f32 from a CPU generator of that seed: what normal numbers are made of.
pub fn torch_uniform(seed: u64, count: usize) -> Vec<f32> {
    let mut twister = Twister::new(seed as u32);
    (0..count).map(|_| twister.single()).collect()
}

/// Numbers that torch transforms at once.
const GROUP: usize = 16;

/// Sixteen uniform numbers to sixteen normal ones.
fn transform(group: &mut [f32]) {
    let (radii, angles) = group.split_at_mut(GROUP / 2);
    for (radius, angle) in radii.iter_mut().zip(angles) {
        [*radius, *angle] = polar(1.0 - f64::from(*radius), f64::from(*angle));
    }
}

/// Two normal numbers from a uniform one in (0, 1] and a fraction of a turn.
fn polar(uniform: f64, turn: f64) -> [f32; 2] {
    let radius = (-2.0 * uniform.ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * turn).sin_cos();
    [(radius * cos) as f32, (radius * sin) as f32]
}

/// Words of the Mersenne Twister's state.
const WORDS: usize = 624;

/// MT19937; the constants are of the 1998 paper, the seeding of its authors' 2002 revision.
struct Twister {
    state: [u32; WORDS],
    next: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for i in 1..WORDS {
            let before = state[i - 1];
            state[i] = (before ^ (before >> 30)).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Self { state, next: WORDS }
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            for i in 0..WORDS {
                let mixed = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % WORDS] & 0x7fff_ffff);
                let odd = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % WORDS] ^ (mixed >> 1) ^ odd;
            }
            self.next = 0;
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// In [0, 1), a multiple of 2^−24.
    fn single(&mut self) -> f32 {
        (self.word() & 0x00ff_ffff) as f32 / 16_777_216.0
    }

    /// In [0, 1), a multiple of 2^−53.
    fn double(&mut self) -> f64 {
        let (high, low) = (u64::from(self.word()), u64::from(self.word()));
        (((high << 32) | low) & ((1 << 53) - 1)) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twister_gives_its_published_ten_thousandth_number() {
        // ISO C++ 26.6.5: the 10000th consecutive number of a default-constructed mt19937 (seed 5489).
        let mut twister = Twister::new(5489);
        assert_eq!((0..10_000).map(|_| twister.word()).last(), Some(4_123_659_995));
    }

    #[test]
    fn normals_are_standard_at_any_count_and_the_remainder_is_drawn_again() {
        let many = torch_noise(3, 100_003);
        let moment = |power: i32| many.iter().map(|x| f64::from(*x).powi(power)).sum::<f64>() / many.len() as f64;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02 && (moment(4) - 3.0).abs() < 0.1);
        for count in [0, 1, 7, 15, 16, 17, 31, 32] {
            let some = torch_noise(3, count);
            assert!(some.len() == count && some.iter().all(|x| x.is_finite()));
        }
        assert_eq!(torch_noise(3, 32)[..16], torch_noise(3, 16)[..16]);
        assert_ne!(torch_noise(3, 17)[1..], torch_noise(3, 32)[1..17]);
        assert_ne!(torch_noise(4, 32), torch_noise(3, 32));
    }
}
