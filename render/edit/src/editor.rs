//! A list of edits, applied frame after frame.

use crate::{Edit, edit::mean, mask::Mask};
use relight_file::Result;
use relight_gbuffer::GBuffer;

/// Edits with their masks, ready for the frames of one clip in order.
pub struct Editor {
    edits: Vec<Ready>,
    pixels: usize,
    changed: usize,
}

struct Ready {
    edit: Edit,
    mask: Mask,
    /// The mean albedo of what `tint` colours, from the first frame that shows it.
    mean: Option<[f32; 3]>,
}

impl Editor {
    /// Makes the edits ready for a clip of `count` frames of `size` (width, height); clicks are grown and followed at once.
    ///
    /// `read` gives the clip's frames in any order; `step` hears of every frame that a click was followed to, and may stop the work.
    ///
    /// # Errors
    /// A mask cannot be read or has another size; a click is on nothing; a frame cannot be read; `step` gives a fault.
    pub fn new(
        edits: Vec<Edit>,
        count: usize,
        size: (usize, usize),
        mut read: impl FnMut(usize) -> Result<GBuffer>,
        mut step: impl FnMut() -> Result<()>,
    ) -> Result<Self> {
        let ready = edits.into_iter().map(|edit| {
            let mask = Mask::new(&edit, count, size, &mut read, &mut step)?;
            Ok(Ready { edit, mask, mean: None })
        });
        Ok(Self { edits: ready.collect::<Result<_>>()?, pixels: 0, changed: 0 })
    }

    /// Edits the next frame in place. Gives the strongest mask of all edits, one weight a pixel; where it is 0 every pass is as it was, bit
    /// by bit.
    ///
    /// # Errors
    /// A mask ends before the clip, or cannot be read.
    pub fn apply(&mut self, buffers: &mut GBuffer) -> Result<Vec<f32>> {
        let mut all = vec![0.0f32; buffers.alpha.len()];
        // Masks see the frame as it was before any edit.
        let masks: Vec<Vec<f32>> = self.edits.iter_mut().map(|ready| ready.mask.next(buffers)).collect::<Result<_>>()?;
        for (ready, mask) in self.edits.iter_mut().zip(masks) {
            if ready.mean.is_none() {
                ready.mean = mean(buffers, &mask);
            }
            ready.edit.apply_with(buffers, &mask, ready.mean.unwrap_or([0.5; 3]));
            all.iter_mut().zip(&mask).for_each(|(a, m)| *a = a.max(*m));
        }
        self.pixels += all.len();
        self.changed += all.iter().filter(|m| **m > 0.0).count();
        Ok(all)
    }

    /// The share of all pixels so far that an edit held for.
    pub fn share(&self) -> f32 {
        self.changed as f32 / self.pixels.max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_follow_one_another_and_other_pixels_keep_their_bits() {
        let mut frame = GBuffer::empty(24, 24);
        frame.alpha.fill(1.0);
        frame.depth.fill(1.0);
        frame.roughness = (0..576).map(|i| 0.3 + 1e-3 * (i as f32).sin()).collect();
        frame.albedo = (0..3 * 576).map(|i| 0.4 + 1e-2 * (i as f32).cos()).collect();
        let before = frame.clone();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.png");
        let mut half = relight_video::Frame::black(24, 24);
        half.rgb[..3 * 288].fill(1.0);
        relight_video::still::write(&half, &path, &path).unwrap();
        let first = Edit { set: vec!["roughness=0.1".parse().unwrap()], mask: Some(path.clone()), ..Edit::default() };
        let second = Edit { mul: vec!["roughness=2".parse().unwrap()], mask: Some(path), ..Edit::default() };
        let mut editor = Editor::new(vec![first, second], 2, (24, 24), |_| unreachable!("no click"), || Ok(())).unwrap();
        let mask = editor.apply(&mut frame).unwrap();
        assert_eq!((mask[0], mask[575], editor.share()), (1.0, 0.0, 0.5));
        assert!((frame.roughness[0] - 0.2).abs() < 1e-6);
        assert_eq!(frame.roughness[288..], before.roughness[288..]);
        assert_eq!(frame.albedo, before.albedo);
    }
}
