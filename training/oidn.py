"""Open Image Denoise's ray tracing filter as a PyTorch module, for batches of pictures on any GPU.

usage: python training/oidn.py OUT.safetensors    (needs pyoidn, whose library the weights are taken from)
Network rt_hdr_alb_nrm, its weights and the arithmetic around it: Intel Open Image Denoise 2.5.1, https://github.com/RenderKit/oidn, Apache-2.0.
"""
import argparse
import struct
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

# the transfer curve: a straight line near black, then a power, then a logarithm, all made for what eyes tell apart
A, B, C, D, E, FF, G = 1.41283765e03, 1.64593172, 4.31384981e-01, -2.94139609e-03, 1.92653254e-01, 6.26026094e-03, 9.98620152e-01
Y0, Y1, X0, X1 = 1.57945760e-06, 3.22087631e-02, 2.23151711e-03, 3.70974749e-01
TOP = E * float(np.log(65504 + FF)) + G  # its value at the largest half: 1 for the network
BIN, KEY, DARK = 16, 0.18, 1e-8  # of the exposure: side of a bin at most, grey to reach, bins that do not count


def table(data: bytes, start: int) -> dict:
    """Tensors of the TZA archive at a place of the library; empty where there is none."""
    offset = struct.unpack_from("<Q", data, start + 4)[0]
    if data[start + 2] != 2 or start + offset + 4 > len(data):
        return {}  # the magic number by chance
    at = start + offset + 4
    tensors = {}
    for _ in range(struct.unpack_from("<I", data, at - 4)[0]):
        length = struct.unpack_from("<H", data, at)[0]
        name, at = data[at + 2 : at + 2 + length].decode(), at + 2 + length
        shape, at = struct.unpack_from(f"<{data[at]}I", data, at + 1), at + 1 + 5 * data[at]  # rank, then a size and a letter of the layout per axis
        (kind, place), at = struct.unpack_from("<cQ", data, at), at + 9
        tensors[name] = np.frombuffer(data, {b"h": np.float16, b"f": np.float32}[kind], int(np.prod(shape)), start + place).reshape(shape).astype(np.float16)
    return tensors


def weights(library: Path) -> dict:
    """Weights of rt_hdr_alb_nrm: the first model for 9 channels of the usual size. Models are in order of their names,
    so rt_hdr_calb_cnrm (for clean guides) and the two of LDR come later with the same shapes."""
    data = library.read_bytes()
    start = -1
    while (start := data.find(b"\xd7\x41\x02\x00", start + 1)) >= 0:
        tensors = table(data, start)
        if "enc_conv0.weight" in tensors and tensors["enc_conv0.weight"].shape[1] == 9 and len(tensors["enc_conv2.weight"]) == 48:
            return tensors
    raise ValueError(f"no weights in {library}")


def encode(y: Tensor) -> Tensor:
    """Linear to what the network sees."""
    curve = torch.where(y <= Y1, B * y.clamp(min=Y0) ** C + D, E * torch.log(y + FF) + G)
    return torch.where(y <= Y0, A * y, curve) / TOP


def decode(x: Tensor) -> Tensor:
    """The inverse of encode."""
    x = x * TOP
    curve = torch.where(x <= X1, ((x.clamp(min=X0) - D) / B) ** (1 / C), torch.exp((x - G) / E) - FF)
    return torch.where(x <= X0, x / A, curve)


def averages(size: int, device) -> Tensor:
    """[bins,size]: the means of the bins that a side is divided into."""
    bins = -(-size // BIN)
    edges, place = torch.arange(bins + 1, device=device) * size // bins, torch.arange(size, device=device)
    inside = (place >= edges[:-1, None]) & (place < edges[1:, None])
    return inside.float() / inside.sum(1, keepdim=True)


def exposure(colour: Tensor) -> Tensor:
    """[N,1,1,1] to multiply pictures by: the geometric mean of their bins becomes a middle grey."""
    luminance = (colour * colour.new_tensor([0.212671, 0.715160, 0.072169])[:, None, None]).sum(1)
    rows, columns = (averages(size, colour.device).double() for size in colour.shape[2:])  # f64: TF32 would round the luminances
    means = (rows @ luminance.double() @ columns.T).flatten(1)
    counts = means > DARK
    logs = torch.where(counts, means.clamp(min=DARK).log2(), 0).sum(1) / counts.sum(1).clamp(min=1)
    return torch.where(counts.any(1), KEY / torch.exp2(logs), 1).float()[:, None, None, None]


class Denoiser(nn.Module):
    """The filter with HDR colour and guides that may be noisy, as pyoidn.denoise(colour, albedo=, normal=, hdr=True)."""

    def __init__(self, path: Path):
        super().__init__()
        tensors = load_file(path)
        for name in sorted({key.split(".")[0] for key in tensors}):
            out, channels = tensors[f"{name}.weight"].shape[:2]
            self.add_module(name, nn.Conv2d(channels, out, 3, padding=1))
        self.load_state_dict({key: torch.from_numpy(value).float() for key, value in tensors.items()})
        self.requires_grad_(False)

    def network(self, x: Tensor) -> Tensor:
        """The U-Net: [N,9,H,W] to [N,3,H,W], sides multiples of 16."""
        run = lambda name, y: F.relu(getattr(self, name)(y), inplace=True)
        skips, y = [x], run("enc_conv0", x)
        for level in "1234":
            y = F.max_pool2d(run(f"enc_conv{level}", y), 2)
            skips.append(y)
        y = run("enc_conv5b", run("enc_conv5a", skips.pop()))
        for level in "4321":
            y = torch.cat([F.interpolate(y, scale_factor=2), skips.pop()], 1)
            y = run(f"dec_conv{level}b", run(f"dec_conv{level}a", y))
        return self.dec_conv0(y)

    @torch.no_grad()
    def forward(self, colour: Tensor, albedo: Tensor, normal: Tensor, half: bool = False) -> Tensor:
        """[N,3,H,W] each, linear, to [N,3,H,W] f32. half: convolutions in f16, as OIDN has them on GPUs; else PyTorch's TF32 setting holds."""
        colour = colour.float().nan_to_num(0).clamp(min=0)
        scale = exposure(colour)
        guides = albedo.float().nan_to_num(0).clamp(0, 1), normal.float().nan_to_num(0).clamp(-1, 1) * 0.5 + 0.5
        height, width = colour.shape[2:]
        x = F.pad(torch.cat([encode(colour * scale), *guides], 1), (0, -width % 16, 0, -height % 16))
        with torch.autocast(x.device.type, torch.float16, enabled=half):
            x = self.network(x.half() if half else x)
        return decode(x[..., :height, :width].float().clamp(min=0)) / scale


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("out", type=Path)
    import pyoidn  # here alone: what denoises on a GPU does without

    save_file(weights(next(Path(pyoidn.__file__).parent.glob("oidn/lib/libOpenImageDenoise_core.so.*"))), p.parse_args().out)


if __name__ == "__main__":
    main()
