"""The network "small": a U-Net denoiser x0 = f(x_sigma, sigma, conditions) for the inverse and the forward renderer.

All pixel tensors that enter or leave are channels last, [B, T, H, W, C] with H and W multiples of 16. Inside, a frame is
[B*T, C, h, w] in PyTorch's channels_last memory format, so nothing is copied on the way.
`engine/nets` implements the same network in Rust; the state-dict names here are the tensor names of the weights file.
"""
import json
import math
from dataclasses import asdict, dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from backbone import Backbone

SIGMA_MAX = 80.0  # one-step inference starts here, from x_sigma = 0
SIGMA_DATA2 = 0.25  # variance of x0, for the input scaling (EDM, arXiv 2206.00364, table 1)
EPSILON = 1e-6
# Slice of the forward network's conditions that holds tone(ssrt), the image its residual is added to.
SSRT = slice(16, 19)
# And of all that the analytic renderer gives: diffuse, specular and SSRT pictures, visibility.
SHADING = slice(10, 20)
# And of the picture that the buffers were estimated from, under its own light; black where there is none.
PICTURE = slice(20, 23)


@dataclass
class Config:
    """What the Rust side must know to rebuild the network; stored as JSON under the metadata key `config`."""

    kind: str  # "inverse" or "forward"
    conditions: int
    outputs: int
    light: bool
    widths: list = field(default_factory=lambda: [32, 64, 128, 192])  # channels at strides 2, 4, 8, 16
    blocks: list = field(default_factory=lambda: [1, 1, 2, 2])  # encoder blocks of each level
    embed: int = 128
    head_dim: int = 32
    time: int = 128  # levels at least this wide mix over time
    decoder: list = field(default_factory=lambda: [1, 1, 1])  # decoder blocks of each level but the coarsest
    backbone: list = field(default_factory=list)  # stages of a backbone that looks at the conditions (backbone.py); none: no backbone

    def json(self) -> str:
        return json.dumps(asdict(self))


def config(kind: str, widths=None, blocks=None, decoder=None, backbone=None, time=None, start: Config | None = None) -> Config:
    """The configuration of a kind, of the shape of `start` where given, with other widths, blocks, backbone and so on where those are given."""
    usual = {"inverse": Config("inverse", 3, 9, False), "forward": Config("forward", 23, 3, True)}[kind]
    if start and start.kind != kind:
        raise SystemExit(f"the weights to start from are of the {start.kind} network, not of the {kind} one")
    told = {"widths": widths, "blocks": blocks, "decoder": decoder, "backbone": backbone, "time": time}
    return replace(usual, **{name: value or getattr(start or usual, name) for name, value in told.items()})


def tone(x: Tensor) -> Tensor:
    """Linear radiance, 0 and up, to a perceptual scale where 0 is 0 and 1 is 1."""
    return torch.log1p(15.0 * x) / math.log(16.0)


def untone(y: Tensor) -> Tensor:
    """Inverse of `tone`; what lies below 0 becomes 0."""
    return torch.expm1(y.clamp(min=0) * math.log(16.0)) / 15.0


def space_to_depth(x: Tensor) -> Tensor:
    """[N, C, H, W] -> [N, 4C, H/2, W/2]; output channel (dy*2 + dx)*C + c."""
    n, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h // 2, 2, w // 2, 2, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(n, h // 2, w // 2, 4 * c).permute(0, 3, 1, 2)


