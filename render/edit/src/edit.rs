//! One edit: what changes, and where.

use crate::{Assign, Colour, Select, value};
use relight_file::{Blame, Fault, Result};
use relight_gbuffer::{GBuffer, Pass};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The largest file of edits that is read.
const MOST_BYTES: u64 = 1 << 20;

/// An edit of buffers, from the command line or from a table of a TOML file; both have the same words.
///
/// Where neither mask nor click says otherwise it holds for everything in front. `set` comes first, then `mul`, then `tint`; the passes stay
/// in 0..1.
#[derive(Debug, Clone, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edit {
    /// Set a pass, 0 to 1: roughness=0.15, metallic=1, albedo=0.8,0.1,0.1 (linear) or albedo=#d03020 (sRGB); several are allowed
    #[arg(long, value_name = "PASS=VALUE", value_parser = value::in_range, help_heading = "Edit")]
    #[serde(serialize_with = "value::table::serialize", deserialize_with = "value::table::in_range")]
    pub set: Vec<Assign>,
    /// Multiply a pass: albedo=1.2,0.9,0.9
    #[arg(long, value_name = "PASS=FACTOR", help_heading = "Edit")]
    #[serde(with = "value::table")]
    pub mul: Vec<Assign>,
    /// Give the albedo this mean colour and keep its texture: 0.8,0.1,0.1 (linear) or #d03020 (sRGB)
    #[arg(long, value_name = "COLOUR", help_heading = "Edit")]
    pub tint: Option<Colour>,
    /// Where: an image or a video of the clip's size (white is changed; where it has alpha, that counts), frames of them, or `alpha` for
    /// everything in front
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::AnyPath, conflicts_with = "select", help_heading = "Edit")]
    pub mask: Option<PathBuf>,
    /// Where: the thing at this pixel of this frame, followed through the clip
    #[arg(long, value_name = "X,Y[,FRAME]", help_heading = "Edit")]
    pub select: Option<Select>,
    /// How far a selection reaches: more than 1 takes in more than was found by itself, less takes in less [default: 1]
    #[arg(long, value_name = "FACTOR", value_parser = tolerance, help_heading = "Edit")]
    pub tolerance: Option<f32>,
    /// Change everything but that
    #[arg(long, help_heading = "Edit")]
    pub invert: bool,
    /// Soften the border over so many pixels to both sides
    #[arg(long, value_name = "PIXELS", default_value_t = 0.0, value_parser = feather, help_heading = "Edit")]
    pub feather: f32,
}

fn feather(text: &str) -> std::result::Result<f32, String> {
    text.parse().ok().filter(|v| (0.0..=1000.0).contains(v)).ok_or_else(|| "give pixels from 0 to 1000".into())
}

fn tolerance(text: &str) -> std::result::Result<f32, String> {
    text.parse().ok().filter(|v| (0.01..=100.0).contains(v)).ok_or_else(|| "give a factor from 0.01 to 100".into())
}

/// A file of edits: `[[edit]]` tables, applied in order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    edit: Vec<Edit>,
}

impl Edit {
    /// Whether it changes anything.
    pub fn is_some(&self) -> bool {
        !self.set.is_empty() || !self.mul.is_empty() || self.tint.is_some()
    }

    /// The edits of a TOML file, a list of `[[edit]]` tables with the words of the command line. Masks are taken from the file's folder.
    ///
    /// # Errors
    /// It cannot be read, is no TOML, has unknown words or numbers out of range, or an edit of it changes nothing.
    pub fn list(path: &Path) -> Result<Vec<Self>> {
        const REMEDY: &str = "write tables such as: [[edit]] set = { roughness = 0.15 } select = [320, 200] feather = 2";
        let bytes = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
        if bytes > MOST_BYTES {
            return Err(Fault::new(format!("{} is too large for a list of edits ({bytes} bytes)", path.display()), REMEDY));
        }
        let words = fs::read_to_string(path).map_err(|e| Fault::read(path, &e))?;
        let mut list: List = toml::from_str(&words).blame(|| path.display().to_string(), REMEDY)?;
        if list.edit.is_empty() {
            return Err(Fault::new(format!("{} holds no edit", path.display()), REMEDY));
        }
        for (i, edit) in list.edit.iter_mut().enumerate() {
            edit.check().map_err(|what| Fault::new(format!("{}: edit {}: {what}", path.display(), i + 1), REMEDY))?;
            if let Some(mask) = edit.mask.as_mut().filter(|m| *m != Path::new("alpha")) {
                *mask = path.parent().unwrap_or(Path::new("")).join(&*mask);
            }
        }
        Ok(list.edit)
    }

    /// What the command line checks by itself.
    fn check(&self) -> std::result::Result<(), String> {
        feather(&self.feather.to_string()).map_err(|e| format!("feather: {e}"))?;
        if let Some(factor) = self.tolerance {
            tolerance(&factor.to_string()).map_err(|e| format!("tolerance: {e}"))?;
        }
        if self.mask.is_some() && self.select.is_some() {
            return Err("mask and select at once: choose one".into());
        }
        if !self.is_some() {
            return Err("it changes nothing: give it set, mul or tint".into());
        }
        Ok(())
    }

    /// Changes buffers where `mask` (one weight a pixel, 0..1) is above 0. Other pixels stay bit by bit.
    pub fn apply(&self, buffers: &mut GBuffer, mask: &[f32]) {
        let mean = mean(buffers, mask).unwrap_or([0.5; 3]);
        self.apply_with(buffers, mask, mean);
    }

