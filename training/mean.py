"""The weighted mean of two weights files of one network: later weights are better on new worlds, earlier ones on old worlds, the mean nearly on both.

usage: python training/mean.py EARLIER LATER SHARE OUT    (SHARE of LATER, 0 to 1; metadata are those of LATER)
Works where LATER was trained from EARLIER (Wortsman et al. 2022, arXiv 2109.01903).
"""
import argparse
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from export import load
from grow import grow
from network import Small


def mean(earlier: Path, later: Path, share: float, out: Path):
    """Writes `out` in f16. An earlier network that is narrower, or sees less, is grown first (grow.py), as training did when it started from it."""
    old, new = load(earlier), load(later)
    if old.config != new.config:
        torch.manual_seed(1)  # what is new begins as train.py begins it
        grown = Small(new.config)
        with torch.no_grad():
            grow(grown, old)
        old = grown
    before, after = old.state_dict(), new.state_dict()
    mixed = {name: ((1 - share) * before[name] + share * x).to(torch.float16).contiguous() for name, x in after.items()}
    with safe_open(later, "pt") as file:
        save_file(mixed, out, file.metadata())


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("earlier", type=Path)
    p.add_argument("later", type=Path)
    p.add_argument("share", type=float)
    p.add_argument("out", type=Path)
    a = p.parse_args()
    mean(a.earlier, a.later, a.share, a.out)


if __name__ == "__main__":
    main()
