//! A selection carried through a clip.

use crate::{
    Plane, Select,
    flow::{carried, flow},
    grow::grow,
    sight::{Sight, guide, size},
    snap::snap,
};
use relight_file::{Fault, Result};
use relight_gbuffer::GBuffer;

/// The masks of a clip, at selection size, a byte a pixel.
pub(crate) struct Followed {
    width: usize,
    height: usize,
    frames: Vec<Vec<u8>>,
}

impl Followed {
    /// Grows the thing at `select` and carries it to both ends of a clip of `count` frames, which `read` gives in any order. `step` hears of
    /// every frame that is done.
    ///
    /// # Errors
    /// The click is outside of the clip or on nothing; a frame cannot be read; `step` gives a fault.
    pub fn new(
        select: Select,
        tolerance: f32,
        count: usize,
        read: &mut dyn FnMut(usize) -> Result<GBuffer>,
        step: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        if select.frame >= count {
            return Err(Fault::new(format!("frame {} is selected in, but the clip has {count}", select.frame), "count frames from 0"));
        }
        let first = read(select.frame)?;
        select.within((first.width, first.height))?;
        let Select { x, y, .. } = select;
        let sight = Sight::new(&first);
        let (width, height) = size(first.width, first.height);
        let seed = (x * width / first.width, y * height / first.height);
        if sight.alpha.at(seed.0, seed.1)[0] <= 0.5 {
            return Err(Fault::new(
                format!("nothing is at the selected pixel {x},{y} of frame {}", select.frame),
                "click on a thing, or give --mask",
            ));
        }
        let mask = grow(&sight, seed, tolerance);
        let mut frames = vec![Vec::new(); count];
        frames[select.frame] = bytes(&mask);
        step()?;
        let both: [Box<dyn Iterator<Item = usize>>; 2] = [Box::new(select.frame + 1..count), Box::new((0..select.frame).rev())];
        let mut start = Some((sight, mask));
        for (turn, places) in both.into_iter().enumerate() {
            let (mut before, mut mask) = match start.take() {
                Some((sight, mask)) => (sight, mask),
                None => (Sight::new(&read(select.frame)?), plane(&frames[select.frame], width, height)),
            };
            for place in places {
                let now = Sight::new(&read(place)?);
                let moved = carried(&mask, &flow(&now.guide, &before.guide));
                mask = snap(&moved, &now);
                before = now;
                frames[place] = bytes(&mask);
                step()?;
            }
            if turn == 0 && select.frame == 0 {
                break;
            }
        }
        Ok(Self { width, height, frames })
    }

    /// The mask of a frame at the frame's size, its border along the picture's edges; exactly 0 and 1 away from it.
    pub fn at(&self, index: usize, buffers: &GBuffer) -> Vec<f32> {
        let mask = plane(&self.frames[index], self.width, self.height);
        if (buffers.width, buffers.height) == (self.width, self.height) {
            return mask.data;
        }
        let full = guide(buffers);
        let mut large = crate::joint_bilateral(&mask, &full.resize(self.width, self.height), &full);
        for (m, alpha) in large.data.iter_mut().zip(&buffers.alpha) {
            let t = ((*m - 0.3) / 0.4).clamp(0.0, 1.0);
            *m = if *alpha > 0.0 { t * t * (3.0 - 2.0 * t) } else { 0.0 };
        }
        large.data
    }
}

fn bytes(mask: &Plane) -> Vec<u8> {
    mask.data.iter().map(|m| (m * 255.0 + 0.5) as u8).collect()
}

fn plane(bytes: &[u8], width: usize, height: usize) -> Plane {
    Plane::new(width, height, 1, bytes.iter().map(|b| f32::from(*b) / 255.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dotted square that moves over a wall by 3 pixels a frame, turning slowly darker.
    fn frame(index: usize) -> (GBuffer, Vec<bool>) {
        let (w, h) = (112, 80);
        let mut b = GBuffer::empty(w, h);
        let left = 20.0 + 3.0 * index as f32;
        let mut truth = vec![false; w * h];
        let mut rgb = vec![0.0; 3 * w * h];
        for i in 0..w * h {
            let (x, y) = ((i % w) as f32, (i / w) as f32);
            truth[i] = (left..left + 30.0).contains(&x) && (22.0..56.0).contains(&y);
            let wall = 0.35 + 0.08 * (0.4 * x).sin() * (0.3 * y).cos();
            let dots = 0.3 + 0.06 * (0.9 * (x - left)).sin() * (0.8 * y).sin();
            let (albedo, depth) = if truth[i] { ([dots, 0.5 * dots, 0.1], 2.0) } else { ([wall; 3], 3.0) };
            b.alpha[i] = 1.0;
            b.depth[i] = depth;
            b.normal[3 * i + 2] = 1.0;
            b.albedo[3 * i..3 * i + 3].copy_from_slice(&albedo);
            rgb[3 * i..3 * i + 3].copy_from_slice(&albedo.map(|a| a * (1.0 - 0.01 * index as f32)));
        }
        b.rgb = Some(rgb);
        (b, truth)
    }

    #[test]
    fn a_thing_is_followed_to_both_ends_of_the_clip() {
        let select = Select { x: 50, y: 40, frame: 5 };
        let mut steps = 0;
        let followed = Followed::new(select, 1.0, 12, &mut |i| Ok(frame(i).0), &mut || {
            steps += 1;
            Ok(())
        });
        let followed = followed.unwrap();
        assert_eq!(steps, 12);
        for index in 0..12 {
            let (buffers, truth) = frame(index);
            let mask = followed.at(index, &buffers);
            let both = mask.iter().zip(&truth).filter(|(m, t)| **m > 0.5 && **t).count() as f32;
            let any = mask.iter().zip(&truth).filter(|(m, t)| **m > 0.5 || **t).count() as f32;
            assert!(both / any > 0.9, "frame {index}: {}", both / any);
        }
    }

    #[test]
    fn clicks_on_nothing_are_faults() {
        let try_at = |x, y, frame_at| {
            let mut read = |i| {
                let mut b = frame(i).0;
                b.alpha[0] = 0.0;
                b.depth[0] = 0.0;
                Ok(b)
            };
            Followed::new(Select { x, y, frame: frame_at }, 1.0, 3, &mut read, &mut || Ok(())).err().map(|f| f.cause)
        };
        assert!(try_at(112, 0, 0).unwrap().contains("outside"));
        assert!(try_at(5, 5, 3).unwrap().contains("frame 3"));
        assert!(try_at(0, 0, 0).unwrap().contains("nothing is"));
    }
}
