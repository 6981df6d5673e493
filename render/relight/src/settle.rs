//! Depth that agrees with the normals.

use relight_edit::Plane;

/// Channels of the plane: normal, log depth, and what else there is.
const Z: usize = 3;
/// How fast the estimated depth holds the settled one: details of less than 1/√.004 = 16 pixels are the normals', what is wider is the depth's.
const HOLD: f32 = 4e-3;
/// A step of log depth between neighbours that disagrees with the normals by this much is half believed to be an edge of something.
const EDGE: f32 = 0.02;
/// Rounds in which the edges are told anew.
const ROUNDS: usize = 3;
/// Most steps of conjugate gradients a round, and the share of the first residual at which they end.
const STEPS: usize = 60;
const RESIDUAL: f32 = 1e-3;
/// Cosine between normal and ray from which on the slope says nothing more: at the silhouette it grows beyond bounds.
const GRAZING: f32 = 0.15;

/// The slope of log depth that normals ask for between neighbours, and how much it counts.
#[derive(Clone, Copy, Default)]
struct Edge {
    slope: f32,
    weight: f32,
}

/// Moves log depth (channel 3 of `plane`) so that its slopes are those of the normals (channels 0 to 2, camera space), but for steps at edges, of a
/// camera with `fov_x` radians across. Pixels with an `alpha` below 1/2 keep theirs and hold nothing.
///
/// A network tells both by themselves, and where they disagree rays from a surface meet the surface itself: spots of shadow where there is none. Perspective
/// normal integration in log depth, ∂z = −(n·∂d)/(n·d) with d the ray of the pixel at depth 1 (Quéau, Durou and Aujol, Normal Integration: A Survey,
/// 2018, eq. 9), with weights of Geman and McClure for edges (their Variational Methods for Normal Integration, 2018) and the estimate as a prior.
pub fn settle(plane: &mut Plane, alpha: Option<&Plane>, fov_x: f32) {
    let (width, height, channels) = (plane.width, plane.height, plane.channels);
    let focal = 0.5 * width as f32 / (0.5 * fov_x).tan();
    let front = |i: usize| alpha.is_none_or(|a| a.data[i] > 0.5);
    let slopes: Vec<[f32; 2]> = (0..width * height)
        .map(|i| {
            let n = &plane.data[i * channels..i * channels + 3];
            let (u, v) = (((i % width) as f32 + 0.5 - 0.5 * width as f32) / focal, (0.5 * height as f32 - (i / width) as f32 - 0.5) / focal);
            let length = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt().max(1e-6);
            let facing = ((n[2] - n[0] * u - n[1] * v) / length).max(GRAZING);
            // Rows grow downwards, y upwards.
            [n[0] / length / focal / facing, -n[1] / length / focal / facing]
        })
        .collect();
    let prior: Vec<f32> = plane.data.chunks_exact(channels).map(|p| p[Z]).collect();
    let mut z = prior.clone();
    let mut edges = vec![[Edge::default(); 2]; width * height];
    for _ in 0..ROUNDS {
        for i in 0..edges.len() {
            let ends = [(i % width + 1 < width).then_some(i + 1), (i / width + 1 < height).then_some(i + width)];
            for (axis, end) in ends.into_iter().enumerate() {
                let Some(j) = end.filter(|j| front(i) && front(*j)) else { continue };
                let slope = 0.5 * (slopes[i][axis] + slopes[j][axis]);
                let apart = (z[j] - z[i] - slope) / EDGE;
                edges[i][axis] = Edge { slope, weight: 1.0 / (1.0 + apart * apart).powi(2) };
            }
        }
        solve(&edges, width, &prior, &mut z);
    }
    plane.data.chunks_exact_mut(channels).zip(z).for_each(|(p, z)| p[Z] = z);
}

