//! `relight eval SET`: tables on stdout.

use crate::{
    args::{self, Global},
    job,
};
use relight_eval::{
    Analytic, EDITS, ForwardNetwork, INSERTIONS, InverseNetwork, LIGHTS, Methods, Options, SELECTIONS, Set, Table, Trivial, evaluate, metric::Lpips,
    robust, sizes, time,
};
use relight_file::Result;
use relight_render::{Event, Stage, Watch};

pub fn eval(options: &args::Eval, global: &Global, watch: &Watch) -> Result<()> {
    let Some(set) = &options.set else { return worlds(options, global, watch) };
    let set = Set::open(set)?;
    if options.time || options.sizes || options.robust {
        return conditions(&set, options, global, watch);
    }
    let networks = job::networks(&options.net)?;
    let work = job::work(&options.net)?;
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

/// `relight eval SET --time --sizes --robust`: a table each.
fn conditions(set: &Set, options: &args::Eval, global: &Global, watch: &Watch) -> Result<()> {
    let networks = job::networks(&options.net)?;
    let work = job::work(&options.net)?;
    let mut inverse = InverseNetwork::new(&networks.inverse, work)?;
    let wanted = [options.time, options.sizes, options.robust];
    let (clips, mut before) = (set.clips.len(), 0);
    let total = clips * wanted.iter().filter(|w| **w).count();
    watch.progress(Stage::Eval, 0, Some(total));
    let mut tables = Vec::new();
    for k in (0..wanted.len()).filter(|k| wanted[*k]) {
        let told = |done: usize| {
            watch.progress(Stage::Eval, before + done, Some(total));
            watch.check()
        };
        tables.push(match k {
            0 => time(set, &mut inverse, work.windows, told)?,
            1 => sizes(set, &mut inverse, told)?,
            _ => robust(set, &mut inverse, &mut ForwardNetwork::new(&networks.forward, work)?, told)?,
        });
        before += clips;
    }
    tell(&tables, global, watch);
    Ok(())
}

/// `relight eval --edits --light --insert --select`: worlds of its own.
fn worlds(options: &args::Eval, global: &Global, watch: &Watch) -> Result<()> {
    let networks = job::networks(&options.net)?;
    let work = job::work(&options.net)?;
    let counts = [(options.edits, EDITS), (options.light, LIGHTS), (options.insert, INSERTIONS), (options.select, SELECTIONS)];
    let total: usize = counts.iter().filter(|(wanted, _)| *wanted).map(|(_, count)| count).sum();
    watch.progress(Stage::Eval, 0, Some(total));
    let mut before = 0;
    let mut tables = Vec::new();
    for (k, (_, count)) in counts.into_iter().enumerate().filter(|(_, (wanted, _))| *wanted) {
        let told = |done: usize| {
            watch.progress(Stage::Eval, before + done, Some(total));
            watch.check()
        };
        tables.push(match k {
            0 => relight_eval::edits(count, &networks, work, told)?,
            1 => relight_eval::lights(count, &networks, work, told)?,
            2 => relight_eval::insertions(count, &networks, work, told)?,
            _ => relight_eval::selections(count, &networks, work, told)?,
        });
        before += count;
    }
    tell(&tables, global, watch);
    Ok(())
}

fn tell(tables: &[Table], global: &Global, watch: &Watch) {
    if global.json {
        let tables: serde_json::Map<String, serde_json::Value> = tables.iter().map(|t| (t.name.into(), t.json())).collect();
        watch.tell(Event::Scores { tables: tables.into() });
    } else {
        tables.iter().for_each(|t| println!("{}", t.text()));
    }
}
