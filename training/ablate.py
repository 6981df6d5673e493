"""Short trainings that differ in one thing, as a table: what the networks gain from each of their parts.

usage: python training/ablate.py forward|inverse --shards ... --valid ... --runs training/runs/ablate --minutes 4 [--perceptual lpips.safetensors]
       [--few SHARDS...] [--true SHARDS...]
Each is train.py with its own command; those that have ended are not run again, those that were cut off go on.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

STAGES = "64:12:1:1"  # small pictures all the time: the most steps in a short time
TIME = "64:4:3:1"  # the same number of pictures in clips of three frames
SMALL, WIDE = ["16", "32", "64", "128"], ["32", "64", "96", "192"]


def variants(a) -> dict[str, list[str]]:
    """Arguments of train.py for each row."""
    few = ["--shards", *a.few] if a.few else None
    if a.kind == "forward":
        rows = {
            "as shipped": [],
            "without the analytic pictures": ["--no-shading"],
            "without the picture": ["--no-picture"],
            "with a perceptual loss": ["--perceptual", a.perceptual] if a.perceptual else None,
            "true buffers alone": ["--shards", *a.true, "--no-disturb"] if a.true else None,
            "true buffers, a fifth of them noised": ["--shards", *a.true] if a.true else None,
            "wider": ["--widths", *WIDE],
        }
    else:
        rows = {
            "as shipped": [],
            "a tenth of the worlds": few,
            "wider": ["--widths", *WIDE],
            "wider, a tenth of the worlds": few and ["--widths", *WIDE, *few],
            "clips of three frames": ["--stages", TIME],
            "clips of three frames, no layers over time": ["--stages", TIME, "--time", "100000"],
        }
    return {name: arguments for name, arguments in rows.items() if arguments is not None}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("kind", choices=["inverse", "forward"])
    p.add_argument("--shards", required=True, nargs="+")
    p.add_argument("--valid", required=True, nargs="+")
    p.add_argument("--runs", required=True, type=Path)
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--perceptual", help="weights of the perceptual distance, for the row that learns with it")
    p.add_argument("--few", nargs="+", help="shards of the rows with fewer worlds")
    p.add_argument("--true", nargs="+", help="shards with true buffers alone")
    p.add_argument("--only", nargs="+", help="these rows")
    a = p.parse_args()
    train = Path(__file__).with_name("train.py")
    lines = {}
    for name, arguments in variants(a).items():
        if a.only and name not in a.only:
            continue
        run = a.runs / f"{a.kind} {name}".replace(" ", "-").replace(",", "")
        # A later option of the same name wins.
        common = ["--shards", *a.shards, "--valid", *a.valid, "--run", run, "--minutes", a.minutes, "--widths", *SMALL, "--blocks", 1, 1, 1, 1,
                  "--time", 64, "--rate", 2e-3, "--one-step", 1, "--stages", STAGES, "--report", a.minutes, "--cpu-time"]
        subprocess.run([sys.executable, train, a.kind, *map(str, common), *arguments], check=True)
        lines[name] = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
        print(name, json.dumps(lines[name]), flush=True)
    scores = [name for name in next(iter(lines.values())) if name.endswith(("psnr", "deg", "rmse", "l1", "flicker"))]
    print("| |", " | ".join([*scores, "steps"]), "|\n|---", "|---" * (len(scores) + 1), "|", sep="")
    for name, line in lines.items():
        print("|", " | ".join([name, *(f"{line[s]:.3f}" for s in scores), str(line["step"])]), "|")


if __name__ == "__main__":
    main()
