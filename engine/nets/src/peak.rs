//! How much memory a run takes.

use std::fmt;

/// Peak memory in bytes of the stages of a run, which take turns. What the program held before it began is not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peak(Vec<(&'static str, u64)>);

impl Peak {
    /// Of stages with their names.
    pub fn new(stages: impl Into<Vec<(&'static str, u64)>>) -> Self {
        Self(stages.into())
    }

    /// The largest.
    pub fn most(&self) -> u64 {
        self.0.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0)
    }

    /// Of one stage; 0 where there is none of the name.
    pub fn stage(&self, name: &str) -> u64 {
        self.0.iter().find(|(of, _)| *of == name).map_or(0, |(_, bytes)| *bytes)
    }

    /// With `bytes` that all stages hold beside their own.
    pub fn beside(mut self, bytes: u64) -> Self {
        self.0.iter_mut().for_each(|(_, stage)| *stage += bytes);
        self
    }
}

impl fmt::Display for Peak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        let stages: Vec<String> = self.0.iter().map(|(name, bytes)| format!("{name} {:.2}", gigabytes(*bytes))).collect();
        write!(f, "{:.2} GB of memory ({})", gigabytes(self.most()), stages.join(", "))
    }
}

/// Bytes of memory that this process has now and had at most, where the system tells it: lines of `/proc/self/status`.
pub fn resident() -> Option<[u64; 2]> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = |name: &str| -> Option<u64> {
        let number = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(1024 * number.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?)
    };
    Some([line("VmRSS:")?, line("VmHWM:")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_stage_counts_and_all_are_told() {
        let peak = Peak::new([("network", 3_000_000_000), ("decoder", 4_500_000_000)]);
        assert_eq!((peak.most(), peak.stage("network"), peak.stage("encoder")), (4_500_000_000, 3_000_000_000, 0));
        assert_eq!(peak.beside(500_000_000).to_string(), "5.00 GB of memory (network 3.50, decoder 5.00)");
    }
}
