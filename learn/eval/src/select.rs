//! Clicks on things, grounds and walls against what they cover.

use crate::{Row, Table, light::as_camera, network::told, score::mean};
use relight_edit::{Edit, Editor, Select};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_render::{Networks, Work};
use relight_synth::Shown;

/// Seed of the worlds, away from those of training and validation.
const SEED: u64 = 4_000_000;
/// Pixels a side of the pictures, and paths a pixel.
const SIZE: usize = 192;
const SAMPLES: u32 = 32;
/// Worlds, and clicks on everything that each shows.
pub const SELECTIONS: usize = 24;
const CLICKS: usize = 3;
/// People click a few pixels inside of what they mean.
const INSIDE: usize = 3;
/// What covers less of the frame is not clicked on.
const LEAST: f32 = 0.01;
/// A click is right when this share of what it or the truth takes is taken by both.
const RIGHT: f64 = 0.75;

const COLUMNS: [&str; 4] = ["overlap", "right", "missed", "besides"];

/// Scores clicks on what `count` procedural worlds show, by group: `things`, and the `stage` (ground, walls) that they stand on and before.
///
/// Rows: `select` in the true buffers, `select_net` in those of the inverse network (which sees the 8-bit picture). Columns, means over the clicks on one
/// thing or one wall: pixels that are taken and its own over pixels that are either; the share of clicks where that is .75 or more; how much of it is missed, and
/// how much is taken besides it, both over its own pixels. `progress` is told the worlds done and may stop.
///
/// # Errors
/// The network cannot be built, or `progress` gives a fault.
pub fn selections(count: usize, networks: &Networks, work: Work, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let mut table = Table { name: "select", columns: COLUMNS.map(String::from).to_vec(), rows: Vec::new() };
    for clip in 0..count {
        let mut shown = Shown::new(SEED, clip as u64, SIZE, SAMPLES)?;
        let (rgb, buffers) = shown.render()?;
        let rgb = as_camera(&rgb);
        let told = told(networks, work, shown.take.camera.fov_x, SIZE, rgb.clone(), buffers.alpha.clone())?;
        let methods = [("select", GBuffer { rgb: Some(rgb), ..buffers }), ("select_net", told)];
        for (group, masks) in [("things", &shown.things), ("stage", &shown.stage)] {
            for (number, mask) in masks.iter().enumerate().filter(|(_, m)| m.iter().sum::<f32>() >= LEAST * m.len() as f32) {
                let own: Vec<bool> = mask.iter().map(|m| *m > 0.5).collect();
                for (method, buffers) in &methods {
                    let scores = clicks(&own).into_iter().map(|select| Ok(score(&taken(buffers, select)?, &own)));
                    let scores: Vec<[f64; 4]> = scores.collect::<Result<_>>()?;
                    let values = (0..COLUMNS.len()).map(|k| mean(scores.iter().map(|s| s[k]))).collect();
                    table.rows.push(Row { method: (*method).into(), clip: format!("world_{clip:02}_{number}"), group: group.into(), values });
                }
            }
        }
        progress(clip + 1)?;
    }
    Ok(table)
}

/// Pixels well inside of a thing, in even steps from its first row to its last.
fn clicks(thing: &[bool]) -> Vec<Select> {
    let within = |x: usize, y: usize| {
        let near = |v: usize| v.saturating_sub(INSIDE)..=(v + INSIDE).min(SIZE - 1);
        near(y).all(|y| near(x).all(|x| thing[y * SIZE + x]))
    };
    let inside: Vec<usize> = (0..thing.len()).filter(|i| within(i % SIZE, i / SIZE)).collect();
    let place = |k: usize| inside.get((2 * k + 1) * inside.len() / (2 * CLICKS)).map(|i| Select { x: i % SIZE, y: i / SIZE, frame: 0 });
    (0..CLICKS).filter_map(place).collect()
}

/// What a click takes.
fn taken(buffers: &GBuffer, select: Select) -> Result<Vec<bool>> {
    let edit = Edit { select: Some(select), ..Edit::default() };
    let mut editor = Editor::new(vec![edit], 1, (SIZE, SIZE), |_| Ok(buffers.clone()), || Ok(()))?;
    Ok(editor.apply(&mut buffers.clone())?.iter().map(|m| *m > 0.5).collect())
}

/// The columns of one click.
fn score(taken: &[bool], thing: &[bool]) -> [f64; 4] {
    let count = |wanted: &dyn Fn(bool, bool) -> bool| taken.iter().zip(thing).filter(|(a, b)| wanted(**a, **b)).count() as f64;
    let own = count(&|_, thing| thing).max(1.0);
    let overlap = count(&|taken, thing| taken && thing) / count(&|taken, thing| taken || thing).max(1.0);
    let [missed, besides] = [count(&|taken, thing| thing && !taken), count(&|taken, thing| taken && !thing)].map(|n| n / own);
    [overlap, f64::from(u8::from(overlap >= RIGHT)), missed, besides]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of `side` pixels in the upper left corner, `from` pixels away from it.
    fn square(from: usize, side: usize) -> Vec<bool> {
        let on = |v: usize| (from..from + side).contains(&v);
        (0..SIZE * SIZE).map(|i| on(i % SIZE) && on(i / SIZE)).collect()
    }

    #[test]
    fn clicks_are_well_inside_and_thin_things_get_none() {
        let places = clicks(&square(20, 40));
        assert_eq!(places.len(), CLICKS);
        assert!(places.iter().all(|s| (23..57).contains(&s.x) && (23..57).contains(&s.y)), "{places:?}");
        assert!(places[0].y < 30 && places[CLICKS - 1].y > 50, "{places:?}");
        assert!(clicks(&square(20, 6)).is_empty());
    }

    #[test]
    fn what_is_missed_and_what_is_taken_besides_are_told_apart() {
        let thing = square(20, 40);
        assert_eq!(score(&thing, &thing), [1.0, 1.0, 0.0, 0.0]);
        assert_eq!(score(&square(20, 20), &thing), [0.25, 0.0, 0.75, 0.0]);
        assert_eq!(score(&square(20, 80), &thing), [0.25, 0.0, 0.0, 3.0]);
        assert_eq!(score(&square(100, 40), &thing), [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn a_click_on_a_plain_thing_is_right() {
        let mut buffers = GBuffer::empty(SIZE, SIZE);
        let thing = square(60, 50);
        buffers.alpha.fill(1.0);
        for (i, own) in thing.iter().enumerate() {
            let (albedo, depth) = if *own { (0.6, 2.0) } else { (0.2, 3.0) };
            buffers.albedo[3 * i..3 * i + 3].fill(albedo);
            buffers.depth[i] = depth;
            buffers.normal[3 * i + 2] = 1.0;
        }
        for select in clicks(&thing) {
            let [overlap, right, ..] = score(&taken(&buffers, select).unwrap(), &thing);
            assert!(overlap > 0.95 && right == 1.0, "{select:?}: {overlap}");
        }
    }
}
