"""Take the picture of shards as a camera would, for a forward network that learns to live with the errors of estimated buffers.

usage: python training/photograph.py SHARDS OUT [--clips N]
`relight synth --shade OUT --estimate MODEL -o READY` then estimates buffers from the pictures, as the program does from a video, and adds the analytic
shading; train.py forward takes READY beside shards with true buffers. The picture is of the first light, and READY keeps it: the forward network sees it,
too, when it shall give the clip under the other light.
"""
import argparse
import os
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from augment import camera, encode
from shards import Folder, Shard

PLAIN = 0.5  # share of pictures that are the light's sRGB codes and nothing else


def photographed(shard: Shard, rgb: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The tensors of a shard with `picture` [T,H,W,3] in place of its buffers. rgb [L,T,H,W,3] are its clean pictures, black where nothing is."""
    linear = rgb[0].astype(np.float32)
    picture = encode(linear) if rng.random() < PLAIN else camera(rng, linear)
    kept = {name: np.array(shard[name]) for name in ("alpha", "camera_to_world", "fov_x_deg", "yaw", "exposure", "map", "light")}
    half = lambda x: np.ascontiguousarray(x, np.float16)
    return kept | {"rgb": half(rgb), "picture": half(picture)}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("shards", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--clips", type=int, help="the first so many")
    a = p.parse_args()
    folder = Folder([a.shards])
    a.out.mkdir(parents=True, exist_ok=True)
    for index, path in enumerate(folder.list()[: a.clips]):
        target = a.out / path.name
        if not target.exists():
            shard = Shard(path)
            tensors = photographed(shard, np.asarray(folder.rgb(path)), np.random.default_rng((2, index)))
            save_file(tensors, target.with_suffix(".tmp"), metadata=shard.metadata)
            os.replace(target.with_suffix(".tmp"), target)


if __name__ == "__main__":
    main()
