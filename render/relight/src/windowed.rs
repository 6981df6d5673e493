//! A stream of any length through a network that sees a few frames at a time.

use crate::Watch;
use relight_diffusion::{Blend, Cut, Overlap, Window};
use relight_file::{Fault, Result};
use std::{collections::VecDeque, ops::Range};

/// How a stream is cut: windows of `length` frames, each sharing `overlap` frames with the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Windows {
    /// Frames that the network sees at once.
    pub length: usize,
    /// Frames that a window shares with the next; less than `length`.
    pub overlap: usize,
    /// What becomes of those, and of the end of the clip.
    pub cut: Cut,
}

impl Default for Windows {
    /// The small networks look ±3 frames far (three 3-tap convolutions over time); 8 and 2 cost a third more work than no overlap.
    fn default() -> Self {
        Self { length: 8, overlap: 2, cut: Cut::Fade }
    }
}

/// What happens to a window: one vector of numbers for each of its frames.
pub(crate) trait Process<T> {
    /// What the network sees of an item, made once and held for one window.
    type Seen;

    /// Makes it.
    fn see(&mut self, item: &T) -> Result<Self::Seen>;

    /// Computes a window.
    fn run(&mut self, window: &Window, seen: &[&Self::Seen]) -> Result<Vec<Vec<f32>>>;

    /// Shifts a whole window's `new` values so that its first frames match the `old` values of the same frames, before they are mixed.
    fn align(&mut self, old: &[Vec<f32>], new: &mut [Vec<f32>]);
}

/// Turns a stream of items into (item, values), computed window by window and cross-faded. Holds at most one window of items.
pub(crate) struct Windowed<'w, I, T, P: Process<T>> {
    source: Option<I>,
    process: P,
    watch: &'w Watch,
    windows: Windows,
    cut: Overlap<P::Seen>,
    blend: Blend,
    waiting: VecDeque<T>,
    ready: VecDeque<Vec<f32>>,
    before: Option<(Range<usize>, Vec<Vec<f32>>)>,
}

impl<'w, I, T, P> Windowed<'w, I, T, P>
where
    I: Iterator<Item = Result<T>>,
    P: Process<T>,
{
    pub fn new(source: I, windows: Windows, watch: &'w Watch, process: P) -> Self {
        Self {
            source: Some(source),
            process,
            watch,
            windows,
            cut: Overlap::new(windows.length, windows.overlap, windows.cut),
            blend: Blend::new(windows.overlap),
            waiting: VecDeque::new(),
            ready: VecDeque::new(),
            before: None,
        }
    }

    /// Reads until some frames are done or the source ends.
    fn advance(&mut self) -> Result<()> {
        while self.ready.is_empty() {
            let Some(source) = &mut self.source else { return Ok(()) };
            self.watch.check()?;
            if let Some(item) = source.next().filter(|_| !self.cut.is_over()) {
                let item = item?;
                let seen = self.process.see(&item)?;
                self.waiting.push_back(item);
                if let Some(window) = self.cut.push(seen) {
                    self.compute(&window)?;
                }
            } else {
                self.source = None;
                if let Some(window) = self.cut.finish() {
                    self.compute(&window)?;
                } else if self.cut.covered() == 0 && !self.waiting.is_empty() {
                    let cause = format!("the clip has {} frames, fewer than a window of {}", self.waiting.len(), self.windows.length);
                    return Err(Fault::new(cause, "give a smaller --window, or let the end be filled with --chunks all"));
                }
                self.ready.extend(self.blend.finish());
            }
        }
        Ok(())
    }

    fn compute(&mut self, window: &Window) -> Result<()> {
        let seen: Vec<&P::Seen> = self.cut.frames().collect();
        let mut new = self.process.run(window, &seen)?;
        new.truncate(window.frames.len());
        if let Some((frames, old)) = self.before.as_ref().filter(|_| self.windows.cut == Cut::Fade) {
            self.process.align(&old[window.frames.start - frames.start..], &mut new);
        }
        self.ready.extend(self.blend.push(window, &new.concat()));
        self.before = Some((window.frames.clone(), new));
        Ok(())
    }
}

