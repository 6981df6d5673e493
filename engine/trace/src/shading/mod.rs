//! What light does at a surface.

mod albedo;
mod bsdf;
mod fresnel;
mod ggx;
mod material;
mod vertex;

pub(crate) use bsdf::Bsdf;
pub(crate) use vertex::Vertex;
