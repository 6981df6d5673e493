//! How often a frame comes.

use relight_file::Fault;
use std::{fmt, str::FromStr};

/// Frames per second as an exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Frames…
    pub num: u32,
    /// …in so many seconds.
    pub den: u32,
}

/// The rates that cameras and films use; a rounded number within a thousandth of one means it.
const USUAL: [Rate; 8] = [
    Rate { num: 24000, den: 1001 },
    Rate { num: 24, den: 1 },
    Rate { num: 25, den: 1 },
    Rate { num: 30000, den: 1001 },
    Rate { num: 30, den: 1 },
    Rate { num: 50, den: 1 },
    Rate { num: 60000, den: 1001 },
    Rate { num: 60, den: 1 },
];

impl Rate {
    /// So many frames in so many seconds, in lowest terms; fractions too fine for 32 bits are rounded to the nearest that fits.
    /// Zero on either side gives 24.
    pub fn new(num: u64, den: u64) -> Self {
        if num == 0 || den == 0 {
            return Self::default();
        }
        let (mut a, mut b) = (num, den);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let (mut num, mut den) = (num / a, den / a);
        while num > u64::from(u32::MAX) || den > u64::from(u32::MAX) {
            (num, den) = (num.div_ceil(2), den.div_ceil(2));
        }
        Self { num: num as u32, den: den as u32 }
    }

    /// Frames per second.
    pub fn fps(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// How many frames start before `seconds`; the frame that starts then is not counted, as with ffmpeg's `-ss` and `-t`.
    pub fn frames_before(self, seconds: f64) -> usize {
        // A millionth of a frame forgives times that were printed with few digits.
        (seconds * self.fps() - 1e-6).ceil().max(0.0) as usize
    }

    /// The usual rate of cameras and films nearest to `fps`, if one is within `tolerance` (relative).
    pub fn usual(fps: f64, tolerance: f64) -> Option<Self> {
        let off = |rate: &Self| (rate.fps() / fps - 1.0).abs();
        USUAL.into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).filter(|rate| off(rate) <= tolerance)
    }
}

impl Default for Rate {
    /// Film's 24.
    fn default() -> Self {
        Self { num: 24, den: 1 }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

impl FromStr for Rate {
    type Err = Fault;

    /// `24`, `30000/1001` or `29.97` (which means the former).
    fn from_str(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::new(format!("{text:?} is no frame rate"), "write it like 24, 29.97 or 30000/1001");
        if let Some((num, den)) = text.split_once('/') {
            let (num, den) = (num.trim().parse::<u32>().map_err(|_| fault())?, den.trim().parse::<u32>().map_err(|_| fault())?);
            return if num == 0 || den == 0 { Err(fault()) } else { Ok(Self::new(num.into(), den.into())) };
        }
        let fps: f64 = text.trim().parse().map_err(|_| fault())?;
        if !(1e-3..=1e5).contains(&fps) {
            return Err(fault());
        }
        if fps.fract() == 0.0 {
            return Ok(Self { num: fps as u32, den: 1 });
        }
        Ok(Self::usual(fps, 2e-4).unwrap_or_else(|| Self::new((fps * 1e4).round() as u64, 10_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_as_people_write_them() {
        let read = |text: &str| text.parse::<Rate>().unwrap();
        assert_eq!(read("7"), Rate { num: 7, den: 1 });
        assert_eq!(read("29.97"), Rate { num: 30000, den: 1001 });
        assert_eq!(read("23.976").to_string(), "24000/1001");
        assert_eq!(read("12.5"), Rate { num: 25, den: 2 });
        assert_eq!(read("48000/2002").to_string(), "24000/1001");
        for wrong in ["", "0", "-3", "x", "1/0", "nan", "1e9"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_count_frames() {
        let rate = Rate { num: 30, den: 1 };
        assert_eq!(rate.frames_before(0.0), 0);
        assert_eq!(rate.frames_before(0.1), 3);
        assert_eq!(rate.frames_before(0.11), 4);
    }
}
