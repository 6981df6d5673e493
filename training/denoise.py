"""Denoise the pictures of shards with Open Image Denoise, guided by albedo and normals: SHARDS/denoised/ gets copies that hold `rgb` alone.

usage: python training/denoise.py SHARDS... [--watch]    (needs pyoidn)
`--card WEIGHTS` computes the same on a CUDA card, with weights that oidn.py wrote.
train.py takes the copies where there are any. Few samples a pixel are then enough to render, and the input has the noise of test pictures: none.
"""
import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from oidn import Denoiser

from shards import Shard, complete, denoised


def library():
    """pyoidn as a function of (colour, albedo, normal) [H,W,3] f32."""
    import pyoidn  # only here: a card needs none

    return lambda colour, albedo, normal: pyoidn.denoise(colour, albedo=albedo, normal=normal, hdr=True)


def card(weights: Path):
    """The same on a card."""
    network = Denoiser(weights).cuda()
    planes = lambda a: torch.from_numpy(a).cuda().permute(2, 0, 1)[None]
    return lambda *arrays: network(*map(planes, arrays))[0].permute(1, 2, 0).cpu().numpy()


def clean(shard: Shard, denoise) -> np.ndarray:
    """rgb [L,T,H,W,3] f16 of a shard, denoised; what alpha leaves out stays black."""
    rgb = np.asarray(shard["rgb"], np.float32)
    out = np.empty(rgb.shape, np.float16)
    for frame in range(rgb.shape[1]):
        alpha = np.asarray(shard["alpha"][frame], np.float32)[..., None]
        albedo = np.ascontiguousarray(shard["albedo"][frame] * alpha, np.float32)
        normal = np.ascontiguousarray(shard["normal"][frame] * alpha, np.float32)
        for light in range(rgb.shape[0]):
            picture = denoise(np.ascontiguousarray(rgb[light, frame]), albedo, normal)
            out[light, frame] = np.where(alpha > 0, np.clip(picture, 0, 65000), 0)
    return out


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("shards", type=Path, nargs="+")
    p.add_argument("--watch", action="store_true", help="carry on with shards that appear later")
    p.add_argument("--card", type=Path, metavar="WEIGHTS", help="denoise on a CUDA card with weights of oidn.py")
    a = p.parse_args()
    denoise = card(a.card) if a.card else library()
    while True:
        for path in (path for folder in a.shards for path in complete(folder)):
            target = denoised(path)
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                try:
                    save_file({"rgb": clean(Shard(path), denoise)}, target.with_suffix(".tmp"))
                    os.replace(target.with_suffix(".tmp"), target)
                except FileNotFoundError:
                    pass  # recycled since the folder was listed
        for copy in (c for folder in a.shards for c in folder.glob("denoised/*.safetensors")):
            if not (copy.parent.parent / copy.name).exists():
                copy.unlink()  # its shard was recycled
        if not a.watch:
            break
        time.sleep(20)


if __name__ == "__main__":
    main()
