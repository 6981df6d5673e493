//! Where the thing stands.

use glam::{Affine3A, Mat3, Mat3A, Vec3};
use relight_file::{Fault, Result};
use relight_gbuffer::{Camera, GBuffer};

/// Where in the first frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// On the surface seen at this pixel, upright on it.
    On {
        /// Pixels from the left.
        x: f32,
        /// Pixels from the top.
        y: f32,
    },
    /// Its foot at this pixel, upright in the world (in the picture where no poses are known).
    At {
        /// Pixels from the left.
        x: f32,
        /// Pixels from the top.
        y: f32,
        /// Along the optical axis in the buffers' unit; that of the surface there where not given.
        depth: Option<f32>,
    },
}

/// How large it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Size {
    /// Its largest side as a part of the picture's height at the place where it stands.
    Picture(f32),
    /// Its largest side in the unit of depth.
    Scene(f32),
}

/// A place, a size and a turn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placing {
    /// Where.
    pub place: Place,
    /// How large.
    pub size: Size,
    /// Turn about its upright axis in radians, counter-clockwise seen from above; at 0 its +Z side faces the camera.
    pub yaw: f32,
}

/// The part of the picture's shorter side over which a surface's slope is measured.
const PATCH: f32 = 0.05;
/// Relative difference of depth from the pixel's own beyond which a neighbour is another surface.
const SAME: f32 = 0.08;

impl Placing {
    /// From the unit object's space to the world. `buffers` and `camera` are the first frame's.
    ///
    /// # Errors
    /// The place is outside of the picture; nothing is there and no depth is given; the size or the depth is not above 0.
    pub fn to_world(&self, buffers: &GBuffer, camera: &Camera) -> Result<Affine3A> {
        let (x, y) = match self.place {
            Place::On { x, y } | Place::At { x, y, .. } => (x, y),
        };
        let (width, height) = (buffers.width, buffers.height);
        if !(x >= 0.0 && y >= 0.0 && x < width as f32 && y < height as f32) {
            return Err(Fault::new(format!("({x}, {y}) is outside of the {width}x{height} picture"), "give pixels from its upper left corner"));
        }
        let (surface, up) = surface(buffers, camera, x, y);
        let axes = Mat3::from_mat4(camera.to_world);
        let (point, up) = match self.place {
            Place::On { .. } => {
                let point = surface.ok_or_else(|| nothing(x, y, "choose a pixel that shows a surface"))?;
                (point, (axes * up).normalize())
            }
            Place::At { depth: Some(depth), .. } => {
                if !(depth > 0.0 && depth.is_finite()) {
                    return Err(Fault::new(format!("{depth} is no depth"), "give a distance above 0 along the optical axis"));
                }
                (camera.ray(x, y, width, height) * depth, Vec3::Y)
            }
            Place::At { depth: None, .. } => (surface.ok_or_else(|| nothing(x, y, "give a depth, too: --at X,Y,DEPTH"))?, Vec3::Y),
        };
        let size = match self.size {
            Size::Picture(part) => part * -point.z * 2.0 * camera.tangent() * height as f32 / width as f32,
            Size::Scene(size) => size,
        };
        if !(size > 0.0 && size.is_finite()) {
            return Err(Fault::new(format!("{size} is no size"), "give a number above 0, such as --size 0.3"));
        }
        let to_eye = -(axes * point);
        let flat = to_eye - up * to_eye.dot(up);
        // Seen straight from above there is no front: the picture's lower edge serves.
        let front = if flat.length() > 1e-3 * to_eye.length() { flat.normalize() } else { (-(axes * Vec3::Y)).reject_from(up).normalize_or(Vec3::Z) };
        let turn = Mat3A::from_cols(up.cross(front).into(), up.into(), front.into()) * Mat3A::from_rotation_y(self.yaw) * size;
        Ok(Affine3A { matrix3: turn, translation: camera.to_world.transform_point3(point).into() })
    }
}

fn nothing(x: f32, y: f32, remedy: &str) -> Fault {
    Fault::new(format!("nothing is seen at ({x}, {y})"), remedy)
}

