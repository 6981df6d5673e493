"""Write a checkpoint's averaged weights as f16 safetensors with their configuration.

usage: python training/export.py training/runs/inverse weights/inverse.safetensors
"""
import json
import os
import shutil
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from network import Config, Small


def export(net: Small, path: Path, notes: dict[str, str]):
    """`notes` joins `config` in the metadata; all values are strings."""
    tensors = {name: t.detach().to(torch.float16).contiguous() for name, t in net.state_dict().items()}
    for name, t in tensors.items():
        if not torch.isfinite(t).all():
            raise SystemExit(f"{name} has values that f16 cannot hold; nothing was written. Train with a lower rate.")
    temporary = path.with_suffix(".tmp")
    save_file(tensors, temporary, metadata={"config": net.config.json(), **notes})
    os.replace(temporary, path)


def load(path: Path) -> Small:
    """The network of a weights file, in f32."""
    with safe_open(path, "pt") as file:
        c = Config(**json.loads(file.metadata()["config"]))
    net = Small(c)
    net.load_state_dict({name: t.float() for name, t in load_file(path).items()})
    return net.eval().to(memory_format=torch.channels_last)


def main(run: Path, out: Path):
    """A run's last export is already in the right form: check that it loads, and copy it."""
    source = run / out.name
    net = load(source)
    out.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, out.with_suffix(".tmp"))
    os.replace(out.with_suffix(".tmp"), out)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters, {net.config.json()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
