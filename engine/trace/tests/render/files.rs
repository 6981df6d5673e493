//! Scenes from files, whole and broken.

use glam::Vec3;
use relight_trace::{Material, Scene, Tracer, load_gltf, load_obj};
use std::path::Path;

/// A binary glTF of one textured triangle under two nodes, the inner one mirrored and moved.
fn glb() -> Vec<u8> {
    let mut png = Vec::new();
    let image = image::RgbImage::from_raw(2, 1, vec![255, 0, 0, 188, 188, 188]).unwrap();
    image.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    let mut bin: Vec<u8> = Vec::new();
    let floats = [0.0f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, /* uv */ 0.25, 0.5, 0.75, 0.5, 0.25, 0.5];
    bin.extend(floats.iter().flat_map(|f| f.to_le_bytes()));
    bin.extend([0u16, 1, 2, 0].iter().flat_map(|i| i.to_le_bytes()));
    let image_start = bin.len();
    bin.extend(&png);
    bin.resize(bin.len().next_multiple_of(4), 0);
    let mut json = serde_json::json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"children": [1], "translation": [0.0, 2.0, 0.0]}, {"mesh": 0, "scale": [-2.0, 2.0, 2.0]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "baseColorFactor": [1.0, 1.0, 0.5, 1.0],
            "metallicFactor": 0.25, "roughnessFactor": 0.75}}],
        "textures": [{"source": 0}], "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0.0, 0.0, 0.0], "max": [1.0, 1.0, 0.0]},
            {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 3, "type": "SCALAR"}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 24},
            {"buffer": 0, "byteOffset": 60, "byteLength": 6}, {"buffer": 0, "byteOffset": image_start, "byteLength": png.len()}],
        "buffers": [{"byteLength": bin.len()}],
    })
    .to_string()
    .into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let word = |n: usize| (n as u32).to_le_bytes();
    let mut out = b"glTF".to_vec();
    out.extend([word(2), word(28 + json.len() + bin.len()), word(json.len()), *b"JSON"].concat());
    out.extend(json);
    out.extend([word(bin.len()), *b"BIN\0"].concat());
    out.extend(bin);
    out
}

fn load(bytes: &[u8], folder: &Path) -> relight_file::Result<Scene> {
    let path = folder.join("a.glb");
    std::fs::write(&path, bytes).unwrap();
    load_gltf(&path)
}

#[test]
fn a_binary_gltf_gives_its_mesh_material_texture_and_place() {
    let folder = tempfile::tempdir().unwrap();
    let scene = load(&glb(), folder.path()).unwrap();
    assert_eq!(scene.instances.len(), 1);
    let instance = &scene.instances[0];
    assert_eq!(instance.mesh.triangles, [[0, 1, 2]]);
    assert_eq!(instance.to_world.transform_point3(Vec3::X), Vec3::new(-2.0, 2.0, 0.0));
    let Material::Standard(material) = &scene.materials[instance.material] else { panic!("not a standard material") };
    assert_eq!((material.roughness, material.metallic), (0.75, 0.25));
    // Texel 188 of sRGB is .503 in linear light.
    let texels = &material.albedo_map.as_ref().unwrap().texels;
    assert_eq!(texels[0], [1.0, 0.0, 0.0]);
    assert!((texels[1][0] - 0.503).abs() < 0.002);
    let hit = Tracer::new(&scene).unwrap().distances(&[(Vec3::new(-0.5, 2.5, 3.0), Vec3::NEG_Z)]);
    assert!(hit[0].is_some_and(|d| (d - 3.0).abs() < 1e-5));
}

#[test]
fn broken_gltf_files_are_faults_and_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let whole = glb();
    for length in (0..whole.len()).step_by(41) {
        let fault = load(&whole[..length], folder.path()).err().expect("a truncated file was read");
        assert!(fault.cause.contains("a.glb") && !fault.remedy.is_empty());
    }
    // Numbers and letters changed anywhere: whatever loads must also trace or be refused.
    let json_end = 20 + u32::from_le_bytes(whole[12..16].try_into().unwrap()) as usize;
    for at in (20..json_end).step_by(3) {
        for byte in [b'9', b'0', b'-', b'"'] {
            let mut broken = whole.clone();
            broken[at] = byte;
            if let Ok(scene) = load(&broken, folder.path()) {
                let _ = Tracer::new(&scene);
            }
        }
    }
    assert!(load_gltf(Path::new("/nowhere/a.glb")).err().unwrap().remedy.contains("path"));
}

#[test]
fn an_obj_splits_by_material_and_turns_its_texture_coordinates_over() {
    let text = b"mtllib none.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0.25 0.25\nusemtl red\nf 1/1 2/1 3/1 4/1\nusemtl blue\nf 1/1 2/1 3/1\n";
    let scene = load_obj(text).unwrap();
    assert_eq!((scene.instances.len(), scene.materials.len()), (2, 3));
    assert_eq!((scene.instances[0].material, scene.instances[1].material), (0, 1));
    assert_eq!(scene.instances[0].mesh.triangles.len(), 2);
    assert_eq!(scene.instances[0].mesh.uvs[0].to_array(), [0.25, 0.75]);
    for broken in
        [&b""[..], b"f 1 2 3\n", b"v 0 0\nf 1 1 1\n", b"v a b c\n", b"v 0 0 0\nf 1 2 99999999999\n", b"\xff\xfe\0\0", b"f -1 -2 -3\nv 0 0 0"]
    {
        assert!(load_obj(broken).is_err(), "{:?}", String::from_utf8_lossy(broken));
    }
}
