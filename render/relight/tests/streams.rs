//! Streams through fake networks whose answers are known.

use relight_diffusion::Key;
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, DepthUnit, GBuffer};
use relight_light::Environment;
use relight_nets::Conditions;
use relight_render::{Change, Exposure, Forward, Inverse, Network, Relight, Renderer, Retouch, Setup, Shot, Watch, Windows, Work};
use relight_video::Frame;
use std::sync::{Arc, Mutex};

/// What a fake was asked: frames, height, width, and whether there was light.
type Asked = Arc<Mutex<Vec<(usize, usize, usize, bool)>>>;

struct Fake<F> {
    asked: Asked,
    outputs: usize,
    unsettled: bool,
    answer: F,
}

impl<F: FnMut(&[f32], &Key, &mut [f32]) + Send> Network for Fake<F> {
    fn estimate(&mut self, conditions: Conditions, _: usize, key: Key, _: &Watch) -> Result<Vec<f32>> {
        let Conditions { frames, height, width, pixels, light } = conditions;
        self.asked.lock().unwrap().push((frames, height, width, !light.is_empty()));
        let count = frames * height * width;
        let mut x0 = vec![0.0; count * self.outputs];
        for (input, output) in pixels.chunks_exact(pixels.len() / count).zip(x0.chunks_exact_mut(self.outputs)) {
            (self.answer)(input, &key, output);
        }
        Ok(x0)
    }

    fn unsettled(&self) -> bool {
        self.unsettled
    }
}

/// Albedo is half the picture's code, normals lean right, each window has a log depth of its own.
fn inverse(size: usize) -> (Inverse, Asked) {
    inverse_like(size, false)
}

/// The same by a network like the embedded one, whose estimates are settled, or not.
fn inverse_like(size: usize, unsettled: bool) -> (Inverse, Asked) {
    let asked = Asked::default();
    let answer = |input: &[f32], key: &Key, x0: &mut [f32]| {
        for k in 0..3 {
            x0[k] = 2.0 * (0.25 * (input[k] + 1.0)) - 1.0;
        }
        x0[3..].copy_from_slice(&[3.0, 0.0, 4.0, 0.7 + key.window as f32, -3.0, 0.5]);
    };
    let work = Work { size: Some(size), windows: Windows { length: 4, overlap: 1, ..Windows::default() }, ..Work::default() };
    (Inverse::new(Box::new(Fake { asked: asked.clone(), outputs: 9, unsettled, answer }), work), asked)
}

fn stripes(width: usize, height: usize, alpha: bool) -> Frame {
    let rgb = (0..width * height).flat_map(|i| [if i % width % 8 < 4 { 0.6 } else { 0.1 }; 3]).collect();
    let alpha = alpha.then(|| (0..width * height).map(|i| if i % width < width / 2 { 1.0 } else { 0.0 }).collect());
    Frame { width, height, rgb, alpha }
}

#[test]
fn buffers_have_the_frames_size_units_and_ranges_at_any_size() {
    for (width, height, size) in [(64, 48, 320), (33, 17, 320), (46, 62, 320), (200, 120, 64), (1, 1, 320)] {
        let (mut inverse, asked) = inverse(size);
        let buffers = inverse.clip(&vec![stripes(width, height, false); 6]).unwrap();
        assert_eq!(buffers.len(), 6);
        for b in &buffers {
            assert_eq!((b.width, b.height, b.albedo.len()), (width, height, 3 * width * height));
            assert!(b.alpha.iter().all(|a| *a == 1.0));
            assert!(b.normal.chunks_exact(3).all(|n| (n[0] - 0.6).abs() < 1e-5 && (n[2] - 0.8).abs() < 1e-5));
            assert!(b.depth.iter().all(|d| (d - 1.0).abs() < 1e-4), "windows are aligned, the median is 1: {:?}", b.depth[0]);
            assert!(b.roughness.iter().all(|r| *r == 0.0) && b.metallic.iter().all(|m| (m - 0.75).abs() < 1e-5));
            assert!(b.albedo.iter().all(|a| (0.0..=1.0).contains(a)));
        }
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 2, "6 frames are two windows of 4 that share one");
        assert!(asked.iter().all(|a| a.0 == 4 && a.1 % 16 == 0 && a.2 % 16 == 0 && !a.3));
    }
}

