"""The network's norm on a card: film, RMS, gain and silu in one kernel each way (Triton), from memory to memory once.

PyTorch's own rms_norm gives each row of 32 to 256 channels a block of threads: it and what stands around it took .6 of a step. network.py keeps the plain
form, which processors compute; check.py compares the two.
"""
import torch
import triton
import triton.language as tl
from torch import Tensor

TILE = 2048  # numbers that a program holds of each array: 16 a thread
PARTS = 16  # programs that share a frame on the way back; each adds up gradients of gain and film over its rows


@triton.jit
def _film(x, scale, shift, sample, step, channel, known):
    """x [ROWS, WIDE] after the film of its sample, and 1 + scale."""
    more = 1 + tl.load(scale + sample * step + channel, known, 0).to(tl.float32)
    return x * more[None, :] + tl.load(shift + sample * step + channel, known, 0).to(tl.float32)[None, :], more


@triton.jit
def _there(x, scale, shift, gain, y, rows, step, eps, C: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, FILM: tl.constexpr, SILU: tl.constexpr):
    sample = tl.program_id(0)
    row, channel = tl.program_id(1) * ROWS + tl.arange(0, ROWS), tl.arange(0, WIDE)
    known = channel < C
    inside = (row < rows)[:, None] & known[None, :]
    at = (sample * rows + row)[:, None] * C + channel[None, :]
    h = tl.load(x + at, inside, 0).to(tl.float32)
    if FILM:
        h, more = _film(h, scale, shift, sample, step, channel, known)
    z = h * tl.rsqrt(tl.sum(h * h, 1) / C + eps)[:, None] * tl.load(gain + channel, known, 0).to(tl.float32)[None, :]
    if SILU:
        z = z * tl.sigmoid(z)
    tl.store(y + at, z.to(y.dtype.element_ty), inside)


@triton.jit
def _back(x, scale, shift, gain, dy, dx, sums, rows, step, eps, C: tl.constexpr, WIDE: tl.constexpr, ROWS: tl.constexpr, SHARE: tl.constexpr,
          FILM: tl.constexpr, SILU: tl.constexpr):
    """dx, and in sums [samples, SHARE, 3 (1 without film), C] what this program's rows add to the gradients of gain, scale and shift."""
    sample, part = tl.program_id(0), tl.program_id(1)
    channel = tl.arange(0, WIDE)
    known = channel < C
    g = tl.load(gain + channel, known, 0).to(tl.float32)[None, :]
    dgain = tl.zeros([WIDE], tl.float32)
    dscale, dshift = tl.zeros([WIDE], tl.float32), tl.zeros([WIDE], tl.float32)
    for tile in range(part, tl.cdiv(rows, ROWS), SHARE):
        row = tile * ROWS + tl.arange(0, ROWS)
        inside = (row < rows)[:, None] & known[None, :]
        at = (sample * rows + row)[:, None] * C + channel[None, :]
        raw = tl.load(x + at, inside, 0).to(tl.float32)
        h = raw
        if FILM:
            h, more = _film(raw, scale, shift, sample, step, channel, known)
        r = tl.rsqrt(tl.sum(h * h, 1) / C + eps)[:, None]
        n = h * r
        d = tl.load(dy + at, inside, 0).to(tl.float32)
        if SILU:
            s = tl.sigmoid(n * g)
            d = d * s * (1 + n * g * (1 - s))
        dgain += tl.sum(d * n, 0)
        d = d * g
        d = r * (d - n * (tl.sum(d * n, 1) / C)[:, None])
        if FILM:
            # Rows beyond the last have a film, too, but d is 0 there.
            dscale += tl.sum(d * raw, 0)
            dshift += tl.sum(d, 0)
            d = d * more[None, :]
        tl.store(dx + at, d.to(dx.dtype.element_ty), inside)
    if FILM:
        to = sums + (sample * SHARE + part) * 3 * C + channel
        tl.store(to + C, dscale, known)
        tl.store(to + 2 * C, dshift, known)
    else:
        to = sums + (sample * SHARE + part) * C + channel
    tl.store(to, dgain, known)


def rows_last(x: Tensor) -> Tensor:
    """[N, C, H, W] as [N, H*W, C]; a view of what is channels_last."""
    return x.permute(0, 2, 3, 1).contiguous().flatten(1, 2)


class FilmNorm(torch.autograd.Function):
    """film_normed (with scale and shift [N, C, 1, 1]) or normed (None for both) of network.py."""

    @staticmethod
    def forward(ctx, x: Tensor, scale: Tensor | None, shift: Tensor | None, gain: Tensor, silu: bool, eps: float) -> Tensor:
        film = scale is not None
        if film and (scale.stride()[:2] != shift.stride()[:2] or scale.stride(1) != 1):
            scale, shift = scale.contiguous(), shift.contiguous()
        n, c, height, width = x.shape
        flat = rows_last(x)
        wide = triton.next_power_of_2(c)
        tile = TILE // wide
        tiles = triton.cdiv(height * width, tile)
        ctx.shape, ctx.silu, ctx.eps, ctx.film = (c, wide, tile, tiles), silu, eps, film
        y = torch.empty_like(flat)
        a, b, step = (scale, shift, scale.stride(0)) if film else (gain, gain, 0)
        _there[n, tiles](flat, a, b, gain, y, height * width, step, eps, C=c, WIDE=wide, ROWS=tile, FILM=film, SILU=silu)
        ctx.save_for_backward(flat, a, b, gain)
        return y.view(n, height, width, c).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, dy: Tensor):
        flat, a, b, gain = ctx.saved_tensors
        c, wide, tile, tiles = ctx.shape
        n, share, film = len(flat), min(tiles, PARTS), ctx.film
        dx = torch.empty_like(flat)
        sums = torch.empty(n, share, 3 if film else 1, c, device=flat.device)
        step = a.stride(0) if film else 0
        _back[n, share](flat, a, b, gain, rows_last(dy), dx, sums, flat.shape[1], step, ctx.eps, C=c, WIDE=wide, ROWS=tile, SHARE=share, FILM=film, SILU=ctx.silu)
        sums = sums.sum(1)  # [N, 3 or 1, C]
        dx = dx.view(n, *dy.shape[2:], c).permute(0, 3, 1, 2)
        dscale, dshift = (sums[:, k].to(a.dtype)[:, :, None, None] for k in (1, 2)) if film else (None, None)
        return dx, dscale, dshift, sums[:, 0].sum(0).to(gain.dtype), None, None
