//! Path tracer: teacher, judge, and renderer of inserted objects.

mod scene;

pub use scene::{Instance, Material, Mesh, Point, Scene, Standard, Surface, Texture};
