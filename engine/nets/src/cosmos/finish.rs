//! What the official script does to decoded pictures.

/// `(v + 1) / 2 · 255` of colours cut to −1..1, without rounding up: the official bytes.
pub fn to_bytes(colours: &[f32]) -> Vec<u8> {
    colours.iter().map(|v| ((1.0 + v.clamp(-1.0, 1.0)) / 2.0 * 255.0) as u8).collect()
}

/// The official `--normalize_normal`: pixels of three numbers longer than .4 become unit vectors, those shorter than .2 stay, with a blend between.
pub fn normalise_normals(pixels: &mut [f32]) {
    for v in pixels.as_chunks_mut::<3>().0 {
        let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
        let blend = ((length - 0.2) / 0.2).clamp(0.0, 1.0);
        for x in v {
            *x = *x / length.max(1e-12) * blend + *x * (1.0 - blend);
        }
    }
}
