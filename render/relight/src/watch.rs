//! The line between a job and who watches it: events go out, the wish to stop comes in.

use crate::{Event, Stage};
use relight_file::{Fault, Result};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// Hears events, keeps the time of each stage, and can stop the job between two frames.
pub struct Watch {
    listener: Box<dyn Fn(&Event) + Send + Sync>,
    stop: Arc<AtomicBool>,
    seconds: Mutex<BTreeMap<Stage, f64>>,
    notes: Mutex<Vec<String>>,
}

impl Watch {
    /// A watch that hands every event to `listener`; the job ends with a fault soon after `stop` becomes true.
    pub fn new(stop: Arc<AtomicBool>, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { listener: Box::new(listener), stop, seconds: Mutex::default(), notes: Mutex::default() }
    }

    /// Nobody watches.
    pub fn silent() -> Self {
        Self::new(Arc::default(), |_| ())
    }

    /// Tells one event.
    pub fn tell(&self, event: Event) {
        (self.listener)(&event);
    }

    /// Tells a choice or a loss once: the same line a second time is not repeated.
    pub fn note(&self, text: impl Into<String>) {
        let text = text.into();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&text) {
            notes.push(text.clone());
            drop(notes);
            self.tell(Event::Note { text });
        }
    }

    /// Tells how far a stage is.
    pub fn progress(&self, stage: Stage, done: usize, total: Option<usize>) {
        self.tell(Event::Progress { stage, done, total });
    }

    /// Runs `work` and adds its wall-clock time to `stage`.
    pub fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = work();
        *self.seconds.lock().unwrap_or_else(PoisonError::into_inner).entry(stage).or_default() += start.elapsed().as_secs_f64();
        value
    }

    /// Seconds spent in each stage so far.
    pub fn seconds(&self) -> BTreeMap<Stage, f64> {
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every note so far.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on unless the job was asked to stop.
    ///
    /// # Errors
    /// It was; unwinding by `?` then drops every draft, so nothing partial stays.
    pub fn check(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Fault::new("interrupted", "nothing was written; run the same command to start again"));
        }
        Ok(())
    }
}
