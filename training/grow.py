"""Weights of a network in a wider or deeper one, or one that sees more, that computes the same at first, so that what was learned is kept
(Net2Net, arXiv 1511.05641)."""
import torch
import torch.nn.functional as F
from torch import Tensor

from network import Small

NOISE = 0.3  # how far two copies of a channel begin apart, in standard deviations of the weights that read them


def copied(x: Tensor, dim: int, groups: int, width: int) -> Tensor:
    """`dim` holds `groups` runs of the old channels; each becomes `width` long, old channels repeated in order."""
    old = x.shape[dim] // groups
    index = torch.cat([g * old + torch.arange(width) % old for g in range(groups)])
    return x.index_select(dim, index)


def shared(x: Tensor, dim: int, groups: int, width: int, generator: torch.Generator) -> Tensor:
    """Like `copied`, for weights that read those channels: every copy of a channel gets its part, and what one gets more the others get less."""
    old = x.shape[dim] // groups
    copies = width // old
    if copies == 1:
        return x
    y = copied(x, dim, groups, width) / copies
    parts = [x.shape[:dim], (groups, copies, old), x.shape[dim + 1 :]]
    noise = torch.randn([n for part in parts for n in part], generator=generator) * (NOISE * x.std() / copies)
    noise = noise - noise.mean(dim + 1, keepdim=True)
    return y + noise.reshape(y.shape)


def grow(net: Small, small: Small):
    """Copies the weights of `small` into `net`, whose widths are multiples (but the coarsest, which is equal) and whose levels may have more blocks.
    Another backbone than that of `small`, and its taps, are left as they are.
    Conditions that are new stand last and count nothing at first. A new block changes nothing, for its last convolution is zero; a repeated channel changes nothing, for norms take the mean over channels."""
    wide, narrow = net.config.widths, small.config.widths
    if any(w % n for w, n in zip(wide, narrow)) or wide[-1] != narrow[-1]:
        raise SystemExit(f"widths {narrow} do not grow into {wide}: each must be a multiple, and the last the same")
    generator, old, state = torch.Generator().manual_seed(1), small.state_dict(), net.state_dict()
    same = net.config.backbone == small.config.backbone
    for name, target in state.items():
        if not same and name.startswith(("backbone.", "taps.")):  # another one has other features
            continue
        if name not in old:  # new blocks and the taps of a backbone count nothing at first
            if ".blocks." not in name and not name.startswith(("backbone.", "taps.")):
                raise SystemExit(f"the weights to start from have no {name}")
            continue
        part, level = (name.split(".") + ["0"])[:2]
        inside = wide[int(level)] if part in ("enc", "dec") else wide[0] if part in ("stem", "head") else wide[-1]
        x = old[name]
        if name.endswith("down.weight"):
            x = shared(copied(x, 0, 1, wide[int(level) + 1]), 1, 4, inside, generator)
        elif name.endswith("down.bias"):
            x = copied(x, 0, 1, wide[int(level) + 1])
        elif name.endswith("up.weight"):
            x = shared(copied(x, 0, 4, inside), 1, 1, wide[int(level) + 1], generator)
        elif name.endswith("up.bias"):
            x = copied(x, 0, 4, inside)
        elif "film" in name:
            x = copied(x, 0, 2, inside)
        elif name == "head.conv.weight":
            x = shared(x, 1, 1, inside, generator)
        elif name == "stem.weight":
            x = copied(x, 0, 1, inside)
            x = torch.cat([F.pad(part, (0, 0, 0, 0, 0, (target.shape[1] - x.shape[1]) // 4)) for part in x.chunk(4, 1)], 1)
        elif name in ("head.norm.gain", "stem.bias"):
            x = copied(x, 0, 1, inside)
        elif part in ("enc", "dec"):
            x = copied(x, 0, 1, inside)
            x = shared(x, 1, 1, inside, generator) if x.ndim > 1 else x
        if x.shape != target.shape:
            raise SystemExit(f"{name} of {list(old[name].shape)} does not grow to {list(target.shape)}")
        target.copy_(x)
