"""Shards on their way to a card, read by a process of their own.

A thread would be simpler, but it and the one that sends the card its work would wait for Python's lock in turns of 5 ms: steps of .1 s took 1.2 s while
thirty worlds a second came in.
"""
import time
from pathlib import Path

import numpy as np
import torch
from torch.multiprocessing import get_context

from shards import Shard, complete, denoised, extent, median_depth

CHUNK = 32  # worlds sent at once
AHEAD = 2  # chunks that wait at most


def planes(kind: str, path: Path) -> dict:
    """One shard's planes [T, C, H, W]: pictures of both lights, albedo, normal, the logarithm of depth, roughness, metallic, alpha; what the forward network
    looks at; and what else there is to know."""
    shard = Shard(path)
    first = lambda name: np.moveaxis(shard[name], -1, -3)
    depth = np.asarray(shard["depth"], np.float32)
    z = np.log(np.where(depth > 0, depth / median_depth(path), 1)).astype(np.float16)[:, None]
    buffers = [first("albedo"), first("normal"), z] + [shard[name][:, None] for name in ("roughness", "metallic", "alpha")]
    clean = denoised(path)
    lights = list(np.moveaxis(Shard(clean)["rgb"] if clean.exists() else shard["rgb"], -1, -3))
    light = np.zeros(0, np.float16)
    if kind == "forward":
        for name in ("diffuse", "specular", "ssrt"):
            lights += list(np.moveaxis(shard[name], -1, -3))
        lights += list(shard["visibility"].reshape(2, -1, 1, *depth.shape[1:]))
        lights.append(first("picture") if "picture" in shard else np.zeros_like(lights[0]))
        lights.append(shard.cover[:, None])
        light = np.asarray(shard["light"])
    return {"planes": np.concatenate(lights[:2] + buffers + lights[2:], 1), "light": light, "noisy": not (clean.exists() or shard.estimated),
            "estimated": shard.estimated, "pictured": "picture" in shard}


def follow(queue, kind: str, folders: list[Path], frames: int):
    """Sends what is new in the folders, for ever, as stacks of `planes`; None where it has caught up, and the error that stops it."""
    torch.set_num_threads(1)
    seen = set()
    try:
        while True:
            fresh = [p for folder in folders for p in complete(folder) if p not in seen]
            seen.update(fresh)
            fresh = [p for p in fresh if extent(p)[0] == frames]
            for i in range(0, len(fresh), CHUNK):
                many = [planes(kind, p) for p in fresh[i : i + CHUNK]]
                queue.put({name: torch.from_numpy(np.stack([m[name] for m in many])) for name in many[0]})
            if not fresh:
                queue.put(None)
                time.sleep(1)
    except Exception as error:  # in silence it would leave the training waiting for worlds
        queue.put(error)


def reader(kind: str, folders: list[Path], frames: int):
    """The queue of such a process. A new interpreter, for a card allows no forks."""
    context = get_context("spawn")
    queue = context.Queue(AHEAD)
    context.Process(target=follow, args=(queue, kind, folders, frames), daemon=True).start()
    return queue
