//! Clips cut as the renderers cut them.

use relight_diffusion::{Cut, Overlap};

/// First and last frame of every window, and the frames that the network sees in it.
pub fn cut(total: usize, length: usize, overlap: usize, mode: &str) -> Vec<([usize; 2], Vec<usize>)> {
    let how = match mode {
        "first" => Cut::First,
        "all" => Cut::All,
        "drop_last" => Cut::DropLast,
        _ => panic!("{mode} is new"),
    };
    let mut stream = Overlap::new(length, overlap, how);
    let mut all = Vec::new();
    for frame in 0..=total {
        if stream.is_over() {
            break;
        }
        let window = if frame < total { stream.push(frame) } else { stream.finish() };
        all.extend(window.map(|w| ([w.frames.start, w.frames.end - 1], stream.frames().copied().collect())));
    }
    all
}
