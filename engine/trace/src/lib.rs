//! Path tracer: teacher, judge, and renderer of inserted objects.

mod cache;
mod hierarchy;
mod load;
mod scene;
mod settings;
mod tracer;

pub use cache::MeshCache;
pub use load::{load_gltf, load_obj};
pub use scene::{Instance, Material, Mesh, Point, Scene, Standard, Surface, Texture};
pub use settings::{Rendering, Settings};
pub use tracer::Tracer;
