//! An edit or an insertion in the input's own light: the input, with what changes between two renders.

use crate::{Forward, Shot, Stage, Watch};
use relight_edit::{Gloss, transfer_glossy};
use relight_file::Result;
use relight_video::Frame;
use std::{cell::RefCell, collections::VecDeque};

/// A frame of the input before and after.
#[derive(Debug, Clone)]
pub struct Change {
    /// The picture, of the shots' size.
    pub input: Frame,
    /// Its buffers, camera and the clip's own light's turn.
    pub before: Shot,
    /// The same with other materials, or with other things in it.
    pub after: Shot,
    /// Where the picture shows something that the input does not, one weight a pixel (M of [`relight_edit::transfer`]); none: nowhere.
    pub replaced: Option<Vec<f32>>,
    /// Where things shine anew, one weight a pixel ([`relight_edit::gloss`]); none: nowhere.
    pub gloss: Option<Vec<f32>>,
}

/// A change without its shots.
type Rest = (Frame, Option<Vec<f32>>, Option<Vec<f32>>);

/// Two forward renderers under the same light.
pub struct Retouch {
    /// Renders the input's buffers.
    pub before: Forward,
    /// Renders the changed ones.
    pub after: Forward,
}

/// What is read ahead of the slower of the two streams: a window of frames at most, since both are cut alike.
struct Ahead<I> {
    source: I,
    before: VecDeque<Result<Shot>>,
    after: VecDeque<Result<Shot>>,
    rest: VecDeque<Rest>,
}

impl<I: Iterator<Item = Result<Change>>> Ahead<I> {
    fn pull(&mut self) {
        match self.source.next() {
            None => {}
            Some(Ok(Change { input, before, after, replaced, gloss })) => {
                self.before.push_back(Ok(before));
                self.after.push_back(Ok(after));
                self.rest.push_back((input, replaced, gloss));
            }
            Some(Err(fault)) => {
                self.before.push_back(Err(fault.clone()));
                self.after.push_back(Err(fault));
            }
        }
    }
}

impl Retouch {
    /// The pictures of a stream of changes under the renderers' map times `exposure`, which is that of the input's light. All changes have
    /// one size. Pixels that nothing influences are the input's, bit by bit; see [`transfer_glossy`].
    pub fn pictures<I>(
        &mut self,
        changes: I,
        exposure: f32,
        total: Option<usize>,
        watch: &Watch,
        mut each: impl FnMut(Frame) -> Result<()>,
    ) -> Result<()>
    where
        I: Iterator<Item = Result<Change>>,
    {
        let ahead = RefCell::new(Ahead { source: changes, before: VecDeque::new(), after: VecDeque::new(), rest: VecDeque::new() });
        let shots = |side: fn(&mut Ahead<I>) -> &mut VecDeque<Result<Shot>>| {
            let ahead = &ahead;
            std::iter::from_fn(move || {
                let mut ahead = ahead.borrow_mut();
                if side(&mut ahead).is_empty() {
                    ahead.pull();
                }
                side(&mut ahead).pop_front()
            })
        };
        watch.progress(Stage::Forward, 0, total);
        let before = self.before.parts(shots(|a| &mut a.before), exposure, watch);
        let after = self.after.parts(shots(|a| &mut a.after), exposure, watch);
        for (done, (before, after)) in before.zip(after).enumerate() {
            let ((before, was), (after, is)) = (before?, after?);
            let rest = ahead.borrow_mut().rest.pop_front();
            // Each pair of renders has its input: they were pulled together.
            let Some((input, replaced, gloss)) = rest else { break };
            let gloss = match (&gloss, &was, &is) {
                (Some(weight), Some(before), Some(after)) => Some(Gloss { weight, before, after }),
                _ => None,
            };
            each(watch.time(Stage::Forward, || transfer_glossy(&input, &before, &after, replaced.as_deref(), gloss)))?;
            watch.progress(Stage::Forward, done + 1, total);
        }
        Ok(())
    }

    /// The exposure at which the first render is as bright as the input: by the mean luminance of what is in front and not clipped in the input.
    pub fn exposure(&self, first: &Change) -> f32 {
        self.before.as_bright_as(&first.before, &first.input)
    }
}
