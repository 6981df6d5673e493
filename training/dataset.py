"""Samples for the two networks, drawn from shards. Every sample is keyed by (seed, step, index): the same key, the same sample."""
import numpy as np
import torch
import torch.nn.functional as F

from augment import backdrop, camera, disturb, encode
from shards import Folder, Shard, median_depth

TRIES, FILLED = 4, 0.25  # how often another place is tried for a square that things do not fill that much: nothing is learned from emptiness
RELIT = 0.7  # share of clips with estimated buffers that are asked for under the light that the estimate did not see
MIXED = 0.4  # share of samples under two lights at once, as for the inverse network: a world has but two, and its network learns them by heart
PICTURED = 0.85  # share of those that come with the picture
OWN = 0.25  # and of the others: under its own light, which the picture answers, a clip is to stay as it is
HOLED = 0.15  # share of those whose picture has a black hole, as edits leave it
SWAPPED = 0.3  # share of samples whose colours change places: as true a world, and five more than were rendered
EDGE = 0.2  # weight of pixels that are covered in part: denoising leaves a rim there, which the network would learn
LEAST_ALPHA = 1 / 32  # as in forward.rs: what is divided by less than this is noise
TONE_MAX = 1.3  # tone(6): what is brighter is clipped in the target, the picture clips at tone(1) = 1


def tone(x: np.ndarray) -> np.ndarray:
    """As in network.py, for arrays."""
    return np.log1p(15 * np.maximum(x, 0)) / np.log(16.0)


class Window:
    """A crop in space and time: a square of `side` pixels at (x, y), scaled to `size`, mirrored or not."""

    def __init__(self, rng: np.random.Generator, shard: Shard, size: int, frames: int, whole: bool):
        total, height, width = shard["alpha"].shape
        short = min(height, width)
        # Half of the time all is seen, else a square of down to half the side: without its surroundings a surface cannot be told.
        # Where that half has the size asked for, nothing needs to be interpolated.
        smallest = size / short
        closer = 2 if smallest == 0.5 else np.exp(rng.uniform(0, np.log(2)))
        zoom = smallest * (1 if whole or rng.random() < 0.5 else closer)
        self.side, self.size = int(round(size / zoom)), size
        self.first = int(rng.integers(0, max(total - frames, 0) + 1))
        for _ in range(1 if whole else TRIES):
            self.y, self.x = int(rng.integers(0, height - self.side + 1)), int(rng.integers(0, width - self.side + 1))
            if (shard["alpha"][self.first, self.y : self.y + self.side : 4, self.x : self.x + self.side : 4] > 0.5).mean() > FILLED:
                break
        self.times = np.minimum(np.arange(self.first, self.first + frames), total - 1)  # a still repeats its frame
        self.mirror = not whole and rng.random() < 0.5

    def cut(self, array: np.ndarray) -> np.ndarray:
        """[T, H, W] or [T, H, W, C] -> [frames, side, side, C] float32."""
        a = np.ascontiguousarray(array[:, self.y : self.y + self.side, self.x : self.x + self.side][self.times])
        return torch.from_numpy(a).float().numpy().reshape(*a.shape[:3], -1)  # PyTorch widens f16 four times faster

    def scale(self, a: np.ndarray) -> np.ndarray:
        """[frames, side, side, C] -> [frames, size, size, C], mirrored where this window is."""
        if self.side != self.size:
            x = torch.from_numpy(np.ascontiguousarray(a, np.float32)).permute(0, 3, 1, 2)
            if self.side == 2 * self.size:
                x = F.avg_pool2d(x, 2)
            else:
                x = F.interpolate(x, (self.size, self.size), mode="bilinear", antialias=self.side > self.size)
            a = x.permute(0, 2, 3, 1).numpy()
        return a[:, :, ::-1] if self.mirror else a


