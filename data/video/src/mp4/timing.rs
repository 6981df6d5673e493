//! Which samples are shown, in which order, how often.

use super::demux::Track;
use crate::Rate;

/// The samples that are shown as (time, place in decoding order), in display order: what the edit list leaves.
pub fn shown(track: &Track) -> Vec<(i64, usize)> {
    let edit = &track.edit;
    let inside = |(_, sample): &(usize, &super::demux::Sample)| (edit.start..edit.end).contains(&sample.time);
    let mut shown: Vec<_> = track.samples.iter().enumerate().filter(inside).map(|(index, sample)| (sample.time, index)).collect();
    if shown.is_empty() {
        // Edits that show nothing are mistakes of a muxer.
        shown = track.samples.iter().enumerate().map(|(index, sample)| (sample.time, index)).collect();
    }
    shown.sort_unstable();
    shown
}

/// The exact rate of frames shown at these times, and a remark where they are irregular.
///
/// Times that a coarse time scale rounded to ticks mean the usual rate that they round, if there is one.
pub fn rate(shown: &[(i64, usize)], timescale: u32) -> (Rate, Option<String>) {
    let scale = f64::from(timescale);
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else { return (Rate::default(), None) };
    let steps = shown.len() as u64 - 1;
    let total = last.0.abs_diff(first.0);
    if steps == 0 || total == 0 {
        return (Rate::default(), None);
    }
    let mean = Rate::new(u64::from(timescale) * steps, total);
    // Farthest that a frame is from where an even rate has it, in ticks.
    let worst = |rate: Rate| {
        let ideal = |i: usize| first.0 as f64 + i as f64 * scale / rate.fps();
        shown.iter().enumerate().map(|(i, (time, _))| (*time as f64 - ideal(i)).abs()).fold(0.0, f64::max)
    };
    let off = worst(mean);
    if off < 1e-3 {
        return (mean, None);
    }
    if let Some(usual) = Rate::usual(mean.fps(), 2.0 / total as f64).filter(|usual| worst(*usual) <= 1.5) {
        return (usual, None);
    }
    // Half a frame late is what rounding to another rate does; more is a camera that waits for light.
    let note = (off > 1.5 && off > 0.5 * scale / mean.fps())
        .then(|| format!("its frame rate varies; it is taken as constant, {:.3} frames per second", mean.fps()));
    (mean, note)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(times: impl IntoIterator<Item = i64>) -> Vec<(i64, usize)> {
        times.into_iter().enumerate().map(|(index, time)| (time, index)).collect()
    }

    #[test]
    fn rates_are_exact() {
        let even = |step: i64, scale| rate(&times((0..24).map(|i| 5 + i * step)), scale);
        assert_eq!(even(1001, 24000), (Rate { num: 24000, den: 1001 }, None));
        assert_eq!(even(2048, 14336), (Rate { num: 7, den: 1 }, None));
        assert_eq!(even(1000, 26777), (Rate { num: 26777, den: 1000 }, None));
        // 30000/1001 in milliseconds and in 600ths.
        for scale in [1000, 600] {
            let rounded = times((0..300).map(|i| (f64::from(i) * f64::from(scale) * 1001.0 / 30000.0).round() as i64));
            assert_eq!(rate(&rounded, scale as u32), (Rate { num: 30000, den: 1001 }, None));
        }
        let (varying, note) = rate(&times([0, 10, 90, 100]), 100);
        assert_eq!((varying, note.is_some()), (Rate { num: 3, den: 1 }, true));
    }
}
