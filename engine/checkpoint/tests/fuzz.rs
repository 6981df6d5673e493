//! Damaged files in great number: none may panic, hang, or make a reader allocate more than 64 MB over the file's own size.
//!
//! A few thousand cases of each kind run with every test. `RELIGHT_FUZZ=1000000 cargo test --release -p relight-checkpoint --test fuzz -- --nocapture`
//! runs a million of each. A case is a function of its number alone, which a failure tells.

#[path = "fuzz/allocator.rs"]
mod allocator;
#[path = "fuzz/change.rs"]
mod change;
#[path = "fuzz/seeds.rs"]
mod seeds;

use change::change;
use relight_checkpoint::{Contents, pickle};
use relight_light::Environment;
use seeds::{Seed, archives, headers, maps};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

#[global_allocator]
static COUNTED: allocator::Counted = allocator::Counted;

/// What a reader may allocate beside the file.
const MOST: usize = 64 << 20;
/// What no case may take, on however busy a machine.
const LONGEST: Duration = Duration::from_secs(20);

/// Runs `read` over every case; it says whether the file was accepted. Some must be, and some not, or the changes test nothing.
fn fuzz(name: &str, seeds: &[Seed], read: impl Fn(&[u8]) -> bool) {
    for (index, seed) in seeds.iter().enumerate() {
        assert!(read(&seed.whole(&seed.bytes)), "{name}: seed {index} is refused");
    }
    let cases: usize = std::env::var("RELIGHT_FUZZ").ok().map_or(4000, |n| n.parse().expect("RELIGHT_FUZZ is a number"));
    let (start, mut accepted, mut most, mut slowest) = (Instant::now(), 0, 0, Duration::ZERO);
    for case in 0..cases {
        let bytes = change(seeds, case);
        let (began, before) = (Instant::now(), allocator::mark());
        let whole = catch_unwind(AssertUnwindSafe(|| read(&bytes))).unwrap_or_else(|_| panic!("{name}: case {case} panics"));
        let (peak, time) = (allocator::peak() - before, began.elapsed());
        assert!(peak <= bytes.len() + MOST, "{name}: case {case} of {} bytes allocates {peak}", bytes.len());
        assert!(time < LONGEST, "{name}: case {case} takes {time:?}");
        (accepted, most, slowest) = (accepted + usize::from(whole), most.max(peak), slowest.max(time));
    }
    println!("{name}: {cases} cases in {:.1?}, {accepted} accepted, at most {most} bytes allocated, slowest {slowest:.1?}", start.elapsed());
    assert!(cases < 100 || (1..cases).contains(&accepted), "{name}: {accepted} of {cases} accepted");
}

/// Reads the table and, where it is accepted, all numbers.
fn all(bytes: &[u8]) -> bool {
    let contents = Contents::of(Path::new("fuzz"), bytes);
    contents.iter().flat_map(|contents| contents.tensors.values()).for_each(|entry| drop(entry.numbers(bytes)));
    contents.is_ok()
}

#[test]
fn pickles() {
    fuzz("pickle", &seeds::pickles(), |bytes| pickle::parse(bytes).is_ok());
}

#[test]
fn torch_archives() {
    fuzz("zip", &archives(), all);
}

#[test]
fn safetensors() {
    fuzz("safetensors", &headers(), all);
}

#[test]
fn radiance_maps() {
    fuzz("hdr", &maps(), |bytes| Environment::from_radiance(Path::new("fuzz"), bytes).is_ok());
}

/// Short files that describe much: each names one value again and again.
#[test]
fn bombs() {
    let text = |length: usize| [&b"X"[..], &(length as u32).to_le_bytes(), &vec![b'a'; length]].concat();
    // A dict in a dict in a dict, each twice: 2^60 ways to the innermost, which is empty.
    let mut tree = b"\x80\x02}q\x00".to_vec();
    for level in 1..60 {
        tree.extend([&b"}(X\x01\x00\x00\x00ah"[..], &[level - 1], b"X\x01\x00\x00\x00bh", &[level - 1], b"uq", &[level]].concat());
    }
    tree.push(b'.');
    // One long name before thousands of short ones.
    let mut names = [b"\x80\x02}".to_vec(), text(1 << 20), b"}(".to_vec()].concat();
    names.extend((0..5000_u16).flat_map(|i| [&b"X\x02\x00\x00\x00"[..], &[b'a' + (i % 26) as u8, (i / 26) as u8], seeds::TENSOR].concat()));
    names.extend(b"us.");
    // A tensor of a hundred thousand axes.
    let axes = [&b"\x80\x02}X\x01\x00\x00\x00a"[..], seeds::OPENING, b"(", &b"K\x01".repeat(100_000), b"t", b"K\x01\x85\x89}tRs."].concat();
    // Names of three million letters for classes, and a parameter that is a long list, repeated.
    let class = [&b"\x80\x02c"[..], &vec![0xff; 3_000_000], b"\nx\n."].concat();
    let mut lists = [&b"\x80\x02ctorch._utils\n_rebuild_parameter\nq\x01]("[..], &b"K\x01".repeat(60_000), b"e\x85q\x00"].concat();
    lists.extend(b"h\x01h\x00R".repeat(30_000));
    lists.push(b'.');
    let memo = [b"\x80\x02)".to_vec(), (0..900_000_u32).flat_map(|key| [&b"r"[..], &key.to_le_bytes()].concat()).collect(), b".".to_vec()].concat();
    // A header of tensors with many axes.
    let shape = vec!["1"; 900_000].join(",");
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{shape}],"data_offsets":[0,1]}}}}"#);
    let small = |i: usize| format!(r#""{i}":{{"dtype":"U8","shape":[],"data_offsets":[{i},{}]}}"#, i + 1);
    let many = (0..30_000).map(small).collect::<Vec<_>>().join(",");
    let files = [
        ("tree", seeds::archive(&tree)),
        ("names", seeds::archive(&names)),
        ("axes", seeds::archive(&axes)),
        ("class", seeds::archive(&class)),
        ("lists", seeds::archive(&lists)),
        ("memo", seeds::archive(&memo)),
        ("shape", [seeds::safetensors(header.as_bytes()), vec![0]].concat()),
        ("tensors", [seeds::safetensors(format!("{{{many}}}").as_bytes()), vec![0; 30_000]].concat()),
    ];
    for (name, bytes) in files {
        let (began, before) = (Instant::now(), allocator::mark());
        let fault = Contents::of(Path::new(name), &bytes).err();
        let peak = allocator::peak() - before;
        println!("{name}: {} bytes, {peak} allocated in {:.1?}: {}", bytes.len(), began.elapsed(), fault.map_or("accepted".to_owned(), |f| f.cause));
        assert!(peak <= bytes.len() + MOST && began.elapsed() < LONGEST, "{name}: {peak} bytes");
    }
}
