//! Path tracer: teacher, judge, and renderer of inserted objects.
//!
//! A [`Scene`] becomes a [`Tracer`], which renders what a camera sees under several lights at once together with the passes:
//! unidirectional paths, next-event estimation of the environment with multiple importance sampling, several lights along the same paths.

mod cache;
mod film;
mod hierarchy;
mod lamp;
mod load;
mod path;
mod pixel;
mod scene;
mod settings;
mod shading;
mod sobol;
mod tracer;

pub use cache::MeshCache;
pub use load::{load_gltf, load_obj};
pub use scene::{Instance, Material, Mesh, Point, Scene, Standard, Surface, Texture};
pub use settings::{Rendering, Settings};
pub use tracer::Tracer;
