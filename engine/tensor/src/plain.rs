//! Slow plain references, one obvious loop each, that the fast kernels are tested against; and the tests.

use crate::*;

/// Numbers that look random, in −1..1, the same every time.
pub(crate) fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

fn tensor(shape: [usize; 4], seed: u32) -> Tensor {
    Tensor::from_dense(shape, &numbers(shape.iter().product(), seed))
}

/// A tensor full of what must not survive.
fn dirty(shape: [usize; 4]) -> Tensor {
    let mut tensor = Tensor::zeros(shape);
    tensor.data.fill(f32::NAN);
    tensor
}

/// Reads a pixel's channel, zero outside.
fn at(x: &Tensor, t: isize, y: isize, x_: isize, c: usize) -> f64 {
    let inside = |i: isize, n: usize| (0..n as isize).contains(&i);
    if !inside(t, x.frames) || !inside(y, x.height) || !inside(x_, x.width) {
        return 0.0;
    }
    f64::from(x.data[((t as usize * x.height + y as usize) * x.width + x_ as usize) * x.stride() + c])
}

fn prepared(x: &Tensor, gain: &[f32], silu: bool) -> Tensor {
    let mut out = x.clone();
    for pixel in out.data.chunks_exact_mut(x.stride()) {
        let mean = pixel.iter().map(|x| x * x).sum::<f32>() / x.channels as f32;
        for (value, gain) in pixel.iter_mut().zip(gain) {
            *value *= gain / (mean + 1e-6).sqrt();
            if silu {
                *value /= 1.0 + (-*value).exp();
            }
        }
    }
    out
}

fn filled(shape: [usize; 4], value: impl Fn(usize, usize, usize, usize) -> f64) -> Tensor {
    let mut dense = Vec::new();
    for t in 0..shape[0] {
        for y in 0..shape[1] {
            for x in 0..shape[2] {
                dense.extend((0..shape[3]).map(|c| value(t, y, x, c) as f32));
            }
        }
    }
    Tensor::from_dense(shape, &dense)
}

fn close(fast: &Tensor, slow: &Tensor, what: &str) {
    assert_eq!(fast.shape(), slow.shape());
    let largest = slow.data.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    for (i, (a, b)) in fast.data.iter().zip(&slow.data).enumerate() {
        // Written so that NaN fails.
        assert!((a - b).abs() <= 2e-6 * largest.max(1.0), "{what}: {a} is not {b} at {i} of {:?}", slow.shape());
    }
}

fn pad(mut numbers: Vec<f32>, rows: usize) -> Vec<f32> {
    let width = numbers.len() / rows;
    let stride = width.next_multiple_of(BLOCK);
    let mut out = vec![0.0; rows * stride];
    out.chunks_exact_mut(stride).zip(numbers.chunks_exact_mut(width)).for_each(|(to, from)| to[..width].copy_from_slice(from));
    out
}

#[test]
fn spatial_convolutions_agree_with_the_plain_one() {
    for (inputs, outputs, shape) in [(3, 5, [2, 5, 7]), (16, 32, [1, 9, 13]), (48, 36, [1, 4, 110]), (20, 17, [3, 1, 1]), (96, 48, [1, 3, 2])] {
        let [t, h, w] = shape;
        let input = tensor([t, h, w, inputs], 1);
        let (weights, bias) = (numbers(outputs * inputs * 9, 2), numbers(outputs, 3));
        let weights: Vec<f32> = weights.iter().map(|w| w / (9.0 * inputs as f32).sqrt()).collect();
        let gain = pad(numbers(inputs, 4), 1);
        let (scale, shift) = (pad(numbers(t * outputs, 5), t), pad(numbers(t * outputs, 6), t));
        let conv = Conv::spatial(outputs, inputs, &weights, &bias);
        let sum = |x: &Tensor, t: usize, y: usize, x_: usize, o: usize| {
            let tap = |k: usize, i: usize| at(x, t as isize, y as isize + k as isize / 3 - 1, x_ as isize + k as isize % 3 - 1, i);
            (0..9).flat_map(|k| (0..inputs).map(move |i| (k, i))).map(|(k, i)| f64::from(weights[(o * inputs + i) * 9 + k]) * tap(k, i)).sum::<f64>()
                + f64::from(bias[o])
        };
        let active = prepared(&input, &gain, true);
        let old = tensor([t, h, w, outputs], 7);
        for level in Level::tested() {
            let mut out = dirty([t, h, w, outputs]);
            conv.run(level, &input, Prepare::Nothing, Finish::default(), &mut out);
            close(&out, &filled(out.shape(), |t, y, x, o| sum(&input, t, y, x, o)), "conv");
            let film = Some(Film { scale: &scale, shift: &shift });
            conv.run(level, &input, Prepare::RmsSilu(&gain), Finish { film, accumulate: false }, &mut out);
            let stride = out.stride();
            let filmed = |t: usize, y: usize, x: usize, o: usize| {
                sum(&active, t, y, x, o) * f64::from(scale[t * stride + o]) + f64::from(shift[t * stride + o])
            };
            close(&out, &filled(out.shape(), filmed), "film");
            let mut out = old.clone();
            conv.run(level, &input, Prepare::RmsSilu(&gain), Finish { accumulate: true, film: None }, &mut out);
            let added = |t: usize, y: usize, x: usize, o: usize| sum(&active, t, y, x, o) + at(&old, t as isize, y as isize, x as isize, o);
            close(&out, &filled(out.shape(), added), "residual");
        }
    }
}

