"""Processes that learn together, as `torchrun --nproc-per-node N -- train.py ...` starts them; without torchrun there is one.

Each draws pictures of its own and all take the same step, by the mean of their gradients. A step of ten pictures takes one thread .56 s and two
threads .38 s, so two processes of one thread learn more than one of two: with loading and averaging 22 pictures a second instead of 18.
"""
import os
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor


class Team:
    """`rank` of this process among `size`; the first writes files and says when to stop."""

    def __init__(self):
        self.rank, self.size = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        if self.size > 1:
            dist.init_process_group("gloo")

    def own(self, seed: int) -> int:
        """A seed for this process alone; without others, the one that was given."""
        return seed * self.size + self.rank

    @torch.no_grad()
    def average(self, parameters: Iterable[Tensor]):
        """The gradients of all become their mean, in place."""
        if self.size == 1:
            return
        grads = [p.grad for p in parameters if p.grad is not None]
        flat = torch.cat([g.flatten() for g in grads])
        dist.all_reduce(flat)
        for grad, mean in zip(grads, (flat / self.size).split([g.numel() for g in grads])):
            grad.copy_(mean.view_as(grad))

    def follow(self, *values: float) -> list[float]:
        """What the first one says."""
        if self.size == 1:
            return list(values)
        said = torch.tensor(values, dtype=torch.float64)
        dist.broadcast(said, 0)
        return said.tolist()

    def leave(self):
        if self.size > 1:
            dist.destroy_process_group()
