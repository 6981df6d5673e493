//! Two views of a job's events: bars on stderr for people, JSON lines on stdout for programs.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use relight_render::{Event, Stage};
use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    sync::{Mutex, PoisonError},
};

/// One JSON object a line, as events come.
pub fn json(event: &Event) {
    let line = serde_json::to_string(event).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    // A reader that went away does not stop the work.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// One bar a stage on stderr; notes and outputs as lines above them. Without a terminal only the lines.
pub struct Bars {
    all: MultiProgress,
    bars: Mutex<BTreeMap<Stage, ProgressBar>>,
    shown: bool,
}

impl Bars {
    pub fn new() -> Self {
        let shown = std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { all: MultiProgress::with_draw_target(target), bars: Mutex::default(), shown }
    }

    fn line(&self, text: &str) {
        if self.shown {
            let _ = self.all.println(text);
        } else {
            eprintln!("{text}");
        }
    }

    pub fn show(&self, event: &Event) {
        match event {
            // Scores are data: the command itself prints them to stdout.
            Event::Start { .. } | Event::Scores { .. } => {}
            Event::Note { text } => self.line(&format!("note: {text}")),
            Event::Progress { stage, done, total } => {
                let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
                let bar = bars.entry(*stage).or_insert_with(|| self.all.add(bar(*stage, *total)));
                if let Some(total) = total {
                    bar.set_length(*total as u64);
                }
                bar.set_position(*done as u64);
            }
            Event::Wrote { path, what } => self.line(&format!("wrote {}: {what}", path.display())),
            Event::Done { seconds } => {
                for bar in self.bars.lock().unwrap_or_else(PoisonError::into_inner).values() {
                    bar.finish_and_clear();
                }
                self.line(&format!("done in {seconds:.1} s"));
            }
        }
    }
}

fn bar(stage: Stage, total: Option<usize>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total as u64), "{prefix:>8} {wide_bar} {pos}/{len}  {elapsed} +{eta}"),
        None => (ProgressBar::new_spinner(), "{prefix:>8} {spinner} {pos}  {elapsed}"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_prefix(stage.name())
}
