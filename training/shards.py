"""Read synthetic shards: safetensors files, one clip each, mapped into memory and never read whole."""
import json
import mmap
import time
from functools import lru_cache
from pathlib import Path

import numpy as np

DTYPES = {"F16": np.float16, "F32": np.float32}


class Shard:
    """Arrays of one clip by name, as views of the mapped file."""

    def __init__(self, path: Path):
        with open(path, "rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        length = int.from_bytes(self.map[:8], "little")
        self.header = json.loads(self.map[8 : 8 + length])
        self.metadata = self.header.pop("__metadata__", {})
        self.start = 8 + length
        self.name = path.stem

    def __getitem__(self, name: str) -> np.ndarray:
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        dtype = np.dtype(DTYPES[entry["dtype"]])
        flat = np.frombuffer(self.map, dtype, (end - begin) // dtype.itemsize, self.start + begin)
        return flat.reshape(entry["shape"])

    @property
    def estimated(self) -> bool:
        """Whether the buffers were estimated from a picture."""
        return self.metadata.get("buffers") == "estimated"

    @property
    def cover(self) -> np.ndarray:
        """Alpha of the buffers [T,H,W]: the true one, or what estimated ones have."""
        return self["matte" if self.estimated else "alpha"]

    def __contains__(self, name: str) -> bool:
        return name in self.header


@lru_cache(maxsize=None)
def median_depth(path: Path) -> float:
    """Median foreground depth of a clip; 1 where nothing is in front."""
    shard = Shard(path)
    depth = shard["depth"][shard.cover > 0.5]
    return float(np.median(depth[depth > 0])) if (depth > 0).any() else 1.0


def denoised(path: Path) -> Path:
    """Where denoise.py puts the clean picture of a shard."""
    return path.parent / "denoised" / path.name


def complete(folder: Path) -> list[Path]:
    """The shards of a folder, without drafts that are still being written (Path.glob, unlike a shell, finds names that begin with a dot)."""
    return sorted(path for path in folder.glob("*.safetensors") if not path.name.startswith("."))


@lru_cache(maxsize=None)
def extent(path: Path) -> tuple[int, int]:
    """Frames and short side of a clip."""
    frames, height, width = Shard(path)["alpha"].shape
    return frames, min(height, width)


class Folder:
    """The shards of some folders; the list is renewed once a minute, for folders that still grow."""

    def __init__(self, folders: list):
        self.folders = [Path(f) for f in folders]
        self.paths, self.read = [], 0.0

    def __reduce__(self):
        """Another process keeps its own list, once for all that it is sent."""
        return opened, (tuple(self.folders),)

    def list(self, frames: int = 1, size: int = 1) -> list[Path]:
        """Shards of folders whose clips have `frames` frames and `size` lines or more; of all folders where none has.
        Enlarged pictures would teach that the world is soft."""
        if time.time() - self.read > 60:
            self.renew()
        fits = lambda path: all(has >= wanted for has, wanted in zip(extent(path), (frames, size)))
        enough = [paths for paths in self.paths if paths and fits(paths[0])]
        return [path for paths in enough or self.paths for path in paths]

    def renew(self):
        """Read the folders again."""
        self.paths, self.read = [complete(f) for f in self.folders], time.time()

    def rgb(self, path: Path) -> np.ndarray:
        """[L,T,H,W,3] linear; from the denoised copy where there is one."""
        copy = denoised(path)
        return Shard(copy if copy.exists() else path)["rgb"]


@lru_cache(maxsize=None)
def opened(folders: tuple) -> Folder:
    """The one Folder of some folders in this process."""
    return Folder(list(folders))
