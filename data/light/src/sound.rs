//! Is every texel a radiance?

use crate::Environment;
use relight_file::{Fault, Result};
use std::path::Path;

/// Share of all light that cut negatives may have had in a lossy file. DWA and B44 ring below 0 round suns; what they
/// took away is far below this, and a file that exceeds it is broken.
const RINGING: f64 = 0.02;

/// How many texels are wrong in which way, and where the first one is.
#[derive(Default)]
struct Bad {
    count: usize,
    first: usize,
    share: f64,
}

impl Bad {
    fn add(&mut self, index: usize) {
        if self.count == 0 {
            self.first = index;
        }
        self.count += 1;
    }
}

/// Refuses NaN, infinite and negative texels of the map just read from `path`, or with `clean` sets them to zero (an
/// infinite one: to the greatest finite value of the map). Negatives of `lossy` files are cut. Returns notes of what
/// was changed.
///
/// # Errors
/// Texels that are no radiance, with how many there are, where the first is, and how to read the map all the same.
pub(crate) fn check(map: &mut Environment, path: &Path, clean: bool, lossy: bool) -> Result<Vec<String>> {
    let (mut nan, mut infinite, mut negative) = (Bad::default(), Bad::default(), Bad::default());
    let (mut peak, mut light, mut dark) = (0.0f32, 0.0f64, 0.0f64);
    for (i, texel) in map.rgb.chunks_exact(3).enumerate() {
        if texel.iter().any(|v| v.is_nan()) {
            nan.add(i);
        } else if texel.iter().any(|v| v.is_infinite()) {
            infinite.add(i);
        } else {
            if texel.iter().any(|v| *v < 0.0) {
                negative.add(i);
            }
            for v in texel {
                peak = peak.max(*v);
                *(if *v < 0.0 { &mut dark } else { &mut light }) += v.abs() as f64;
            }
        }
    }
    negative.share = dark / light.max(f64::MIN_POSITIVE);
    let ringing = lossy && negative.share <= RINGING;
    let mut notes = Vec::new();
    for (bad, what) in [(&nan, "NaN"), (&infinite, "infinite"), (&negative, "negative")] {
        if bad.count == 0 {
            continue;
        }
        let told = format!(
            "{} has {} {what} texel{}, the first at column {}, row {}",
            path.display(),
            bad.count,
            if bad.count == 1 { "" } else { "s" },
            bad.first % map.width,
            bad.first / map.width
        );
        if clean || (what == "negative" && ringing) {
            notes.push(format!("{told}: {}", if what == "infinite" { "cut to the greatest finite one" } else { "set to 0" }));
        } else {
            return Err(Fault::new(told, "give --clean-light to set them to 0, or repair the map in an image editor"));
        }
    }
    for v in &mut map.rgb {
        *v = if v.is_nan() || *v < 0.0 { 0.0 } else { v.min(peak) };
    }
    Ok(notes)
}
