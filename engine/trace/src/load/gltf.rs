//! glTF 2.0 files, binary or text.

use super::images::{Images, check_uri, colour};
use crate::{Instance, Material, Mesh, Scene, Standard};
use glam::{Affine3A, Mat4, Vec2, Vec3};
use gltf::{
    Semantic,
    accessor::{DataType, Dimensions},
    buffer::Source,
    mesh::Mode,
};
use relight_file::{Blame, Fault, Result};
use std::{collections::HashMap, fs, panic, path::Path, sync::Arc};

const REMEDY: &str = "check that it is a whole glTF 2.0 file, or export it again without compression";
/// Deepest nesting of nodes, and most instances: beyond them a file is broken (a cycle) or hostile (nodes shared exponentially).
const MAX_DEPTH: usize = 256;
const MAX_INSTANCES: usize = 1 << 18;

/// Reads a `.glb` or `.gltf` file: the default scene (else the first) with its meshes, node transforms, materials and textures.
///
/// Base colour, metallic-roughness and normal textures are kept; alpha, emission, skins, morph targets and animations are left out.
/// Only the texture coordinates that the base colour uses are read. Points and lines are left out.
///
/// # Errors
/// The file or one it refers to is unreadable or malformed, or needs an extension that is not known (such as Draco compression).
pub fn load_gltf(path: &Path) -> Result<Scene> {
    // The parser's own validation indexes out of bounds on some malformed documents (gltf-json 1.4.1, mesh.rs:151: a position accessor that does
    // not exist): such a file is at fault, not the program.
    let scene = panic::catch_unwind(|| load(path));
    scene.unwrap_or_else(|_| Err(Fault::new(format!("cannot read {}: it refers to parts that it does not have", path.display()), REMEDY)))
}

fn load(path: &Path) -> Result<Scene> {
    let cause = || format!("cannot read {}", path.display());
    let bytes = fs::read(path).map_err(|e| Fault::read(path, &e))?;
    let file = gltf::Gltf::from_slice(&bytes).blame(cause, REMEDY)?;
    drop(bytes);
    let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for buffer in file.document.buffers() {
        if let Source::Uri(uri) = buffer.source() {
            check_uri(uri)?;
        }
    }
    let buffers = gltf::import_buffers(&file.document, Some(base), file.blob).blame(cause, REMEDY)?;
    let mut reader = Reader { buffers: &buffers, meshes: HashMap::new() };
    let mut scene = Scene::default();
    let mut images = Images::new(base, &buffers);
    for material in file.document.materials() {
        scene.materials.push(standard(&material, &mut images).map_err(|f| Fault::new(format!("{}: {}", cause(), f.cause), f.remedy))?);
    }
    // glTF's default for primitives without a material.
    scene.materials.push(Material::Standard(Standard { albedo: Vec3::ONE, roughness: 1.0, metallic: 1.0, ..Standard::default() }));
    let roots: Vec<gltf::Node> = match file.document.default_scene().or_else(|| file.document.scenes().next()) {
        Some(root) => root.nodes().collect(),
        None => file.document.nodes().collect(),
    };
    let mut pending: Vec<(gltf::Node, Mat4, usize)> = roots.into_iter().rev().map(|n| (n, Mat4::IDENTITY, 0)).collect();
    while let Some((node, parent, depth)) = pending.pop() {
        if depth > MAX_DEPTH || scene.instances.len() + pending.len() > MAX_INSTANCES {
            return Err(Fault::new(format!("{}: its nodes are nested without end", cause()), REMEDY));
        }
        let to_world = parent * Mat4::from_cols_array_2d(&node.transform().matrix());
        for primitive in node.mesh().iter().flat_map(|m| m.primitives()) {
            let key = (node.mesh().map_or(0, |m| m.index()), primitive.index());
            let Some(mesh) = reader.mesh(key, &primitive).map_err(|c| Fault::new(format!("{}: {c}", cause()), REMEDY))? else { continue };
            let material = primitive.material().index().unwrap_or(scene.materials.len() - 1);
            scene.instances.push(Instance { mesh, material, to_world: Affine3A::from_mat4(to_world) });
        }
        pending.extend(node.children().map(|child| (child, to_world, depth + 1)));
    }
    Ok(scene)
}

fn standard(material: &gltf::Material, images: &mut Images) -> Result<Material> {
    let pbr = material.pbr_metallic_roughness();
    let mut map = |texture: Option<gltf::Texture>, is_colour| texture.map(|t| images.get(&t.source(), is_colour)).transpose();
    Ok(Material::Standard(Standard {
        albedo: colour(pbr.base_color_factor()),
        roughness: pbr.roughness_factor(),
        metallic: pbr.metallic_factor(),
        albedo_map: map(pbr.base_color_texture().map(|t| t.texture()), true)?,
        metallic_roughness_map: map(pbr.metallic_roughness_texture().map(|t| t.texture()), false)?,
        normal_map: map(material.normal_texture().map(|t| t.texture()), false)?,
        normal_scale: material.normal_texture().map_or(1.0, |t| t.scale()),
    }))
}