#[test]
fn albedo_has_the_pictures_texture_at_full_sharpness() {
    let (mut inverse, asked) = inverse(64);
    let buffers = inverse.clip(&[stripes(256, 128, false)]).unwrap();
    assert_eq!(asked.lock().unwrap()[0].1, 64, "half size");
    let row = &buffers[0].albedo[3 * 256 * 60..];
    // The stripes' codes .798 and .349, halved: .399 and .175 are .132 and .026 of light.
    let (bright, dark) = (row[3 * 130], row[3 * 134]);
    assert!((bright - 0.132).abs() < 0.02 && (dark - 0.026).abs() < 0.01, "{bright} {dark}");
}

#[test]
fn what_is_transparent_has_no_buffers() {
    let (mut inverse, _) = inverse(320);
    let b = inverse.clip(&[stripes(32, 16, true)]).unwrap().remove(0);
    assert_eq!((b.alpha[0], b.alpha[31], b.depth[31], b.normal[3 * 31 + 2]), (1.0, 0.0, 0.0, 0.0));
}

fn wall(width: usize, height: usize) -> GBuffer {
    let mut b = GBuffer::empty(width, height);
    b.alpha.fill(1.0);
    b.albedo = (0..width * height).flat_map(|i| [if i % width % 6 < 3 { 0.8 } else { 0.2 }; 3]).collect();
    b.normal = (0..width * height).flat_map(|_| [0.0, 0.0, 1.0]).collect();
    b.depth.fill(2.0);
    b.roughness.fill(0.9);
    b
}

fn map() -> Arc<Environment> {
    Arc::new(Environment::constant(32, 16, [0.5, 0.4, 0.3]))
}

fn shot(buffers: GBuffer) -> Shot {
    Shot { buffers, camera: Camera::at_origin(0.9), yaw: 0.0, depth: DepthUnit::Scene }
}

#[test]
fn a_network_that_changes_nothing_gives_the_preview_and_one_that_dims_dims() {
    let work = Work { windows: Windows { length: 4, overlap: 1, ..Windows::default() }, ..Work::default() };
    for (width, height, size) in [(48, 32, 320), (50, 35, 320), (96, 64, 32)] {
        let work = Work { size: Some(size), ..work };
        let shots = vec![shot(wall(width, height)); 5];
        let preview = Forward::new(None, map(), work).clip(&shots, 1.0).unwrap();
        let fake = |factor: f32| {
            let asked = Asked::default();
            // Conditions 16..19 are the toned ray-traced picture.
            let answer = move |input: &[f32], _: &Key, x0: &mut [f32]| {
                for k in 0..3 {
                    let light = ((input[16 + k] * 16f32.ln()).exp() - 1.0) / 15.0 * factor;
                    x0[k] = 2.0 * (1.0 + 15.0 * light).ln() / 16f32.ln() - 1.0;
                }
            };
            let network = Fake { asked: asked.clone(), outputs: 3, unsettled: false, answer };
            let frames = Forward::new(Some(Renderer::Corrects(Box::new(network))), map(), work).clip(&shots, 1.0).unwrap();
            assert!(asked.lock().unwrap().iter().all(|a| a.1 % 16 == 0 && a.2 % 16 == 0 && a.3));
            frames
        };
        let (same, dim) = (fake(1.0), fake(0.5));
        assert_eq!((same.len(), same[0].width, same[0].height), (5, width, height));
        for ((p, s), d) in preview.iter().zip(&same).zip(&dim) {
            assert!(p.rgb.iter().zip(&s.rgb).all(|(p, s)| (p - s).abs() < 2e-3 * (1.0 + p)), "{width}x{height}");
            assert!(p.rgb.iter().zip(&d.rgb).all(|(p, d)| (0.4 * p..0.6 * p).contains(d)), "{width}x{height}");
        }
        let (bright, dark) = (preview[0].rgb[3 * (width * 8 + 7)], preview[0].rgb[3 * (width * 8 + 10)]);
        assert!(bright / dark > 2.0, "texture stays sharp: {bright} {dark}");
    }
}

