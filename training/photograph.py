"""Take the picture of shards as a camera would, for a forward network that learns to live with the errors of estimated buffers.

usage: python training/photograph.py SHARDS OUT [--clips N | --chunk N] [--card WEIGHTS]
`relight synth --shade OUT --estimate MODEL -o READY` then estimates buffers from the pictures, as the program does from a video, and adds the analytic
shading; train.py forward takes READY beside shards with true buffers. The picture is of the first light, and READY keeps it: the forward network sees it,
too, when it shall give the clip under the other light.
"""
import argparse
import os
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from augment import camera, encode
from denoise import card, clean
from shards import Folder, Shard, complete

PLAIN = 0.5  # share of pictures that are the light's sRGB codes and nothing else
AHEAD = 16  # folders of a chunk that wait at most

def photographed(shard: Shard, rgb: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The tensors of a shard with `picture` [T,H,W,3] in place of its buffers. rgb [L,T,H,W,3] are its clean pictures, black where nothing is."""
    linear = rgb[0].astype(np.float32)
    picture = encode(linear) if rng.random() < PLAIN else camera(rng, linear)
    kept = {name: np.array(shard[name]) for name in ("alpha", "camera_to_world", "fov_x_deg", "yaw", "exposure", "map", "light")}
    half = lambda x: np.ascontiguousarray(x, np.float16)
    return kept | {"rgb": half(rgb), "picture": half(picture)}


def take(path: Path, target: Path, rgb: np.ndarray, index: int):
    """Writes the picture of one shard, whose clean pictures are rgb [L,T,H,W,3], to `target`; the same index, the same camera."""
    shard = Shard(path)
    save_file(photographed(shard, rgb, np.random.default_rng((2, index))), target.with_suffix(".tmp"), metadata=shard.metadata)
    os.replace(target.with_suffix(".tmp"), target)


def follow(shards: Path, out: Path, chunk: int, pictures):
    """Takes pictures of what is in a folder and what appears there later, for ever, and puts them into folders of `chunk` below `out`, which begin with a dot
    until they are full; waits while nobody takes these away."""
    draft, taken, seen = out / ".draft", 0, set()
    draft.mkdir(exist_ok=True)
    while True:
        fresh = [path for path in complete(shards) if path not in seen]
        for path in fresh:
            while sum(not folder.name.startswith(".") for folder in out.iterdir()) >= AHEAD:
                time.sleep(0.5)
            seen.add(path)
            take(path, draft / path.name, pictures(path), taken)
            taken += 1
            if taken % chunk == 0:
                draft.rename(out / f"{taken // chunk:05}")
                draft.mkdir()
        if not fresh:
            time.sleep(0.5)


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("shards", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--clips", type=int, help="the first so many")
    p.add_argument("--chunk", type=int, help="carry on with shards that appear later, in folders of so many below OUT")
    p.add_argument("--card", type=Path, metavar="WEIGHTS", help="denoise on a CUDA card on the way, with weights of oidn.py")
    a = p.parse_args()
    folder = Folder([a.shards])
    if a.card:
        denoise = card(a.card)
        pictures = lambda path: clean(Shard(path), denoise)
    else:
        pictures = lambda path: np.asarray(folder.rgb(path))
    a.out.mkdir(parents=True, exist_ok=True)
    if a.chunk:
        follow(a.shards, a.out, a.chunk, pictures)
    for index, path in enumerate(folder.list()[: a.clips]):
        if not (a.out / path.name).exists():
            take(path, a.out / path.name, pictures(path), index)


if __name__ == "__main__":
    main()
