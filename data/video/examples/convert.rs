//! Copies a clip from any kind of file into any other: `cargo run --release -p relight-video --example convert -- IN OUT`.

use relight_video::{About, Audio, CreateOptions, OpenOptions, create, open};
use std::{env, path::PathBuf, time::Instant};

fn main() -> relight_file::Result<()> {
    let [from, to]: [PathBuf; 2] = env::args_os().skip(1).map(PathBuf::from).collect::<Vec<_>>().try_into().expect("IN OUT");
    let start = Instant::now();
    let mut source = open(&from, &OpenOptions::default())?;
    let about: About = source.about().clone();
    println!("{}x{}, {} frames per second, {}", about.width, about.height, about.rate, about.format);
    let audio = about.audio.then_some(Audio { path: from, start: 0.0 });
    let mut sink = create(&to, &about, &CreateOptions { overwrite: true, audio, ..CreateOptions::default() })?;
    let mut count = 0;
    while let Some(frame) = source.next()? {
        sink.write(&frame)?;
        count += 1;
    }
    let notes = sink.finish()?;
    about.notes.iter().chain(&notes).for_each(|note| println!("{note}"));
    println!("{count} frames in {:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}
