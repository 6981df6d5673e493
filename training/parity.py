"""Check that `engine/nets` gives PyTorch's numbers with the weights that ship.

usage: cargo build --release -p relight-nets --example denoise && python training/parity.py [--binary PATH] [WEIGHTS.safetensors ...]
Prints the largest difference relative to the output's root mean square; fails above 1e-4.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from export import load
from network import SIGMA_MAX

WEIGHTS = [Path("weights/inverse.safetensors"), Path("weights/forward.safetensors")]
FRAMES, HEIGHT, WIDTH = 3, 96, 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", nargs="*", type=Path, default=WEIGHTS)
    parser.add_argument("--binary", type=Path, default=Path("target/release/examples/denoise"))
    args = parser.parse_args()
    worst = 0.0
    for path in args.weights:
        net = load(path)
        generator = torch.Generator().manual_seed(3)
        for sigma in (SIGMA_MAX, 0.4):
            shape = (FRAMES, HEIGHT, WIDTH)
            inputs = {
                "conditions": torch.rand(*shape, net.config.conditions, generator=generator) * 2 - 1,
                "x_sigma": torch.randn(*shape, net.config.outputs, generator=generator) * (sigma < SIGMA_MAX),
                "sigma": torch.tensor([sigma]),
            }
            if net.config.light:
                inputs["light"] = torch.rand(FRAMES, 8, 16, 3, generator=generator) * 3
            with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
                light = inputs["light"][None] if net.config.light else None
                expected = net(inputs["x_sigma"][None], inputs["sigma"], inputs["conditions"][None], light)[0].numpy().ravel()
                save_file({k: v.contiguous() for k, v in inputs.items()}, Path(folder) / "in")
                subprocess.run([args.binary, path, Path(folder) / "in", Path(folder) / "out"], check=True)
                found = np.fromfile(Path(folder) / "out", "<f4")
            error = float(np.abs(found - expected).max() / np.sqrt(np.square(expected).mean()))
            print(f"{path} at sigma {sigma:g}: {error:.1e}")
            worst = max(worst, error)
    sys.exit(worst > 1e-4)


if __name__ == "__main__":
    main()
