//! Frames a second of procedural worlds: 128², 32 samples a pixel, two lights, on two threads. A frame here is all of its buffers and two pictures.
//! Two cores of Zen 5: 3.4 frames a second, 2.5 with shading; older ones with AVX2 alone about a third of that.

use divan::{Bencher, counter::ItemsCount};
use relight_synth::{Options, synth};

fn main() {
    divan::main();
}

/// Clips of three frames; with and without the analytic shading that the forward network starts from.
#[divan::bench(args = [false, true], sample_count = 3, sample_size = 1)]
fn shaded(bencher: Bencher, shading: bool) {
    let options = |out: &std::path::Path| Options { out: out.to_owned(), clips: 4, seed: 1, samples: 32, threads: 2, shading, ..Options::default() };
    let frames = 4 * Options::default().frames;
    bencher.counter(ItemsCount::new(frames)).with_inputs(|| tempfile::tempdir().expect("a folder")).bench_values(|folder| {
        let made = synth(&options(folder.path()), &mut |_| Ok(()));
        assert!(made.is_ok(), "{made:?}");
    });
}
