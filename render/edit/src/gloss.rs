//! Where an edit changes how things shine.

use relight_gbuffer::GBuffer;

/// Changes of roughness and of metallic that make a pixel's gloss wholly new.
const WHOLE: [f32; 2] = [0.2, 0.3];

/// How new the gloss of each pixel is, 0..1, by how far roughness or metallic moved: the weight of [`crate::Gloss`]. None where it is as it
/// was everywhere.
pub fn gloss(before: &GBuffer, after: &GBuffer) -> Option<Vec<f32>> {
    let moved = |a: &[f32], b: &[f32], whole: f32, i: usize| (a[i] - b[i]).abs() / whole;
    let weight = |i: usize| {
        let (rough, metal) = (moved(&before.roughness, &after.roughness, WHOLE[0], i), moved(&before.metallic, &after.metallic, WHOLE[1], i));
        rough.max(metal).min(1.0)
    };
    let weights: Vec<f32> = (0..before.alpha.len()).map(weight).collect();
    weights.iter().any(|w| *w > 0.0).then_some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roughness_and_metallic_are_gloss_and_albedo_is_not() {
        let before = GBuffer::empty(3, 1);
        let mut after = before.clone();
        after.albedo.fill(0.7);
        assert_eq!(gloss(&before, &after), None);
        (after.roughness[1], after.metallic[2]) = (0.05, 1.0);
        assert_eq!(gloss(&before, &after), Some(vec![0.0, 0.25, 1.0]));
    }
}
