//! Bounding volume hierarchies, eight children a node, over triangles and over instances.

mod bounds;
mod build;
mod lanes;
mod node;
mod packet;
mod stack;
mod triangles;
mod world;

pub(crate) use stack::Stack;
pub(crate) use triangles::Hierarchy;
pub(crate) use world::{Hit, Placed, Ray, World};
