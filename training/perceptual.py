"""The perceptual distance that `relight eval --lpips` measures, as a loss: shift-tolerant AlexNet features (Ghildyal and Liu 2022), weights from lpips.py."""
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)  # of a picture in -1..1
TRUNK = [("net.slice1.0", 2), ("net.slice2.5", 2), ("net.slice3.9", 1), ("net.slice4.11", 1), ("net.slice5.13", 1)]  # name, padding


def halved(x: Tensor) -> Tensor:
    """Every second pixel of the picture blurred by 1 2 1, continued by two mirrored pixels on each side."""
    channels = x.shape[1]
    line = torch.tensor([0.25, 0.5, 0.25], device=x.device)
    kernel = (line[:, None] * line).expand(channels, 1, 3, 3)
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, stride=2, groups=channels)


class Perceptual(nn.Module):
    """Mean distance of pictures [N, 3, H, W] in -1..1; 32 pixels and more."""

    def __init__(self, path: Path, device: str):
        super().__init__()
        weights = load_file(path, device)
        self.trunk = [(weights[f"{name}.weight"], weights[f"{name}.bias"], padding) for name, padding in TRUNK]
        self.heads = [weights[f"lin{k}.model.1.weight"] for k in range(5)]

    def stages(self, x: Tensor) -> list[Tensor]:
        """Channels of unit length at the five stages."""
        x = (x - torch.tensor(SHIFT, device=x.device).view(1, 3, 1, 1)) / torch.tensor(SCALE, device=x.device).view(1, 3, 1, 1)
        stages = []
        for index, (weight, bias, padding) in enumerate(self.trunk):
            if index in (1, 2):
                x = halved(F.max_pool2d(x, 3, 1))
            x = F.conv2d(x, weight, bias, padding=padding)
            if index == 0:
                x = halved(x)
            x = F.relu(x)
            stages.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10).clamp(min=1e-6))
        return stages

    def forward(self, guess: Tensor, truth: Tensor) -> Tensor:
        with torch.no_grad():
            goal = self.stages(truth)
        return sum((F.conv2d((g - t).square(), head)).mean() for g, t, head in zip(self.stages(guess), goal, self.heads))
