//! Frames and buffers to light.

use crate::{
    dominant::dominant,
    gram::Gram,
    grid, pick,
    report::{Dominant, Report},
    rows::{self, Row},
    shrink::shrink,
    solve::non_negative,
    sun::{SIZE, Solved, Source},
    verify,
    view::View,
};
use glam::Vec3;
use relight_file::{Fault, Result};
use relight_gbuffer::DepthUnit;
use relight_light::Environment;
use relight_shade::Probe;

/// Size of the map that comes out: a source of 4.6° is three texels wide.
const OUT: (usize, usize) = (256, 128);
/// Rounds of trusting rows less that do not agree.
const ROUNDS: usize = 3;
/// Fewest pixels from which a light can be told.
const FEWEST: usize = 48;
/// What a difference of neighbouring texels by the mean radiance costs, in squared relative errors of one pixel in a thousand.
const SMOOTH: f32 = 1e-3;
/// What a texel's difference from the mean by the mean costs: it only decides where nothing looks.
const CALM: f32 = 1e-4;
/// The same where buffers were estimated: their errors fill a map with false lights, mostly low ones. Over 12 worlds (not those of `relight eval`)
/// the dominant light of one estimated frame is off by 71° with [`CALM`], 46° with .01 and 41° with this; always guessing straight up, by 45°.
const CALM_ESTIMATED: f32 = 0.1;
/// Where buffers were estimated, the map that it should not differ from is brighter above: by this part of the mean at the zenith, and darker by as
/// much at the nadir. Skies, lamps and windows are above, floors below.
const ABOVE: f32 = 0.9;
/// What the source's strength by the mean radiance costs where depth was estimated, in squared relative errors of one pixel in a thousand: a light
/// that only grazes what is seen has to be strong to matter, and then flares up wherever an estimated normal is wrong.
const TIMID: f32 = 1e-3;
/// Width of Cauchy's weight over the robust standard deviation: 95 % as efficient as least squares for Gaussian errors.
const CAUCHY: f32 = 2.385;
/// Part of the mean luminance that is added to a pixel's own where errors are taken relative to it.
const FLOOR: f32 = 0.25;
/// Rec.709.
pub(crate) const LUMINANCE: Vec3 = Vec3::new(0.2126, 0.7152, 0.0722);

/// The light of the input.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The map in the world of the cameras, without rotation; its numbers times 1 are the light of the frames.
    pub map: Environment,
    /// How well it is known.
    pub report: Report,
}

/// Fits an environment map to frames, given their buffers and cameras; takes about three seconds on two cores, whatever the size of the frames.
///
/// A few frames spread over the clip are as good as all of them: eight or so. Poses have to be of one world.
///
/// # Errors
/// No view, or one without its picture or whose passes differ in size; hardly any pixel that shows a surface; frames that are black.
pub fn fit(views: &[View]) -> Result<Fitted> {
    let views = checked(views)?;
    let probes: Vec<Probe> = views.iter().map(|v| Probe::new(&v.buffers, &v.camera)).collect();
    let rows: Vec<Row> =
        (0..views.len()).flat_map(|f| rows::rows(&views[f], &probes[f], f, &pick::pick(&views[f], &probes[f], views.len()))).collect();
    if rows.len() < FEWEST {
        let cause = format!("only {} pixels show a surface whose light can be told", rows.len());
        return Err(Fault::new(cause, "give larger frames, or buffers with depth, normals and alpha of something"));
    }
    let brightness = rows.iter().map(|r| r.shown.dot(LUMINANCE)).sum::<f32>() / rows.len() as f32;
    if brightness.is_nan() || brightness <= 1e-6 {
        return Err(Fault::new("the frames are black", "give frames that show something"));
    }
    let scales: Vec<f32> = rows.iter().map(|r| 1.0 / (r.shown.dot(LUMINANCE) + FLOOR * brightness).powi(2)).collect();
    let estimated = views.iter().any(|v| v.depth == DepthUnit::Relative);
    let problem = Problem { views: &views, probes: &probes, rows: &rows, scales: &scales, estimated };
    let (source, weights) = problem.trusted();
    let channels: Vec<(Vec<f32>, f32)> = (0..3).map(|c| problem.channel(c, source, &weights)).collect();

    let mut map = assemble(&channels, source);
    let pictures = verify::render(&views, map.clone(), 0.0);
    let factors = verify::factors(&views, &pictures);
    map.rgb.chunks_exact_mut(3).for_each(|t| t.copy_from_slice(&(Vec3::from_slice(t) * factors).to_array()));
    let flat = verify::render(&views, Environment::constant(grid::COLUMNS, grid::ROWS, [1.0; 3]), 0.0);
    let (mut trusted, mut squares, mut counted) = (0usize, 0.0f64, 0.0f64);
    for (error, (w, scale)) in problem.errors(&channels, source).iter().zip(weights.iter().zip(&scales)) {
        trusted += usize::from(*w > 0.5 * scale);
        squares += f64::from(error * error * w);
        counted += f64::from(w / scale);
    }
    let report = Report {
        frames: views.len(),
        pixels: rows.len(),
        trusted: trusted as f32 / rows.len() as f32,
        residual: (squares / counted.max(1e-9)).sqrt() as f32,
        psnr: verify::psnr(&views, &pictures, factors),
        psnr_flat: verify::psnr(&views, &flat, verify::factors(&views, &flat)),
        dominant: described(&map, source),
    };
    Ok(Fitted { map, report })
}