#[test]
fn linear_down_up_and_temporal_agree_with_the_plain_ones() {
    for (inputs, outputs, [t, h, w]) in [(3, 5, [2, 4, 6]), (32, 48, [3, 2, 14]), (20, 17, [1, 6, 2]), (300, 16, [4, 2, 2])] {
        let input = tensor([t, h, w, inputs], 1);
        let scale = (inputs as f32).sqrt();
        let scaled = |count, seed| numbers(count, seed).into_iter().map(|w| w / scale).collect::<Vec<_>>();
        let (w1, w3, w4) = (scaled(outputs * inputs, 2), scaled(outputs * inputs * 3, 3), scaled(outputs * inputs * 4, 4));
        let (bias, bias4) = (numbers(outputs, 5), numbers(outputs * 4, 6));
        let dot = |weight: &dyn Fn(usize) -> f32, value: &dyn Fn(usize) -> f64| (0..inputs).map(|i| f64::from(weight(i)) * value(i)).sum::<f64>();
        let linear = |t: usize, y: usize, x: usize, o: usize| {
            dot(&|i| w1[o * inputs + i], &|i| at(&input, t as isize, y as isize, x as isize, i)) + f64::from(bias[o])
        };
        let temporal = |t: usize, y: usize, x: usize, o: usize| {
            let tap = |k: usize| dot(&|i| w3[(o * inputs + i) * 3 + k], &|i| at(&input, (t + k) as isize - 1, y as isize, x as isize, i));
            (0..3).map(tap).sum::<f64>() + f64::from(bias[o])
        };
        let down = |t: usize, y: usize, x: usize, o: usize| {
            let tap =
                |k: usize| dot(&|i| w4[(o * 4 + k) * inputs + i], &|i| at(&input, t as isize, (y * 2 + k / 2) as isize, (x * 2 + k % 2) as isize, i));
            (0..4).map(tap).sum::<f64>() + f64::from(bias[o])
        };
        let up = |t: usize, y: usize, x: usize, o: usize| {
            let row = (y % 2 * 2 + x % 2) * outputs + o;
            dot(&|i| w4[row * inputs + i], &|i| at(&input, t as isize, (y / 2) as isize, (x / 2) as isize, i)) + f64::from(bias4[row])
        };
        type Value<'a> = &'a dyn Fn(usize, usize, usize, usize) -> f64;
        let all: [(Conv, Value<'_>, &str); 4] = [
            (Conv::linear(outputs, inputs, &w1, &bias), &linear, "linear"),
            (Conv::temporal(outputs, inputs, &w3, &bias), &temporal, "temporal"),
            (Conv::down(outputs, inputs, &w4, &bias), &down, "down"),
            (Conv::up(outputs, inputs, &w4, &bias4), &up, "up"),
        ];
        for level in Level::tested() {
            for (conv, value, name) in &all {
                let mut out = dirty(conv.shape(input.shape()));
                conv.run(level, &input, Prepare::Nothing, Finish::default(), &mut out);
                close(&out, &filled(out.shape(), value), name);
                let old = tensor(out.shape(), 8);
                let mut out = old.clone();
                conv.run(level, &input, Prepare::Nothing, Finish { accumulate: true, film: None }, &mut out);
                close(&out, &filled(out.shape(), |t, y, x, c| value(t, y, x, c) + at(&old, t as isize, y as isize, x as isize, c)), name);
            }
        }
    }
}

#[test]
fn depthwise_convolutions_agree_with_the_plain_one() {
    for (channels, kernel, stride, dilation, [t, h, w]) in [
        (5, 3, 1, 1, [2, 5, 7]),
        (32, 5, 1, 1, [1, 3, 9]),
        (20, 3, 2, 1, [2, 6, 4]),
        (16, 5, 2, 1, [1, 8, 2]),
        (33, 5, 1, 2, [1, 9, 4]),
        (3, 3, 1, 3, [1, 1, 2]),
    ] {
        // Beyond both ends of ReLU6.
        let mut input = tensor([t, h, w, channels], 1);
        input.data.iter_mut().for_each(|x| *x *= 9.0);
        let (weights, bias) = (numbers(channels * kernel * kernel, 2), numbers(channels, 3));
        let layer = Depthwise::new(channels, [kernel, stride, dilation], &weights, &bias);
        let before = if stride == 2 { (kernel - 2) / 2 } else { dilation * (kernel / 2) };
        let value = |t: usize, y: usize, x: usize, c: usize| {
            let tap = |k: usize| {
                let place = |at: usize, k: usize| (at * stride + k * dilation) as isize - before as isize;
                at(&input, t as isize, place(y, k / kernel), place(x, k % kernel), c).clamp(0.0, 6.0) * f64::from(weights[c * kernel * kernel + k])
            };
            ((0..kernel * kernel).map(tap).sum::<f64>() + f64::from(bias[c])).clamp(0.0, 6.0)
        };
        for level in Level::tested() {
            let mut out = dirty(layer.shape(input.shape()));
            layer.run(level, &input, &mut out);
            close(&out, &filled(out.shape(), value), "depthwise");
        }
    }
}

#[test]
fn normalisation_agrees_with_the_plain_one() {
    for channels in [1, 16, 21, 192] {
        let mut input = tensor([2, 3, 5, channels], 1);
        // A pixel of zeros stays zero.
        input.data[..channels].fill(0.0);
        let gain = pad(numbers(channels, 2), 1);
        for level in Level::tested() {
            let mut out = dirty(input.shape());
            activate(level, &input, Prepare::Rms(&gain), &mut out);
            close(&out, &prepared(&input, &gain, false), "rms");
            activate(level, &input, Prepare::RmsSilu(&gain), &mut out);
            close(&out, &prepared(&input, &gain, true), "rms and SiLU");
        }
    }
}

#[test]
fn attention_agrees_with_the_plain_one() {
    for (heads, dim, height, width) in [(1, 16, 1, 1), (2, 32, 5, 11), (3, 12, 16, 19)] {
        let channels = heads * dim;
        let qkv = tensor([2, height, width, channels * 3], 1);
        let scales: Vec<f32> = (0..heads).map(|h| 10.0 + 30.0 * h as f32).collect();
        let positions = height * width;
        let value = |t: usize, p: usize, c: usize| at(&qkv, t as isize, (p / width) as isize, (p % width) as isize, c);
        let unit = |t: usize, p: usize, c: usize| 1.0 / ((c..c + dim).map(|c| value(t, p, c).powi(2)).sum::<f64>() + 1e-6).sqrt();
        let plain = |t: usize, head: usize, p: usize| {
            let (q, k, v) = (head * dim, channels + head * dim, 2 * channels + head * dim);
            let logit = |other: usize| {
                let dot = (0..dim).map(|i| value(t, p, q + i) * value(t, other, k + i)).sum::<f64>();
                f64::from(scales[head]) * dot * unit(t, p, q) * unit(t, other, k)
            };
            let weights: Vec<f64> = (0..positions).map(|other| logit(other).exp()).collect();
            let total: f64 = weights.iter().sum();
            (0..dim).map(|i| (0..positions).map(|o| weights[o] * value(t, o, v + i)).sum::<f64>() / total).collect::<Vec<_>>()
        };
        let expected: Vec<f32> = (0..2)
            .flat_map(|t| (0..positions).flat_map(move |p| (0..heads).map(move |h| (t, p, h))))
            .flat_map(|(t, p, h)| plain(t, h, p))
            .map(|x| x as f32)
            .collect();
        let expected = Tensor::from_dense([2, height, width, channels], &expected);
        for level in Level::tested() {
            let mut out = dirty(expected.shape());
            attention(level, &qkv, &scales, &mut out);
            // Logits up to 70 lose five bits of the scores.
            let largest = out.data.iter().zip(&expected.data).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(largest < 2e-5, "{level:?}: off by {largest}");
        }
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let input = tensor([2, 30, 37, 20], 1);
    let conv = Conv::spatial(33, 20, &numbers(33 * 20 * 9, 2), &numbers(33, 3));
    let gain = pad(numbers(20, 4), 1);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut out = dirty([2, 30, 37, 33]);
        pool.install(|| conv.run(Level::best(), &input, Prepare::RmsSilu(&gain), Finish::default(), &mut out));
        out.data.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
    };
    let one = run(1);
    assert!([2, 3, 7].into_iter().all(|threads| run(threads) == one));
}
