//! One file a command.

mod compare;
mod completions;
mod demo;
mod doctor;
mod edit;
mod eval;
mod forward;
mod insert;
mod inverse;
mod light;
mod models;
mod run;
mod synth;
mod trace;

pub use edit::editor;

use crate::args::{Command, Global};
use relight_file::Result;
use relight_render::{Event, Watch};
use std::time::Instant;

/// Runs a command, telling `watch` when it starts and when it is done.
///
/// # Errors
/// The command's own.
pub fn dispatch(command: &Command, global: &Global, watch: &Watch) -> Result<()> {
    let start = Instant::now();
    let job = |name: &str, work: &dyn Fn() -> Result<()>| {
        watch.tell(Event::Start { command: name.into(), version: env!("CARGO_PKG_VERSION").into() });
        work()?;
        watch.tell(Event::Done { seconds: start.elapsed().as_secs_f64() });
        Ok(())
    };
    match command {
        Command::Run(options) => job("run", &|| run::run(options, watch)),
        Command::Inverse(options) => job("inverse", &|| inverse::inverse(options, watch)),
        Command::Edit(options) => job("edit", &|| edit::edit(options, watch)),
        Command::Forward(options) => job("forward", &|| forward::forward(options, watch)),
        Command::Compare(options) => job("compare", &|| compare::compare(options, watch)),
        Command::Demo(options) => job("demo", &|| demo::demo(options, watch)),
        Command::Light(options) => job("light", &|| light::light(options, watch)),
        Command::Insert(options) => job("insert", &|| insert::insert(options, watch)),
        Command::Trace(options) => job("trace", &|| trace::trace(options, watch)),
        Command::Synth(options) => job("synth", &|| synth::synth(options, global, watch)),
        Command::Eval(options) => job("eval", &|| eval::eval(options, global, watch)),
        Command::Models(options) => models::models(options, watch),
        Command::Doctor => doctor::doctor(),
        Command::Completions { shell } => completions::completions(*shell),
    }
}
