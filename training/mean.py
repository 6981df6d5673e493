"""The weighted mean of two weights files of one network: later weights are better on new worlds, earlier ones on old worlds, the mean nearly on both.

usage: python training/mean.py EARLIER LATER SHARE OUT    (SHARE of LATER, 0 to 1; metadata are those of LATER)
Works where LATER was trained from EARLIER (Wortsman et al. 2022, arXiv 2109.01903).
"""
import argparse
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file


def mean(earlier: Path, later: Path, share: float, out: Path):
    """Writes `out` in f16. Raises ValueError where the files hold other tensors."""
    with safe_open(earlier, "np") as a, safe_open(later, "np") as b:
        if set(a.keys()) != set(b.keys()):
            raise ValueError(f"{earlier} and {later} hold other tensors")
        wide = lambda file, name: file.get_tensor(name).astype(np.float32)
        mixed = {name: (1 - share) * wide(a, name) + share * wide(b, name) for name in b.keys()}
        save_file({name: tensor.astype(np.float16) for name, tensor in mixed.items()}, out, b.metadata())


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
