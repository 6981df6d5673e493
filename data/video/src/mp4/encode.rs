//! H.264 into an mp4: BT.709, limited range, tagged twice.

use super::{
    boxes::{put, words},
    mux::{Mux, Trak, Written},
    sound::Sound,
};
use crate::{
    About, CreateOptions, Frame, Rate, Sink,
    series::{check_frame, no_frames},
    yuv,
};
use openh264::{
    OpenH264API,
    encoder::{BitRate, Encoder, EncoderConfig, FrameRate, IntraFramePeriod, Profile, QpRange, RateControlMode, VuiConfig},
    formats::YUVSlices,
};
use relight_file::{Blame, Draft, Fault, Result};
use std::path::Path;

/// A clip being encoded.
pub struct Encode {
    draft: Draft,
    mux: Mux,
    encoder: Encoder,
    size: (usize, usize),
    /// Size of the coded pictures: even, and 16 at least.
    coded: (usize, usize),
    rate: Rate,
    /// Ticks of a frame, and in a second.
    ticks: (u32, u32),
    video: Written,
    sound: Option<Sound>,
    sets: Option<(Vec<u8>, Vec<u8>)>,
    notes: Vec<String>,
}

/// The largest picture that OpenH264 encodes (level 5.2), in either orientation.
const LARGEST: (usize, usize) = (3840, 2160);

impl Encode {
    pub fn new(path: &Path, about: &About, options: &CreateOptions) -> Result<Self> {
        let (width, height) = (about.width, about.height);
        if width.max(height) > LARGEST.0 || width.min(height) > LARGEST.1 {
            let cause = format!("{width}x{height} is more than H.264 is written in here (3840x2160)");
            return Err(Fault::new(cause, "write pictures, -o out.%04d.png, or scale the input down first"));
        }
        let coded = (width.next_multiple_of(2).max(16), height.next_multiple_of(2).max(16));
        let rate = Rate::new(about.rate.num.into(), about.rate.den.into());
        // Fine enough ticks for players that round to them, exactly a multiple of the rate.
        let fine = 10_000_u32.div_ceil(rate.num).min(u32::MAX / rate.den);
        let quantiser = options.quantiser.unwrap_or(18).clamp(12, 51);
        let config = EncoderConfig::new()
            .profile(Profile::High)
            .vui(VuiConfig::bt709())
            // One quantiser for all, whatever the rate: this mode only moves it within its range, and says nothing on stderr.
            .rate_control_mode(RateControlMode::Bufferbased)
            .qp(QpRange::new(quantiser, quantiser))
            .adaptive_quantization(false)
            .bitrate(BitRate::from_bps(100_000_000))
            .skip_frames(false)
            .background_detection(false)
            .num_threads(1)
            .max_frame_rate(FrameRate::from_hz((rate.fps() as f32).clamp(1.0, 60.0)))
            .intra_frame_period(IntraFramePeriod::from_num_frames((2.0 * rate.fps()).clamp(8.0, 250.0) as u32));
        let draft = Draft::file(path, options.overwrite)?;
        let mux = Mux::new(&draft)?;
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).blame(|| "cannot start the encoder".into(), "free some memory")?;
        let (mut sound, mut notes) = (None, Vec::new());
        match options.audio.as_ref().map(Sound::open) {
            Some(Ok(found)) => sound = Some(found),
            Some(Err(lost)) => notes.push(lost),
            None => {}
        }
        if coded != (width, height) {
            notes.push(format!("{}x{} is stored with a border: players that ignore the clean aperture show {}x{}", width, height, coded.0, coded.1));
        }
        let (size, ticks) = ((width, height), (rate.den * fine, rate.num.saturating_mul(fine)));
        Ok(Self { draft, mux, encoder, size, coded, rate, ticks, video: Written::default(), sound, sets: None, notes })
    }

    fn seconds(&self) -> f64 {
        self.video.sizes.len() as f64 / self.rate.fps()
    }
}

