//! Renders shards: `synth shade IN OUT` or `synth OUT CLIPS SEED [FIRST FRAMES SIZE SAMPLES THREADS] [--no-shading] [--meshes PATH]... [--lights PATH]...`

use relight_synth::{Options, Progress, reshade, synth};
use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, input, out] = words.as_slice()
        && word == "shade"
    {
        let told = reshade(input.as_ref(), out.as_ref(), &|p| {
            println!("clip {:06} {:.2} s", p.clip, p.seconds);
            Ok(())
        });
        return if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut options = Options::default();
    let (mut numbers, mut args) = (Vec::new(), words.into_iter());
    options.out = args.next().unwrap_or_else(|| "shards".into()).into();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--meshes" => options.meshes.extend(args.next().map(Into::into)),
            "--lights" => options.lights.extend(args.next().map(Into::into)),
            "--no-shading" => options.shading = false,
            number => numbers.push(number.parse::<u64>().expect("a whole number")),
        }
    }
    let number = |index: usize, usual: u64| numbers.get(index).copied().unwrap_or(usual);
    options.clips = number(0, options.clips);
    options.seed = number(1, options.seed);
    options.first = number(2, options.first);
    options.frames = number(3, options.frames as u64) as usize;
    options.width = number(4, options.width as u64) as usize;
    options.height = options.width;
    options.samples = number(5, u64::from(options.samples)) as u32;
    options.threads = number(6, 0) as usize;
    let begin = Instant::now();
    let mut made = 0;
    let outcome = synth(&options, &mut |p: Progress| {
        made += u64::from(!p.skipped);
        let rate = (made * options.frames as u64) as f64 / begin.elapsed().as_secs_f64();
        println!("clip {:06} {:8} {:.2} s, {rate:.2} frames/s over all", p.clip, p.kind, p.seconds);
        Ok(())
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}
