//! What made an output: `OUT.json` beside it.

use relight_file::{Draft, Fault, Result};
use relight_render::Watch;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Everything needed to make an output again, and how long it took.
pub struct Receipt {
    pub command: &'static str,
    pub config: Value,
    pub weights: Value,
    pub facts: Value,
    pub frames: usize,
    pub seconds: f64,
}

/// Where the receipt of `output` lies: `out.mp4` → `out.mp4.json`, `gbuffer/` → `gbuffer.json`, `f.%04d.png` → `f.png.json`.
pub fn place(output: &Path) -> PathBuf {
    let name = output.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_else(|| "out".into());
    let name = match (name.find('%'), name.find('%').and_then(|p| name[p..].find('d').map(|d| p + d))) {
        (Some(from), Some(to)) => format!("{}{}", &name[..from].trim_end_matches(['.', '_', '-']), &name[to + 1..]),
        _ => name,
    };
    let name = if name.starts_with('.') || name.is_empty() { format!("frames{name}") } else { name };
    output.with_file_name(format!("{name}.json"))
}

impl Receipt {
    /// Writes it. An older receipt of the same output is replaced: it tells of what is no longer there.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, output: &Path, watch: &Watch) -> Result<()> {
        let seconds: serde_json::Map<String, Value> = watch.seconds().into_iter().map(|(s, t)| (s.name().into(), round(t).into())).collect();
        let value = json!({
            "relight": env!("CARGO_PKG_VERSION"),
            "command": self.command,
            "config": self.config,
            "weights": self.weights,
            "facts": self.facts,
            "frames": self.frames,
            "notes": watch.notes(),
            "seconds": { "total": round(self.seconds), "stages": seconds },
        });
        let text = serde_json::to_string_pretty(&value).map_err(|e| Fault::new(format!("the receipt cannot be written: {e}"), "report it"))?;
        Draft::whole(&place(output), (text + "\n").as_bytes(), true)
    }
}

fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// An options struct as JSON.
pub fn config(options: &impl Serialize) -> Value {
    serde_json::to_value(options).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_lie_beside_their_outputs() {
        for (output, receipt) in [
            ("a/out.mp4", "a/out.mp4.json"),
            ("gbuffer/", "gbuffer.json"),
            ("f.%04d.png", "f.png.json"),
            ("x/%04d.exr", "x/frames.exr.json"),
            ("a_%d", "a.json"),
        ] {
            assert_eq!(place(Path::new(output)), Path::new(receipt));
        }
    }
}
