//! The thing that is inserted.

use glam::{Affine3A, Vec3};
use relight_file::{Fault, Result};
use relight_trace::{Instance, Scene, load_gltf, load_obj};
use std::{fs, path::Path};

/// The largest OBJ text that is read.
const MOST_BYTES: u64 = 512 << 20;

/// A scene brought to unit size: it stands on y = 0 with the middle of its bounding box above the origin, and its largest side is 1.
#[derive(Clone)]
pub struct Object {
    pub(crate) scene: Scene,
    /// Half the bounding box's sides; one of them is ½.
    pub(crate) half: Vec3,
    home: Affine3A,
}

impl Object {
    /// Reads a `.glb`, `.gltf` or `.obj` file: all of its meshes as one thing, with glTF materials, textures and normal maps (OBJ is grey).
    ///
    /// # Errors
    /// Another extension; the file cannot be read or holds no triangles.
    pub fn load(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        let scene = match extension.as_str() {
            "glb" | "gltf" => load_gltf(path)?,
            "obj" => {
                let size = fs::metadata(path).map_err(|e| Fault::read(path, &e))?.len();
                if size > MOST_BYTES {
                    return Err(Fault::new(format!("{} is too large for an object", path.display()), "export a simpler mesh"));
                }
                let bytes = fs::read(path).map_err(|e| Fault::read(path, &e))?;
                load_obj(&bytes).map_err(|f| Fault::new(format!("{}: {}", path.display(), f.cause), f.remedy))?
            }
            _ => return Err(Fault::new(format!("{} is no object", path.display()), "give a .glb, .gltf or .obj file (or buffers with --layer)")),
        };
        Self::new(&scene).map_err(|f| Fault::new(format!("{}: {}", path.display(), f.cause), f.remedy))
    }

    /// Takes any scene for one thing.
    ///
    /// # Errors
    /// It has no triangles, or no size.
    pub fn new(scene: &Scene) -> Result<Self> {
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for instance in &scene.instances {
            let used = instance.mesh.triangles.iter().flatten().filter_map(|i| instance.mesh.positions.get(*i as usize));
            for p in used.map(|p| instance.to_world.transform_point3(*p)) {
                (low, high) = (low.min(p), high.max(p));
            }
        }
        let size = (high - low).max_element();
        if !(low.is_finite() && high.is_finite() && size > 0.0) {
            return Err(Fault::new("it holds nothing to see", "export it with its meshes"));
        }
        let foot = Vec3::new(0.5 * (low.x + high.x), low.y, 0.5 * (low.z + high.z));
        let unit = Affine3A::from_scale(Vec3::splat(1.0 / size)) * Affine3A::from_translation(-foot);
        let instances = scene.instances.iter().map(|i| Instance { to_world: unit * i.to_world, ..i.clone() }).collect();
        Ok(Self { scene: Scene { instances, materials: scene.materials.clone() }, half: 0.5 * (high - low) / size, home: unit.inverse() })
    }

    /// The transform that puts it back where its own scene has it.
    pub fn home(&self) -> Affine3A {
        self.home
    }

    /// The scene with the thing moved by `to_world`.
    pub(crate) fn placed(&self, to_world: Affine3A) -> Scene {
        let instances = self.scene.instances.iter().map(|i| Instance { to_world: to_world * i.to_world, ..i.clone() }).collect();
        Scene { instances, materials: self.scene.materials.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relight_trace::Mesh;
    use std::sync::Arc;

    #[test]
    fn things_of_any_size_and_place_stand_on_the_origin() {
        let mesh = Mesh {
            positions: vec![Vec3::new(10.0, 5.0, 0.0), Vec3::new(14.0, 5.0, 0.0), Vec3::new(10.0, 7.0, 1.0)],
            triangles: vec![[0, 1, 2]],
            ..Mesh::default()
        };
        let instance = Instance { mesh: Arc::new(mesh), material: 0, to_world: Affine3A::from_scale(Vec3::splat(3.0)) };
        let object = Object::new(&Scene { instances: vec![instance], materials: Vec::new() }).unwrap();
        let at = |k: usize| object.scene.instances[0].to_world.transform_point3(object.scene.instances[0].mesh.positions[k]);
        assert!(at(0).abs_diff_eq(Vec3::new(-0.5, 0.0, -0.125), 1e-6) && at(2).abs_diff_eq(Vec3::new(-0.5, 0.5, 0.125), 1e-6), "{} {}", at(0), at(2));
        assert!(object.home().transform_point3(at(1)).abs_diff_eq(Vec3::new(42.0, 15.0, 0.0), 1e-4));
        assert!(object.half.abs_diff_eq(Vec3::new(0.5, 0.25, 0.125), 1e-6));
        assert!(Object::new(&Scene::default()).is_err());
        assert!(Object::load(Path::new("a.stl")).err().unwrap().remedy.contains(".glb"));
        assert!(Object::load(Path::new("absent.obj")).is_err());
    }
}
