//! Scores by method and clip, and their means.

use crate::score::mean;
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fmt::Write};

/// One method on one clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The method's name.
    pub method: String,
    /// The clip's name.
    pub clip: String,
    /// `objects` or `scenes`.
    pub group: String,
    /// One number a column; none where the measure does not apply.
    pub values: Vec<Option<f64>>,
}

/// One of the tables: what was measured of every method on every clip.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// What was measured: `inverse`, `forward`, `time`…
    pub name: &'static str,
    /// Names of the columns: the measure, after the light's name where there are several.
    pub columns: Vec<String>,
    /// In the order of the clips, then of the methods.
    pub rows: Vec<Row>,
}

/// Means over the clips of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mean {
    pub method: String,
    /// A group of the set, or `all`.
    pub group: String,
    pub clips: usize,
    pub values: Vec<Option<f64>>,
}

impl Table {
    /// The mean over the clips of `group` (`all` for every clip) of a method's column. None where nothing was measured.
    pub fn mean(&self, method: &str, group: &str, column: &str) -> Option<f64> {
        let place = self.columns.iter().position(|c| c == column)?;
        self.of(method, group).values.get(place).copied().flatten()
    }

    fn of(&self, method: &str, group: &str) -> Mean {
        let rows: Vec<&Row> = self.rows.iter().filter(|r| r.method == method && (group == "all" || r.group == group)).collect();
        let values = (0..self.columns.len()).map(|c| mean(rows.iter().filter_map(|r| r.values[c]))).collect();
        Mean { method: method.into(), group: group.into(), clips: rows.len(), values }
    }

    /// The means of every method over every group, then over all clips.
    pub(crate) fn means(&self) -> Vec<Mean> {
        let mut methods: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !methods.contains(&row.method.as_str()) {
                methods.push(&row.method);
            }
        }
        let groups: BTreeSet<&str> = self.rows.iter().map(|r| r.group.as_str()).collect();
        let groups = groups.iter().copied().chain((groups.len() != 1).then_some("all"));
        groups.flat_map(|group| methods.iter().map(move |method| self.of(method, group))).filter(|m| m.clips > 0).collect()
    }

    /// `{"columns": […], "means": [{method, group, clips, values}…], "clips": [{method, clip, group, values}…]}`
    pub fn json(&self) -> Value {
        json!({"columns": self.columns, "means": self.means(), "clips": self.rows})
    }

    /// The means as lines of text for a terminal.
    pub fn text(&self) -> String {
        let widths: Vec<usize> = self.columns.iter().map(|c| c.len().max(6)).collect();
        let mut text = format!("{:<10}", self.name);
        for (column, width) in self.columns.iter().zip(&widths) {
            let _ = write!(text, "  {column:>width$}");
        }
        let mut group = String::new();
        for line in self.means() {
            if line.group != group {
                group = line.group;
                let _ = write!(text, "\n{group} ({} clip{})", line.clips, if line.clips == 1 { "" } else { "s" });
            }
            let _ = write!(text, "\n  {:<8}", line.method);
            for ((value, column), width) in line.values.iter().zip(&self.columns).zip(&widths) {
                let digits = if column.contains("psnr") || column.ends_with("_deg") { 2 } else { 3 };
                let _ = match value {
                    Some(value) => write!(text, "  {value:>width$.digits$}"),
                    None => write!(text, "  {:>width$}", "-"),
                };
            }
        }
        text + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_count_alike_and_what_is_missing_does_not_count() {
        let row = |clip: &str, group: &str, values: [Option<f64>; 2]| Row {
            method: "network".into(),
            clip: clip.into(),
            group: group.into(),
            values: values.to_vec(),
        };
        let rows = vec![row("a", "objects", [Some(20.0), None]), row("b", "scenes", [Some(10.0), Some(0.5)]), row("c", "scenes", [Some(12.0), None])];
        let table = Table { name: "inverse", columns: vec!["psnr".into(), "flicker".into()], rows };
        assert_eq!(table.mean("network", "scenes", "psnr"), Some(11.0));
        assert_eq!(table.mean("network", "all", "psnr"), Some(14.0));
        assert_eq!(table.mean("network", "all", "flicker"), Some(0.5));
        assert_eq!(table.mean("network", "objects", "flicker"), None);
        assert_eq!(table.mean("other", "all", "psnr"), None);
        let text = table.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[1]), (7, "objects (1 clip)"));
        assert!(lines[2].contains("20.00") && lines[2].ends_with('-') && lines[4].contains("11.00") && lines[6].contains("0.500"));
    }
}