pub(crate) fn checked(views: &[View]) -> Result<Vec<View>> {
    if views.is_empty() {
        return Err(Fault::new("there are no frames to fit a light to", "give a video, or buffers that hold their picture"));
    }
    for (i, view) in views.iter().enumerate() {
        let b = &view.buffers;
        let n = b.width * b.height;
        let sizes = [b.alpha.len(), b.depth.len(), b.roughness.len(), b.metallic.len(), b.albedo.len() / 3, b.normal.len() / 3];
        let Some(rgb) = &b.rgb else {
            let cause = format!("the buffers of frame {i} hold no picture, and light is told from pictures");
            return Err(Fault::new(cause, "give the video itself, or EXR buffers with R, G and B"));
        };
        if sizes.iter().any(|s| *s != n) || rgb.len() != 3 * n {
            return Err(Fault::new(format!("the passes of frame {i} differ in size"), "give passes and picture of one size"));
        }
        if rgb.iter().any(|v| !v.is_finite()) || !view.camera.to_world.is_finite() {
            return Err(Fault::new(format!("frame {i} holds numbers that are not finite"), "export it again"));
        }
    }
    Ok(views.iter().map(|v| View { buffers: shrink(&v.buffers), ..v.clone() }).collect())
}

struct Problem<'a> {
    views: &'a [View],
    probes: &'a [Probe<'a>],
    rows: &'a [Row],
    /// One over the squared brightness that a row's error is relative to.
    scales: &'a [f32],
    /// Some buffers are estimates.
    estimated: bool,
}