def buffers(shard: Shard, window: Window, median: float):
    """albedo in [-1,1] sRGB-encoded, unit normal, z, roughness, metallic in [0,1], alpha; what is not covered is 0 (albedo -1)."""
    alpha, depth = window.cut(shard.cover), window.cut(shard["depth"])
    z = np.log(np.where(depth > 0, depth / median, 1))
    covered = (alpha > 1 / 64).astype(np.float32)
    stack = [window.cut(shard[name]) for name in ("albedo", "normal")] + [z] + [window.cut(shard[name]) for name in ("roughness", "metallic")]
    stack = window.scale(np.concatenate([a * covered for a in stack] + [covered, alpha], -1))
    covered, alpha = stack[..., 9:10], stack[..., 10]
    stack = stack[..., :9] * ((covered > 0) / np.maximum(covered, 1e-3))
    normal = stack[..., 3:6] * np.array([-1 if window.mirror else 1, 1, 1], np.float32)
    normal = normal / np.maximum(np.sqrt(np.square(normal).sum(-1, keepdims=True)), 1e-3)
    return encode(stack[..., :3]) * 2 - 1, normal, np.clip(stack[..., 6], -4, 4), stack[..., 7], stack[..., 8], alpha


def lit(rng: np.random.Generator, rgb: np.ndarray) -> np.ndarray:
    """[L, ...] pictures of one clip under L lights -> one picture: of one light, or half of the time of two at once, with other brightness
    and tint. Light is additive, so the sum is a true picture of a light that was never rendered."""
    first = rgb[int(rng.integers(0, len(rgb)))]
    if len(rgb) < 2 or rng.random() < 0.5:
        return first
    return together(rgb, shares(rng, rgb))


def shares(rng: np.random.Generator, rgb: np.ndarray) -> np.ndarray:
    """[L, 3]: how much of each of the lights of pictures [L, ...] a new light has, with some tint; it is as bright as they are."""
    level = [max(float(np.mean(picture, dtype=np.float64)), 1e-6) for picture in rgb]
    share = rng.dirichlet(np.ones(len(rgb))) * np.mean(level) / level
    return (share[:, None] * np.exp(rng.normal(0, 0.12, (len(rgb), 3)))).astype(np.float32)


def together(parts, share: np.ndarray) -> np.ndarray:
    """Sum of what each light makes, [..., 3], by `shares`."""
    return sum(np.asarray(part, np.float32) * s for part, s in zip(parts, share))


def inverse_sample(rng, folder: Folder, path, size: int, frames: int, whole: bool = False) -> dict:
    """Conditions [T,H,W,3], target x0 [T,H,W,9], weight [T,H,W]. `whole`: the full frame, not augmented."""
    shard = Shard(path)
    window = Window(rng, shard, size, frames, whole)
    albedo, normal, z, roughness, metallic, alpha = buffers(shard, window, median_depth(path))
    front = alpha > 0.5
    if front.any():
        z = np.where(alpha > 0, z - np.median(z[front]), 0)
    rgb = folder.rgb(path)
    linear = window.scale(window.cut(rgb[int(rng.integers(0, len(rgb)))] if whole else lit(rng, rgb)))
    if whole:
        picture = encode(linear)
    else:
        picture = camera(rng, backdrop(rng, linear, alpha) if rng.random() < 0.15 else linear)
    if not whole and rng.random() < SWAPPED:
        order = rng.permutation(3)
        picture, albedo = picture[..., order], albedo[..., order]
    x0 = np.concatenate([albedo, normal, z[..., None], roughness[..., None] * 2 - 1, metallic[..., None] * 2 - 1], -1)
    return {"conditions": picture * 2 - 1, "x0": x0, "weight": alpha}


