//! `relight completions SHELL`.

use crate::args::Cli;
use clap::CommandFactory;
use relight_file::Result;

pub fn completions(shell: clap_complete::Shell) -> Result<()> {
    clap_complete::generate(shell, &mut Cli::command(), "relight", &mut std::io::stdout());
    Ok(())
}
