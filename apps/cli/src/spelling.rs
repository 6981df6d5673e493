//! Two habits of the shell that clap does not know: `relight VIDEO …` without a command, and `-ss`.

use std::{ffi::OsString, path::Path};

/// The arguments as clap understands them. `known` are the commands' names.
pub fn spell(mut args: Vec<OsString>, known: &[String]) -> Vec<OsString> {
    for arg in args.iter_mut().skip(1) {
        if arg == "--" {
            break;
        }
        if arg == "-ss" {
            *arg = "--ss".into();
        }
    }
    // The first argument behind global options decides: a command, a wish for help, or the input of `run`.
    let mut at = 1;
    while let Some(arg) = args.get(at).and_then(|a| a.to_str()) {
        match arg {
            "--json" => at += 1,
            "--threads" => at += 2,
            _ if arg.starts_with("--threads=") => at += 1,
            _ => break,
        }
    }
    let Some(first) = args.get(at) else { return args };
    let text = first.to_string_lossy();
    let asks = ["-h", "--help", "-V", "--version", "help"].contains(&&*text);
    // A word without a dot or a slash that is no file is a misspelt command: clap says which one was meant.
    let input = text.starts_with('-') || text.contains(['.', '/', '\\', '%']) || Path::new(first).exists();
    if !asks && input && !known.iter().any(|k| *k == text) {
        args.insert(at, "run".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(line: &str) -> String {
        let args = line.split(' ').map(OsString::from).collect();
        spell(args, &["run".into(), "inverse".into()]).iter().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_video_in_the_place_of_a_command_means_run() {
        assert_eq!(spelt("relight a.mp4 --light x"), "relight run a.mp4 --light x");
        assert_eq!(spelt("relight --json --threads 2 --light x a.mp4"), "relight --json --threads 2 run --light x a.mp4");
        assert_eq!(spelt("relight inverse a.mp4 -ss 3"), "relight inverse a.mp4 --ss 3");
        assert_eq!(spelt("relight --help"), "relight --help");
        assert_eq!(spelt("relight inverze"), "relight inverze");
        assert_eq!(spelt("relight --json"), "relight --json");
    }
}
