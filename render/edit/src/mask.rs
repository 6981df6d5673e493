//! Where an edit holds, frame after frame.

use crate::{Edit, Plane, follow::Followed, mean};
use relight_file::{Fault, Result};
use relight_gbuffer::GBuffer;
use relight_video::{Frame, OpenOptions, Source, open, transfer::encode};
use std::path::{Path, PathBuf};

/// The masks of an edit, in the order of the frames.
pub(crate) struct Mask {
    place: Place,
    invert: bool,
    feather: f32,
    next: usize,
}

enum Place {
    /// Everything in front.
    Front,
    /// One picture for all frames.
    Still(Vec<f32>),
    /// A picture for each.
    Frames { path: PathBuf, source: Box<dyn Source>, waiting: Vec<Frame> },
    /// A click, grown and followed.
    Followed(Followed),
}

impl Mask {
    /// Opens the mask of an edit in a clip of `count` frames of `size`; `read` gives the frames in any order, `step` hears of every
    /// frame that a click was followed to.
    ///
    /// # Errors
    /// The mask cannot be read or has another size; the click is on nothing.
    pub fn new(
        edit: &Edit,
        count: usize,
        size: (usize, usize),
        read: &mut dyn FnMut(usize) -> Result<GBuffer>,
        step: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        let place = match (&edit.mask, edit.select) {
            (Some(path), _) if path == Path::new("alpha") => Place::Front,
            (Some(path), _) => pictures(path, size)?,
            (None, Some(select)) => Place::Followed(Followed::new(select, edit.tolerance.unwrap_or(1.0), count, read, step)?),
            (None, None) => Place::Front,
        };
        Ok(Self { place, invert: edit.invert, feather: edit.feather, next: 0 })
    }

    /// The next frame's mask, one weight a pixel, 0 where nothing is.
    ///
    /// # Errors
    /// The mask's frames end before the clip's, or cannot be read.
    pub fn next(&mut self, buffers: &GBuffer) -> Result<Vec<f32>> {
        let index = self.next;
        self.next += 1;
        let mut mask = match &mut self.place {
            Place::Front => vec![1.0; buffers.alpha.len()],
            Place::Still(mask) => mask.clone(),
            Place::Frames { path, source, waiting } => {
                let frame = if waiting.is_empty() { source.next()? } else { Some(waiting.remove(0)) };
                let Some(frame) = frame else {
                    let cause = format!("the mask {} has {index} frames, but the clip goes on", path.display());
                    return Err(Fault::new(cause, "give one mask for all frames, or one for each"));
                };
                weights(&frame)
            }
            Place::Followed(followed) => followed.at(index, buffers),
        };
        if self.invert {
            mask.iter_mut().for_each(|m| *m = 1.0 - *m);
        }
        if self.feather > 0.0 {
            mask = feathered(mask, buffers.width, buffers.height, self.feather);
        }
        mask.iter_mut().zip(&buffers.alpha).filter(|(_, a)| **a == 0.0).for_each(|(m, _)| *m = 0.0);
        Ok(mask)
    }
}

fn pictures(path: &Path, size: (usize, usize)) -> Result<Place> {
    let mut source = open(path, &OpenOptions::default())?;
    let about = source.about();
    if (about.width, about.height) != size {
        let cause = format!("the mask {} is {}x{}, the frames are {}x{}", path.display(), about.width, about.height, size.0, size.1);
        return Err(Fault::new(cause, format!("scale the mask to {}x{}", size.0, size.1)));
    }
    let first = source.next()?.ok_or_else(|| Fault::new(format!("the mask {} holds no picture", path.display()), "give one with white on black"))?;
    Ok(match source.next()? {
        None => Place::Still(weights(&first)),
        Some(second) => Place::Frames { path: path.to_owned(), source, waiting: vec![first, second] },
    })
}

