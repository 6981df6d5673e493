//! An edit or an insertion in the input's own light: the input, with what changes between two renders.

use crate::{Forward, Shot, Stage, Watch, forward::Parts};
use relight_edit::{Gloss, reach, transfer_glossy};
use relight_file::Result;
use relight_gbuffer::GBuffer;
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
struct Rest {
    input: Frame,
    replaced: Option<Vec<f32>>,
    gloss: Option<Vec<f32>>,
    /// 1 where the buffers themselves differ.
    altered: Vec<f32>,
}

impl Change {
    /// The rest, and the shots before and after.
    fn split(self) -> (Rest, Shot, Shot) {
        let Self { input, mut before, mut after, replaced, gloss } = self;
        // Both renders are to differ by the change alone, which the picture does not show.
        (before.buffers.rgb, after.buffers.rgb) = (None, None);
        (Rest { input, replaced, gloss, altered: altered(&before.buffers, &after.buffers) }, before, after)
    }
}

/// 1 where two buffers differ, else 0, a pixel.
fn altered(a: &GBuffer, b: &GBuffer) -> Vec<f32> {
    let three = |a: &[f32], b: &[f32], i: usize| a[3 * i..3 * i + 3] != b[3 * i..3 * i + 3];
    let one = |a: &[f32], b: &[f32], i: usize| a[i] != b[i];
    let differs = |i: usize| {
        three(&a.albedo, &b.albedo, i)
            || three(&a.normal, &b.normal, i)
            || [(&a.roughness, &b.roughness), (&a.metallic, &b.metallic), (&a.depth, &b.depth), (&a.alpha, &b.alpha)]
                .iter()
                .any(|(a, b)| one(a, b, i))
    };
    (0..a.alpha.len()).map(|i| if differs(i) { 1.0 } else { 0.0 }).collect()
}

/// Two forward renderers under the same light.
pub struct Retouch {
    /// Renders the input's buffers.
    pub before: Forward,
    /// Renders the changed ones.
    pub after: Forward,
}

/// What is read ahead of the slower of the two streams: a window of frames and what `among.rs` reads ahead at most, since both are cut alike.
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
            Some(Ok(change)) => {
                let (rest, before, after) = change.split();
                self.rest.push_back(rest);
                self.before.push_back(Ok(before));
                self.after.push_back(Ok(after));
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
    /// one size.
    ///
    /// Pixels that nothing influences are the input's, bit by bit. Nothing influences a pixel whose own buffers stay as they are where none of the rays
    /// that light it and its neighbours (three pixels each way, at the working size) meets the change, or where what they meet moves it by less
    /// than a quarter of a code; where they move it little, the change moves it no further than rays do around it on the mean, and not at all where that is
    /// about a code or less ([`transfer_glossy`], [`reach`]): the network may weaken or strengthen an influence, but not make one.
    /// Networks that make pictures by themselves send no rays: for them the renders alone decide.
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
            let (before, after) = (before?, after?);
            let rest = ahead.borrow_mut().rest.pop_front();
            // Each pair of renders has its input: they were pulled together.
            let Some(rest) = rest else { break };
            each(watch.time(Stage::Forward, || join(&rest, &before, &after)))?;
            watch.progress(Stage::Forward, done + 1, total);
        }
        Ok(())
    }

    /// The exposure at which the first render is as bright as the input: by the mean luminance of what is in front and not clipped in the input.
    pub fn exposure(&self, first: &Change) -> f32 {
        self.before.as_bright_as(&first.before, &first.input)
    }
}

impl Forward {
    /// [`Retouch::pictures`] of a clip in memory, by one renderer: it makes the pictures of before, then those of after.
    ///
    /// # Errors
    /// As the network's.
    pub fn retouched(&mut self, changes: Vec<Change>, exposure: f32) -> Result<Vec<Frame>> {
        let watch = Watch::silent();
        let (mut rest, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for (r, b, a) in changes.into_iter().map(Change::split) {
            rest.push(r);
            before.push(Ok(b));
            after.push(Ok(a));
        }
        let before: Vec<Parts> = self.parts(before.into_iter(), exposure, &watch).collect::<Result<_>>()?;
        let after: Vec<Parts> = self.parts(after.into_iter(), exposure, &watch).collect::<Result<_>>()?;
        Ok(rest.iter().zip(before.iter().zip(&after)).map(|(rest, (before, after))| join(rest, before, after)).collect())
    }
}

/// The input with what changes between two renders.
fn join(rest: &Rest, before: &Parts, after: &Parts) -> Frame {
    let (input, replaced) = (&rest.input, rest.replaced.as_deref());
    let (Some(was), Some(is)) = (&before.known, &after.known) else {
        return transfer_glossy(input, &before.frame, &after.frame, replaced, None, None);
    };
    let gloss = rest.gloss.as_ref().map(|weight| Gloss { weight, before: &was.shine, after: &is.shine });
    let limit = reach(&was.traced, &is.traced, &rest.altered, input.width, input.height);
    transfer_glossy(input, &before.frame, &after.frame, replaced, gloss, Some(&limit))
}