#[test]
fn the_network_sees_the_picture_where_the_buffers_hold_it() {
    let seen = |rgb: Option<f32>| {
        let values = Arc::new(Mutex::new(Vec::new()));
        let kept = values.clone();
        let answer = move |input: &[f32], _: &Key, _: &mut [f32]| kept.lock().unwrap().push([input[20], input[21], input[22]]);
        let network = Fake { asked: Asked::default(), outputs: 3, unsettled: false, answer };
        let buffers = GBuffer { rgb: rgb.map(|v| [v, 0.0, 7.0].repeat(48 * 32)), ..wall(48, 32) };
        Forward::new(Some(Renderer::Corrects(Box::new(network))), map(), Work::default()).clip(&[shot(buffers)], 1.0).unwrap();
        let values = values.lock().unwrap().clone();
        assert!(values.len() == 48 * 32 && values.iter().all(|v| v == &values[0]), "{:?}", values[0]);
        values[0]
    };
    assert_eq!(seen(None), [-1.0; 3]);
    // .2140 of light is the sRGB code .5.
    let [half, black, clipped] = seen(Some(0.21404));
    assert!(half.abs() < 1e-4 && black == -1.0 && (clipped - 1.0).abs() < 1e-6, "{half} {black} {clipped}");
}

#[test]
fn exposure_is_chosen_once_and_a_white_wall_is_well_exposed() {
    let setup = Setup { exposure: Exposure::Auto, ..Setup::still(3) };
    let mut forward = Forward::new(None, map(), Work::default());
    let watch = Watch::silent();
    let shots = (0..3).map(|i| setup.shot(i, wall(32, 16)));
    let (exposure, frames) = forward.pictures(shots, &setup, Some(3), &watch);
    let frames: Vec<Frame> = frames.collect::<Result<_>>().unwrap();
    let brightest = frames[0].rgb.iter().copied().fold(0.0, f32::max);
    assert!((0.7..1.01).contains(&brightest) && exposure > 1.0, "{brightest} at {exposure}");
    assert_eq!(frames[0], frames[2]);
}

#[test]
fn what_is_black_because_nothing_is_there_has_no_buffers_and_stays_black() {
    let rgb = |i: usize| [if i % 64 < 24 { 0.0 } else { 0.5 }; 3];
    let frame = Frame { width: 64, height: 32, rgb: (0..64 * 32).flat_map(rgb).collect(), alpha: None };
    let alpha = |unsettled: bool| inverse_like(320, unsettled).0.clip(std::slice::from_ref(&frame)).unwrap().remove(0).alpha;
    let expected: Vec<f32> = (0..64 * 32).map(|i| if i % 64 < 24 { 0.0 } else { 1.0 }).collect();
    // Official networks see and give whole frames.
    assert!(alpha(true) == expected && alpha(false) == [1.0; 64 * 32]);
    let mut relight = Relight { inverse: inverse_like(320, true).0, forward: Forward::new(None, map(), Work::default()) };
    let setup = Setup { exposure: Exposure::Factor(1.0), ..Setup::still(1) };
    let watch = Watch::silent();
    let mut picture = |alpha: Option<Vec<f32>>| {
        let frame = Frame { alpha, ..frame.clone() };
        relight.pictures([Ok(frame)].into_iter(), &setup, Some(1), &watch).1.next().unwrap().unwrap()
    };
    // An opaque frame has an opaque picture.
    let opaque = picture(None);
    assert_eq!(opaque.alpha, None);
    assert!((0..64 * 32).all(|i| (opaque.rgb[3 * i] > 0.01) == (i % 64 >= 24)));
    // One that is cut out, or has alpha that says nothing, has the same picture with its own alpha.
    for alpha in [expected, vec![1.0; 64 * 32]] {
        assert_eq!(picture(Some(alpha.clone())), Frame { alpha: Some(alpha), ..opaque.clone() });
    }
}