def holed(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A copy of [T,H,W,C] with an ellipse of it black."""
    _, h, w, _ = picture.shape
    (cy, cx), (ry, rx) = rng.uniform(0, 1, 2), rng.uniform(0.1, 0.5, 2)
    y, x = (np.arange(h) + 0.5)[:, None] / h, (np.arange(w) + 0.5)[None] / w
    return picture * (((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 > 1)[None, :, :, None].astype(np.float32)


def forward_sample(rng, folder: Folder, path, size: int, frames: int, whole: bool = False, noised: bool = True) -> dict:
    """Conditions [T,H,W,23], target x0 [T,H,W,3], weight [T,H,W], light [T,8,16,3]. `noised`: a fifth of the true buffers get errors.
    Estimated buffers come with the picture that they were estimated from, mostly where another light is asked for: under its own the picture is the answer."""
    shard = Shard(path)
    window = Window(rng, shard, size, frames, whole)
    albedo, normal, z, roughness, metallic, alpha = buffers(shard, window, median_depth(path))
    if noised and not whole and rng.random() < 0.2:
        albedo, normal, z, roughness, metallic = disturb(rng, albedo, normal, z, roughness, metallic)
    rgb = folder.rgb(path)
    chosen = int(rng.integers(0, len(rgb)))
    picture = np.zeros((1, 1, 1, 1), np.float32)
    if "picture" in shard:
        chosen = len(rgb) - 1 if whole or rng.random() < RELIT else 0
        if whole or rng.random() < (PICTURED if chosen else OWN):
            picture = window.cut(shard["picture"])
            if not whole and rng.random() < HOLED:
                picture = holed(rng, picture)
    cover = window.cut(shard["alpha"])
    weight = window.scale(cover)[..., 0]
    weight = weight * np.where(weight > 0.98, 1, EDGE)
    names = ["diffuse", "specular", "ssrt"]
    # The network paints what is in front as if it covered its pixels, and starts from such a picture; the caller multiplies by alpha.
    if not whole and len(rgb) > 1 and rng.random() < MIXED:
        # Shading is linear in the light, too; how much of it is visible is a mean over the light that falls there.
        share = shares(rng, rgb)
        linear, diffuse, specular, ssrt = (together(map(window.cut, part), share) for part in (rgb, *(shard[name] for name in names)))
        fall = [(window.cut(part) * s).sum(-1, keepdims=True) + 1e-6 for part, s in zip(shard["diffuse"], share)]
        visibility = sum(window.cut(part) * f for part, f in zip(shard["visibility"], fall)) / sum(fall)
        light = together((part[window.times] for part in shard["light"]), share)
    else:
        linear, visibility = window.cut(rgb[chosen]), window.cut(shard["visibility"][chosen])
        diffuse, specular, ssrt = (window.cut(shard[name][chosen]) for name in names)
        light = np.asarray(shard["light"][chosen, window.times], np.float32)
    ssrt = ssrt / np.maximum(window.cut(shard.cover), LEAST_ALPHA)
    shading = [tone(diffuse), tone(specular), tone(ssrt), visibility * 2 - 1]
    target = np.where(cover > LEAST_ALPHA, tone(linear / np.maximum(cover, LEAST_ALPHA)), shading[2])
    picture = np.broadcast_to(picture, target.shape)
    stack = window.scale(np.concatenate(shading + [np.minimum(target, TONE_MAX), picture], -1))
    if shard.estimated:
        alpha = np.ones_like(alpha)  # by which the network knows them, as in conditions.rs
    single = [alpha[..., None] * 2 - 1, albedo, normal, z[..., None], roughness[..., None] * 2 - 1, metallic[..., None] * 2 - 1]
    light = light[:, :, ::-1] if window.mirror else light
    if not whole and rng.random() < SWAPPED:
        order = rng.permutation(3)
        single[1], light = albedo[..., order], light[..., order]
        stack = stack[..., np.concatenate([order, 3 + order, 6 + order, [9], 10 + order, 13 + order])]  # all but visibility are colours
    return {"conditions": np.concatenate(single + [stack[..., :10], 2 * stack[..., 13:] - 1], -1), "x0": 2 * stack[..., 10:13] - 1, "weight": weight, "light": light}


SAMPLE = {"inverse": inverse_sample, "forward": forward_sample}


def batch(kind: str, folder: Folder, seed: int, step: int, size: int, count: int, frames: int, noised: bool = True) -> dict[str, np.ndarray]:
    """`count` random samples, stacked into arrays [B, T, ...] of float32. `noised` as in forward_sample."""
    samples = []
    options = {"noised": noised} if kind == "forward" else {}
    for index in range(count):
        rng = np.random.default_rng((seed, step, index))
        while len(samples) == index:
            paths = folder.list(frames, size)
            try:
                samples.append(SAMPLE[kind](rng, folder, paths[int(rng.integers(0, len(paths)))], size, frames, **options))
            except FileNotFoundError:  # `relight synth --keep` has removed it meanwhile
                folder.renew()
    return stack(samples)


def whole(kind: str, folder: Folder, count: int, size: int, frames: int) -> dict[str, torch.Tensor]:
    """The first `count` clips as they are: for validation and contact sheets."""
    paths = folder.list()[:count]
    samples = [SAMPLE[kind](np.random.default_rng((1, i)), folder, path, size, frames, whole=True) for i, path in enumerate(paths)]
    return {name: torch.from_numpy(array) for name, array in stack(samples).items()}


def stack(samples: list[dict]) -> dict[str, np.ndarray]:
    """A list of samples as one dict of float32 arrays."""
    return {name: np.stack([np.ascontiguousarray(s[name], np.float32) for s in samples]) for name in samples[0]}
