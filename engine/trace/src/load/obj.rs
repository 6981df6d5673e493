//! Wavefront OBJ files.

use crate::{Instance, Material, Mesh, Scene, Standard};
use glam::{Affine3A, Vec2, Vec3};
use relight_file::{Blame, Fault, Result};
use std::{
    collections::HashMap,
    io::{BufReader, Read},
    sync::Arc,
};

/// Reads the triangles of an OBJ file from memory: one instance a group and material, at the identity, and one grey material for each name that
/// the file uses (in the order of first use; the last is that of faces without a name). Material libraries are not opened.
///
/// # Errors
/// The text is malformed or holds no triangle.
pub fn load_obj(bytes: &[u8]) -> Result<Scene> {
    let mut names: Vec<&str> = Vec::new();
    for line in bytes.split(|b| *b == b'\n') {
        let name = std::str::from_utf8(line).ok().and_then(|l| l.trim().strip_prefix("usemtl")).map(str::trim);
        if let Some(name) = name.filter(|n| !n.is_empty() && !names.contains(n)) {
            names.push(name);
        }
    }
    // The parser only splits at materials that some library defines: give it one that defines all that are used.
    let head = b"mtllib every\n";
    let library = |path: &std::path::Path| {
        if path.as_os_str() != "every" {
            return Ok((Vec::new(), HashMap::new().into_iter().collect()));
        }
        let materials = names.iter().map(|n| tobj::Material { name: (*n).to_owned(), ..Default::default() }).collect();
        Ok((materials, names.iter().enumerate().map(|(i, n)| ((*n).to_owned(), i)).collect()))
    };
    let options = tobj::LoadOptions { single_index: true, triangulate: true, ignore_points: true, ignore_lines: true };
    let remedy = "check that it is a whole Wavefront OBJ file";
    let (models, _) =
        tobj::load_obj_buf(&mut BufReader::new(head.chain(bytes)), &options, library).blame(|| "cannot read an OBJ file".into(), remedy)?;
    let mut scene = Scene { instances: Vec::new(), materials: vec![Material::Standard(Standard::default()); names.len() + 1] };
    for model in models {
        let mesh = mesh(&model.mesh);
        if !mesh.triangles.is_empty() {
            let material = model.mesh.material_id.unwrap_or(names.len()).min(names.len());
            scene.instances.push(Instance { mesh: Arc::new(mesh), material, to_world: Affine3A::IDENTITY });
        }
    }
    if scene.instances.is_empty() {
        return Err(Fault::new("an OBJ file has no triangles", "export the faces too"));
    }
    Ok(scene)
}

fn mesh(mesh: &tobj::Mesh) -> Mesh {
    let triples = |x: &[f32]| x.chunks_exact(3).map(Vec3::from_slice).collect::<Vec<_>>();
    let positions = triples(&mesh.positions);
    let n = positions.len();
    let mut normals: Vec<Vec3> = triples(&mesh.normals).into_iter().map(Vec3::normalize_or_zero).collect();
    // OBJ's v runs upwards.
    let mut uvs: Vec<Vec2> = mesh.texcoords.chunks_exact(2).map(|t| Vec2::new(t[0], 1.0 - t[1])).collect();
    // Faces with and without normals may be mixed; what is not complete is of no use.
    if normals.len() != n {
        normals.clear();
    }
    if uvs.len() != n {
        uvs.clear();
    }
    let triangles = mesh.indices.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).filter(|t| t.iter().all(|i| (*i as usize) < n)).collect();
    Mesh { positions, normals, uvs, triangles }
}
