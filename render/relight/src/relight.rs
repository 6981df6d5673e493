//! The whole sentence: video → inverse → forward → video.

use crate::{Cutouts, Exposure, Forward, Inverse, Setup, Shot, Stage, Watch};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_video::Frame;

impl Inverse {
    /// [`Inverse::stream`] that tells how far it is; `total` frames are expected where that is known.
    pub fn buffers<'a, I>(&'a mut self, frames: I, total: Option<usize>, watch: &'a Watch) -> impl Iterator<Item = Result<GBuffer>> + use<'a, I>
    where
        I: Iterator<Item = Result<Frame>> + 'a,
    {
        watch.progress(Stage::Inverse, 0, total);
        self.stream(frames, watch).enumerate().inspect(move |(done, _)| watch.progress(Stage::Inverse, done + 1, total)).map(|(_, b)| b)
    }
}

impl Forward {
    /// Renders a stream of shots (see [`Setup::shot`]), exposed as `setup` says, and tells how far it is. Returns the exposure that the map
    /// got, and the pictures.
    pub fn pictures<'a, I>(
        &'a mut self,
        shots: I,
        setup: &'a Setup,
        total: Option<usize>,
        watch: &'a Watch,
    ) -> (f32, impl Iterator<Item = Result<Frame>> + use<'a, I>)
    where
        I: Iterator<Item = Result<Shot>> + 'a,
    {
        let mut shots = shots.peekable();
        let exposure = match (setup.exposure, shots.peek()) {
            (Exposure::Factor(factor), _) => factor,
            (Exposure::Auto, Some(Ok(first))) => watch.time(Stage::Forward, || self.exposure(first, &setup.yaws())),
            // The stream itself tells what is wrong.
            (Exposure::Auto, _) => 1.0,
        };
        watch.progress(Stage::Forward, 0, total);
        let frames = self.stream(shots, exposure, watch).enumerate();
        (exposure, frames.inspect(move |(done, _)| watch.progress(Stage::Forward, done + 1, total)).map(|(_, f)| f))
    }
}

/// Both renderers in a row.
pub struct Relight {
    /// Picture to buffers.
    pub inverse: Inverse,
    /// Buffers to picture.
    pub forward: Forward,
}

impl Relight {
    /// Relights a stream of frames; see [`Inverse::stream`] and [`Forward::pictures`].
    ///
    /// Pictures have alpha where the frames have it; what is black nothing in an opaque frame is so in its picture.
    pub fn pictures<'a, I>(
        &'a mut self,
        frames: I,
        setup: &'a Setup,
        total: Option<usize>,
        watch: &'a Watch,
    ) -> (f32, impl Iterator<Item = Result<Frame>> + use<'a, I>)
    where
        I: Iterator<Item = Result<Frame>> + 'a,
    {
        let cutouts = Cutouts::default();
        let buffers = self.inverse.buffers(cutouts.note(frames), total, watch);
        let shots = buffers.enumerate().map(|(i, buffers)| setup.shot(i, buffers?));
        let (exposure, pictures) = self.forward.pictures(shots, setup, total, watch);
        let pictures = pictures.map(move |picture| picture.map(|picture| cutouts.picture(picture)));
        (exposure, pictures)
    }
}