/// The camera-space point and upward normal of the surface at a pixel.
///
/// Inverse depth is linear in the image on a plane: 1/depth = g·ray, where g is the plane's normal over its distance. A least-squares g over a
/// patch gives the geometry that the composed picture has to agree with; estimated normals may know better how a thing is lit, but not where
/// the depth buffer lets it stand.
fn surface(buffers: &GBuffer, camera: &Camera, x: f32, y: f32) -> (Option<Vec3>, Vec3) {
    let (width, height) = (buffers.width, buffers.height);
    let (px, py) = (x as usize, y as usize);
    let here = py * width + px;
    let depth = buffers.depth[here];
    if !(buffers.alpha[here] > 0.0 && depth > 0.0 && depth.is_finite()) {
        return (None, Vec3::Y);
    }
    let reach = (PATCH * width.min(height) as f32).max(2.0) as usize;
    let (mut square, mut product) = (Mat3::ZERO, Vec3::ZERO);
    for qy in py.saturating_sub(reach)..=(py + reach).min(height - 1) {
        for qx in px.saturating_sub(reach)..=(px + reach).min(width - 1) {
            let j = qy * width + qx;
            let d = buffers.depth[j];
            if buffers.alpha[j] < 0.5 || d.is_nan() || d <= 0.0 || (d / depth - 1.0).abs() > SAME {
                continue;
            }
            let ray = camera.ray(qx as f32 + 0.5, qy as f32 + 0.5, width, height);
            square += Mat3::from_cols(ray * ray.x, ray * ray.y, ray * ray.z);
            product += ray / d;
        }
    }
    let ray = camera.ray(x, y, width, height);
    let g = if square.determinant().abs() > 1e-12 { square.inverse() * product } else { Vec3::ZERO };
    let inverse = g.dot(ray);
    // A patch that is no plane (its depth there would differ much) leaves the pixel's own depth and shading normal.
    if g.is_finite() && inverse > 0.0 && (inverse * depth - 1.0).abs() < SAME {
        let n = g.normalize();
        return (Some(ray / inverse), if n.dot(ray) > 0.0 { -n } else { n });
    }
    (Some(ray * depth), Vec3::from_slice(&buffers.normal[3 * here..]).normalize_or(Vec3::Y))
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Mat4;

    /// A floor 1.5 below a camera that looks 30° down, at (2, 3, 4) in the world.
    pub(crate) fn floor() -> (GBuffer, Camera) {
        let camera = Camera { fov_x: 1.0, to_world: Mat4::from_translation(Vec3::new(2.0, 3.0, 4.0)) * Mat4::from_rotation_x(-0.5) };
        let mut buffers = GBuffer::empty(80, 60);
        let down = camera.to_world.inverse().transform_vector3(Vec3::NEG_Y);
        for i in 0..80 * 60 {
            let along = camera.ray((i % 80) as f32 + 0.5, (i / 80) as f32 + 0.5, 80, 60).dot(down);
            if along > 0.05 {
                buffers.alpha[i] = 1.0;
                buffers.depth[i] = 1.5 / along;
                buffers.normal[3 * i..3 * i + 3].copy_from_slice(&(-down).to_array());
            }
        }
        (buffers, camera)
    }

    #[test]
    fn it_stands_upright_on_the_floor_and_faces_the_camera() {
        let (buffers, camera) = floor();
        let placing = Placing { place: Place::On { x: 50.3, y: 40.7 }, size: Size::Scene(0.5), yaw: 0.0 };
        let to_world = placing.to_world(&buffers, &camera).unwrap();
        let foot = to_world.transform_point3(Vec3::ZERO);
        assert!((foot.y - 1.5).abs() < 1e-3, "{foot}");
        assert!(to_world.transform_vector3(Vec3::Y).abs_diff_eq(Vec3::new(0.0, 0.5, 0.0), 1e-3));
        let front = to_world.transform_vector3(Vec3::Z).normalize();
        let eye = camera.to_world.w_axis.truncate();
        assert!(front.dot((eye - foot).normalize()) > 0.7 && front.y.abs() < 1e-3);
        let (x, y) = camera.project(camera.to_world.inverse().transform_point3(foot), 80, 60);
        assert!((x - 50.3).abs() < 0.01 && (y - 40.7).abs() < 0.01);
        let turned = Placing { yaw: std::f32::consts::FRAC_PI_2, ..placing }.to_world(&buffers, &camera).unwrap();
        // Counter-clockwise from above: what faced the camera now faces to the camera's right.
        assert!(turned.transform_vector3(Vec3::Z).dot(camera.to_world.x_axis.truncate()) > 0.3);
        let half = Placing { size: Size::Picture(0.5), place: Place::At { x: 40.0, y: 30.0, depth: Some(2.0) }, ..placing };
        let scale = half.to_world(&buffers, &camera).unwrap().transform_vector3(Vec3::X).length();
        assert!((scale - 2.0 * 0.5f32.tan() * 0.75).abs() < 1e-4, "{scale}");
    }

    #[test]
    fn places_that_are_none_are_refused() {
        let (mut buffers, camera) = floor();
        buffers.alpha[83] = 0.0;
        buffers.depth[83] = 0.0;
        let at = |place, size| Placing { place, size, yaw: 0.0 }.to_world(&buffers, &camera);
        let fine = Size::Picture(0.2);
        assert!(at(Place::On { x: 90.0, y: 5.0 }, fine).unwrap_err().cause.contains("80x60"));
        assert!(at(Place::On { x: f32::NAN, y: 5.0 }, fine).is_err());
        assert!(at(Place::On { x: 3.0, y: 1.0 }, fine).unwrap_err().cause.contains("nothing"));
        assert!(at(Place::At { x: 3.0, y: 1.0, depth: None }, fine).unwrap_err().remedy.contains("DEPTH"));
        assert!(at(Place::At { x: 3.0, y: 1.0, depth: Some(-1.0) }, fine).is_err());
        assert!(at(Place::On { x: 40.0, y: 50.0 }, Size::Scene(0.0)).is_err());
        assert!(at(Place::On { x: 40.0, y: 50.0 }, Size::Picture(f32::INFINITY)).is_err());
    }
}
