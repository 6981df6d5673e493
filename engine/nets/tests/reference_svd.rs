//! The SVD family against numbers that the official modules gave. `RELIGHT_REFERENCE=DIR` names another set (`DIR/svd/*.safetensors`); nothing here
//! assumes a size: configurations, counts and names come from the files.

#[path = "shared/cut.rs"]
mod cut;
#[path = "svd/fixture.rs"]
mod fixture;
#[path = "svd/light.rs"]
mod light;
#[path = "svd/nets.rs"]
mod nets;
#[path = "svd/pipelines.rs"]
mod pipelines;
#[path = "svd/preparation.rs"]
mod preparation;
#[path = "svd/sampler.rs"]
mod sampler;
#[path = "svd/tables.rs"]
mod tables;
