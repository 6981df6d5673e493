//! A stage of a network against what was computed for it.

use relight_nets::resident;
use relight_tensor::Volume;
use std::{fs, time::Instant};

/// Runs a stage, and compares the process's peak with what was computed beside what it held before.
pub fn measure(what: &str, computed: u64, run: impl FnOnce() -> Volume) -> Volume {
    let before = resident().map_or(0, |[now, _]| now);
    // Forgets the peak so far; systems that cannot tell the whole run's.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let start = Instant::now();
    let out = run();
    assert!(out.data.iter().all(|x| x.is_finite()), "all numbers are finite");
    let most = resident().map_or(0, |[_, most]| most);
    let told = before + computed;
    let off = 100.0 * (told as f64 / most as f64 - 1.0);
    println!("{what}: {:.1} s, computed {:.2} GB, taken {:.2} GB ({off:+.1} %)", start.elapsed().as_secs_f64(), told as f64 / 1e9, most as f64 / 1e9);
    out
}
