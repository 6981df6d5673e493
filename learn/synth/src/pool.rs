//! Free meshes from folders: Wavefront OBJ, also inside Sweet Home 3D's `.sh3f` archives, and glTF.

use crate::{
    folder,
    model::{Model, Part, fitting},
    reserved,
    shape::Soup,
};
use glam::Vec3;
use relight_file::{Blame, Fault, Result};
use std::{
    collections::HashMap,
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Larger glTF files hold 4096² textures, which take hundreds of megabytes each when decoded.
const LARGEST_GLTF: u64 = 3 << 20;
/// Larger OBJ texts are not objects but scenes.
const LARGEST_OBJ: u64 = 64 << 20;

/// Where a model is.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    Obj(PathBuf),
    Packed(PathBuf, String),
    Gltf(PathBuf),
}

/// Everything that `--meshes` names, by place; models are read when a world needs them.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    obj: Vec<Source>,
    gltf: Vec<Source>,
}

impl Pool {
    /// Lists the models in the folders and archives; reserved ones are passed over.
    ///
    /// # Errors
    /// A path that cannot be read, or holds no model that training may use.
    pub fn find(paths: &[PathBuf]) -> Result<Self> {
        let mut pool = Self::default();
        for path in paths {
            let before = pool.len();
            let files = if path.is_dir() { folder::files(path, &["obj", "glb", "gltf", "sh3f", "zip"], 8)? } else { vec![path.clone()] };
            for file in files {
                pool.add(&file)?;
            }
            if pool.len() == before {
                let cause = format!("{} holds no model that training may use", path.display());
                return Err(Fault::new(cause, "give a folder or .sh3f archive of .obj or .glb files that the evaluation sets do not reserve"));
            }
        }
        Ok(pool)
    }

    fn len(&self) -> usize {
        self.obj.len() + self.gltf.len()
    }

    /// Number of OBJ models.
    pub fn obj_count(&self) -> usize {
        self.obj.len()
    }

    /// Number of glTF models.
    pub fn gltf_count(&self) -> usize {
        self.gltf.len()
    }