impl<I, T, P> Iterator for Windowed<'_, I, T, P>
where
    I: Iterator<Item = Result<T>>,
    P: Process<T>,
{
    type Item = Result<(T, Vec<f32>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(fault) = self.advance() {
            self.source = None;
            self.waiting.clear();
            return Some(Err(fault));
        }
        let values = self.ready.pop_front()?;
        Some(Ok((self.waiting.pop_front()?, values)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_file::Fault;

    /// Gives each frame its own number plus `jump` times the window's number; aligning takes the difference of the first shared frame off.
    struct Count {
        jump: f32,
        align: bool,
        most: usize,
    }

    impl Process<usize> for Count {
        type Seen = f32;

        fn see(&mut self, item: &usize) -> Result<f32> {
            Ok(*item as f32)
        }

        fn run(&mut self, window: &Window, seen: &[&f32]) -> Result<Vec<Vec<f32>>> {
            self.most = self.most.max(seen.len());
            Ok(seen.iter().map(|s| vec![**s + self.jump * window.index as f32]).collect())
        }

        fn align(&mut self, old: &[Vec<f32>], new: &mut [Vec<f32>]) {
            let shift = if self.align { old[0][0] - new[0][0] } else { 0.0 };
            new.iter_mut().for_each(|n| n[0] += shift);
        }
    }

    fn through(frames: usize, process: Count) -> Vec<(usize, f32)> {
        let watch = Watch::silent();
        let stream = Windowed::new((0..frames).map(Ok), Windows { length: 5, overlap: 2, cut: Cut::Fade }, &watch, process);
        stream.map(|r| r.map(|(item, values)| (item, values[0])).unwrap()).collect()
    }

    #[test]
    fn every_frame_comes_once_in_order_with_its_own_values() {
        for frames in [0, 1, 4, 5, 6, 7, 8, 9, 100] {
            let out = through(frames, Count { jump: 0.0, align: false, most: 0 });
            assert_eq!(out, (0..frames).map(|i| (i, i as f32)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn windows_that_differ_by_a_shift_join_without_a_seam_when_aligned() {
        let jumps = through(20, Count { jump: 10.0, align: false, most: 0 });
        assert!(jumps.windows(2).any(|p| p[1].1 - p[0].1 > 2.0));
        let out = through(20, Count { jump: 10.0, align: true, most: 0 });
        assert!(out.iter().all(|(i, v)| *i as f32 == *v));
    }

    #[test]
    fn official_cuts_keep_the_earlier_frames_and_end_where_they_say() {
        let watch = Watch::silent();
        let cut = |frames: usize, cut: Cut| {
            let count = Count { jump: 10.0, align: true, most: 0 };
            let stream = Windowed::new((0..frames).map(Ok), Windows { length: 5, overlap: 2, cut }, &watch, count);
            stream.map(|result| result.map(|(item, values)| (item, values[0]))).collect::<Result<Vec<_>>>()
        };
        // Windows 0..5, 3..8 and 6..9: the second is ten more, the third twenty.
        let all: Vec<_> = (0..9).map(|i| (i, i as f32 + [0.0, 10.0, 20.0][(i.max(2) - 2) / 3])).collect();
        assert_eq!(cut(9, Cut::All).unwrap(), all);
        assert_eq!(cut(9, Cut::DropLast).unwrap(), all[..8]);
        assert_eq!(cut(9, Cut::First).unwrap(), all[..5]);
        assert_eq!(cut(3, Cut::First).unwrap(), all[..3]);
        assert!(cut(3, Cut::DropLast).unwrap_err().remedy.contains("--chunks all") && cut(0, Cut::DropLast).unwrap().is_empty());
    }

    #[test]
    fn a_bad_frame_ends_the_stream_with_its_fault() {
        let watch = Watch::silent();
        let source = (0..9).map(|i| if i == 6 { Err(Fault::new("bad", "mend")) } else { Ok(i) });
        let process = Count { jump: 0.0, align: false, most: 0 };
        let out: Vec<_> = Windowed::new(source, Windows { length: 4, overlap: 1, cut: Cut::Fade }, &watch, process).collect();
        assert!(out.last().unwrap().is_err() && out.iter().filter(|r| r.is_err()).count() == 1);
    }

    #[test]
    fn memory_is_bounded_by_a_window() {
        let watch = Watch::silent();
        let windows = Windows { length: 5, overlap: 2, cut: Cut::Fade };
        let mut stream = Windowed::new((0..200).map(Ok), windows, &watch, Count { jump: 0.0, align: true, most: 0 });
        while let Some(frame) = stream.next() {
            frame.unwrap();
            assert!(stream.waiting.len() <= 5 && stream.ready.len() <= 5);
        }
        assert_eq!(stream.process.most, 5);
    }
}
