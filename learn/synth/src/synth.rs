//! Many clips, each from its own key, as fast as the machine allows.

use crate::{Options, Progress, clip::Clip, kind::Kind, recycle, shard, stock::Stock, world::World};
use relight_file::{Draft, Fault, Result};
use std::{
    fs,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::Instant,
};

/// The largest side of a picture.
const LARGEST: usize = 2048;
/// Attempts at a world that shows something, before giving up.
const ATTEMPTS: u64 = 8;

/// Renders clips `first .. first + clips` of a seed into `out/clip.%06d.safetensors`; files that exist are left as they are, so an
/// interrupted run goes on where it stopped. With `keep`, numbers below the lowest file's count as made and removed. `progress` hears of every clip, in the order in which they are done; a fault
/// from it stops the run.
///
/// Clip k depends on the seed, on k, on the kind that is asked for, on the sizes and samples, and on the meshes and maps, never on threads or on other clips.
/// Every thread renders clips of its own: measured on two cores that is faster than sharing one clip, because models load and
/// hierarchies build on one core. Memory: about 100 MB a thread at 128², most of it the model that is being read.
///
/// # Errors
/// Options out of range; a folder, model or map that cannot be read or is reserved for evaluation; an output that cannot be written.
/// Clips that were complete by then stay.
pub fn synth(options: &Options, progress: &mut dyn FnMut(Progress) -> Result<()>) -> Result<()> {
    check(options)?;
    let stock = Stock::load(&options.meshes, &options.lights)?;
    fs::create_dir_all(&options.out).map_err(|e| Fault::write(&options.out, &e))?;
    let removed = if options.keep.is_some() { recycle::lowest(&options.out)? } else { 0 };
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<Result<Progress>>| {
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= options.clips {
                break;
            }
            let clip = options.first + index;
            let made = if clip < removed { Ok(Progress::skipped(clip)) } else { make(options, clip, &stock) };
            if made.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            if sender.send(made).is_err() {
                break;
            }
        }
    };
    let threads = if options.threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { options.threads };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, work) = (sender.clone(), &work);
            scope.spawn(move || match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                Ok(own) => own.install(|| work(sender)),
                Err(_) => work(sender),
            });
        }
        drop(sender);
        let mut outcome = Ok(());
        for made in receiver {
            if let Err(fault) = made.and_then(&mut *progress) {
                stop.store(true, Ordering::Relaxed);
                outcome = Err(fault);
            }
        }
        outcome
    })
}

fn check(options: &Options) -> Result<()> {
    let Options { width, height, frames, samples, .. } = options;
    if !(16..=LARGEST).contains(width) || !(16..=LARGEST).contains(height) {
        return Err(Fault::new(format!("clips of {width}x{height} are out of range"), format!("choose sides from 16 to {LARGEST}")));
    }
    if !(1..=240).contains(frames) {
        return Err(Fault::new(format!("clips of {frames} frames are out of range"), "choose 1 to 240 frames"));
    }
    if !(1..=65_536).contains(samples) {
        return Err(Fault::new(format!("{samples} samples a pixel are out of range"), "choose 1 to 65536 samples"));
    }
    Ok(())
}

/// Makes one clip unless it is there.
fn make(options: &Options, clip: u64, stock: &Stock) -> Result<Progress> {
    let begin = Instant::now();
    let target = options.out.join(shard::name(clip));
    if target.exists() {
        return Ok(Progress::skipped(clip));
    }
    let (kind, rendered) = rendered(options, clip, stock)?;
    let facts = [("seed", options.seed.to_string()), ("clip", clip.to_string()), ("kind", kind.name().to_owned())];
    Draft::whole(&target, &shard::bytes(&rendered, &facts)?, true)?;
    if let Some(old) = options.keep.and_then(|keep| clip.checked_sub(keep)) {
        recycle::remove(&options.out, old)?;
    }
    Ok(Progress { clip, skipped: false, kind: kind.name(), seconds: begin.elapsed().as_secs_f64() })
}

fn rendered(options: &Options, clip: u64, stock: &Stock) -> Result<(Kind, Clip)> {
    for attempt in 0..ATTEMPTS {
        let world = World::new([options.seed, clip, attempt], options.kind, options.frames, stock)?;
        if let Some(rendered) = Clip::render(&world, options, crate::dice::mix(options.seed ^ crate::dice::mix(clip)))? {
            return Ok((world.kind, rendered));
        }
    }
    Err(Fault::new(format!("clip {clip} of seed {} shows nothing in {ATTEMPTS} attempts", options.seed), "choose another seed"))
}