    /// [`Edit::apply`] with the albedo that `tint` takes for the thing's own.
    pub(crate) fn apply_with(&self, buffers: &mut GBuffer, mask: &[f32], mean: [f32; 3]) {
        let own = luminance(&mean).max(1e-4);
        for (i, weight) in mask.iter().copied().enumerate().filter(|(_, w)| *w > 0.0) {
            let albedo: [f32; 3] = buffers.albedo[3 * i..3 * i + 3].try_into().expect("three channels");
            let mut colour = self.changed(Pass::Albedo, albedo);
            if let Some(Colour(tint)) = self.tint {
                let texture = luminance(&colour) / own;
                colour = tint.map(|t| (t * texture).clamp(0.0, 1.0));
            }
            let blend = |from: &mut f32, to: f32| {
                if *from != to {
                    *from = if weight < 1.0 { *from + weight * (to - *from) } else { to };
                }
            };
            buffers.albedo[3 * i..3 * i + 3].iter_mut().zip(colour).for_each(|(from, to)| blend(from, to));
            let (rough, metal) = (buffers.roughness[i], buffers.metallic[i]);
            blend(&mut buffers.roughness[i], self.changed(Pass::Roughness, [rough; 3])[0]);
            blend(&mut buffers.metallic[i], self.changed(Pass::Metallic, [metal; 3])[0]);
        }
    }

    /// A pass after `set` and `mul`; as it was where neither names it.
    fn changed(&self, pass: Pass, mut value: [f32; 3]) -> [f32; 3] {
        for assign in self.set.iter().filter(|a| a.pass == pass) {
            value = assign.value;
        }
        for assign in self.mul.iter().filter(|a| a.pass == pass) {
            value = std::array::from_fn(|k| (value[k] * assign.value[k]).clamp(0.0, 1.0));
        }
        value
    }
}

/// The mean albedo under a mask, none where it is empty.
pub(crate) fn mean(buffers: &GBuffer, mask: &[f32]) -> Option<[f32; 3]> {
    let (mut sum, mut weight) = ([0.0f64; 3], 0.0f64);
    for (pixel, m) in buffers.albedo.chunks_exact(3).zip(mask).filter(|(_, m)| **m > 0.0) {
        weight += f64::from(*m);
        sum.iter_mut().zip(pixel).for_each(|(s, v)| *s += f64::from(m * v));
    }
    (weight > 0.5).then(|| sum.map(|s| (s / weight) as f32))
}

/// Rec.709 luminance.
fn luminance(c: &[f32; 3]) -> f32 {
    0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Vec<Edit>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edits.toml");
        fs::write(&path, words).unwrap();
        Edit::list(&path)
    }

    #[test]
    fn a_list_of_edits_has_the_words_of_the_command_line() {
        let words = "[[edit]]\nset = { roughness = 0.15, albedo = [0.5, 0.2, 0.1] }\nselect = [3, 4]\nfeather = 2\n
            [[edit]]\nmul = { albedo = [1.2, 0.9, 0.9] }\nmask = \"m.png\"\n[[edit]]\ntint = \"#ff0000\"\nmask = \"alpha\"\ninvert = true\n";
        let edits = read(words).unwrap();
        assert_eq!(edits.len(), 3);
        assert_eq!(edits[0].select, Some(Select { x: 3, y: 4, frame: 0 }));
        assert!(edits[1].mask.as_ref().unwrap().is_absolute() && edits[2].mask.as_deref() == Some(Path::new("alpha")));
        let again: Edit = serde_json::from_str(&serde_json::to_string(&edits[0]).unwrap()).unwrap();
        assert_eq!(again, edits[0]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_an_example() {
        for (words, says) in [
            ("", "edit"),
            ("edit = []", "no edit"),
            ("[[edit]]\nshine = 1", "shine"),
            ("[[edit]]\nset = { roughness = 2 }", "0 to 1"),
            ("[[edit]]\nset = { depth = 1 }", "depth"),
            ("[[edit]]\nset = { roughness = \"x\" }", "x"),
            ("[[edit]]\nset = { roughness = 0.1 }\nselect = [1]", "no pixel"),
            ("[[edit]]\nset = { roughness = 0.1 }\nfeather = -1", "feather"),
            ("[[edit]]\nset = { roughness = 0.1 }\nmask = \"a\"\nselect = [1, 1]", "choose one"),
            ("[[edit]]\nfeather = 1", "changes nothing"),
            ("[[edit]\n", "edits.toml"),
        ] {
            let fault = read(words).unwrap_err();
            assert!(fault.cause.contains(says) && !fault.cause.contains('\n') && fault.remedy.contains("[[edit]]"), "{words}: {fault}");
        }
    }

    #[test]
    fn weights_blend_and_pixels_without_stay() {
        let mut buffers = GBuffer::empty(3, 1);
        buffers.albedo.fill(0.4);
        buffers.roughness.fill(0.7);
        let before = buffers.clone();
        let edit = Edit { set: vec!["roughness=0.1".parse().unwrap()], mul: vec!["albedo=3,1,0.5".parse().unwrap()], ..Edit::default() };
        edit.apply(&mut buffers, &[0.0, 0.5, 1.0]);
        assert_eq!(buffers.albedo[..3], before.albedo[..3]);
        assert!((buffers.roughness[1] - 0.4).abs() < 1e-6 && buffers.roughness[2] == 0.1 && buffers.metallic == before.metallic);
        assert_eq!(buffers.albedo[6..], [1.0, 0.4, 0.2]);
        let tint = Edit { tint: Some("0.6,0.1,0.1".parse().unwrap()), ..Edit::default() };
        let mut buffers = before;
        buffers.albedo[6..].fill(0.2);
        tint.apply_with(&mut buffers, &[1.0; 3], [0.4; 3]);
        assert!((buffers.albedo[0] - 0.6).abs() < 1e-5 && (buffers.albedo[6] - 0.3).abs() < 1e-5, "texture stays: {:?}", buffers.albedo);
    }
}
