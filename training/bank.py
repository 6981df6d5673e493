"""All worlds on one card, and batches drawn from them there: what dataset.py and augment.py do sample by sample with the processor, for a whole batch at
once. A card learns from thousands of pictures a second; a processor prepares some dozens.

Worlds are taken in while they are rendered (reader.py), and denoised on the way (oidn.py). When the bank is full, the oldest make room.
"""
import math
import random
import threading
import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from augment import srgb
from dataset import EDGE, FILLED, HOLED, LEAST_ALPHA, MIXED, OWN, PICTURED, RELIT, SWAPPED, TONE_MAX, TRIES
from network import tone
from oidn import Denoiser
from reader import CHUNK, reader
from record import ALONE

FIRST = 96  # worlds with which learning begins
YOUNG = 0.43  # a world that is older than a share a of the others is drawn (1 - a) ** YOUNG times as often as the newest: it was drawn before they came
ESTIMATES = 0.4  # share of samples whose buffers were estimated, where there are such and others; they come in more slowly
# Standard tables of JPEG (ITU-T T.81, annex K) for brightness and colour.
LUMA = [16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
        18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99]
CHROMA = [17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99] + [99] * 32
YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
DCT = np.array([[math.cos((2 * x + 1) * u * math.pi / 16) * (0.5 if u else 0.125**0.5) for x in range(8)] for u in range(8)], np.float32)


@lru_cache(maxsize=None)
def constants(device: torch.device) -> list[Tensor]:
    """LUMA, CHROMA, DCT, YCC and its inverse on a device, once: what is sent there anew makes the processor wait for the card."""
    tables = [np.array(table, np.float32).reshape(8, 8) for table in (LUMA, CHROMA)]
    return [torch.from_numpy(table).to(device) for table in [*tables, DCT, YCC, np.linalg.inv(YCC)]]


class Chance:
    """Random numbers for `count` samples on a card; each call draws anew."""

    def __init__(self, count: int, generator: torch.Generator):
        self.count, self.generator, self.device = count, generator, generator.device
        self.cells = random.Random(generator.initial_seed())

    def unit(self, *shape: int) -> Tensor:
        return torch.rand(self.count, *shape, generator=self.generator, device=self.device)

    def range(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * self.unit(*shape)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.count, *shape, generator=self.generator, device=self.device)

    def often(self, share: float) -> Tensor:
        """[B] bool."""
        return self.unit() < share

    def smooth(self, size: int, channels: int, low: int, high: int) -> Tensor:
        """[B, 1, size, size, channels] of standard deviation about 1, smooth over size/cells pixels; as many cells for the whole batch."""
        cells = self.cells.randrange(low, high)
        grid = self.normal(channels, cells, cells)
        return F.interpolate(grid, (size, size), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)[:, None]


def wide(x: Tensor, dims: int = 5) -> Tensor:
    """[B] or [B, C] with axes of 1 between, so that it multiplies [B, T, H, W, C]."""
    return x.view(len(x), *([1] * (dims - 2)), -1) if x.ndim == 2 else x.view(-1, *([1] * (dims - 1)))


def reading(start: Tensor, side: Tensor, size: int, native: int, mirror: Tensor) -> Tensor:
    """[B, size, native]: how `size` pixels read the `side` pixels from `start` on, with the triangle that PyTorch's antialiased bilinear filter has."""
    scale = (side / size)[:, None, None]
    centre = start[:, None, None] + (torch.arange(size, device=side.device) + 0.5)[None, :, None] * scale
    place = (torch.arange(native, device=side.device) + 0.5)[None, None]
    weight = (1 - (place - centre).abs() / scale.clamp(min=1)).clamp(min=0)
    weight = weight * ((place > start[:, None, None]) & (place < (start + side)[:, None, None]))
    weight = weight / weight.sum(-1, keepdim=True)
    return torch.where(mirror[:, None, None], weight.flip(1), weight)


def gaussian(sigma: Tensor, size: int) -> Tensor:
    """[B, size, size]: a blur of that standard deviation; none where it is 0."""
    place = torch.arange(size, device=sigma.device, dtype=torch.float32)
    weight = torch.exp(-0.5 * ((place[:, None] - place)[None] / sigma.clamp(min=1e-3)[:, None, None]) ** 2)
    return weight / weight.sum(-1, keepdim=True)