    fn add(&mut self, file: &Path) -> Result<()> {
        let size = fs::metadata(file).map_err(|e| Fault::read(file, &e))?.len();
        match file.extension().map(|e| e.to_string_lossy().to_lowercase()).as_deref() {
            Some("sh3f" | "zip") => {
                let mut archive = open(file)?;
                let mut names: Vec<String> = Vec::new();
                for index in 0..archive.len() {
                    let entry = archive.by_index_raw(index).blame(|| format!("cannot read {}", file.display()), "copy the archive again")?;
                    let Ok(name) = entry.name().map(|n| n.into_owned()) else { continue };
                    if name.to_lowercase().ends_with(".obj") && entry.size() <= LARGEST_OBJ && !reserved::model(Path::new(&name)) {
                        names.push(name);
                    }
                }
                names.sort();
                self.obj.extend(names.into_iter().map(|n| Source::Packed(file.to_owned(), n)));
            }
            _ if reserved::model(file) => {}
            Some("obj") if size <= LARGEST_OBJ => self.obj.push(Source::Obj(file.to_owned())),
            Some("glb" | "gltf") if size <= LARGEST_GLTF => self.gltf.push(Source::Gltf(file.to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// Reads OBJ model `index`.
    ///
    /// # Errors
    /// The file is gone, malformed or empty.
    pub fn obj(&self, index: usize) -> Result<Model> {
        let (name, text) = match &self.obj[index] {
            Source::Packed(archive, name) => {
                let mut text = Vec::new();
                let label = format!("{} in {}", name, archive.display());
                let mut zip = open(archive)?;
                let entry = zip.by_name(name).blame(|| format!("cannot read {label}"), "copy the archive again")?;
                // The directory's size was checked; the stream may still be longer than it says.
                entry.take(LARGEST_OBJ).read_to_end(&mut text).blame(|| format!("cannot read {label}"), "copy the archive again")?;
                (label, text)
            }
            Source::Obj(path) | Source::Gltf(path) => (path.display().to_string(), fs::read(path).map_err(|e| Fault::read(path, &e))?),
        };
        parse(&text, &name)
    }

    /// Reads glTF model `index`.
    ///
    /// # Errors
    /// The file is gone, malformed or empty.
    pub fn gltf(&self, index: usize) -> Result<Model> {
        let (Source::Gltf(path) | Source::Obj(path) | Source::Packed(path, _)) = &self.gltf[index];
        let scene = relight_trace::load_gltf(path)?;
        Model::from_scene(&scene).ok_or_else(|| Fault::new(format!("{} holds no body", path.display()), "remove it from the meshes"))
    }
}

fn open(file: &Path) -> Result<zip::ZipArchive<BufReader<fs::File>>> {
    let handle = fs::File::open(file).map_err(|e| Fault::read(file, &e))?;
    zip::ZipArchive::new(BufReader::new(handle)).blame(|| format!("cannot read {}", file.display()), "give a whole zip archive")
}

/// Triangles of an OBJ text by the names that its `usemtl` lines give: one part each, in order of first use.
fn parse(text: &[u8], name: &str) -> Result<Model> {
    let malformed = || format!("cannot read {name}");
    const REMEDY: &str = "export the model as Wavefront OBJ again, or remove it from the meshes";
    // Material files are not needed, only the names: declare every name that the text uses.
    let lines = String::from_utf8_lossy(text);
    let mut names: HashMap<String, usize> = HashMap::new();
    for used in lines.lines().filter_map(|l| l.trim().strip_prefix("usemtl ")) {
        let next = names.len();
        names.entry(used.trim().to_owned()).or_insert(next);
    }
    let options = tobj::LoadOptions { triangulate: true, single_index: false, ignore_lines: true, ignore_points: true };
    let materials = |_: &Path| Ok((vec![tobj::Material::default(); names.len()], names.clone().into_iter().collect()));
    let header = "mtllib names.mtl\n".as_bytes();
    let body: Vec<u8> = lines.lines().filter(|l| !l.trim_start().starts_with("mtllib")).flat_map(|l| [l.as_bytes(), b"\n"].concat()).collect();
    let (models, _) = tobj::load_obj_buf(&mut header.chain(body.as_slice()), &options, materials).blame(malformed, REMEDY)?;
    let slots = names.len().max(1);
    let mut soups = vec![Soup::default(); slots];
    for model in models {
        let soup = Soup {
            positions: model.mesh.positions.chunks_exact(3).map(Vec3::from_slice).collect(),
            triangles: model.mesh.indices.chunks_exact(3).map(|t| [t[0], t[1], t[2]]).collect(),
        };
        if soup.positions.iter().any(|p| !p.is_finite()) || soup.triangles.iter().flatten().any(|i| *i as usize >= soup.positions.len()) {
            return Err(Fault::new(malformed(), REMEDY));
        }
        soups[model.mesh.material_id.unwrap_or(0).min(slots - 1)].join(&soup);
    }
    // To unit size first: welding works at an absolute distance, and files come in millimetres and in metres.
    let full = soups.iter().filter(|s| !s.positions.is_empty()).map(Soup::bounds);
    let (low, high) = full.fold((Vec3::INFINITY, Vec3::NEG_INFINITY), |(a, b), (l, h)| (a.min(l), b.max(h)));
    let size = (high - low).max_element();
    if !(size.is_finite() && size > 0.0) {
        return Err(Fault::new(format!("{name} holds no triangles"), REMEDY));
    }
    let unit = fitting(low, high);
    let parts = soups.into_iter().enumerate().filter(|(_, s)| !s.triangles.is_empty()).map(|(slot, soup)| {
        let mesh = Arc::new(soup.moved(unit).shaded(38.0));
        Part { mesh, slot, own: None }
    });
    Model::fitted(parts.collect(), slots).ok_or_else(|| Fault::new(format!("{name} holds no body"), REMEDY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obj_groups_become_slots_and_reserved_models_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let text = "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nusemtl red\nf 1 2 3\nusemtl blue\nf 1 2 4\nf 1 3 4\nusemtl red\nf 2 3 4\n";
        fs::write(folder.path().join("thing.obj"), text).unwrap();
        fs::write(folder.path().join("teddyBear.obj"), text).unwrap();
        let pool = Pool::find(&[folder.path().to_owned()]).unwrap();
        assert_eq!(pool.len(), 1);
        let model = pool.obj(0).unwrap();
        assert_eq!((model.slots, model.parts.len()), (2, 2));
        assert_eq!(model.parts.iter().map(|p| p.mesh.triangles.len()).collect::<Vec<_>>(), [2, 2]);
        fs::remove_file(folder.path().join("thing.obj")).unwrap();
        assert!(Pool::find(&[folder.path().to_owned()]).unwrap_err().remedy.contains("reserve"));
    }

    #[test]
    fn broken_text_is_a_fault() {
        assert!(parse(b"v 0 0\nf 1 2 3\n", "x").is_err());
        assert!(parse(b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "x").is_err());
        assert!(parse(b"", "x").is_err());
    }
}
