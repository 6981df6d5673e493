//! An EXR file with some samples changed and everything else as it was.

use crate::{
    Fault, HALF_MAX, Result,
    exr_layers::{full_name, whole},
    exr_write::write_flat,
};
use exr::{
    image::FlatSamples,
    prelude::{Compression, f16},
};
use std::{collections::BTreeMap, path::Path};

/// Copies the EXR file `from` to `file` with new samples in some channels: by a channel's name (as in [`crate::ExrLayers::channels`]) the
/// places, row-major from the top, and what stands there from now on. All other samples, channels, parts and attributes stay, bit by bit;
/// files compressed with loss come out ZIP compressed. Faults name `name`, the file that it will become.
///
/// # Errors
/// `from` cannot be read; it has no such channel, or none that is as large; `file` cannot be written.
pub fn patch_exr(from: &Path, file: &Path, name: &Path, mut changes: BTreeMap<String, Vec<(usize, f32)>>) -> Result<()> {
    let (mut image, _) = whole(from)?;
    let several = image.layer_data.len() > 1;
    for layer in &mut image.layer_data {
        if !matches!(layer.encoding.compression, Compression::Uncompressed | Compression::RLE | Compression::ZIP1 | Compression::PIZ) {
            layer.encoding.compression = Compression::ZIP16;
        }
        let part = layer.attributes.layer_name.as_ref().filter(|_| several).map(ToString::to_string);
        for channel in &mut layer.channel_data.list {
            let full = full_name(part.as_deref(), &channel.name.to_string());
            let Some(samples) = changes.remove(&full) else { continue };
            if samples.iter().any(|(place, _)| *place >= channel.sample_data.len()) {
                return Err(Fault::new(format!("{}: channel {full} is smaller than the picture", from.display()), "export it at full size"));
            }
            for (place, value) in samples {
                match &mut channel.sample_data {
                    FlatSamples::F16(data) => data[place] = f16::from_f32(value.clamp(-HALF_MAX, HALF_MAX)),
                    FlatSamples::F32(data) => data[place] = value,
                    FlatSamples::U32(data) => data[place] = value.max(0.0) as u32,
                }
            }
        }
    }
    match changes.keys().next() {
        Some(missing) => Err(Fault::new(format!("{} has no channel {missing}", from.display()), "export the pass again")),
        None => write_flat(&image, file, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExrChannel, ExrLayers, ExrValue, write_exr_channels};

    #[test]
    fn only_what_is_named_changes() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.exr"), folder.path().join("b.exr"));
        // Samples that a detour over another format would not survive.
        let samples: Vec<f32> = (0..12).map(|i| f32::from_bits(0x3f80_0000 + i * 12_345_677)).collect();
        let plane = |name: &str, half| ExrChannel { name: name.into(), samples: samples.clone(), half };
        let channels = vec![plane("depth.Z", false), plane("roughness.R", true), plane("my.own", false)];
        write_exr_channels(&from, &from, (4, 3), channels, vec![("about", ExrValue::Text("words".into()))]).unwrap();
        let changes = BTreeMap::from([("roughness.R".to_owned(), vec![(2, 0.25), (11, 0.5)])]);
        patch_exr(&from, &to, &to, changes).unwrap();
        let (a, b) = (ExrLayers::read(&from).unwrap(), ExrLayers::read(&to).unwrap());
        assert_eq!((&a.attributes, a.channels.len()), (&b.attributes, b.channels.len()));
        for ((name, before), (_, after)) in a.channels.iter().zip(&b.channels) {
            for (i, (x, y)) in before.iter().zip(after).enumerate() {
                let want = match (name.as_str(), i) {
                    ("roughness.R", 2) => 0.25,
                    ("roughness.R", 11) => 0.5,
                    _ => *x,
                };
                assert_eq!(y.to_bits(), want.to_bits(), "{name} {i}");
            }
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("a.exr"), folder.path().join("b.exr"));
        write_exr_channels(&from, &from, (2, 2), vec![ExrChannel::float("Y", &[0.0; 4], 1, 0)], Vec::new()).unwrap();
        let change = |name: &str, place| patch_exr(&from, &to, &to, BTreeMap::from([(name.to_owned(), vec![(place, 1.0)])]));
        assert!(change("Z", 0).unwrap_err().cause.contains("no channel Z"));
        assert!(change("Y", 4).unwrap_err().cause.contains("smaller"));
        assert!(change("Y", 3).is_ok());
    }
}
