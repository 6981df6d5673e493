"""Losses of the inverse and the forward network. x0 and target are [B, T, H, W, C]; weight [B, T, H, W] is the coverage."""
import torch
import torch.nn.functional as F
from torch import Tensor

from augment import srgb
from network import untone

LEAST = 0.1  # share of a clip's pixels from which on it counts in full
BACKGROUND = 0.03  # weight of uncovered pixels: enough to keep them near the target, which many-step sampling starts from


def by_clip(error: Tensor, weight: Tensor, least: float = 0) -> Tensor:
    """Weighted mean over the pixels of each clip, [B], of an error [B,T,H,W] or [B,T,H,W,C]; over less than the share `least` of them it is that much
    smaller. The metrics are taken clip by clip and then averaged, so what they make of a clip's mean square (its root, its logarithm) is
    applied before the batch is averaged."""
    if error.ndim == 5:
        error = error.mean(-1)
    return (error * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=max(1, least * weight[0].numel()))


def mean(error: Tensor, weight: Tensor) -> Tensor:
    """Mean over clips of `by_clip`: a thing on nothing, which fills a fifth of its picture, counts as much as a room. What is hardly seen at all
    counts less."""
    return by_clip(error, weight, LEAST).mean()


def gradient(difference: Tensor, weight: Tensor, scales: int = 3) -> Tensor:
    """Mean absolute gradient of a difference image at 1, 2, 4 times the pixel size, inside the foreground."""
    d = difference.flatten(0, 1).permute(0, 3, 1, 2)
    w = weight.flatten(0, 1)[:, None]
    total = 0
    for scale in range(scales):
        if scale:
            d, w = F.avg_pool2d(d, 2), F.avg_pool2d(w, 2)
        across = w[..., 1:] * w[..., :-1]
        down = w[..., 1:, :] * w[..., :-1, :]
        total = total + ((d[..., 1:] - d[..., :-1]).abs().mean(1, keepdim=True) * across).sum() / across.sum().clamp(min=1)
        total = total + ((d[..., 1:, :] - d[..., :-1, :]).abs().mean(1, keepdim=True) * down).sum() / down.sum().clamp(min=1)
    return total / scales


def rescaled(albedo: Tensor, target: Tensor, front: Tensor) -> Tensor:
    """`albedo` (encoded, in [-1, 1]) with the factor per channel and clip that fits it best to the target, in linear light by a power of 2.2.
    The brightness of the light and of the surface cannot be told apart, and the metric forgives it."""
    guess, truth = ((a * 0.5 + 0.5).clamp(min=1e-3, max=1.5) ** 2.2 for a in (albedo, target))
    weight, axes = front[..., None], (1, 2, 3)
    factor = (guess * truth * weight).sum(axes, keepdim=True) / (guess.square() * weight).sum(axes, keepdim=True).clamp(min=1e-3)
    return (guess * factor.detach().clamp(0.1, 10)) ** (1 / 2.2) * 2 - 1


def inverse_loss(x0: Tensor, target: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Terms by name, already weighted; their sum is what is minimised. Channels as in the brief of network.py's inverse kind."""
    front = weight * (weight > 0.5)
    everywhere = weight + BACKGROUND * (1 - weight)
    # Split once: the gradient of every slice would be a whole tensor of zeros.
    albedo, normal, z, roughness, metallic = x0.split([3, 3, 1, 1, 1], -1)
    true_albedo, true_normal, true_z, true_roughness, true_metallic = target.split([3, 3, 1, 1, 1], -1)
    off, depth_off = albedo - true_albedo, z - true_z
    cosine = F.cosine_similarity(normal, true_normal, dim=-1, eps=1e-4)
    relative = rescaled(albedo, true_albedo, front) - true_albedo
    return {
        # A little of the square as well: the metric is PSNR, and L1 alone gives up on hard regions.
        "albedo": 0.5 * mean(off.abs() + 0.5 * off.square(), everywhere),
        # Mean PSNR over clips is the mean logarithm of their squares; 1e-3 is 36 dB.
        "albedo_rescaled": 0.5 * mean(relative.abs(), front) + 0.15 * torch.log(by_clip(relative.square(), front) + 1e-3).mean(),
        "albedo_gradient": 0.5 * gradient(off, front),
        # Of all buffers wrong normals spoil a relit picture most: estimated ones among true buffers cost 6.7 dB, albedo, depth, gloss 4 each.
        "normal": 3 * mean(1 - cosine, front) + mean((normal - true_normal).abs(), everywhere),
        # Edges of things where the picture has them, not where they are safe.
        "normal_gradient": 0.4 * gradient(normal - true_normal, front),
        "depth": 0.7 * mean(depth_off.abs(), everywhere),
        "depth_gradient": 0.5 * gradient(depth_off, front),
        # RMSE by clip: a square over the batch would smear a little metal over every clip without any (.238 instead of .219).
        "roughness": 1.5 * torch.sqrt(by_clip((roughness - true_roughness).square(), everywhere) + 1e-3).mean(),
        "metallic": 1.2 * torch.sqrt(by_clip((metallic - true_metallic).square(), everywhere) + 1e-3).mean(),
    }


def forward_loss(x0: Tensor, target: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Charbonnier and gradient terms on the tone-mapped picture, and the metric itself."""
    difference = x0 - target
    everywhere = weight + BACKGROUND * (1 - weight)
    shown, true = (srgb(untone(x * 0.5 + 0.5)) for x in (x0, target))
    return {
        "rgb": mean(torch.sqrt(difference.square() + 1e-4), everywhere),
        # Mean PSNR of sRGB pictures, in which what is brighter than white is white; 2.5e-5 is 46 dB.
        "metric": 0.1 * torch.log(by_clip((shown - true).square(), everywhere) + 2.5e-5).mean(),
        "rgb_gradient": 0.5 * gradient(difference, weight),
    }


LOSS = {"inverse": inverse_loss, "forward": forward_loss}