impl Problem<'_> {
    /// What a strong source costs.
    fn timid(&self) -> f32 {
        if self.estimated { TIMID } else { 0.0 }
    }

    /// Rows of a channel, one after the other, and their targets.
    fn matrix(&self, row: impl Fn(&Row, &mut [f32]), target: impl Fn(&Row) -> f32) -> (Vec<f32>, Vec<f32>) {
        let mut matrix = vec![0.0f32; self.rows.len() * grid::TEXELS];
        for (out, r) in matrix.chunks_exact_mut(grid::TEXELS).zip(self.rows) {
            row(r, out);
        }
        (matrix, self.rows.iter().map(target).collect())
    }

    /// The normal equations: the data alone, and with the wish for a smooth map; and what the wish is measured by: rows over squared mean radiance.
    fn systems(&self, matrix: &[f32], targets: &[f32], weights: &[f32]) -> (Gram, Gram, f32) {
        let data = Gram::new(grid::TEXELS, matrix, targets, weights);
        // The radiance of a map of one colour.
        let (mut both, mut own) = (0.0f32, 0.0f32);
        for ((row, y), w) in matrix.chunks_exact(grid::TEXELS).zip(targets).zip(weights) {
            let a: f32 = row.iter().sum();
            both += w * a * y;
            own += w * a * a;
        }
        let mean = (both / own.max(1e-20)).max(1e-6);
        let unit = self.rows.len() as f32 / (mean * mean);
        let mut system = Gram { size: data.size, gram: data.gram.clone(), rhs: data.rhs.clone(), square: data.square };
        for (i, j, weight) in grid::neighbours() {
            system.agree(i, j, SMOOTH * unit * weight);
        }
        let (calm, above) = if self.estimated { (CALM_ESTIMATED, ABOVE) } else { (CALM, 0.0) };
        for (i, area) in grid::solid_angles().iter().enumerate() {
            system.near(i, mean * (1.0 + above * grid::centre(i).y), calm * unit * area);
        }
        (data, system, unit)
    }

    /// The dominant source and the weight of every row (robust weight times scale), by luminance.
    fn trusted(&self) -> (Source, Vec<f32>) {
        let factors: Vec<[f32; 2]> = self.rows.iter().map(|r| r.factors.map(|f| f.dot(LUMINANCE))).collect();
        let grey = |r: &Row, out: &mut [f32]| {
            let (kd, ks) = (r.factors[0].dot(LUMINANCE), r.factors[1].dot(LUMINANCE));
            out.iter_mut().zip(&r.diffuse).zip(&r.specular).for_each(|((o, d), s)| *o = kd * d + ks * s);
        };
        let (matrix, targets) = self.matrix(grey, |r| r.light.dot(LUMINANCE));
        let mut weights = self.scales.to_vec();
        let mut source = Source { direction: Vec3::Y, believed: false, confidence: 0.0 };
        for _ in 0..ROUNDS {
            let (data, system, unit) = self.systems(&matrix, &targets, &weights);
            let x = non_negative(&system, vec![0.0; grid::TEXELS]);
            let mut errors: Vec<f32> = matrix.chunks_exact(grid::TEXELS).zip(&targets).map(|(row, y)| y - dot(row, &x)).collect();
            let solved = Solved {
                rows: self.rows,
                views: self.views,
                probes: self.probes,
                matrix: &matrix,
                factors: &factors,
                weights: &weights,
                system: &system,
                data: &data,
                x: &x,
                errors: &errors,
            };
            source = solved.source();
            if source.believed {
                let column = solved.column(source.direction);
                let x = with_source(&system, &matrix, &targets, &weights, &column, self.timid() * unit);
                errors = matrix
                    .chunks_exact(grid::TEXELS)
                    .zip(&column)
                    .zip(&targets)
                    .map(|((row, s), y)| y - dot(row, &x) - s * x[grid::TEXELS])
                    .collect();
            }
            weights = self.robust(&errors);
        }
        (source, weights)
    }

    /// Cauchy's weights of relative errors; a clipped pixel may be brighter than it shows.
    fn robust(&self, errors: &[f32]) -> Vec<f32> {
        let mut sizes: Vec<f32> = errors.iter().zip(self.scales).map(|(e, s)| e.abs() * s.sqrt()).collect();
        let middle = sizes.len() / 2;
        let width = CAUCHY * 1.4826 * (*sizes.select_nth_unstable_by(middle, f32::total_cmp).1).max(1e-3);
        let one = |((e, s), row): ((&f32, &f32), &Row)| {
            if row.clipped && *e < 0.0 {
                return 0.0;
            }
            let size = e * s.sqrt() / width;
            s / (1.0 + size * size)
        };
        errors.iter().zip(self.scales).zip(self.rows).map(one).collect()
    }

    /// The smooth map's texels and the source's strength (irradiance over π at normal incidence) of a channel.
    fn channel(&self, c: usize, source: Source, weights: &[f32]) -> (Vec<f32>, f32) {
        let (matrix, targets) = self.matrix(|r, out| r.channel(c, out), |r| r.light[c]);
        let (_, system, unit) = self.systems(&matrix, &targets, weights);
        if !source.believed {
            return (non_negative(&system, vec![0.0; grid::TEXELS]), 0.0);
        }
        let column = self.column(c, source.direction);
        let mut x = with_source(&system, &matrix, &targets, weights, &column, self.timid() * unit);
        let strength = x.pop().unwrap_or_default();
        (x, strength)
    }

    fn column(&self, c: usize, d: Vec3) -> Vec<f32> {
        let parts = rows::source(self.rows, self.views, self.probes, d, SIZE);
        parts.iter().zip(self.rows).map(|(p, r)| p[0] * r.factors[0][c] + p[1] * r.factors[1][c]).collect()
    }

    /// Errors in luminance of the solved channels.
    fn errors(&self, channels: &[(Vec<f32>, f32)], source: Source) -> Vec<f32> {
        let parts =
            if source.believed { rows::source(self.rows, self.views, self.probes, source.direction, SIZE) } else { vec![[0.0; 2]; self.rows.len()] };
        let mut row = vec![0.0f32; grid::TEXELS];
        let mut errors = Vec::with_capacity(self.rows.len());
        for (r, p) in self.rows.iter().zip(&parts) {
            let mut error = 0.0;
            for (c, (x, strength)) in channels.iter().enumerate() {
                r.channel(c, &mut row);
                let made = dot(&row, x) + strength * (p[0] * r.factors[0][c] + p[1] * r.factors[1][c]);
                error += LUMINANCE[c] * (r.light[c] - made);
            }
            errors.push(error);
        }
        errors
    }
}