def apply(x: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """x [B, T, C, H, W] read by `down` [B, h, H] and `across` [B, w, W]: [B, T, h, w, C]."""
    b, t, c, h, w = x.shape
    x = torch.bmm(x.reshape(b, t * c * h, w), across.transpose(1, 2)).view(b, t * c, h, -1)
    x = torch.bmm(down, x.permute(0, 2, 1, 3).reshape(b, h, -1))
    return x.view(b, down.shape[1], t, c, -1).permute(0, 2, 1, 4, 3)


def blurred(x: Tensor, sigma: Tensor) -> Tensor:
    """[B, T, H, W, C] blurred sample by sample."""
    kernel = gaussian(sigma, x.shape[2])
    return apply(x.permute(0, 1, 4, 2, 3), kernel, kernel)


def compressed(x: Tensor, quality: Tensor) -> Tensor:
    """[N, H, W, 3] in [0, 1] as JPEG of those qualities keeps it, colours at half size; H and W are multiples of 16."""
    luma, chroma, dct, ycc, back = constants(x.device)
    scale = torch.where(quality < 50, 5000 / quality, 200 - 2 * quality)

    def kept(plane: Tensor, table: Tensor) -> Tensor:
        n, h, w = plane.shape
        step = ((table * scale[:, None, None] + 50) / 100).floor().clamp(1, 255)[:, None, None]
        blocks = plane.view(n, h // 8, 8, w // 8, 8).transpose(2, 3)
        blocks = dct.T @ (torch.round(dct @ blocks @ dct.T / step) * step) @ dct
        return blocks.transpose(2, 3).reshape(n, h, w)

    y = 255 * x @ ycc.T
    planes = [kept(y[..., 0] - 128, luma) + 128]
    for c in (1, 2):
        half = kept(F.avg_pool2d(y[..., c][:, None], 2)[:, 0], chroma)
        planes.append(F.interpolate(half[:, None], scale_factor=2)[:, 0])
    return (torch.stack(planes, -1) @ back.T / 255).clamp(0, 1)


def camera(chance: Chance, linear: Tensor) -> Tensor:
    """Linear radiance [B,T,H,W,3] to sRGB-encoded pictures in [0, 1] as one camera setting each would give them: augment.camera for a batch."""
    gain = 2 ** chance.range(-1.75, 2.5)[:, None] * torch.exp(0.06 * chance.normal(3))
    x = srgb(linear * wide(torch.where(chance.often(0.5)[:, None], gain, torch.ones_like(gain))))
    bent = x ** wide(torch.exp(0.12 * chance.normal()))
    bent = bent + wide(chance.range(-0.25, 0.25)) * bent * (1 - bent) * (2 * bent - 1)
    x = torch.where(wide(chance.often(0.25)), bent, x)
    x = blurred(x, chance.range(0.3, 1.2) * chance.often(0.3))
    x = (x + wide(chance.range(0.002, 0.03) * chance.often(0.35)) * chance.normal(*x.shape[1:])).clamp(0, 1)
    few = sum(chance.cells.random() < 0.1 for _ in range(len(x)))  # the first are as good as any: all were drawn by chance
    if few:
        kept = compressed(x[:few].flatten(0, 1), chance.range(40, 95)[:few].repeat_interleave(x.shape[1]))
        x = torch.cat([kept.view(few, *x.shape[1:]), x[few:]])
    return x


def parts(x: Tensor, share: Tensor, at: int) -> list[Tensor]:
    """What each of two lights gives to the colours that begin at plane `at` of x [B, T, C, H, W], by `share` [B, 2, 3]."""
    return [x[:, :, at + 3 * k : at + 3 * k + 3] * wide(share[:, k]).transpose(2, 4) for k in (0, 1)]


class Bank:
    """Worlds of some folders with as many frames each, on a card. `worlds` is how many it holds at most."""

    def __init__(self, kind: str, folders: list[Path], frames: int, worlds: int, device: str, denoiser: Path | None):
        self.kind, self.worlds, self.device = kind, worlds, device
        self.denoiser = Denoiser(denoiser).to(device) if denoiser else None
        self.taken, self.abreast = 0, False
        self.planes, self.light = None, None
        self.levels = torch.ones(worlds, 2, device=device)
        self.estimated = torch.zeros(worlds, dtype=torch.bool, device=device)
        self.pictured = torch.zeros(worlds, dtype=torch.bool, device=device)
        self.failed = None
        self.flip = torch.tensor([-1.0, 1, 1], device=device)  # of mirrored normals
        threading.Thread(target=self.take, args=[reader(kind, folders, frames)], daemon=True).start()

    def wait(self):
        """Until there is enough to begin with, or all there is."""
        while self.taken < FIRST and not (self.abreast and self.taken) and not self.failed:
            time.sleep(0.2)

    def take(self, queue):
        """Takes in what the reader sends; what stops either is told to whoever draws."""
        try:
            if self.device != "cpu":
                torch.cuda.set_stream(torch.cuda.Stream(self.device))
            while True:
                sent = queue.get()
                self.abreast = sent is None
                if isinstance(sent, Exception):
                    raise sent
                if sent:
                    with ALONE:
                        self.add(sent)
        except Exception as error:
            self.failed = error

    @torch.no_grad()
    def add(self, many: dict[str, Tensor]):
        planes, light = many["planes"].to(self.device), many["light"].to(self.device)
        noisy = many["noisy"].nonzero()[:, 0].to(self.device)
        if self.denoiser and len(noisy):
            noisy = noisy.repeat(-(-CHUNK // len(noisy)))[:CHUNK]  # always as many: a card looks anew for the fastest kernels of every shape
            part = planes[noisy].flatten(0, 1).float()
            alpha = part[:, 15:16]
            for c in (0, 3):
                clean = self.denoiser(part[:, c : c + 3], part[:, 6:9] * alpha, part[:, 9:12] * alpha, half=self.device != "cpu")
                part[:, c : c + 3] = torch.where(alpha > 0, clean.clamp(0, 65000), 0)
            planes[noisy] = part.half().view(len(noisy), *planes.shape[1:])
        if self.planes is None:
            self.planes = torch.empty(self.worlds, *planes.shape[1:], dtype=torch.float16, device=self.device)
            self.light = torch.empty(self.worlds, *light.shape[1:], dtype=light.dtype, device=self.device)
        at = (torch.arange(len(planes), device=self.device) + self.taken) % self.worlds
        self.planes[at], self.light[at] = planes, light
        self.levels[at] = torch.stack([planes[:, :, c : c + 3].float().mean((1, 2, 3, 4)) for c in (0, 3)], -1).clamp(min=1e-6)
        for name in ("estimated", "pictured"):
            getattr(self, name)[at] = many[name].to(self.device)
        if self.device != "cpu":
            torch.cuda.current_stream().synchronize()
        self.taken += len(planes)

    def weights(self) -> Tensor:
        """[worlds that there are]: how often each is drawn."""
        taken = self.taken  # others come in meanwhile
        count = min(taken, self.worlds)
        age = (taken - 1 - torch.arange(count, device=self.device)) % self.worlds / count
        young, estimated = (1 - age) ** YOUNG, self.estimated[:count]
        both = [(young * chosen, share) for chosen, share in ((estimated, ESTIMATES), (~estimated, 1 - ESTIMATES))]
        return sum(weight * share / weight.sum().clamp(min=1e-6) for weight, share in both)

    def window(self, chance: Chance, alpha: Tensor, size: int):
        """How rows and columns are read, and which samples are mirrored: dataset.Window for a batch; alpha [B, H, W] of the first frame."""
        b, native, _ = alpha.shape
        closer = torch.full((b,), 2.0, device=self.device) if 2 * size == native else 2 ** chance.unit()
        side = (native / torch.where(chance.often(0.5), torch.ones_like(closer), closer)).round()
        table = F.pad((alpha > 0.5).float().cumsum(1).cumsum(2), (1, 0, 1, 0))
        rows = torch.arange(b, device=self.device)
        found = torch.zeros(b, dtype=torch.bool, device=self.device)
        y = x = torch.zeros(b, device=self.device)
        for _ in range(TRIES):
            v, u = ((chance.unit() * (native - side + 1)).floor() for _ in range(2))
            y, x = torch.where(found, y, v), torch.where(found, x, u)
            (top, left), (low, right) = (y.long(), x.long()), ((y + side).long(), (x + side).long())
            filled = table[rows, low, right] - table[rows, top, right] - table[rows, low, left] + table[rows, top, left]
            found = filled > FILLED * side * side
        mirror = chance.often(0.5)
        return reading(y, side, size, native, torch.zeros_like(mirror)), reading(x, side, size, native, mirror), mirror

    def shares(self, chance: Chance, which: Tensor, mixed: Tensor, chosen: Tensor) -> Tensor:
        """[B, 2, 3]: how much of each light there is; dataset.shares where `mixed`, else the light `chosen` alone."""
        level = self.levels[which]
        share = chance.unit()  # Dirichlet of ones with two parts
        share = torch.stack([share, 1 - share], 1) * level.mean(1, keepdim=True) / level
        share = share[..., None] * torch.exp(0.12 * chance.normal(2, 3))
        alone = F.one_hot(chosen, 2).float()[..., None].expand_as(share)
        return torch.where(mixed[:, None, None], share, alone)

    @torch.no_grad()
    def draw(self, generator: torch.Generator, size: int, count: int, disturbed: bool = True) -> dict[str, Tensor]:
        """A batch [B, T, ...], as dataset.batch gives one."""
        if self.failed:
            raise self.failed
        chance = Chance(count, generator)
        which = torch.multinomial(self.weights(), count, replacement=True, generator=generator)
        x = self.planes[which].float()
        return self.inverse(chance, which, x, size) if self.kind == "inverse" else self.forward(chance, which, x, size, disturbed)

    def buffers(self, planes: Tensor, mirror: Tensor):
        """Read planes [B,T,H,W,11] (buffers times cover, cover, alpha): as dataset.buffers."""
        stack = planes[..., :9] * ((planes[..., 9:10] > 0) / planes[..., 9:10].clamp(min=1e-3))
        normal = stack[..., 3:6] * wide(torch.where(mirror[:, None], self.flip, 1))
        normal = normal / normal.norm(dim=-1, keepdim=True).clamp(min=1e-3)
        return srgb(stack[..., :3]) * 2 - 1, normal, stack[..., 6].clamp(-4, 4), stack[..., 7], stack[..., 8], planes[..., 10]

    def covered(self, x: Tensor, alpha: Tensor) -> Tensor:
        """The planes that `buffers` takes, [B, T, 11, H, W]; alpha [B, T, 1, H, W]."""
        cover = (alpha > 1 / 64).float()
        return torch.cat([x[:, :, 6:15] * cover, cover, alpha], 2)

    def order(self, chance: Chance) -> Tensor:
        """[B, 3]: where each colour goes."""
        swapped = torch.argsort(chance.unit(3), 1)
        return torch.where(chance.often(SWAPPED)[:, None], swapped, torch.arange(3, device=self.device))

    def inverse(self, chance: Chance, which: Tensor, x: Tensor, size: int) -> dict[str, Tensor]:
        alpha = x[:, :, 15:16]
        share = self.shares(chance, which, chance.often(0.5), chance.often(0.5).long())
        linear = sum(parts(x, share, 0))
        down, across, mirror = self.window(chance, alpha[:, 0, 0], size)
        read = apply(torch.cat([self.covered(x, alpha), linear], 2), down, across)
        albedo, normal, z, roughness, metallic, alpha = self.buffers(read[..., :11], mirror)
        front = torch.where(alpha > 0.5, z, torch.nan).flatten(1).nanmedian(1).values.nan_to_num()
        z = torch.where(alpha > 0, z - front.view(-1, 1, 1, 1), 0)
        field = torch.exp(chance.smooth(size, 1, 2, 9) + 0.3 * chance.smooth(size, 3, 4, 5)) * wide(chance.range(0.02, 0.5) * chance.often(0.15))
        picture = camera(chance, read[..., 11:] + (1 - alpha[..., None]) * field)
        order = self.order(chance)
        picture, albedo = (torch.gather(c, -1, order[:, None, None, None].expand_as(c)) for c in (picture, albedo))
        x0 = torch.cat([albedo, normal, z[..., None], roughness[..., None] * 2 - 1, metallic[..., None] * 2 - 1], -1)
        return {"conditions": picture * 2 - 1, "x0": x0, "weight": alpha}

    def disturb(self, chance: Chance, albedo, normal, z, roughness, metallic):
        """augment.disturb for a fifth of a batch."""
        size, often = z.shape[2], chance.often(0.2)
        noise = chance.smooth(size, 9, 2, 17) * wide(chance.range(0.05, 0.35) * often)
        bent = normal + noise[..., 3:6] * (normal.abs().sum(-1, keepdim=True) > 0)
        normal = torch.where(wide(often), bent / bent.norm(dim=-1, keepdim=True).clamp(min=1e-3), normal)
        albedo = (blurred(albedo, chance.range(0.3, 1.5) * often) + noise[..., :3]).clamp(-1, 1)
        return albedo, normal, z + 0.3 * noise[..., 8], (roughness + noise[..., 6]).clamp(0, 1), (metallic + noise[..., 7] * wide(chance.unit(), 4)).clamp(0, 1)

    def forward(self, chance: Chance, which: Tensor, x: Tensor, size: int, disturbed: bool) -> dict[str, Tensor]:
        alpha, cover, pictured = x[:, :, 15:16], x[:, :, 39:40], self.pictured[which]
        chosen = torch.where(pictured, chance.often(RELIT), chance.often(0.5)).long()
        share = self.shares(chance, which, chance.often(MIXED), chosen)
        linear, diffuse, specular, ssrt = (sum(parts(x, share, c)) for c in (0, 16, 22, 28))
        # How much of a light is visible is a mean over the light that falls there.
        fall = [part.sum(2, keepdim=True) + 1e-6 * wide(share[:, k, 0] > 0) for k, part in enumerate(parts(x, share, 16))]
        visibility = sum(x[:, :, 34 + k : 35 + k] * fall[k] for k in (0, 1)) / sum(fall)
        ssrt = ssrt / cover.clamp(min=LEAST_ALPHA)
        shading = [tone(s.clamp(min=0)) for s in (diffuse, specular, ssrt)] + [visibility * 2 - 1]
        target = torch.where(alpha > LEAST_ALPHA, tone(linear / alpha.clamp(min=LEAST_ALPHA)), shading[2]).clamp(max=TONE_MAX)
        seen = wide(pictured & torch.where(chosen == 1, chance.often(PICTURED), chance.often(OWN)))
        picture = x[:, :, 36:39] * seen * self.holes(chance, x.shape[3:])
        down, across, mirror = self.window(chance, alpha[:, 0, 0], size)
        read = apply(torch.cat([self.covered(x, cover), *shading, target, picture, alpha], 2), down, across)
        albedo, normal, z, roughness, metallic, cover = self.buffers(read[..., :11], mirror)
        cover = torch.where(wide(self.estimated[which], 4), torch.ones_like(cover), cover)  # by which the network knows them, as in conditions.rs
        if disturbed:
            albedo, normal, z, roughness, metallic = self.disturb(chance, albedo, normal, z, roughness, metallic)
        weight = read[..., 27]
        light = (self.light[which].float() * share[:, :, None, None, None]).sum(1)
        light = torch.where(wide(mirror), light.flip(3), light)
        order = self.order(chance)[:, None, None, None]
        swap = lambda c: torch.gather(c, -1, order.expand_as(c))
        coloured = [swap(read[..., c : c + 3]) for c in (11, 14, 17)] + [read[..., 20:21]]
        single = [cover[..., None] * 2 - 1, swap(albedo), normal, z[..., None], roughness[..., None] * 2 - 1, metallic[..., None] * 2 - 1]
        conditions = torch.cat([*single, *coloured, 2 * swap(read[..., 24:27]) - 1], -1)
        return {"conditions": conditions, "x0": 2 * swap(read[..., 21:24]) - 1, "weight": weight * torch.where(weight > 0.98, 1.0, EDGE), "light": swap(light)}

    def holes(self, chance: Chance, shape) -> Tensor:
        """[B, 1, 1, H, W]: 0 in an ellipse of some samples, else 1, as edits leave pictures."""
        y, x = ((torch.arange(n, device=self.device) + 0.5) / n for n in shape)
        away = lambda place: ((place[None] - chance.unit()[:, None]) / chance.range(0.1, 0.5)[:, None]) ** 2
        outside = away(y)[:, :, None] + away(x)[:, None] > 1
        return (outside | ~chance.often(HOLED)[:, None, None]).float()[:, None, None]
