"""Where batches come from: files that another process reads while this one learns, or a bank of worlds on the card."""
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from torch import Tensor

from dataset import batch
from shards import Folder


def one_thread():
    """What the reading process begins with."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    torch.set_num_threads(1)


class Files:
    """The next batch is made by another process while this one is learned; a thread of this one would wait for Python's lock."""

    def __init__(self, kind: str, shards: Folder, disturbed: bool):
        self.kind, self.shards, self.disturbed = kind, shards, disturbed
        self.loader = ProcessPoolExecutor(1, get_context("fork"), initializer=one_thread)

    def prepare(self, key: tuple[int, int], shape: tuple[int, int, int]):
        """Begins the batch (size, count, frames) of a key (seed, step), which `take` then gives."""
        self.upcoming = shape, self.loader.submit(batch, self.kind, self.shards, *key, *shape, self.disturbed)

    def clips(self) -> int:
        """How many worlds there are."""
        return len(self.shards.list())

    def take(self) -> tuple[tuple[int, int, int], dict[str, Tensor]]:
        """The shape of the batch that was prepared, and the batch."""
        shape, made = self.upcoming
        return shape, {name: torch.from_numpy(array) for name, array in made.result().items()}


class Card:
    """Batches of banks (bank.py), one for each number of frames, drawn when they are asked for."""

    def __init__(self, kind: str, folders: list[Path], frames: set[int], worlds: int, device: str, denoiser: Path | None, disturbed: bool):
        from bank import Bank  # only here: it needs a card's memory

        self.device, self.disturbed = device, disturbed
        self.banks = {t: Bank(kind, folders, t, worlds // t, device, denoiser) for t in sorted(frames)}

    def prepare(self, key: tuple[int, int], shape: tuple[int, int, int]):
        self.banks[shape[2]].wait()
        self.upcoming = key, shape

    def clips(self) -> int:
        return sum(bank.taken for bank in self.banks.values())

    def take(self) -> tuple[tuple[int, int, int], dict[str, Tensor]]:
        (seed, step), shape = self.upcoming
        size, count, frames = shape
        generator = torch.Generator(self.device).manual_seed(seed * 1_000_003 + step)
        return shape, self.banks[frames].draw(generator, size, count, self.disturbed)
