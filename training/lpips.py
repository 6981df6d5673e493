"""Write the weights of the perceptual distance for `relight eval --lpips`: from the package stlpips-pytorch 0.0.2 (BSD-2) to safetensors.

usage: pip download --no-deps stlpips-pytorch==0.0.2 && python training/lpips.py stlpips_pytorch-0.0.2-py3-none-any.whl lpips.safetensors
"""
import io
import sys
import zipfile

import torch
from safetensors.torch import save_file

WEIGHTS = "stlpips_pytorch/weights/vST0.0/alex_shift_tolerant.pth"


def main(wheel: str, out: str):
    with zipfile.ZipFile(wheel) as archive:
        weights = torch.load(io.BytesIO(archive.read(WEIGHTS)), map_location="cpu", weights_only=True)
    # The blur and the scaling are constants of the method; only what was learned is kept.
    save_file({name: t.contiguous() for name, t in weights.items() if name.endswith((".weight", ".bias"))}, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
