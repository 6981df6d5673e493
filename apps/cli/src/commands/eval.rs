//! `relight eval SET`: tables on stdout.

use crate::{
    args::{self, Global},
    job,
};
use relight_eval::{Analytic, EDITS, ForwardNetwork, InverseNetwork, Methods, Options, Set, Trivial, evaluate, metric::Lpips};
use relight_file::Result;
use relight_render::{Event, Stage, Watch};
use serde_json::json;

pub fn eval(options: &args::Eval, global: &Global, watch: &Watch) -> Result<()> {
    let Some(set) = &options.set else { return edits(options, global, watch) };
    let set = Set::open(set)?;
    let networks = job::networks(options.net.weights.as_deref())?;
    let work = job::work(&options.net);
    let mut methods = Methods {
        inverse: vec![Box::new(Trivial), Box::new(InverseNetwork::new(&networks.inverse, work)?)],
        forward: vec![Box::new(Analytic::default()), Box::new(ForwardNetwork::new(&networks.forward, work)?)],
    };
    let total = set.clips.len();
    watch.progress(Stage::Eval, 0, Some(total));
    let keep = Options { write: options.write.clone(), overwrite: options.yes, lpips: options.lpips.as_deref().map(Lpips::open).transpose()? };
    let report = evaluate(&set, &mut methods, &keep, |done| {
        watch.progress(Stage::Eval, done, Some(total));
        watch.check()
    })?;
    if let Some(folder) = &options.write {
        watch.tell(Event::Wrote { path: folder.clone(), what: format!("predictions for {total} clips") });
    }
    if global.json {
        watch.tell(Event::Scores { tables: report.json() });
    } else {
        println!("{report}");
    }
    Ok(())
}

/// `relight eval --edits`
fn edits(options: &args::Eval, global: &Global, watch: &Watch) -> Result<()> {
    let networks = job::networks(options.net.weights.as_deref())?;
    watch.progress(Stage::Eval, 0, Some(EDITS));
    let table = relight_eval::edits(EDITS, &networks, job::work(&options.net), |done| {
        watch.progress(Stage::Eval, done, Some(EDITS));
        watch.check()
    })?;
    if global.json {
        watch.tell(Event::Scores { tables: json!({ "edits": table.json() }) });
    } else {
        println!("{}", table.text());
    }
    Ok(())
}