def depth_to_space(x: Tensor) -> Tensor:
    """[N, 4C, H, W] -> [N, C, 2H, 2W]; the inverse of `space_to_depth`."""
    n, c, h, w = x.shape
    x = x.permute(0, 2, 3, 1).reshape(n, h, w, 2, 2, c // 4)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(n, 2 * h, 2 * w, c // 4).permute(0, 3, 1, 2)


def pointwise(linear: nn.Linear, x: Tensor) -> Tensor:
    """A Linear over the channels of [N, C, H, W]."""
    return linear(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def on_card(x: Tensor, scale: Tensor | None, shift: Tensor | None, gain: Tensor, silu: bool) -> Tensor:
    """The two functions below in one kernel (norm.py)."""
    from norm import FilmNorm  # only here: it needs Triton

    return FilmNorm.apply(x, scale, shift, gain, silu, EPSILON)


def normed(x: Tensor, gain: Tensor, silu: bool) -> Tensor:
    """x / sqrt(mean over channels of x^2 + 1e-6), times a gain per channel; silu after it where asked."""
    if x.is_cuda:
        return on_card(x, None, None, gain, silu)
    y = x * torch.rsqrt(x.square().mean(1, keepdim=True) + EPSILON) * gain.view(1, -1, 1, 1)
    return F.silu(y) if silu else y


def film_normed(x: Tensor, scale: Tensor, shift: Tensor, gain: Tensor) -> Tensor:
    """`normed` with silu, of x after its scale and shift."""
    if x.is_cuda:
        return on_card(x, scale, shift, gain, True)
    return normed(x * (1 + scale) + shift, gain, True)


def fuse():
    """Compile the two functions above, which read and write much and compute little: a training step takes .8 of the time, after a minute of
    compiling. The convolutions are left alone: they have kernels, and would be compiled anew for every shape."""
    global normed, film_normed
    torch._dynamo.config.recompile_limit = 64  # one for each number of channels
    normed, film_normed = (torch.compile(f, dynamic=True) for f in (normed, film_normed))


class Norm(nn.Module):
    """`normed` with a gain that is learned."""

    def __init__(self, channels: int, silu: bool = True):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.silu = silu

    def forward(self, x: Tensor) -> Tensor:
        return normed(x, self.gain, self.silu)


class Block(nn.Module):
    """x + conv(silu(rms(film(conv(silu(rms(x))))))); the film's scale and shift come from the embedding."""

    def __init__(self, channels: int, embed: int):
        super().__init__()
        self.drop = 0.0  # share of frames that pass it by in training (stochastic depth, arXiv:1603.09382)
        self.norm1 = Norm(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.film = nn.Linear(embed, 2 * channels)
        self.norm2 = Norm(channels)  # its gain is read by film_normed
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x: Tensor, e: Tensor) -> Tensor:
        h = self.conv1(self.norm1(x))
        a, b = self.film(F.silu(e))[:, :, None, None].chunk(2, dim=1)
        y = self.conv2(film_normed(h, a, b, self.norm2.gain))
        if self.drop and self.training:
            y = y * ((torch.rand(len(x), 1, 1, 1, device=x.device) >= self.drop) / (1 - self.drop)).to(y.dtype)
        return x + y


class Time(nn.Module):
    """x + convolution over time (kernel 3, zeros beyond the window) of silu(rms(x))."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = Norm(channels)
        self.conv = nn.Conv1d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv.weight)
        nn.init.zeros_(self.conv.bias)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """`frames` = T; the first axis of x is [B*T]. out[t] = bias + sum over k of weight[:, :, k] h[t + k - 1]."""
        n, c, height, width = x.shape
        before, now, after = self.conv.weight.unbind(2)
        h = self.norm(x).permute(0, 2, 3, 1)
        y = F.linear(h, now, self.conv.bias)
        if frames > 1:
            h = h.reshape(n // frames, frames, height, width, c)
            y = y.reshape(h.shape)
            y = y + F.pad(F.linear(h[:, :-1], before), (0, 0, 0, 0, 0, 0, 1, 0))
            y = y + F.pad(F.linear(h[:, 1:], after), (0, 0, 0, 0, 0, 0, 0, 1))
            y = y.reshape(n, height, width, c)
        return x + y.permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Attention over all positions of a frame. Queries and keys have unit length; `scale` is learned per head."""

    def __init__(self, channels: int, head_dim: int):
        super().__init__()
        self.heads = channels // head_dim
        self.norm = Norm(channels, silu=False)
        self.qkv = nn.Linear(channels, 3 * channels)  # output order: q of all heads, k of all heads, v of all heads
        self.scale = nn.Parameter(torch.full((self.heads,), 10.0))
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        qkv = self.qkv(self.norm(x).permute(0, 2, 3, 1)).reshape(n, h * w, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        q = q * torch.rsqrt(q.square().sum(-1, keepdim=True) + EPSILON) * self.scale.view(1, -1, 1, 1)
        k = k * torch.rsqrt(k.square().sum(-1, keepdim=True) + EPSILON)
        y = F.scaled_dot_product_attention(q, k, v, scale=1.0)
        y = self.out(y.permute(0, 2, 1, 3).reshape(n, h, w, c))
        return x + y.permute(0, 3, 1, 2)


class Embed(nn.Module):
    """b(silu(a([fourier(log sigma), light]))): one vector per frame."""

    def __init__(self, c: Config):
        super().__init__()
        self.a = nn.Linear(16 + (8 * 16 * 3 if c.light else 0), c.embed)
        self.b = nn.Linear(c.embed, c.embed)

    def forward(self, sigma: Tensor, light: Tensor | None) -> Tensor:
        """sigma [N]; light [N, 8, 16, 3] linear radiance seen from the camera, or None."""
        angle = sigma.log()[:, None] / 4 * 2.0 ** torch.arange(8, dtype=sigma.dtype, device=sigma.device)
        x = torch.cat([angle.cos(), angle.sin()], dim=1)
        if light is not None:
            x = torch.cat([x, tone(light).flatten(1)], dim=1)
        return self.b(F.silu(self.a(x)))


class Level(nn.Module):
    """One resolution of the encoder (`down` to the next) or of the decoder (`up` from the one below)."""

    def __init__(self, width: int, blocks: int, c: Config, *, down: int = 0, up: int = 0):
        super().__init__()
        self.up = nn.Linear(up, 4 * width) if up else None
        self.blocks = nn.ModuleList(Block(width, c.embed) for _ in range(blocks))
        self.time = Time(width) if width >= c.time else None
        self.down = nn.Linear(4 * width, down) if down else None

    def forward(self, x: Tensor, e: Tensor, frames: int) -> Tensor:
        for block in self.blocks:
            x = block(x, e)
        return self.time(x, frames) if self.time else x


class Middle(nn.Module):
    """What follows the coarsest encoder blocks."""

    def __init__(self, width: int, c: Config):
        super().__init__()
        self.attention = Attention(width, c.head_dim)
        self.block = Block(width, c.embed)


class Head(nn.Module):
    """The last convolution, from level 0 to full resolution."""

    def __init__(self, width: int, outputs: int):
        super().__init__()
        self.norm = Norm(width)
        self.conv = nn.Conv2d(width, 4 * outputs, 3, padding=1)


class Tap(nn.Module):
    """linear(rms(features of a stage of the backbone)), added to what enters the level of the same stride."""

    def __init__(self, features: int, width: int):
        super().__init__()
        self.norm = Norm(features, silu=False)
        self.linear = nn.Linear(features, width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        return pointwise(self.linear, self.norm(x))


class Small(nn.Module):
    """The whole network. Call it as a denoiser; the result is x0 (9 channels inverse, 3 forward)."""

    def __init__(self, c: Config):
        super().__init__()
        self.config = c
        w = c.widths
        self.embed = Embed(c)
        self.stem = nn.Conv2d(4 * (c.outputs + c.conditions), w[0], 3, padding=1)
        downs = w[1:] + [0]
        self.enc = nn.ModuleList(Level(w[i], c.blocks[i], c, down=downs[i]) for i in range(4))
        self.mid = Middle(w[3], c)
        self.dec = nn.ModuleList(Level(w[i], c.decoder[i], c, up=w[i + 1]) for i in range(3))
        self.head = Head(w[0], c.outputs)
        if c.backbone:
            self.backbone = Backbone(c.backbone)
            strides = [2 * math.prod(stage[4] for stage in c.backbone[: i + 1]) for i in range(len(c.backbone))]
            self.levels = [stride.bit_length() - 2 for stride in strides]  # of each stage: stride 2 is level 0
            self.taps = nn.ModuleList(Tap(stage[0], w[level]) for stage, level in zip(c.backbone, self.levels))
        if c.kind == "forward":  # training starts from the analytic picture
            nn.init.zeros_(self.head.conv.weight)
            nn.init.zeros_(self.head.conv.bias)

    def forward(self, x_sigma: Tensor, sigma: Tensor, conditions: Tensor, light: Tensor | None = None) -> Tensor:
        """x_sigma [B,T,H,W,outputs]; sigma [B]; conditions [B,T,H,W,n]; light [B,T,8,16,3] for the forward kind."""
        b, t, height, width, _ = conditions.shape
        e = self.embed(sigma.repeat_interleave(t), None if light is None else light.flatten(0, 1))
        c_in = torch.rsqrt(sigma.square() + SIGMA_DATA2).view(b, 1, 1, 1, 1)
        x = torch.cat([x_sigma * c_in, conditions], dim=-1).flatten(0, 1).permute(0, 3, 1, 2)
        seen = [[] for _ in self.enc]  # by level, what the backbone adds
        if self.config.backbone:
            for tap, level, features in zip(self.taps, self.levels, self.backbone(x[:, -self.config.conditions :])):
                seen[level].append(tap(features))
        x = self.stem(space_to_depth(x))
        skips = []
        for level, added in zip(self.enc, seen):
            x = level(sum(added, x), e, t)
            if level.down:
                skips.append(x)
                x = pointwise(level.down, space_to_depth(x))
        x = self.mid.block(self.mid.attention(x), e)
        for level, skip in zip(reversed(self.dec), reversed(skips)):
            x = level(skip + depth_to_space(pointwise(level.up, x)), e, t)
        y = depth_to_space(self.head.conv(self.head.norm(x)))
        y = y.permute(0, 2, 3, 1).reshape(b, t, height, width, -1)
        if self.config.kind == "forward":
            return 2 * (conditions[..., SSRT] + y) - 1
        return y
