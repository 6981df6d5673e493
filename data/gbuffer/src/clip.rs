//! `clip.json`: cameras and lights of a clip.

use crate::Camera;
use glam::{Mat3, Mat4};
use relight_file::{Fault, Result};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The largest `clip.json` that is read: a million frames of poses.
const MOST_BYTES: u64 = 256 << 20;
/// How far a pose's axes may be from unit length and right angles.
const SLACK: f32 = 1e-2;

/// What is known of a clip's cameras and lights, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipFile {
    /// One camera a frame.
    pub cameras: Vec<Camera>,
    /// Pixels across, where told.
    pub width: Option<usize>,
    /// Pixels down, where told.
    pub height: Option<usize>,
    /// Frames per second, where told.
    pub fps: Option<f32>,
    /// `objects` or `scenes` in evaluation sets.
    pub kind: Option<String>,
    /// What moves: `orbit`, `rotate`, `translate` or `light` in evaluation sets.
    pub motion: Option<String>,
    /// The lights by name, `A` first.
    pub lights: BTreeMap<String, ClipLight>,
}

/// A light of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipLight {
    /// The map's file, resolved against the folder of `clip.json`.
    pub file: PathBuf,
    /// Turn about the vertical, one a frame, in radians.
    pub yaw: Vec<f32>,
    /// Factor on the map's radiance.
    pub exposure: f32,
}

#[derive(Deserialize)]
struct Raw {
    frames: Option<usize>,
    width: Option<usize>,
    height: Option<usize>,
    fov_x_deg: f32,
    fps: Option<f32>,
    kind: Option<String>,
    motion: Option<String>,
    camera_to_world: Vec<[[f32; 4]; 4]>,
    #[serde(default)]
    lights: BTreeMap<String, RawLight>,
}

#[derive(Deserialize)]
struct RawLight {
    file: PathBuf,
    rotation_deg: Rotation,
    exposure: f32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Rotation {
    Fixed(f32),
    Frames(Vec<f32>),
}

impl ClipFile {
    /// Reads and checks a `clip.json`. `fov_x_deg` and `camera_to_world` must be there, the rest may be.
    ///
    /// # Errors
    /// No JSON of this form; a field of view outside 0..180°; poses that are no rotation and translation; as many poses or
    /// rotations as frames are missing; an exposure that is not above 0.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
        let wrong = |what: String, remedy: &str| Fault::new(format!("{}: {what}", path.display()), remedy);
        if bytes > MOST_BYTES {
            return Err(wrong(format!("{bytes} bytes are no clip.json"), "give the file with the camera poses"));
        }
        let words = fs::read_to_string(path).map_err(|e| Fault::read(path, &e))?;
        let form = "write fov_x_deg and camera_to_world (a row-major 4x4 matrix a frame), and lights as the evaluation set does";
        let raw: Raw = serde_json::from_str(&words).map_err(|e| wrong(e.to_string(), form))?;
        let frames = raw.frames.unwrap_or(raw.camera_to_world.len());
        if frames == 0 || raw.camera_to_world.len() != frames {
            return Err(wrong(format!("{} poses for {frames} frames", raw.camera_to_world.len()), "write one pose a frame"));
        }
        if !(raw.fov_x_deg > 0.0 && raw.fov_x_deg < 180.0) {
            return Err(wrong(format!("fov_x_deg is {}", raw.fov_x_deg), "write the horizontal field of view, between 0 and 180"));
        }
        if raw.fps.is_some_and(|f| !(f > 0.0 && f < 1e4)) {
            return Err(wrong("fps is no frame rate".into(), "write frames per second, above 0"));
        }
        let mut cameras = Vec::with_capacity(frames);
        for (i, rows) in raw.camera_to_world.iter().enumerate() {
            let to_world = Mat4::from_cols_array_2d(rows).transpose();
            if !is_rigid(to_world) {
                let remedy = "write camera-to-world matrices of rotation and translation, row-major, OpenGL axes, +Y up";
                return Err(wrong(format!("pose {i} is no rotation and translation"), remedy));
            }
            cameras.push(Camera { fov_x: raw.fov_x_deg.to_radians(), to_world });
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut lights = BTreeMap::new();
        for (name, light) in raw.lights {
            let degrees = match light.rotation_deg {
                Rotation::Fixed(turn) => vec![turn; frames],
                Rotation::Frames(turns) => turns,
            };
            if degrees.len() != frames || degrees.iter().any(|d| !d.is_finite()) {
                return Err(wrong(format!("light {name} has {} rotations for {frames} frames", degrees.len()), "write one angle a frame"));
            }
            if !(light.exposure > 0.0 && light.exposure.is_finite()) {
                return Err(wrong(format!("light {name} has exposure {}", light.exposure), "write a factor above 0"));
            }
            let yaw = degrees.iter().map(|d| d.to_radians()).collect();
            lights.insert(name, ClipLight { file: folder.join(light.file), yaw, exposure: light.exposure });
        }
        let Raw { width, height, fps, kind, motion, .. } = raw;
        Ok(Self { cameras, width, height, fps, kind, motion, lights })
    }
}

fn is_rigid(m: Mat4) -> bool {
    let axes = Mat3::from_mat4(m);
    let square = axes.transpose() * axes;
    m.is_finite() && m.row(3).abs_diff_eq(glam::Vec4::W, 1e-5) && square.abs_diff_eq(Mat3::IDENTITY, SLACK) && axes.determinant() > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"frames": 2, "fov_x_deg": 40, "fps": 6, "camera_to_world": [
        [[0,0,1,3],[0,1,0,0],[-1,0,0,0],[0,0,0,1]], [[1,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]],
        "lights": {"A": {"file": "../sky.exr", "rotation_deg": [0, 90], "exposure": 0.5}, "B": {"file": "b.exr", "rotation_deg": 30, "exposure": 1}}}"#;

    fn read(words: &str) -> Result<ClipFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.json");
        fs::write(&path, words).unwrap();
        ClipFile::read(&path)
    }