impl Sink for Encode {
    fn write(&mut self, frame: &Frame) -> Result<()> {
        check_frame(frame, self.size)?;
        let codes = yuv::encode(frame, self.coded);
        let (width, height) = self.coded;
        let (y, chroma) = codes.split_at(width * height);
        let (u, v) = chroma.split_at(chroma.len() / 2);
        let picture = YUVSlices::new((y, u, v), (width, height), (width, width / 2, width / 2));
        let remedy = "choose another --size, or write pictures: -o out.%04d.png";
        let stream = self.encoder.encode(&picture).blame(|| format!("cannot encode {width}x{height}"), remedy)?;
        let (mut sample, mut key) = (Vec::new(), false);
        let (mut sps, mut pps) = (None, None);
        for layer in (0..stream.num_layers()).filter_map(|i| stream.layer(i)) {
            for unit in (0..layer.nal_count()).filter_map(|i| layer.nal_unit(i)) {
                let start = unit.iter().take_while(|byte| **byte == 0).count() + 1;
                let unit = &unit[start..];
                match unit[0] & 31 {
                    7 => sps = Some(unit.to_vec()),
                    8 => pps = Some(unit.to_vec()),
                    kind => {
                        key |= kind == 5;
                        words(&mut sample, [unit.len() as u32]);
                        sample.extend(unit);
                    }
                }
            }
        }
        if sample.is_empty() {
            return Err(Fault::new(format!("the encoder gave nothing for frame {}", self.video.sizes.len()), remedy));
        }
        if let (None, Some(sps), Some(pps)) = (&self.sets, sps, pps) {
            self.sets = Some((sps, pps));
        }
        if key {
            self.video.keys.push(self.video.sizes.len() as u32 + 1);
        }
        self.mux.chunk(&mut self.video, &sample, &[(sample.len() as u32, self.ticks.0)])?;
        let seconds = self.seconds();
        // Sound lies beside the pictures it belongs to, a second at a time.
        if seconds.fract() < 1.0 / self.rate.fps()
            && let Some(sound) = &mut self.sound
        {
            sound.copy(seconds, &mut self.mux)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Vec<String>> {
        let Some((sps, pps)) = &self.sets else { return Err(no_frames()) };
        let stsd = description(sps, pps, self.size, self.coded);
        let seconds = self.seconds();
        let (delta, movie) = self.ticks;
        let duration = self.video.sizes.len() as u64 * u64::from(delta);
        let size = Some((self.size.0 as u32, self.size.1 as u32));
        let mut tracks = vec![Trak { written: self.video, timescale: movie, stsd, size, edits: vec![(duration, 0)] }];
        if let Some(mut sound) = self.sound.take() {
            sound.copy(seconds, &mut self.mux)?;
            tracks.push(sound.finish(seconds, movie));
        }
        self.mux.finish(&tracks, movie)?;
        self.draft.keep()?;
        Ok(self.notes)
    }
}

/// The content of the sample description box: `avc1` with `avcC`, `colr`, `pasp`, and `clap` where the pictures have a border.
fn description(sps: &[u8], pps: &[u8], size: (usize, usize), coded: (usize, usize)) -> Vec<u8> {
    let mut out = Vec::new();
    words(&mut out, [0, 1]);
    put(&mut out, b"avc1", |out| {
        words(out, [0, 1, 0, 0, 0, 0]);
        words(out, [(coded.0 << 16 | coded.1) as u32, 0x48_0000, 0x48_0000, 0]);
        // One frame per sample, a name of 32 bytes, 24 bits deep.
        out.extend([0, 1]);
        out.extend([0; 32]);
        out.extend([0, 24, 0xff, 0xff]);
        put(out, b"avcC", |out| {
            out.extend([1, sps[1], sps[2], sps[3], 0xff, 0xe1]);
            out.extend((sps.len() as u16).to_be_bytes());
            out.extend(sps);
            out.push(1);
            out.extend((pps.len() as u16).to_be_bytes());
            out.extend(pps);
            if sps[1] == 100 {
                // 4:2:0, 8 bits, 8 bits, no extensions.
                out.extend([0xfd, 0xf8, 0xf8, 0]);
            }
        });
        // Primaries, curve and matrix of BT.709, limited range.
        put(out, b"colr", |out| out.extend(*b"nclx\0\x01\0\x01\0\x01\0"));
        if size != coded {
            let border = |size: usize, coded: usize| [(size as i32 - coded as i32) as u32, 2];
            put(out, b"clap", |out| {
                words(out, [size.0 as u32, 1, size.1 as u32, 1]);
                words(out, border(size.0, coded.0));
                words(out, border(size.1, coded.1));
            });
        }
        put(out, b"pasp", |out| words(out, [1, 1]));
    });
    out
}