struct Reader<'a> {
    buffers: &'a [gltf::buffer::Data],
    meshes: HashMap<(usize, usize), Option<Arc<Mesh>>>,
}

impl Reader<'_> {
    /// The triangles of `primitive`, read once; `None` where it has none. The error is a cause.
    fn mesh(&mut self, key: (usize, usize), primitive: &gltf::Primitive) -> Result<Option<Arc<Mesh>>, String> {
        if let Some(mesh) = self.meshes.get(&key) {
            return Ok(mesh.clone());
        }
        let mesh = self.read(primitive)?.map(Arc::new);
        self.meshes.insert(key, mesh.clone());
        Ok(mesh)
    }

    fn read(&self, primitive: &gltf::Primitive) -> Result<Option<Mesh>, String> {
        if !matches!(primitive.mode(), Mode::Triangles | Mode::TriangleStrip | Mode::TriangleFan) {
            return Ok(None);
        }
        let set = primitive.material().pbr_metallic_roughness().base_color_texture().map_or(0, |t| t.tex_coord());
        for (semantic, accessor) in primitive.attributes() {
            let dimensions = match semantic {
                Semantic::Positions | Semantic::Normals => Dimensions::Vec3,
                Semantic::TexCoords(n) if n == set => Dimensions::Vec2,
                _ => continue,
            };
            let float_only = dimensions == Dimensions::Vec3;
            if accessor.dimensions() != dimensions || (float_only && accessor.data_type() != DataType::F32) {
                return Err(format!("a mesh stores {semantic:?} in an unexpected type"));
            }
            self.check(&accessor)?;
        }
        if let Some(accessor) = primitive.indices() {
            if accessor.dimensions() != Dimensions::Scalar {
                return Err("a mesh stores its indices in an unexpected type".into());
            }
            self.check(&accessor)?;
        }
        let reader = primitive.reader(|b| self.buffers.get(b.index()).map(|d| &d.0[..]));
        let Some(positions) = reader.read_positions() else { return Ok(None) };
        let positions: Vec<Vec3> = positions.map(Vec3::from).collect();
        let n = positions.len();
        let fit = |what: &str, len: usize| if len == 0 || len == n { Ok(()) } else { Err(format!("a mesh has {n} vertices but {len} {what}")) };
        let normals: Vec<Vec3> = reader.read_normals().map(|i| i.map(Vec3::from).collect()).unwrap_or_default();
        let uvs: Vec<Vec2> = reader.read_tex_coords(set).map(|i| i.into_f32().map(Vec2::from).collect()).unwrap_or_default();
        fit("normals", normals.len())?;
        fit("texture coordinates", uvs.len())?;
        let indices: Vec<u32> = reader.read_indices().map_or_else(|| (0..n as u32).collect(), |i| i.into_u32().collect());
        if let Some(beyond) = indices.iter().find(|i| **i as usize >= n) {
            return Err(format!("a mesh has {n} vertices but names number {beyond}"));
        }
        let triangles = match primitive.mode() {
            Mode::TriangleStrip => {
                indices.windows(3).enumerate().map(|(i, t)| if i % 2 == 0 { [t[0], t[1], t[2]] } else { [t[1], t[0], t[2]] }).collect()
            }
            Mode::TriangleFan => indices.windows(2).skip(1).map(|t| [indices[0], t[0], t[1]]).collect(),
            _ => indices.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect(),
        };
        Ok(Some(Mesh { positions, normals, uvs, triangles }))
    }

    /// Makes sure that an accessor lies inside its buffer, which the importer takes for granted.
    fn check(&self, accessor: &gltf::Accessor) -> Result<(), String> {
        let broken = || "a mesh lies outside its buffer".to_string();
        if accessor.sparse().is_some() {
            return Err("a mesh is stored sparsely".into());
        }
        let view = accessor.view().ok_or_else(broken)?;
        let size = accessor.size();
        let stride = view.stride().unwrap_or(size);
        let last = accessor.count().checked_sub(1).ok_or_else(broken)?;
        let length = stride.checked_mul(last).and_then(|x| x.checked_add(size)).and_then(|x| x.checked_add(accessor.offset()));
        let end = view.offset().checked_add(view.length()).ok_or_else(broken)?;
        let buffer = self.buffers.get(view.buffer().index()).ok_or_else(broken)?;
        if stride < size || length.is_none_or(|l| l > view.length()) || end > buffer.0.len() {
            return Err(broken());
        }
        Ok(())
    }
}
