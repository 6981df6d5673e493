//! The tokenizer.

use crate::fixture::{Fixture, close};
use relight_nets::cosmos::{Tokenizer, haar, unhaar};
use relight_tensor::Volume;

#[test]
fn the_tokenizer_equals_the_reference() {
    let Some(fixture) = Fixture::open("tokenizer.safetensors") else { return };
    let tokenizer = Tokenizer::new(fixture.0.clone(), fixture.0.clone(), "w.").unwrap();
    let channels = fixture.config("channels").unwrap().as_u64().unwrap() as usize;
    let widths: Vec<usize> =
        fixture.config("channels_mult").unwrap().as_array().unwrap().iter().map(|m| m.as_u64().unwrap() as usize * channels).collect();
    let blocks = fixture.config("num_res_blocks").unwrap().as_u64().unwrap() as usize;
    let config = tokenizer.config();
    assert_eq!((config.stem, &config.widths, config.blocks), (channels, &widths, blocks), "the configuration of the metadata");
    for case in fixture.cases(".pixels") {
        let clip = fixture.volume(&format!("{case}.pixels"));
        if let Some(expected) = fixture.get(&format!("{case}.dbg.haar")) {
            let bands = haar(&clip);
            close(&bands.to_planar(), &expected, 1e-5, "wavelets");
            close(&unhaar(bands).to_planar(), &fixture.read(&format!("{case}.dbg.unhaar_of_haar")), 1e-5, "wavelets undone");
        }
        let mut compared = 0;
        let mut compare = |half: &str, what: &str, clip: &Volume| {
            if let Some(expected) = fixture.get(&format!("{case}.dbg.{half}_{what}")) {
                close(&clip.to_planar(), &expected, 1e-4, &format!("{case} {half}_{what}"));
                compared += 1;
            }
        };
        let latents = tokenizer.encode_seen(&clip, &mut |what, clip| compare("enc", what, clip));
        close(&latents.to_planar(), &fixture.read(&format!("{case}.latents")), 1e-4, &format!("latents of {case}"));
        let known = fixture.volume(&format!("{case}.latents"));
        let clip = tokenizer.decode_seen(&known, &mut |what, clip| compare("dec", what, clip));
        // The wavelets were compared above.
        let dbg = fixture.0.tensors().keys().filter(|key| key.starts_with(&format!("{case}.dbg."))).count();
        assert!(compared + 2 == dbg || dbg == 0, "{case}: {compared} of {dbg} intermediate tensors");
        close(&clip.to_planar(), &fixture.read(&format!("{case}.recon")), 1e-4, &format!("clip of {case}"));
    }
}
