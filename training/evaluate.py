"""Score weights: on whole validation clips during training, or the inverse network on an evaluation set.

usage: python training/evaluate.py weights/inverse.safetensors shared/evalset/dev [--sheet sheet.png]
The forward network needs the analytic shading, so evaluation sets are scored by `relight eval`.
"""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

from augment import encode
from export import load
from network import SSRT, Small, untone
from sheet import contact_sheet, one_step


def albedo_psnr(guess: np.ndarray, truth: np.ndarray, front: np.ndarray) -> float:
    """PSNR of sRGB-encoded albedo after one least-squares factor per channel, fitted in linear light over the clip.
    guess and truth [T,H,W,3] linear, front [T,H,W] bool."""
    g, t = guess[front].astype(np.float64), truth[front].astype(np.float64)
    factor = (g * t).sum(0) / np.maximum((g * g).sum(0), 1e-9)
    error = encode(g * factor) - encode(t)
    return float(-10 * np.log10(max(np.mean(error**2), 1e-10)))


def linear(encoded: np.ndarray) -> np.ndarray:
    """The inverse of `encode`, clipped to [0, 1]."""
    x = np.clip(encoded, 0, 1)
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def inverse_scores(x0: np.ndarray, truth: np.ndarray, front: np.ndarray) -> dict[str, float]:
    """Metrics of one clip; x0 and truth [T,H,W,9]."""
    n = x0[..., 3:6] / np.maximum(np.linalg.norm(x0[..., 3:6], axis=-1, keepdims=True), 1e-6)
    angle = np.degrees(np.arccos(np.clip((n * truth[..., 3:6]).sum(-1)[front], -1, 1)))
    rmse = lambda c: float(np.sqrt(np.mean((np.clip(x0[..., c], -1, 1) - truth[..., c])[front] ** 2)) / 2)
    scores = {
        "albedo_psnr": albedo_psnr(linear(x0[..., :3] * 0.5 + 0.5), linear(truth[..., :3] * 0.5 + 0.5), front),
        "normal_deg": float(angle.mean()),
        "z_l1": float(np.abs(x0[..., 6] - truth[..., 6])[front].mean()),
        "roughness_rmse": rmse(7),
        "metallic_rmse": rmse(8),
    }
    if len(x0) > 1:  # how much the error of albedo, roughness and metallic changes from frame to frame, on the scale 0..1
        change = np.abs(np.diff((x0 - truth)[..., [0, 1, 2, 7, 8]], axis=0)).mean(-1) / 2
        scores["flicker"] = float(change[front[1:] & front[:-1]].mean())
    return scores


def forward_scores(x0: np.ndarray, truth: np.ndarray, front: np.ndarray, ssrt: np.ndarray) -> dict[str, float]:
    """PSNR on sRGB frames of the network and of the screen-space ray tracer that it starts from."""
    picture = lambda x: encode(untone(torch.from_numpy(x)).numpy())[front]
    psnr = lambda a, b: float(-10 * np.log10(np.mean((a.astype(np.float64) - b) ** 2)))
    target = picture((truth + 1) / 2)
    return {"psnr": psnr(picture((x0 + 1) / 2), target), "ssrt_psnr": psnr(picture(ssrt), target)}


def validate(net: Small, data: dict) -> dict[str, float]:
    """Mean scores over the clips of a batch [B, T, ...]."""
    net.eval()
    x0 = one_step(net, data).numpy()
    scores = []
    for b in range(len(x0)):
        truth, front = data["x0"][b].numpy(), data["weight"][b].numpy() > 0.5
        if front.sum() < 64:
            continue
        if net.config.kind == "inverse":
            scores.append(inverse_scores(x0[b], truth, front))
        else:
            scores.append(forward_scores(x0[b], truth, front, data["conditions"][b].numpy()[..., SSRT]))
    return {name: float(np.mean([s[name] for s in scores])) for name in scores[0]}


def read_clip(folder: Path) -> dict:
    """A clip of an evaluation set as one sample of dataset.py's inverse kind, with a batch axis."""
    import OpenEXR  # only here: training does not need it

    frames = []
    for path in sorted(folder.glob("frame.*.exr")):
        channels = {name: c.pixels.astype(np.float32) for name, c in OpenEXR.File(str(path)).channels().items()}
        normal = np.stack([channels[f"N.{axis}"] for axis in "XYZ"], -1)
        single = [channels[name][..., None] for name in ("depth.Z", "roughness.R", "metallic.R")]
        frames.append(np.concatenate([channels["albedo"], normal] + single + [channels["RGBA"][..., 3:]], -1))
    x = np.stack(frames)
    alpha, depth = x[..., 9], x[..., 6]
    front = (alpha > 0.5) & (depth > 0)
    z = np.where(depth > 0, np.log(np.maximum(depth, 1e-6) / np.median(depth[front])), 0)
    x0 = np.concatenate([encode(x[..., :3]) * 2 - 1, x[..., 3:6], z[..., None], x[..., 7:9] * 2 - 1], -1)
    pictures = [cv2.imread(str(path))[..., ::-1] for path in sorted(folder.glob("rgb.*.png"))]
    sample = {"conditions": np.stack(pictures) / 255 * 2 - 1, "x0": x0, "weight": alpha}
    return {name: torch.from_numpy(np.ascontiguousarray(a, np.float32))[None] for name, a in sample.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("weights", type=Path)
    p.add_argument("folder", type=Path)
    p.add_argument("--sheet", type=Path)
    a = p.parse_args()
    net, table, first = load(a.weights), {}, []
    for clip in sorted(c for c in a.folder.iterdir() if (c / "clip.json").exists()):
        data = read_clip(clip)
        table[clip.name] = validate(net, data)
        first.append({name: t[:, :1] for name, t in data.items()})
        print(clip.name, json.dumps({k: round(v, 3) for k, v in table[clip.name].items()}), flush=True)
    for group in ("objects", "scenes", ""):
        rows = [scores for name, scores in table.items() if name.startswith(group)]
        print(group or "all", json.dumps({k: round(float(np.mean([r[k] for r in rows])), 3) for k in rows[0]}))
    if a.sheet:
        contact_sheet(net, {name: torch.cat([f[name] for f in first]) for name in first[0]}, a.sheet)


if __name__ == "__main__":
    main()