#[test]
fn cut_out_frames_are_relit_and_get_their_alpha_back() {
    let mut relight = Relight { inverse: inverse(320).0, forward: Forward::new(None, map(), Work::default()) };
    let setup = Setup { exposure: Exposure::Factor(1.0), ..Setup::still(2) };
    let frames = [stripes(32, 16, true), stripes(32, 16, false)];
    let watch = Watch::silent();
    let (_, pictures) = relight.pictures(frames.iter().cloned().map(Ok), &setup, Some(2), &watch);
    let [cut, whole]: [Frame; 2] = pictures.collect::<Result<Vec<_>>>().unwrap().try_into().unwrap();
    assert_eq!((&cut.alpha, &whole.alpha), (&frames[0].alpha, &None));
    let left = |i: usize| i / 3 % 32 < 16;
    assert!((0..3 * 32 * 16).all(|i| (cut.rgb[i] > 0.0) == left(i)) && whole.rgb.iter().all(|v| *v > 0.0));
}

#[test]
fn what_shows_nothing_is_not_exposed_for() {
    let setup = Setup::still(1);
    let exposure = |nothing: bool, left: f32| {
        let mut shot = setup.shot(0, wall(64, 32)).unwrap();
        for i in (0..64 * 32).filter(|i| i % 64 < 62) {
            shot.buffers.albedo[3 * i..3 * i + 3].fill(left);
            shot.buffers.alpha[i] = if nothing { 0.0 } else { 1.0 };
        }
        Forward::new(None, map(), Work::default()).exposure(&shot, &[0.0])
    };
    let (wall, mostly) = (exposure(true, 0.01), exposure(false, 0.01));
    assert!(mostly > 1.5 * wall, "{mostly} {wall}");
    assert!((wall / exposure(true, 0.6) - 1.0).abs() < 0.02);
}

#[test]
fn a_fault_of_the_input_comes_out_of_the_stream() {
    let watch = Watch::silent();
    let setup = Setup::still(1);
    let mut forward = Forward::new(None, map(), Work::default());
    let shots = std::iter::once(Err(Fault::new("bad", "mend")));
    let (_, frames) = forward.pictures(shots, &setup, None, &watch);
    let frames: Vec<Result<Frame>> = frames.collect();
    assert!(frames.len() == 1 && frames[0].is_err());
}

#[test]
fn a_retouched_clip_is_the_input_where_nothing_changes_and_brighter_where_albedo_is() {
    let work = Work { windows: Windows { length: 4, overlap: 1, ..Windows::default() }, ..Work::default() };
    let (width, height) = (40, 24);
    let pictures: Vec<Frame> = (0..7)
        .map(|k| Frame {
            rgb: stripes(width, height, false).rgb.iter().map(|v| v * (1.0 - 0.05 * k as f32)).collect(),
            ..stripes(width, height, false)
        })
        .collect();
    let dim = |buffers: GBuffer| {
        let mut after = buffers;
        for i in (0..width * height).filter(|i| i % width < 10) {
            after.albedo[3 * i..3 * i + 3].iter_mut().for_each(|a| *a *= 0.5);
        }
        after
    };
    // No rays from one pixel reach another: the wall is flat.
    let change = |k: usize| Change {
        input: pictures[k].clone(),
        before: shot(wall(width, height)),
        after: shot(dim(wall(width, height))),
        replaced: None,
        gloss: None,
    };
    let mut retouch = Retouch { before: Forward::new(None, map(), work), after: Forward::new(None, map(), work) };
    assert!(retouch.exposure(&change(0)) > 0.0);
    let mut out = Vec::new();
    let watch = Watch::silent();
    retouch
        .pictures((0..7).map(|k| Ok(change(k))), 1.0, Some(7), &watch, |frame| {
            out.push(frame);
            Ok(())
        })
        .unwrap();
    assert_eq!(out.len(), 7);
    for (out, input) in out.iter().zip(&pictures) {
        for i in 0..width * height {
            let (o, p) = (out.rgb[3 * i], input.rgb[3 * i]);
            if i % width < 8 {
                assert!((0.45..0.65).contains(&(o / p)), "{}", o / p);
            } else if i % width >= 14 {
                assert_eq!(o.to_bits(), p.to_bits());
            }
        }
    }
    let bad = (0..3).map(|k| if k == 2 { Err(Fault::new("bad", "mend")) } else { Ok(change(k)) });
    assert!(retouch.pictures(bad, 1.0, None, &watch, |_| Ok(())).is_err());
}