    #[test]
    fn poses_are_row_major_and_lights_are_in_radians() {
        let clip = read(GOOD).unwrap();
        assert_eq!(clip.cameras[0].to_world.w_axis.x, 3.0);
        // Turned by +90°, the camera looks along −X.
        assert!(clip.cameras[0].to_world.transform_vector3(glam::Vec3::NEG_Z).abs_diff_eq(glam::Vec3::NEG_X, 1e-6));
        assert!((clip.lights["A"].yaw[1] - std::f32::consts::FRAC_PI_2).abs() < 1e-6);
        assert!(clip.lights["A"].file.ends_with("../sky.exr") && clip.lights["B"].yaw.len() == 2);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (from, to) in [
            ("\"frames\": 2", "\"frames\": 3"),
            ("\"frames\": 2", "\"frames\": 4000000000000"),
            ("\"fov_x_deg\": 40", "\"fov_x_deg\": 180"),
            ("\"fov_x_deg\": 40", "\"fov_x_deg\": -1e30"),
            ("[0,1,0,0],[-1", "[0,2,0,0],[-1"),
            ("[0,1,0,0],[-1", "[0,-1,0,0],[-1"),
            ("[0, 90]", "[0]"),
            ("\"exposure\": 0.5", "\"exposure\": 0"),
            ("\"exposure\": 0.5", "\"exposure\": 1e999"),
            ("\"fps\": 6", "\"fps\": 0"),
            ("{\"frames\"", "[\"frames\""),
        ] {
            let words = GOOD.replacen(from, to, 1);
            assert_ne!(words, GOOD, "{from}");
            let fault = read(&words).unwrap_err();
            assert!(fault.cause.contains("clip.json") && !fault.remedy.is_empty(), "{to}");
        }
        assert!(read("").is_err());
    }
}
