//! Flags of `relight light` and `relight insert`.

use super::{Net, Out, Part, finite};
use clap::{ArgGroup, Args, ValueHint};
use serde::Serialize;
use std::path::PathBuf;

/// Estimate the light of a clip.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = "Examples:
  relight light clip.mp4 -o light.exr            the map, and light.exr.json with how well it is known
  relight light gbuffer/ --camera clip.json -o light.exr
  relight forward gbuffer/ --light light.exr --exposure 0 -o again.mp4")]
pub struct Estimate {
    /// A video, or buffers that hold their picture
    #[arg(value_name = "VIDEO|GBUFFER", value_hint = ValueHint::AnyPath)]
    pub input: PathBuf,
    /// Poses and field of view; the map is in their world [default: the clip.json beside buffers, or a still camera]
    #[arg(long, value_name = "clip.json", value_hint = ValueHint::FilePath, help_heading = "Light")]
    pub camera: Option<PathBuf>,
    #[command(flatten)]
    pub out: Out,
    #[command(flatten)]
    pub part: Part,
    #[command(flatten)]
    pub net: Net,
}

/// Put an object into a clip.
#[derive(Debug, Clone, Args, Serialize)]
#[command(
    group = ArgGroup::new("what").required(true).args(["object", "layer"]),
    group = ArgGroup::new("where").args(["at", "on"]),
    after_help = "Examples:
  relight insert clip.mp4 chair.glb --on 320,410 --size 0.4 --yaw 30 -o out.mp4
  relight insert clip.mp4 chair.glb --on 320,410 --track -o out.mp4           the camera moves a little
  relight insert gbuffer/ chair.glb --on 320,410 --size 0.8u --camera clip.json -o out.mp4
  relight insert gbuffer/ --layer rendered/ -o out.mp4
  relight insert clip.mp4 --layer person.%04d.png --on 320,410 --size 0.6 -o out.mp4   a clip with alpha, as a card"
)]
pub struct Insert {
    /// A video, or buffers that hold their picture
    #[arg(value_name = "VIDEO|GBUFFER", value_hint = ValueHint::AnyPath)]
    pub input: PathBuf,
    /// .glb, .gltf or .obj
    #[arg(value_hint = ValueHint::FilePath)]
    pub object: Option<PathBuf>,
    /// Instead of an object: buffers with alpha of the scene's size and camera, in front where they are nearer; or PNG or EXR pictures with alpha, which
    /// stand in the scene as a card, in their own light
    #[arg(long, value_name = "DIR|CLIP", value_hint = ValueHint::AnyPath)]
    pub layer: Option<PathBuf>,
    /// Stand on the surface seen at this pixel of the first frame [default: the middle of the lower third]
    #[arg(long, value_name = "X,Y", value_parser = numbers::<2>, help_heading = "Place")]
    pub on: Option<Numbers<2>>,
    /// Foot at this pixel, upright in the world; with a depth in the buffers' unit, else on the surface there
    #[arg(long, value_name = "X,Y[,DEPTH]", value_parser = place, allow_negative_numbers = true, help_heading = "Place")]
    pub at: Option<At>,
    /// Largest side as a part of the picture's height, or with a u (0.8u) in the unit of depth
    #[arg(long, value_name = "S", default_value = "0.3", value_parser = length, help_heading = "Place")]
    pub size: Length,
    /// Turn so many degrees, counter-clockwise seen from above
    #[arg(long, value_name = "DEGREES", default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite, help_heading = "Place")]
    pub yaw: f32,
    /// Follow a camera that moves a little, by the pictures and the first frame's depth
    #[arg(long, conflicts_with = "camera", help_heading = "Place")]
    pub track: bool,
    /// Poses and field of view, so that the object stays where it is in the world [default: the clip.json beside buffers, or a still camera]
    #[arg(long, value_name = "clip.json", value_hint = ValueHint::FilePath, help_heading = "Place")]
    pub camera: Option<PathBuf>,
    /// The scene's own light, if it is known; its level is fitted [default: estimated from the clip]
    #[arg(long, value_name = "MAP", value_hint = ValueHint::FilePath, help_heading = "Light")]
    pub light: Option<PathBuf>,
    /// Turn that map so many degrees, counter-clockwise seen from above
    #[arg(long, value_name = "DEGREES", default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite, help_heading = "Light")]
    pub rotation: f32,
    /// Keep the light that was estimated there (.exr or .hdr)
    #[arg(long, value_name = "FILE", conflicts_with = "light", value_hint = ValueHint::FilePath, help_heading = "Light")]
    pub keep_light: Option<PathBuf>,
    #[command(flatten)]
    pub out: Out,
    #[command(flatten)]
    pub part: Part,
    /// Let networks and rays work on pictures whose short side has N pixels; the result keeps the video's size [default: 256]
    #[arg(long, value_name = "N", value_parser = super::size, help_heading = "Networks")]
    pub work: Option<usize>,
    /// Take the networks from this safetensors file, or from inverse.safetensors and forward.safetensors in this folder
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath, help_heading = "Networks")]
    pub weights: Option<PathBuf>,
}