/// Minimises Σ weight (z_j − z_i − slope)² + HOLD Σ (z − prior)² by conjugate gradients with the diagonal as preconditioner, from `z` on.
fn solve(edges: &[[Edge; 2]], width: usize, prior: &[f32], z: &mut [f32]) {
    let count = z.len();
    let (mut residual, mut diagonal) = (vec![0.0f32; count], vec![HOLD; count]);
    for i in 0..count {
        residual[i] += HOLD * (prior[i] - z[i]);
        for (edge, step) in edges[i].iter().zip([1, width]) {
            if edge.weight > 0.0 {
                let pull = edge.weight * (z[i + step] - z[i] - edge.slope);
                residual[i] += pull;
                residual[i + step] -= pull;
                diagonal[i] += edge.weight;
                diagonal[i + step] += edge.weight;
            }
        }
    }
    let mut direction: Vec<f32> = residual.iter().zip(&diagonal).map(|(r, d)| r / d).collect();
    let mut size = product(&residual, &direction);
    let enough = size * f64::from(RESIDUAL * RESIDUAL);
    let mut applied = vec![0.0f32; count];
    for _ in 0..STEPS {
        if size <= enough || size == 0.0 {
            break;
        }
        applied.iter_mut().zip(&direction).for_each(|(a, d)| *a = HOLD * d);
        for i in 0..count {
            for (edge, step) in edges[i].iter().zip([1, width]) {
                if edge.weight > 0.0 {
                    let pull = edge.weight * (direction[i + step] - direction[i]);
                    applied[i] -= pull;
                    applied[i + step] += pull;
                }
            }
        }
        let along = (size / product(&direction, &applied)) as f32;
        z.iter_mut().zip(&direction).for_each(|(z, d)| *z += along * d);
        residual.iter_mut().zip(&applied).for_each(|(r, a)| *r -= along * a);
        let next: f64 = residual.iter().zip(&diagonal).map(|(r, d)| f64::from(r * r / d)).sum();
        let keep = (next / size) as f32;
        direction.iter_mut().zip(residual.iter().zip(&diagonal)).for_each(|(p, (r, d))| *p = r / d + keep * *p);
        size = next;
    }
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;
    use relight_gbuffer::Camera;

    const SIZE: usize = 64;

    /// A ball before a wall that leans back: depth and normal of every pixel.
    fn scene(camera: &Camera) -> Vec<(f32, Vec3)> {
        let (centre, radius, wall) = (Vec3::new(0.0, 0.0, -3.0), 0.8, Vec3::new(0.0, 0.6, 0.8));
        let pixel = |i: usize| {
            let ray = camera.ray((i % SIZE) as f32 + 0.5, (i / SIZE) as f32 + 0.5, SIZE, SIZE);
            let (along, off) = (ray.dot(centre) / ray.length_squared(), centre.length_squared() - radius * radius);
            let inside = along * along - off / ray.length_squared();
            let hit = |t: f32| (t, (ray * t - centre) / radius);
            if inside > 0.0 { hit(along - inside.sqrt()) } else { (wall.dot(Vec3::new(0.0, 0.0, -5.0)) / wall.dot(ray), wall) }
        };
        (0..SIZE * SIZE).map(pixel).collect()
    }

    fn error(plane: &Plane, scene: &[(f32, Vec3)]) -> f32 {
        let apart = plane.data.chunks_exact(4).zip(scene).map(|(p, (depth, _))| (p[Z] - depth.ln()).abs());
        apart.sum::<f32>() / scene.len() as f32
    }

    /// The scene with bumps in its depth that the normals do not have.
    fn bumpy(scene: &[(f32, Vec3)]) -> Plane {
        Plane::from_fn(SIZE, SIZE, 4, |x, y, out| {
            let (depth, normal) = scene[y * SIZE + x];
            let bump = 0.04 * (x as f32 * 1.3).sin() * (y as f32 * 0.9).cos();
            out.copy_from_slice(&[normal.x, normal.y, normal.z, depth.ln() + bump]);
        })
    }

    #[test]
    fn bumps_that_normals_deny_go_and_edges_stay() {
        let camera = Camera::at_origin(0.8);
        let scene = scene(&camera);
        let mut plane = bumpy(&scene);
        let before = error(&plane, &scene);
        settle(&mut plane, None, camera.fov_x);
        let after = error(&plane, &scene);
        assert!(before > 0.015 && after < 0.35 * before, "{before} to {after}");
        // The ball's silhouette is a step of log depth of .3 and more; a smooth surface would halve it.
        let z = |x: usize| plane.data[4 * (SIZE / 2 * SIZE + x) + Z];
        let truth = |x: usize| scene[SIZE / 2 * SIZE + x].0.ln();
        let edge = (1..SIZE / 2).max_by(|a, b| (truth(*a - 1) - truth(*a)).total_cmp(&(truth(*b - 1) - truth(*b)))).unwrap();
        assert!(z(edge - 1) - z(edge) > 0.8 * (truth(edge - 1) - truth(edge)), "{} of {}", z(edge - 1) - z(edge), truth(edge - 1) - truth(edge));
    }

    #[test]
    fn true_depth_stays_and_what_is_not_in_front_is_left_alone() {
        let camera = Camera::at_origin(0.8);
        let scene = scene(&camera);
        let mut plane = Plane::from_fn(SIZE, SIZE, 4, |x, y, out| {
            let (depth, normal) = scene[y * SIZE + x];
            out.copy_from_slice(&[normal.x, normal.y, normal.z, depth.ln()]);
        });
        settle(&mut plane, None, camera.fov_x);
        assert!(error(&plane, &scene) < 2e-3, "{}", error(&plane, &scene));
        let mut plane = bumpy(&scene);
        let nothing = Plane::new(SIZE, SIZE, 1, vec![0.0; SIZE * SIZE]);
        let was = plane.data.clone();
        settle(&mut plane, Some(&nothing), camera.fov_x);
        assert_eq!(plane.data, was);
    }
}
