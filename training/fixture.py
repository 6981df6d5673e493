"""Write small random networks with inputs and outputs as parity fixtures for `engine/nets`.

usage: python training/fixture.py engine/nets/tests/fixtures
Every tensor is random, those that training starts at zero too, so that no layer hides behind a zero.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from network import SIGMA_MAX, Config, Small

# Strides, dilation, an expansion of 1, two stages of one level and one that halves nothing.
BACKBONE = [[4, 1, 3, 1, 1, 1], [6, 2, 5, 2, 2, 1], [6, 1, 3, 2, 2, 1], [8, 2, 5, 2, 2, 1], [10, 2, 3, 2, 1, 2]]
# Configuration and (frames, height, width). Narrow levels mix over time here, to keep the files small.
CASES = {
    "inverse": (Config("inverse", 3, 9, False, [4, 6, 8, 16], [1, 1, 2, 2], 16, 8, 8, [2, 1, 1], BACKBONE), (3, 32, 16)),
    "forward": (Config("forward", 23, 3, True, [6, 4, 12, 16], [1, 2, 1, 1], 16, 8, 12), (2, 48, 16)),
    "still": (Config("inverse", 3, 9, False, [8, 8, 8, 8], [1, 1, 1, 1], 8, 8, 128), (1, 48, 32)),
}


def randomise(net: Small, generator: torch.Generator):
    """Random weights of a size that keeps activations near 1."""
    with torch.no_grad():
        for name, p in net.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if name.endswith("gain"):
                p.copy_(1 + 0.2 * noise)
            elif name.endswith("scale"):
                p.copy_(10 + noise)
            else:
                p.copy_(noise * (0.1 if p.ndim == 1 else p[0].numel() ** -0.5))
            p.copy_(p.half().float())


def main(folder: Path):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (config, (t, h, w)) in CASES.items():
        generator = torch.Generator().manual_seed(7)
        net = Small(config).eval()
        randomise(net, generator)
        conditions = torch.randn(1, t, h, w, config.conditions, generator=generator).half().float()
        x_sigma = torch.randn(1, t, h, w, config.outputs, generator=generator).half().float()
        light = torch.rand(1, t, 8, 16, 3, generator=generator).half().float() * 4 if config.light else None
        tensors = {k: v.half().contiguous() for k, v in net.state_dict().items()}
        with torch.no_grad():
            tensors["fixture.one_step"] = net(torch.zeros_like(x_sigma), torch.tensor([SIGMA_MAX]), conditions, light)[0]
            tensors["fixture.denoised"] = net(x_sigma, torch.tensor([0.7]), conditions, light)[0]
        tensors["fixture.conditions"] = conditions[0].half()
        tensors["fixture.x_sigma"] = x_sigma[0].half()
        tensors["fixture.sigma"] = torch.tensor([0.7])
        if light is not None:
            tensors["fixture.light"] = light[0]
        path = folder / f"{name}.safetensors"
        save_file({k: v.contiguous() for k, v in tensors.items()}, path, metadata={"config": config.json()})
        rms = tensors["fixture.denoised"].square().mean().sqrt()
        print(f"{path}: {path.stat().st_size / 1e3:.0f} kB, output rms {rms:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