/// Solves with one more unknown, whose square costs `price`.
fn with_source(system: &Gram, matrix: &[f32], targets: &[f32], weights: &[f32], column: &[f32], price: f32) -> Vec<f32> {
    let (mut products, mut own, mut rhs) = (vec![0.0f32; grid::TEXELS], price, 0.0);
    for ((row, s), (y, w)) in matrix.chunks_exact(grid::TEXELS).zip(column).zip(targets.iter().zip(weights)) {
        products.iter_mut().zip(row).for_each(|(p, a)| *p += w * s * a);
        own += w * s * s;
        rhs += w * s * y;
    }
    non_negative(&system.grown(&products, own, rhs), vec![0.0; grid::TEXELS + 1])
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The map at its final size: smooth part by bilinear interpolation, as the rows read it, and the source as a disc.
fn assemble(channels: &[(Vec<f32>, f32)], source: Source) -> Environment {
    let rgb = (0..grid::TEXELS).flat_map(|i| [0, 1, 2].map(|c| channels[c].0[i])).collect();
    let smooth = Environment { width: grid::COLUMNS, height: grid::ROWS, rgb };
    let mut map = Environment::constant(OUT.0, OUT.1, [0.0; 3]);
    let strength = Vec3::new(channels[0].1, channels[1].1, channels[2].1);
    let mut disc = vec![0.0f32; OUT.0 * OUT.1];
    let mut whole = 0.0;
    for (i, (texel, inside)) in map.rgb.chunks_exact_mut(3).zip(&mut disc).enumerate() {
        let (u, v) = (((i % OUT.0) as f32 + 0.5) / OUT.0 as f32, ((i / OUT.0) as f32 + 0.5) / OUT.1 as f32);
        let d = Environment::direction(u, v);
        texel.copy_from_slice(&smooth.radiance(d).to_array());
        // Soft by a texel at its rim.
        *inside = ((0.5 * SIZE - d.angle_between(source.direction)) / (std::f32::consts::PI / OUT.1 as f32) + 0.5).clamp(0.0, 1.0);
        whole += *inside * smooth_area(i / OUT.0);
    }
    if source.believed && whole > 0.0 {
        for (texel, inside) in map.rgb.chunks_exact_mut(3).zip(&disc) {
            let sum = Vec3::from_slice(texel) + strength * (inside * std::f32::consts::PI / whole);
            texel.copy_from_slice(&sum.to_array());
        }
    }
    map
}

/// Solid angle of the final map's texels in row `y`.
fn smooth_area(y: usize) -> f32 {
    Environment { width: OUT.0, height: OUT.1, rgb: Vec::new() }.solid_angle(y)
}

fn described(map: &Environment, source: Source) -> Dominant {
    let (peak, share) = dominant(map);
    let direction = if source.believed { source.direction } else { peak };
    let (u, v) = Environment::fractions(direction);
    Dominant {
        direction: direction.to_array(),
        azimuth_deg: (u - 0.5) * 360.0,
        elevation_deg: 90.0 - v * 180.0,
        share,
        sharpened: source.believed,
        confidence: source.confidence,
    }
}
