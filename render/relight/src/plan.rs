//! How a window is run in the memory that there may be.

use crate::Watch;
use relight_file::{Fault, Result};
use relight_nets::{Peak, resident};

/// The first of `ways`, from the fastest to the smallest, in which a window of [frames, height, width] pictures takes no more than `memory` bytes; it is told.
/// `peak` says what so many frames take beside what the process holds already, which is mostly their pictures.
///
/// # Errors
/// There is none; the remedy tells how many frames would do.
pub(crate) fn plan<W: Copy>(
    [frames, height, width]: [usize; 3],
    memory: Option<u64>,
    ways: &[W],
    peak: impl Fn(usize, W) -> Peak,
    watch: &Watch,
) -> Result<W> {
    let held = resident().map_or(0, |[now, _]| now);
    let all = |count: usize, way: W| peak(count, way).beside(held * count as u64 / frames as u64);
    let fits = |count: usize, way: W| memory.is_none_or(|memory| all(count, way).most() <= memory);
    let smallest = ways[ways.len() - 1];
    let Some(way) = ways.iter().copied().find(|way| fits(frames, *way)) else {
        let fewer = (1..frames).rev().find(|count| fits(*count, smallest));
        let remedy = fewer.map_or("give more --memory or a smaller --size".to_owned(), |count| format!("give --window {count} or more --memory"));
        return Err(Fault::new(format!("{frames} frames of {width}x{height} take {}", all(frames, smallest)), remedy));
    };
    watch.note(format!("{frames} frames of {width}x{height} at once take up to {}; weights stay on disk", all(frames, way)));
    Ok(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fastest_way_that_fits_is_taken_and_a_shorter_window_told_where_none_does() {
        // So large that what the test itself holds does not matter.
        let peak = |frames: usize, way: u64| Peak::new([("network", frames as u64 * way * 1_000_000_000)]);
        let ask = |memory: Option<u64>| plan([4, 8, 8], memory, &[100, 10], peak, &Watch::silent());
        assert_eq!((ask(None).unwrap(), ask(Some(500_000_000_000)).unwrap(), ask(Some(60_000_000_000)).unwrap()), (100, 100, 10));
        let fault = ask(Some(25_000_000_000)).unwrap_err();
        assert!(fault.cause.contains("network 40.") && fault.remedy.contains("--window 2"), "{fault}");
        assert!(ask(Some(1_000_000)).unwrap_err().remedy.contains("smaller --size"));
    }
}
