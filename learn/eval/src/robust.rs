//! What a wrong exposure, a wrong white balance and estimated buffers cost.

use crate::{Forward, Inverse, Lighting, Row, Set, Table, score::Stage};
use relight_file::Result;
use relight_gbuffer::{DepthUnit, GBuffer};
use relight_video::Frame;

/// Changes of the input: name and factor of each channel in linear light. Half a stop between red and blue is a lamp's light taken for daylight's, nearly.
const CHANGES: [(&str, [f32; 3]); 5] =
    [("as_is", [1.0; 3]), ("ev-2", [0.25; 3]), ("ev+2", [4.0; 3]), ("warm", [1.25, 1.0, 0.75]), ("cool", [0.75, 1.0, 1.25])];

/// Scores both networks where the input is not as it should be.
///
/// Rows are changes of the input: two stops down and up (what leaves the range is clipped, as a camera does), warmer and cooler. `albedo_psnr` has one factor a channel
/// and clip, `albedo_change_psnr` is it less that of the unchanged input; `normal_deg` is the normals' mean error. For the unchanged input also the forward method's
/// last picture under light A against the truth: of true buffers, of estimated ones, and the second less the first, in dB. `progress` is told the clips done and may stop.
///
/// # Errors
/// A file cannot be read, a method fails, or `progress` gives a fault.
pub fn robust(set: &Set, inverse: &mut dyn Inverse, forward: &mut dyn Forward, mut progress: impl FnMut(usize) -> Result<()>) -> Result<Table> {
    let columns = ["albedo_psnr", "albedo_change_psnr", "normal_deg", "true_psnr", "estimated_psnr", "change_psnr"];
    let mut table = Table { name: "robust", columns: columns.map(String::from).to_vec(), rows: Vec::new() };
    for (done, clip) in set.clips.iter().enumerate() {
        let (input, truth) = (clip.input()?, clip.truth()?);
        let stage = Stage::new(clip, &truth, None);
        let mut usual = None;
        for (name, factors) in CHANGES {
            let buffers = inverse.buffers(&input.iter().map(|f| changed(f, factors)).collect::<Vec<_>>())?;
            let values = stage.chosen(&buffers, &truth, &["albedo_psnr", "normal_deg"]);
            usual = usual.or(values[0]);
            let mut row = vec![values[0], values[0].zip(usual).map(|(v, u)| v - u), values[1], None, None, None];
            if let (true, Some(light), Some(lit)) = (factors == [1.0; 3], clip.file.lights.get("A"), truth.lit.get("A")) {
                let mut score = |buffers: &[GBuffer], depth| -> Result<Option<f64>> {
                    let map = set.map(&light.file);
                    let lighting = Lighting { cameras: &clip.file.cameras, map, yaw: &light.yaw, exposure: light.exposure, depth };
                    let pictures = forward.frames(buffers, &lighting)?;
                    Ok(pictures.last().and_then(|frames| stage.forward(frames, lit)[0]))
                };
                let bare: Vec<GBuffer> = truth.buffers.iter().map(|b| GBuffer { rgb: None, ..b.clone() }).collect();
                (row[3], row[4]) = (score(&bare, DepthUnit::Scene)?, score(&buffers, DepthUnit::Relative)?);
                row[5] = row[4].zip(row[3]).map(|(estimated, exact)| estimated - exact);
            }
            table.rows.push(Row { method: name.into(), clip: clip.name.clone(), group: clip.group.clone(), values: row });
        }
        progress(done + 1)?;
    }
    Ok(table)
}

/// The picture with channels multiplied and clipped to what 8 bits hold.
fn changed(frame: &Frame, factors: [f32; 3]) -> Frame {
    let rgb = frame.rgb.chunks_exact(3).flat_map(|p| [0, 1, 2].map(|c| (p[c] * factors[c]).min(1.0))).collect();
    Frame { rgb, ..frame.clone() }
}
