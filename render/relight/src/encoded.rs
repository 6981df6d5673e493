//! Latents of pictures, made once.

use relight_tensor::Volume;
use sha2::{Digest, Sha256};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// Latents that are kept take at most so many bytes: seven windows of five buffers of 57 frames of 1280×704 pixels, 7.2 MB each.
const MOST_BYTES: usize = 256 << 20;

/// What a network's encoder made of the pictures that it met last. Clones share it, so that a clip's buffers are encoded once for all lights, a light
/// that does not turn once for all windows, and a window's pictures once for all passes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Encoded(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// The latest last, under the hash of their pictures.
    all: VecDeque<([u8; 32], Volume)>,
    encodings: usize,
}

impl Encoded {
    /// The latents of `pictures`: kept ones, or what `encode` gives.
    pub fn of(&self, pictures: &Volume, encode: impl FnOnce(&Volume) -> Volume) -> Volume {
        let key = hash(pictures);
        // A thread that panicked left nothing half done.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.all.iter().position(|(of, _)| *of == key) {
            let found = kept.all.remove(place).expect("just found");
            kept.all.push_back(found);
            return kept.all[kept.all.len() - 1].1.clone();
        }
        let latents = encode(pictures);
        kept.encodings += 1;
        kept.all.push_back((key, latents.clone()));
        while kept.bytes() > MOST_BYTES && kept.all.len() > 1 {
            kept.all.pop_front();
        }
        latents
    }

    /// How often pictures were encoded.
    pub fn encodings(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).encodings
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        self.all.iter().map(|(_, latents)| 4 * latents.data.len()).sum()
    }
}

fn hash(pictures: &Volume) -> [u8; 32] {
    let mut hash = Sha256::new();
    pictures.shape().iter().for_each(|n| hash.update(n.to_le_bytes()));
    let mut bytes = Vec::with_capacity(1 << 16);
    for part in pictures.data.chunks(1 << 14) {
        bytes.clear();
        bytes.extend(part.iter().flat_map(|x| x.to_le_bytes()));
        hash.update(&bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_encoded_once_and_the_oldest_are_forgotten() {
        let encoded = Encoded::default();
        let picture = |value: f32| Volume::new([1, 2, 2, 3], vec![value; 12]);
        let double = |pictures: &Volume| Volume::new(pictures.shape(), pictures.data.iter().map(|x| 2.0 * x).collect());
        for _ in 0..3 {
            for value in [0.1, 0.2] {
                assert_eq!(encoded.clone().of(&picture(value), double).data[0], 2.0 * value);
            }
        }
        assert_eq!(encoded.encodings(), 2);
        // The same numbers in another shape are other pictures.
        encoded.of(&Volume::new([2, 1, 2, 3], vec![0.1; 12]), double);
        assert_eq!(encoded.encodings(), 3);
        let large = |value: f32| Volume::new([1, 1, 1, 3], vec![value; 3]);
        let most = |_: &Volume| Volume::zeros([1, 1, MOST_BYTES / 4, 1]);
        encoded.of(&large(0.3), most);
        encoded.of(&large(0.3), |_| panic!("it is kept"));
        encoded.of(&picture(0.1), double);
        assert_eq!(encoded.encodings(), 5);
    }
}
