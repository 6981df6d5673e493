//! `relight doctor`: what this machine can do. Facts on stdout, one a line.

use relight_file::Result;
use relight_video::Ffmpeg;
use std::process::Command;

pub fn doctor() -> Result<()> {
    for (what, found) in facts() {
        println!("{what:<10} {found}");
    }
    Ok(())
}

fn facts() -> Vec<(&'static str, String)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let ffmpeg = ffmpeg().unwrap_or_else(|| "not found: H.264 mp4 and pictures work without it, other videos need it (install ffmpeg)".into());
    vec![
        ("relight", env!("CARGO_PKG_VERSION").into()),
        ("system", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        ("processor", processor()),
        ("kernels", kernels()),
        ("threads", format!("{threads} (choose fewer with --threads)")),
        ("memory", memory().unwrap_or_else(|| "unknown".into())),
        ("ffmpeg", ffmpeg),
        ("video", "reads and writes H.264 mp4 (built-in OpenH264); png, jpg, exr and hdr pictures".into()),
    ]
}

/// The model name that the system gives.
fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|l| l.strip_prefix("model name")).and_then(|l| l.split(':').nth(1));
    name.map_or_else(|| "unknown".into(), |n| n.trim().to_owned())
}

/// The vector instructions that kernels choose between.
#[cfg(target_arch = "x86_64")]
fn kernels() -> String {
    let features = [
        ("AVX-512", is_x86_feature_detected!("avx512f")),
        ("AVX2", is_x86_feature_detected!("avx2")),
        ("FMA", is_x86_feature_detected!("fma")),
        ("F16C", is_x86_feature_detected!("f16c")),
    ];
    let have: Vec<&str> = features.iter().filter(|f| f.1).map(|f| f.0).collect();
    if have.is_empty() { "portable only: expect a fifth of the usual speed".into() } else { have.join(", ") }
}

#[cfg(not(target_arch = "x86_64"))]
fn kernels() -> String {
    "portable".into()
}

/// Total and free memory where /proc tells.
fn memory() -> Option<String> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let gib = |key: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(key))?;
        let kib: f64 = line.trim_start_matches(':').split_whitespace().next()?.parse().ok()?;
        Some(kib / 1024.0 / 1024.0)
    };
    Some(format!("{:.1} GiB, {:.1} GiB free", gib("MemTotal")?, gib("MemAvailable")?))
}

/// The first line of `ffmpeg -version`, and where it is.
fn ffmpeg() -> Option<String> {
    let path = Ffmpeg::Found.program()?;
    let output = Command::new(&path).arg("-version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?;
    Some(format!("{} ({})", line.split(" Copyright").next().unwrap_or(line), path.display()))
}
