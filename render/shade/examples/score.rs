//! Scores split-sum and screen-space ray tracing with true buffers on an evaluation set: `score DIR [PICTURES [CLIP…]]`.

use exr::prelude::{FlatSamples, read_all_flat_layers_from_file};
use glam::Mat4;
use relight_gbuffer::{Camera, GBuffer};
use relight_light::Environment;
use relight_shade::{Settings, Shader};
use std::{collections::HashMap, path::Path, sync::Arc, time::Instant};

struct Layers(usize, usize, HashMap<String, Vec<f32>>);

fn read(path: &Path) -> Layers {
    let file = read_all_flat_layers_from_file(path).unwrap();
    let layer = &file.layer_data[0];
    let channels = layer.channel_data.list.iter().map(|c| {
        let values = match &c.sample_data {
            FlatSamples::F16(v) => v.iter().map(|h| h.to_f32()).collect(),
            FlatSamples::F32(v) => v.clone(),
            FlatSamples::U32(v) => v.iter().map(|&u| u as f32).collect(),
        };
        (c.name.to_string(), values)
    });
    Layers(layer.size.0, layer.size.1, channels.collect())
}

impl Layers {
    fn three(&self, names: [&str; 3]) -> Vec<f32> {
        let c = names.map(|n| &self.2[n]);
        (0..c[0].len()).flat_map(|i| [c[0][i], c[1][i], c[2][i]]).collect()
    }
}

fn srgb(v: f32) -> f32 {
    let v = v.clamp(0.0, 1.0);
    if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// Squared sRGB errors and their number where alpha > ½.
fn error(got: &[f32], truth: &[f32], alpha: &[f32]) -> (f64, usize) {
    let mut sum = 0.0;
    let mut n = 0;
    for (i, a) in alpha.iter().enumerate() {
        if *a > 0.5 {
            for k in 3 * i..3 * i + 3 {
                sum += ((srgb(got[k]) - srgb(truth[k])) as f64).powi(2);
            }
            n += 3;
        }
    }
    (sum, n)
}

fn psnr(sum: f64, n: usize) -> f64 {
    -10.0 * (sum / n as f64).log10()
}

/// Processor time of this process so far in ms, in ticks of 10 ms (Linux; 0 elsewhere).
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    stat.split(' ').skip(13).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let dir = Path::new(&args[1]);
    let pictures = args.get(2).filter(|p| *p != "-");
    let mut clips: Vec<_> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).filter(|n| n.contains('_')).collect();
    clips.retain(|c| args.len() < 4 || args[3..].contains(c));
    clips.sort();
    let mut shaders: HashMap<String, Arc<Shader>> = HashMap::new();
    let mut totals: HashMap<(String, &str), Vec<f64>> = HashMap::new();
    let (mut spent, mut busy) = (Vec::new(), 0.0);
    for clip in &clips {
        let folder = dir.join(clip);
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("clip.json")).unwrap()).unwrap();
        let kind = clip.split('_').next().unwrap().to_string();
        for letter in ["A", "B", "C"] {
            let light = &json["lights"][letter];
            let file = light["file"].as_str().unwrap().to_string();
            let shader = shaders
                .entry(file.clone())
                .or_insert_with(|| {
                    let map = read(&folder.join(&file));
                    Arc::new(Shader::new(Arc::new(Environment { width: map.0, height: map.1, rgb: map.three(["R", "G", "B"]) })))
                })
                .clone();
            let mut sums = [(0.0, 0usize); 2];
            for t in 0..json["frames"].as_u64().unwrap() as usize {
                let frame = read(&folder.join(format!("frame.{t:04}.exr")));
                let truth = if letter == "A" {
                    frame.three(["R", "G", "B"])
                } else {
                    read(&folder.join(format!("relit_{letter}.{t:04}.exr"))).three(["R", "G", "B"])
                };
                let buffers = GBuffer {
                    width: frame.0,
                    height: frame.1,
                    rgb: None,
                    alpha: frame.2["A"].clone(),
                    albedo: frame.three(["albedo.R", "albedo.G", "albedo.B"]),
                    normal: frame.three(["N.X", "N.Y", "N.Z"]),
                    depth: frame.2["depth.Z"].clone(),
                    roughness: frame.2["roughness.R"].clone(),
                    metallic: frame.2["metallic.R"].clone(),
                };
                let number = |v: &serde_json::Value| v.as_f64().unwrap() as f32;
                let pose: Vec<f32> =
                    json["camera_to_world"][t].as_array().unwrap().iter().flat_map(|r| r.as_array().unwrap().iter().map(number)).collect();
                let camera = Camera { fov_x: number(&json["fov_x_deg"]).to_radians(), to_world: Mat4::from_cols_slice(&pose).transpose() };
                let yaw = number(&light["rotation_deg"][t]).to_radians();
                let (start, before) = (Instant::now(), processor());
                let shading = shader.shade(&buffers, &camera, yaw, number(&light["exposure"]), &Settings::network());
                busy += processor() - before;
                spent.push(start.elapsed().as_secs_f64() * 1e3);
                for (sum, got) in sums.iter_mut().zip([&shading.split_sum, &shading.ssrt]) {
                    let (e, n) = error(got, &truth, &buffers.alpha);
                    *sum = (sum.0 + e, sum.1 + n);
                }
                if let Some(out) = pictures.filter(|_| t == 0) {
                    std::fs::create_dir_all(out).unwrap();
                    let grey: Vec<f32> = shading.visibility.iter().flat_map(|v| [v * v; 3]).collect();
                    let views = [&truth, &shading.split_sum, &shading.ssrt, &grey];
                    let (w, h) = (frame.0 as u32, frame.1 as u32);
                    let picture = image::RgbImage::from_fn(w * 4, h, |x, y| {
                        let k = 3 * (y * w + x % w) as usize;
                        let v = views[(x / w) as usize];
                        image::Rgb([0, 1, 2].map(|c| (srgb(v[k + c]) * 255.0).round() as u8))
                    });
                    picture.save(format!("{out}/{clip}_{letter}.png")).unwrap();
                }
            }
            let [a, b] = sums.map(|(s, n)| psnr(s, n));
            let bound = file.rsplit('/').next().unwrap().to_string();
            println!("{clip} {letter} {bound:16} split-sum {a:6.2}  ssrt {b:6.2}  {:+.2}", b - a);
            for (name, v) in [("split-sum", a), ("ssrt", b)] {
                totals.entry((kind.clone(), name)).or_default().push(v);
                totals.entry((format!("{kind} {letter}"), name)).or_default().push(v);
            }
        }
    }
    let mut rows: Vec<_> = totals.into_iter().collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    for ((kind, name), v) in rows {
        println!("{kind:12} {name:10} {:.2} dB", v.iter().sum::<f64>() / v.len() as f64);
    }
    spent.sort_by(f64::total_cmp);
    println!(
        "median {:.1} ms, worst {:.1} ms a frame, {:.1} ms of processor time",
        spent[spent.len() / 2],
        spent[spent.len() - 1],
        busy / spent.len() as f64
    );
}