/// Weights from a picture: its alpha where it has one that is not full, else its luminance as 8-bit codes (a mask's grey is no light).
fn weights(frame: &Frame) -> Vec<f32> {
    if let Some(alpha) = frame.alpha.as_ref().filter(|a| a.iter().any(|a| *a < 1.0)) {
        return alpha.iter().map(|a| a.clamp(0.0, 1.0)).collect();
    }
    let mut codes = frame.rgb.clone();
    encode(&mut codes);
    let grey = codes.chunks_exact(3).map(|c| 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);
    // Black is 0 and white is 1, whatever the rounding.
    let end = 0.5 / 255.0;
    grey.map(|w| if w < end { 0.0 } else { w }).map(|w| if w > 1.0 - end { 1.0 } else { w }).collect()
}

/// A mask whose border is a slope of `2·pixels`: two running means, a triangle filter.
fn feathered(mask: Vec<f32>, width: usize, height: usize, pixels: f32) -> Vec<f32> {
    let radius = (0.5 * pixels).round().max(1.0) as usize;
    let plane = Plane::new(width, height, 1, mask);
    let mut soft = mean(&mean(&plane, radius), radius).data;
    // Running sums leave 1e-9 where there is nothing; there nothing may change.
    soft.iter_mut().for_each(|m| *m = if *m < 1e-4 { 0.0 } else { m.min(1.0) });
    soft
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_video::still;

    fn buffers() -> GBuffer {
        let mut b = GBuffer::empty(40, 30);
        b.alpha.fill(1.0);
        b.alpha[0] = 0.0;
        b
    }

    fn open(edit: &Edit) -> Result<Mask> {
        Mask::new(edit, 3, (40, 30), &mut |_| Ok(buffers()), &mut || Ok(()))
    }

    #[test]
    fn everything_in_front_is_the_rule_and_inverting_leaves_nothing() {
        let edit = Edit::default();
        let mask = open(&edit).unwrap().next(&buffers()).unwrap();
        assert_eq!((mask[0], mask[1], mask[40 * 30 - 1]), (0.0, 1.0, 1.0));
        let none = open(&Edit { invert: true, ..edit }).unwrap().next(&buffers()).unwrap();
        assert!(none.iter().all(|m| *m == 0.0));
    }

    #[test]
    fn pictures_sequences_and_alpha_are_masks_and_feathers_soften_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut half = Frame::black(40, 30);
        half.rgb.iter_mut().enumerate().for_each(|(i, v)| *v = if i / 3 % 40 < 20 { 1.0 } else { 0.0 });
        let path = folder.path().join("m.png");
        still::write(&half, &path, &path).unwrap();
        let edit = Edit { mask: Some(path.clone()), ..Edit::default() };
        let mask = open(&edit).unwrap().next(&buffers()).unwrap();
        assert_eq!((mask[10], mask[30]), (1.0, 0.0));
        let soft = open(&Edit { feather: 4.0, ..edit }).unwrap().next(&buffers()).unwrap();
        let row = &soft[40 * 15..40 * 16];
        assert!(row.windows(2).all(|p| p[1] <= p[0] + 1e-6) && row[10] == 1.0 && row[30] == 0.0 && (0.2..0.8).contains(&row[20]), "{row:?}");
        let mut cut = half.clone();
        cut.alpha = Some((0..1200).map(|i| if i % 40 < 5 { 0.0 } else { 1.0 }).collect());
        for k in 0..2 {
            let path = folder.path().join(format!("s.{k:04}.png"));
            still::write(if k == 0 { &half } else { &cut }, &path, &path).unwrap();
        }
        let edit = Edit { mask: Some(folder.path().join("s.%04d.png")), ..Edit::default() };
        let mut mask = open(&edit).unwrap();
        assert_eq!(mask.next(&buffers()).unwrap()[30], 0.0);
        let second = mask.next(&buffers()).unwrap();
        assert_eq!((second[2], second[30]), (0.0, 1.0), "alpha counts");
        assert!(mask.next(&buffers()).unwrap_err().cause.contains("2 frames"));
    }

    #[test]
    fn masks_of_another_size_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.png");
        still::write(&Frame::black(10, 10), &path, &path).unwrap();
        let fault = open(&Edit { mask: Some(path), ..Edit::default() }).err().unwrap();
        assert!(fault.cause.contains("10x10") && fault.remedy.contains("40x30"), "{fault}");
    }
}
