"""Pictures of a training run: a contact sheet of fixed clips and the curves of its log.

usage: python training/sheet.py training/runs/inverse
"""
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from network import SIGMA_MAX, SSRT, Small, untone
from augment import encode


def one_step(net: Small, data: dict) -> torch.Tensor:
    """x0 [B, T, H, W, outputs] in one step from sigma = 80, two clips at a time to bound the memory."""
    out, device = [], net.head.conv.weight.device
    with torch.no_grad():
        for i in range(0, len(data["conditions"]), 2):
            part = {name: t[i : i + 2].to(device) for name, t in data.items()}
            zeros = torch.zeros_like(part["x0"])
            out.append(net(zeros, torch.full((len(zeros),), SIGMA_MAX, device=device), part["conditions"], part.get("light")).cpu())
    return torch.cat(out)


def inverse_tiles(x0: np.ndarray) -> list[np.ndarray]:
    """Albedo, normal, depth, roughness, metallic of one frame [H, W, 9] as RGB tiles in [0, 1]."""
    gray = [x0[..., 6] * -0.4 + 0.5, x0[..., 7] * 0.5 + 0.5, x0[..., 8] * 0.5 + 0.5]
    return [x0[..., :3] * 0.5 + 0.5, x0[..., 3:6] * 0.5 + 0.5] + [np.repeat(g[..., None], 3, -1) for g in gray]


def picture(x: torch.Tensor) -> np.ndarray:
    """Tone-scaled radiance to an sRGB tile."""
    return encode(untone(x).numpy())


def contact_sheet(net: Small, data: dict, path: Path):
    """One row per clip and frame: the input, then prediction and truth of every pass side by side."""
    x0 = one_step(net, data)
    rows = []
    for b in range(len(x0)):
        alpha = data["weight"][b, 0].numpy()[..., None]
        conditions = data["conditions"][b, 0]
        if net.config.kind == "inverse":
            tiles = [conditions.numpy() * 0.5 + 0.5]
            for guess, truth in zip(inverse_tiles(x0[b, 0].numpy()), inverse_tiles(data["x0"][b, 0].numpy())):
                tiles += [guess * alpha, truth * alpha]
        else:
            images = [conditions[..., SSRT], (x0[b, 0] + 1) / 2, (data["x0"][b, 0] + 1) / 2]
            tiles = [picture(image) * alpha for image in images]
        rows.append(np.concatenate(tiles, 1))
    sheet = (np.clip(np.concatenate(rows), 0, 1) * 255).astype(np.uint8)
    cv2.imwrite(str(path), sheet[..., ::-1])


def curves(log: Path, path: Path):
    """Every number of the log against minutes, one small plot each."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    names = [n for n in lines[-1] if n not in ("minutes", "size", "rate")]
    plots = []
    for name in names:
        points = [(line["minutes"], line[name]) for line in lines if name in line]
        plot = np.full((150, 260, 3), 255, np.uint8)
        xs, ys = np.array(points, float).T
        x = 8 + (xs - xs.min()) / max(np.ptp(xs), 1e-9) * 244
        y = 142 - (ys - ys.min()) / max(np.ptp(ys), 1e-9) * 110
        cv2.polylines(plot, [np.stack([x, y], 1).astype(np.int32)], False, (180, 60, 20), 1, cv2.LINE_AA)
        cv2.putText(plot, f"{name} {ys[-1]:.4g} [{ys.min():.4g}, {ys.max():.4g}]", (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
        plots.append(plot)
    plots += [np.full((150, 260, 3), 255, np.uint8)] * (-len(plots) % 5)
    cv2.imwrite(str(path), np.concatenate([np.concatenate(plots[i : i + 5], 1) for i in range(0, len(plots), 5)]))


if __name__ == "__main__":
    run = Path(sys.argv[1])
    curves(run / "log.jsonl", run / "curves.png")
    print(run / "curves.png")
