//! The command line of relight.

mod args;
mod commands;
mod folder;
mod footage;
mod job;
mod masks;
mod progress;
mod receipt;
mod retouch;
mod sheet;
mod spelling;
mod time;
mod versus;
mod view;

use args::Cli;
use clap::{CommandFactory, FromArgMatches, error::ErrorKind};
use relight_file::{Fault, Result};
use relight_render::{Event, Watch};
use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

fn main() -> ExitCode {
    let grammar = Cli::command();
    let mut known: Vec<String> = grammar.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    known.push("help".into());
    let matches = grammar.get_matches_from(spelling::spell(std::env::args_os().collect(), &known));
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|e| e.exit());
    if let Some(why) = cli.command.net().and_then(|(net, runs)| net.official.refused(net.family(), runs)) {
        Cli::command().error(ErrorKind::ArgumentConflict, why).exit();
    }
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {}\n  try: {}", fault.cause, fault.remedy);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    if let Some(threads) = cli.global.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global();
        pool.map_err(|e| Fault::new(format!("cannot start {threads} threads: {e}"), "give fewer with --threads"))?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    // Without a handler Ctrl-C still ends the program, only less tidily.
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(1);
        }
    });
    let watch = if cli.global.json {
        Watch::new(stop, progress::json)
    } else {
        let bars = progress::Bars::new();
        Watch::new(stop, move |event: &Event| bars.show(event))
    };
    commands::dispatch(&cli.command, &cli.global, &watch)
}
