//! Shots, each shaded among others of the clip.

use crate::{Shot, Stage, Watch, forward::Lit, shrink::shrink, size::WorkSize};
use relight_file::{Fault, Result};
use relight_gbuffer::GBuffer;
use relight_shade::{Keys, Shader, Shading};
use std::collections::VecDeque;

/// Shots that are read ahead at most, where the camera moves: a later one may show what the next hides. Full-size buffers wait meanwhile.
const AHEAD: usize = 4;

/// The shots of a stream with their shading. Where depths and cameras are true ones and the camera moves, rays go on in other frames ([`Keys`]).
pub(crate) struct Among<'a, I> {
    shots: I,
    shader: &'a Shader,
    exposure: f32,
    size: usize,
    watch: &'a Watch,
    keys: Keys,
    /// Number of the next shot that is given.
    frame: usize,
    waiting: VecDeque<Waiting>,
    /// No more is read; the error that ended it, after what waits.
    ended: Option<Option<Fault>>,
}

struct Waiting {
    shot: Shot,
    size: WorkSize,
    small: GBuffer,
    /// Its shading by itself, where it was kept for others.
    alone: Option<Shading>,
}

impl<'a, I: Iterator<Item = Result<Shot>>> Among<'a, I> {
    pub(crate) fn new(shots: I, shader: &'a Shader, exposure: f32, size: usize, watch: &'a Watch) -> Self {
        Self { shots, shader, exposure, size, watch, keys: Keys::default(), frame: 0, waiting: VecDeque::new(), ended: None }
    }

    /// Whether the next shot may still look different when more are read.
    fn open(&self) -> bool {
        let (Some(next), Some(last)) = (self.waiting.front(), self.waiting.back()) else { return true };
        let moves = self.waiting.len() == 1 || next.shot.camera != last.shot.camera;
        !next.shot.estimated() && moves && self.waiting.len() <= AHEAD && !self.keys.settled(self.frame, &next.shot.camera)
    }

    fn read(&mut self) {
        match self.shots.next() {
            None => self.ended = Some(None),
            Some(Err(fault)) => self.ended = Some(Some(fault)),
            Some(Ok(shot)) => {
                let watch = self.watch;
                let waiting = watch.time(Stage::Forward, || self.prepare(shot));
                self.waiting.push_back(waiting);
            }
        }
    }

    fn prepare(&mut self, shot: Shot) -> Waiting {
        let size = WorkSize::new(shot.buffers.width, shot.buffers.height, self.size);
        let small = shrink(&shot.buffers, size.width, size.height);
        let alone = (!shot.estimated() && self.keys.wants(&shot.camera)).then(|| {
            let (shading, view) = self.shader.view(&small, &shot.camera, shot.yaw, self.exposure, &shot.settings());
            self.keys.keep(self.frame + self.waiting.len(), view);
            shading
        });
        Waiting { shot, size, small, alone }
    }

    fn shade(&self, waiting: Waiting) -> Lit {
        let Waiting { shot, size, small, alone } = waiting;
        let others = if shot.estimated() { Vec::new() } else { self.keys.around(self.frame, &shot.camera) };
        let shading = match alone {
            Some(shading) if others.is_empty() => shading,
            _ => self.shader.shade_among(&small, &shot.camera, shot.yaw, self.exposure, &shot.settings(), &others),
        };
        Lit { shot, size, small, shading }
    }
}

impl<I: Iterator<Item = Result<Shot>>> Iterator for Among<'_, I> {
    type Item = Result<Lit>;

    fn next(&mut self) -> Option<Self::Item> {
        let watch = self.watch;
        while self.ended.is_none() && self.open() {
            self.read();
        }
        let Some(waiting) = self.waiting.pop_front() else { return self.ended.as_mut()?.take().map(Err) };
        let lit = watch.time(Stage::Forward, || self.shade(waiting));
        self.frame += 1;
        self.keys.forget(self.frame);
        Some(Ok(lit))
    }
}
