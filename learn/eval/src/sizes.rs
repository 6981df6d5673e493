//! Inverse rendering of pictures of many sizes and shapes.

use crate::{Inverse, Row, Set, Table, Truth, score::Stage};
use relight_file::Result;
use relight_gbuffer::GBuffer;
use relight_render::shrink;
use relight_video::{Frame, resize};

/// Lines of the short side.
const LINES: [usize; 4] = [192, 256, 512, 1080];
/// Crops of the middle: name, and the parts of width and height that stay.
const CROPS: [(&str, [usize; 2]); 2] = [("portrait", [9, 16]), ("landscape", [16, 9])];
/// Frames of a clip: those of 1080 lines hold eighteen times the pixels of 256².
const FRAMES: usize = 2;

/// Scores an inverse method on the first two frames of every clip, scaled to 192, 256, 512 and 1080 lines (buffers are scaled back before they are
/// scored, so that all rows see the same truth), and on upright and lying crops of 9 to 16, which have a truth of their own. `progress` is told the clips
/// done and may stop.
///
/// # Errors
/// A file cannot be read, the method fails, or `progress` gives a fault.
pub fn sizes(set: &Set, method: &mut dyn Inverse, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let columns = ["albedo_psnr", "normal_deg", "roughness_rmse", "metallic_rmse", "depth_absrel"];
    let mut table = Table { name: "sizes", columns: columns.map(String::from).to_vec(), rows: Vec::new() };
    for (done, clip) in set.clips.iter().enumerate() {
        let mut input = clip.input()?;
        let mut truth = clip.truth()?;
        input.truncate(FRAMES);
        truth.buffers.truncate(FRAMES);
        let mut add = |name: String, buffers: &[GBuffer], truth: &Truth| {
            let values = Stage::new(clip, truth, None).chosen(buffers, truth, &columns);
            table.rows.push(Row { method: name, clip: clip.name.clone(), group: clip.group.clone(), values });
        };
        let (width, height) = (input[0].width, input[0].height);
        for lines in LINES {
            let scaled = |side: usize| (side * lines).div_ceil(width.min(height));
            let frames: Vec<Frame> = input.iter().map(|f| resize(f, scaled(width), scaled(height))).collect::<Result<_>>()?;
            let buffers: Vec<GBuffer> = method.buffers(&frames)?.iter().map(|b| shrink(b, width, height)).collect();
            add(lines.to_string(), &buffers, &truth);
        }
        for (name, [across, down]) in CROPS {
            let part = Part::middle(width, height, across, down);
            let frames: Vec<Frame> = input.iter().map(|f| part.frame(f)).collect();
            let cut = Truth { buffers: truth.buffers.iter().map(|b| part.buffers(b)).collect(), lit: Default::default() };
            add(name.into(), &method.buffers(&frames)?, &cut);
        }
        progress(done + 1)?;
    }
    Ok(table)
}

/// A rectangle of a picture.
struct Part {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Part {
    /// The largest in the middle whose sides are as `across` to `down`.
    fn middle(width: usize, height: usize, across: usize, down: usize) -> Self {
        let unit = (width as f32 / across as f32).min(height as f32 / down as f32);
        let (w, h) = (((across as f32 * unit) as usize).max(1), ((down as f32 * unit) as usize).max(1));
        Self { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h }
    }

    fn of(&self, values: &[f32], full: usize, channels: usize) -> Vec<f32> {
        let row = |y: usize| &values[((self.top + y) * full + self.left) * channels..][..self.width * channels];
        (0..self.height).flat_map(row).copied().collect()
    }

    fn frame(&self, frame: &Frame) -> Frame {
        let alpha = frame.alpha.as_ref().map(|a| self.of(a, frame.width, 1));
        Frame { width: self.width, height: self.height, rgb: self.of(&frame.rgb, frame.width, 3), alpha }
    }

    fn buffers(&self, b: &GBuffer) -> GBuffer {
        let (one, three) = (|v: &Vec<f32>| self.of(v, b.width, 1), |v: &Vec<f32>| self.of(v, b.width, 3));
        GBuffer {
            width: self.width,
            height: self.height,
            rgb: b.rgb.as_ref().map(three),
            alpha: one(&b.alpha),
            albedo: three(&b.albedo),
            normal: three(&b.normal),
            depth: one(&b.depth),
            roughness: one(&b.roughness),
            metallic: one(&b.metallic),
        }
    }
}
