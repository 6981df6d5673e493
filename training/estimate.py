"""Estimate the buffers of shards with inverse weights, for a forward network that learns to live with their errors.

usage: python training/estimate.py weights/inverse.safetensors SHARDS OUT [--clips N]
`relight synth --shade OUT -o READY` then adds the analytic shading, and train.py forward takes READY beside shards with true buffers.
The picture under the first light, as a camera would take it, is what the network sees, and `picture` keeps it: the forward network sees it, too, when
it shall give the clip under the other light.
"""
import argparse
import json
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

from augment import camera, encode
from evaluate import linear
from export import load
from shards import Folder, Shard
from sheet import one_step


def estimate(net, shard: Shard, rgb: np.ndarray, size: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The tensors of a shard with estimated buffers. rgb [L,T,H,W,3] are its clean pictures; the network sees the first at size²."""
    linear_picture = rgb[0].astype(np.float32)  # black where nothing is
    picture = camera(rng, linear_picture) if rng.random() < 0.5 else encode(linear_picture)
    frames, height, width, _ = picture.shape
    small = F.interpolate(torch.from_numpy(picture).permute(0, 3, 1, 2), (size, size), mode="area").permute(0, 2, 3, 1)[None]
    x0 = one_step(net, {"conditions": small * 2 - 1, "x0": torch.zeros(1, frames, size, size, 9)})[0]
    x0 = F.interpolate(x0.permute(0, 3, 1, 2), (height, width), mode="bilinear").permute(0, 2, 3, 1).numpy()
    normal = x0[..., 3:6] / np.maximum(np.linalg.norm(x0[..., 3:6], axis=-1, keepdims=True), 1e-3)
    kept = {name: np.array(shard[name]) for name in ("alpha", "camera_to_world", "fov_x_deg", "yaw", "exposure", "map", "light")}
    half = lambda x: np.ascontiguousarray(x, np.float16)
    return kept | {
        "rgb": half(rgb),
        "picture": half(picture),
        "albedo": half(linear(x0[..., :3] * 0.5 + 0.5)),
        "normal": half(normal),
        "depth": np.exp(np.clip(x0[..., 6], -8, 8)).astype(np.float32),
        "roughness": half(np.clip(x0[..., 7] * 0.5 + 0.5, 0, 1)),
        "metallic": half(np.clip(x0[..., 8] * 0.5 + 0.5, 0, 1)),
    }


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("weights", type=Path)
    p.add_argument("shards", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--clips", type=int, help="the first so many")
    p.add_argument("--size", type=int, default=128, help="side of the pictures that the network sees")
    p.add_argument("--threads", type=int, default=1)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    net, folder = load(a.weights), Folder([a.shards])
    a.out.mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(folder.list()[: a.clips]):
        target = a.out / path.name
        if not target.exists():
            shard = Shard(path)
            tensors = estimate(net, shard, np.asarray(folder.rgb(path)), a.size, np.random.default_rng((2, index)))
            save_file(tensors, target.with_suffix(".tmp"), metadata=shard.metadata | {"buffers": "estimated"})
            os.replace(target.with_suffix(".tmp"), target)


if __name__ == "__main__":
    main()