impl Insert {
    /// How networks are run.
    pub fn net(&self) -> Net {
        Net { size: self.work, model: self.weights.as_ref().map(|path| path.display().to_string()), ..Net::default() }
    }
}

/// Some numbers with commas between them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(into = "Vec<f32>")]
pub struct Numbers<const N: usize>(pub [f32; N]);

impl<const N: usize> From<Numbers<N>> for Vec<f32> {
    fn from(numbers: Numbers<N>) -> Self {
        numbers.0.to_vec()
    }
}

/// A pixel, perhaps with a depth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct At {
    pub x: f32,
    pub y: f32,
    pub depth: Option<f32>,
}

/// A size and what it is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Length {
    /// Of the picture's height.
    Part(f32),
    /// Of depth.
    Units(f32),
}

fn numbers<const N: usize>(text: &str) -> Result<Numbers<N>, String> {
    let all: Result<Vec<f32>, String> = text.split(',').map(|n| finite(n.trim())).collect();
    all?.try_into().map(Numbers).map_err(|_| format!("give {N} numbers with commas between them"))
}

fn place(text: &str) -> Result<At, String> {
    match text.split(',').count() {
        2 => numbers::<2>(text).map(|Numbers([x, y])| At { x, y, depth: None }),
        _ => numbers::<3>(text).map(|Numbers([x, y, depth])| At { x, y, depth: Some(depth) }).map_err(|_| "give X,Y or X,Y,DEPTH".into()),
    }
}

fn length(text: &str) -> Result<Length, String> {
    let (number, units) = text.strip_suffix('u').map_or((text, false), |n| (n, true));
    let value = finite(number).ok().filter(|v| *v > 0.0).ok_or("give a number above 0, such as 0.3 or 0.8u")?;
    Ok(if units { Length::Units(value) } else { Length::Part(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_sizes_are_read_and_nonsense_is_not() {
        assert_eq!(numbers::<2>("3, 4.5"), Ok(Numbers([3.0, 4.5])));
        assert_eq!(place("1,2,3"), Ok(At { x: 1.0, y: 2.0, depth: Some(3.0) }));
        assert_eq!(place("1,2"), Ok(At { x: 1.0, y: 2.0, depth: None }));
        assert_eq!((length("0.3"), length("2u")), (Ok(Length::Part(0.3)), Ok(Length::Units(2.0))));
        for bad in ["", "1", "1,2,3,4", "a,b", "nan,1"] {
            assert!(place(bad).is_err(), "{bad}");
        }
        for bad in ["", "u", "-1", "0", "inf", "3m"] {
            assert!(length(bad).is_err(), "{bad}");
        }
    }
}
