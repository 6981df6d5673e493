//! Two layers of buffers into one, by depth.

use glam::Vec3;
use relight_gbuffer::GBuffer;

/// Puts `layer` into `scene` where it is nearer, with its own antialiased coverage, and returns the share of each pixel that it fills, 0..1.
///
/// `slack` is how much farther than the scene (in the unit of depth) a layer's surface may be and still count as in front: a floor's estimated
/// depth is never quite even, and what stands on it would sink in places. Passes are mixed by share; depth is the nearer layer's where it fills
/// half of the pixel. The picture (`rgb`) stays the scene's.
///
/// # Panics
/// The sizes differ.
pub fn compose(scene: &mut GBuffer, layer: &GBuffer, slack: f32) -> Vec<f32> {
    assert_eq!((scene.width, scene.height), (layer.width, layer.height), "layers have one size");
    let mut shares = vec![0.0f32; layer.alpha.len()];
    for (i, share) in shares.iter_mut().enumerate() {
        let a = layer.alpha[i].clamp(0.0, 1.0);
        let there = scene.alpha[i] > 0.0 && scene.depth[i] > 0.0;
        if a <= 0.0 || (there && layer.depth[i] > scene.depth[i] + slack) {
            continue;
        }
        *share = a;
        // What the scene had in this pixel and still shows.
        let rest = scene.alpha[i] * (1.0 - a);
        let whole = a + rest;
        let t = a / whole;
        let mix = |old: f32, new: f32| old + t * (new - old);
        for k in 3 * i..3 * i + 3 {
            scene.albedo[k] = mix(scene.albedo[k], layer.albedo[k]);
        }
        let (old, new) = (Vec3::from_slice(&scene.normal[3 * i..]), Vec3::from_slice(&layer.normal[3 * i..]));
        scene.normal[3 * i..3 * i + 3].copy_from_slice(&old.lerp(new, t).normalize_or(new).to_array());
        scene.roughness[i] = mix(scene.roughness[i], layer.roughness[i]);
        scene.metallic[i] = mix(scene.metallic[i], layer.metallic[i]);
        if t >= 0.5 || !there {
            scene.depth[i] = layer.depth[i];
        }
        scene.alpha[i] = whole;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(depth: f32, albedo: f32, alpha: f32) -> GBuffer {
        let mut b = GBuffer::empty(4, 1);
        b.alpha.fill(alpha);
        b.depth.fill(depth);
        b.albedo.fill(albedo);
        b.normal.iter_mut().skip(2).step_by(3).for_each(|z| *z = 1.0);
        b
    }

    #[test]
    fn the_nearer_layer_wins_and_edges_are_mixed() {
        let mut layer = flat(2.0, 0.8, 1.0);
        layer.alpha = vec![1.0, 0.25, 0.0, 1.0];
        layer.depth[3] = 9.0;
        let mut scene = flat(3.0, 0.4, 1.0);
        let before = scene.clone();
        assert_eq!(compose(&mut scene, &layer, 0.1), [1.0, 0.25, 0.0, 0.0]);
        assert_eq!((scene.albedo[0], scene.depth[0], scene.depth[1]), (0.8, 2.0, 3.0));
        assert!((scene.albedo[3] - 0.5).abs() < 1e-6 && scene.alpha == [1.0; 4]);
        assert_eq!((scene.albedo[6], scene.albedo[9], scene.depth[3]), (0.4, 0.4, 3.0));
        assert_eq!(before.roughness, scene.roughness);
        // Slightly behind is in front; behind nothing, too.
        assert_eq!(compose(&mut flat(1.95, 0.4, 1.0), &layer, 0.1)[0], 1.0);
        let mut nothing = GBuffer::empty(4, 1);
        assert_eq!(compose(&mut nothing, &layer, 0.1)[3], 1.0);
        assert!(nothing.alpha[1] == 0.25 && nothing.albedo[3] == 0.8);
    }
}