#[test]
fn a_network_that_moves_the_whole_frame_moves_only_what_the_change_reaches() {
    // Both answer one tone for every pixel, and not the same: as if an edit of one corner made the whole picture brighter.
    let forward = |tone: f32| {
        let fake = Fake { asked: Asked::default(), outputs: 3, unsettled: false, answer: move |_: &[f32], _: &Key, x0: &mut [f32]| x0.fill(tone) };
        Forward::new(Some(Renderer::Corrects(Box::new(fake))), map(), Work::default())
    };
    let (width, height) = (40, 24);
    let input = stripes(width, height, false);
    let mut dim = wall(width, height);
    for i in (0..width * height).filter(|i| i % width < 10) {
        dim.albedo[3 * i..3 * i + 3].iter_mut().for_each(|a| *a *= 0.5);
    }
    let change = Change { input: input.clone(), before: shot(wall(width, height)), after: shot(dim), replaced: None, gloss: None };
    let mut retouch = Retouch { before: forward(-0.2), after: forward(0.2) };
    let mut out = Vec::new();
    let each = |frame: Frame| {
        out.push(frame);
        Ok(())
    };
    retouch.pictures(std::iter::once(Ok(change.clone())), 1.0, None, &Watch::silent(), each).unwrap();
    // One renderer for both does the same, here brighter from its second answer on.
    let asked = Asked::default();
    let times = asked.clone();
    let answer = move |_: &[f32], _: &Key, x0: &mut [f32]| x0.fill(if times.lock().unwrap().len() == 1 { -0.2 } else { 0.2 });
    let fake = Fake { asked, outputs: 3, unsettled: false, answer };
    let one = Forward::new(Some(Renderer::Corrects(Box::new(fake))), map(), Work::default()).retouched(vec![change], 1.0).unwrap();
    assert_eq!(one, out);
    for i in 0..width * height {
        let (o, p) = (out[0].rgb[3 * i], input.rgb[3 * i]);
        if i % width < 10 {
            assert!(o > 1.1 * p, "{o} {p}");
        } else if i % width >= 14 {
            assert_eq!(o.to_bits(), p.to_bits());
        }
    }
}

#[test]
fn an_edit_keeps_texture_that_the_working_size_cannot_hold() {
    // Stripes of one pixel, four times as fine as what the renderers see.
    let (width, height) = (192, 96);
    let rgb = (0..width * height).flat_map(|i| [if i % 2 == 0 { 0.5 } else { 0.3 }; 3]).collect();
    let input = Frame { width, height, rgb, alpha: None };
    let mut even = wall(width, height);
    even.albedo.fill(0.6);
    let mut dim = even.clone();
    for i in (0..width * height).filter(|i| i % width < 80) {
        dim.albedo[3 * i..3 * i + 3].iter_mut().for_each(|a| *a *= 0.5);
    }
    let change = Change { input: input.clone(), before: shot(even), after: shot(dim), replaced: None, gloss: None };
    let work = Work { size: Some(24), ..Work::default() };
    let mut retouch = Retouch { before: Forward::new(None, map(), work), after: Forward::new(None, map(), work) };
    let mut out = Vec::new();
    let each = |frame: Frame| {
        out.push(frame);
        Ok(())
    };
    retouch.pictures(std::iter::once(Ok(change)), 1.0, None, &Watch::silent(), each).unwrap();
    let row = &out[0].rgb[3 * width * 40..];
    for x in (20..60).step_by(2) {
        let contrast = row[3 * x] / row[3 * x + 3];
        assert!((contrast / (0.5 / 0.3) - 1.0).abs() < 0.03 && row[3 * x] < 0.35, "{x}: {contrast} {}", row[3 * x]);
    }
    assert_eq!(row[3 * 120..3 * width], input.rgb[3 * (width * 40 + 120)..3 * width * 41], "far from the edit");
}
