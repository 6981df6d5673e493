"""Train one network from shards; the same command resumes where it stopped.

usage: python training/train.py inverse --shards ../shards/train --valid ../shards/valid --run training/runs/inverse --minutes 60
`torchrun --nproc-per-node 2 --` instead of `python` lets two processes learn together (team.py); batches are those of each.
`--device cuda` learns on a card that holds the worlds, too (bank.py), and takes them in while `relight synth` renders them.
The schedule runs on time spent training, kept in the checkpoint: constant rate, then linear to 0 over the last 70 %.
"""
import argparse
import json
import os
import signal
import time
from pathlib import Path

import torch
from torch import Tensor

from backbone import layout, pretrained
from dataset import whole
from evaluate import validate
from export import export, load
from feed import Card, Files
from grow import grow
from losses import LOSS
from network import PICTURE, SHADING, SIGMA_MAX, Small, config, fuse
from perceptual import Perceptual
from record import Recorded
from sheet import contact_sheet, curves
from shards import Folder, extent
from team import Team

WARMUP = 100  # steps
PERCEPTUAL = 0.2  # weight of that distance, which is about .3 where the other terms are about .2
VALID = 48  # clips of a validation
BACKBONE_PACE = 0.1  # of the backbone's rate: it comes with good weights, and folded batch norms do not forgive large steps
# Last share of the time, in which the rate falls to 0. Gradients of ten pictures are noise mostly: the mean of six of them is 6 ** .5 times as short as each.
DECAY = 0.7


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("kind", choices=["inverse", "forward"])
    p.add_argument("--shards", required=True, nargs="+")
    p.add_argument("--valid", required=True, nargs="+")
    p.add_argument("--run", required=True, type=Path)
    p.add_argument("--minutes", type=float, required=True, help="training time in all, over all resumptions")
    p.add_argument("--widths", type=int, nargs=4, help="channels at strides 2, 4, 8 and 16; this and the next three are those of --start unless told")
    p.add_argument("--blocks", type=int, nargs=4)
    p.add_argument("--decoder", type=int, nargs=3, help="blocks of the decoder's levels")
    p.add_argument("--time", type=int, help="levels at least this wide mix over time")
    p.add_argument("--stages", default="64:16:1:0.8,96:6:1+128:4:1+128:2:3:1",
                   help="size:batch:frames:until this share of the time; shapes joined by + take turns")
    p.add_argument("--start", type=Path, help="weights to start from, as export.py writes them, instead of random ones; may be narrower or have fewer blocks")
    p.add_argument("--backbone", type=Path, help="published weights of the backbone (a state dict of EfficientNet-Lite 0 or 2) that looks at the conditions, too")
    p.add_argument("--drop", type=float, default=0, help="share of frames that pass by a block of the two coarsest levels: worlds are learned by heart there")
    p.add_argument("--rate", type=float, default=1e-3)
    p.add_argument("--bf16", action="store_true",
                   help="compute in bf16 where that loses little: 1.4 to 3 times as fast on processors with AMX; in f32 on those without bf16")
    p.add_argument("--device", default="cpu", help="cpu, or cuda: the card learns and holds the worlds")
    p.add_argument("--worlds", type=int, default=30000, help="frames that the card holds at most (inverse .8 MB each, forward 2 MB)")
    p.add_argument("--denoiser", type=Path, help="weights of oidn.py: pictures without a denoised copy are denoised by the card")
    p.add_argument("--one-step", type=float, default=0.8, help="share of samples at sigma = 80 from x_sigma = 0")
    p.add_argument("--perceptual", type=Path, help="forward: add the perceptual distance to the loss, with these weights (lpips.py writes them)")
    p.add_argument("--no-shading", action="store_true", help="forward: learn from buffers and light alone, for the ablation; the program needs the shading")
    p.add_argument("--no-picture", action="store_true", help="forward: learn without the picture that estimated buffers come from, for the ablation")
    p.add_argument("--no-disturb", action="store_true", help="forward: true buffers stay as they are")
    p.add_argument("--report", type=float, default=4, help="minutes between validations")
    p.add_argument("--fuse", action="store_true", help="compile the norms, with the C++ compiler that is installed")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--cpu-time", action="store_true", help="count the minutes of the processor, not those of the wall: fair on a shared machine")
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


def noised(x0: Tensor, one_step: float, generator: torch.Generator):
    """x_sigma and sigma [B]: the one-step input for a share of samples, else sigma = exp(N(-1, 1)) and x0 plus noise."""
    count, device = len(x0), x0.device
    if one_step == 1:
        return torch.zeros_like(x0), torch.full((count,), SIGMA_MAX, device=device)
    sigma = torch.exp(torch.randn(count, generator=generator, device=device) - 1)
    first = torch.rand(count, generator=generator, device=device) < one_step
    by_pixel = lambda x: x.view(count, 1, 1, 1, 1)
    noisy = x0 + by_pixel(sigma) * torch.randn(x0.shape, generator=generator, device=device)
    return torch.where(by_pixel(first), 0, noisy), torch.where(first, SIGMA_MAX, sigma)


def schedule(text: str) -> list:
    """`--stages` as a list of (shapes, until); a shape is (size, batch, frames)."""
    stages = []
    for stage in text.split(","):
        shapes, until = stage.rsplit(":", 1)
        shapes = [tuple(int(v) for v in shape.split(":")) for shape in shapes.split("+")]
        if any(len(shape) != 3 for shape in shapes):
            raise SystemExit(f"the stage {stage} is not size:batch:frames (+ more of these) and :until, a share of the time")
        stages.append((shapes, float(until)))
    return stages


class Training:
    """Everything that a checkpoint keeps."""

    def __init__(self, a, team: Team):
        published = torch.load(a.backbone, weights_only=True) if a.backbone else None
        start = load(a.start) if a.start else None
        c = config(a.kind, a.widths, a.blocks, a.decoder, layout(published) if published else None, a.time, start and start.config)
        torch.manual_seed(a.seed)
        self.net = Small(c).to(memory_format=torch.channels_last)
        if published:
            pretrained(self.net.backbone, published)
        self.perceptual = Perceptual(a.perceptual, a.device) if a.perceptual else None
        if start:
            grow(self.net, start)
        for level in self.net.enc[2:]:
            for block in level.blocks:
                block.drop = a.drop
        self.net.to(a.device)
        self.ema = Small(c).to(a.device, memory_format=torch.channels_last)
        self.ema.load_state_dict(self.net.state_dict())
        seen = list(self.net.backbone.parameters()) if c.backbone else []
        own = [p for name, p in self.net.named_parameters() if not name.startswith("backbone.")]
        decay, plain = [p for p in own if p.ndim > 1], [p for p in own if p.ndim <= 1]
        groups = [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}, {"params": seen, "weight_decay": 0.0}]
        self.pace = [1, 1, BACKBONE_PACE]  # of each group, times the rate
        card = a.device != "cpu"
        for group in groups:
            group["lr"] = torch.tensor(a.rate, device=a.device) if card else a.rate  # a recorded step reads it where it lies
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), fused=True, capturable=card)
        learn = lambda data: self.learn(data, a, team)
        self.learned = Recorded(learn) if card else learn
        self.step, self.spent, self.frames = 0, 0.0, 0
        self.path = a.run / "checkpoint.pt"
        if self.path.exists():
            state = torch.load(self.path, weights_only=True, map_location=a.device)
            self.net.load_state_dict(state["net"])
            self.ema.load_state_dict(state["ema"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step, self.spent, self.frames = state["step"], state["spent"], state["frames"]

    def save(self, kind: str):
        """The checkpoint and, beside it, the weights as they would be used."""
        state = {name: getattr(self, name).state_dict() for name in ["net", "ema", "optimizer"]}
        state |= {"step": self.step, "spent": self.spent, "frames": self.frames}
        torch.save(state, self.path.with_suffix(".tmp"))
        os.replace(self.path.with_suffix(".tmp"), self.path)
        export(self.ema, self.path.with_name(f"{kind}.safetensors"), {"steps": str(self.step), "frames": str(self.frames)})

    def learn(self, data: dict[str, Tensor], a, team: Team) -> dict[str, Tensor]:
        """One step of the optimiser; returns the loss terms of this process. It looks at no value, so that record.py can play it back."""
        with torch.autocast(a.device, torch.bfloat16, enabled=a.bf16):
            x0 = self.net(data["x_sigma"], data["sigma"], data["conditions"], data.get("light"))
        terms = LOSS[a.kind](x0.float(), data["x0"], data["weight"])
        if self.perceptual:
            cover = data["weight"][..., None]
            pictures = [(x * cover).flatten(0, 1).permute(0, 3, 1, 2) for x in (x0, data["x0"])]
            terms["perceptual"] = PERCEPTUAL * self.perceptual(*pictures)
        self.optimizer.zero_grad(set_to_none=True)
        sum(terms.values()).backward()
        team.average(self.net.parameters())
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0, foreach=True)
        self.optimizer.found_inf = (~torch.isfinite(norm)).float()  # fused AdamW passes over such a step
        self.optimizer.step()
        return {name: value.detach() for name, value in (terms | {"norm": norm}).items()}

    def update(self, data: dict[str, Tensor], rate: float, a, team: Team) -> dict[str, Tensor]:
        """`learn` at a rate, and the mean over steps. Nothing here waits for a card: the next step is sent while it computes this one."""
        generator = torch.Generator(a.device).manual_seed(team.own(a.seed) * 1_000_003 + self.step)
        x_sigma, sigma = noised(data["x0"], a.one_step, generator)
        for group, pace in zip(self.optimizer.param_groups, self.pace):
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate * pace)
            else:
                group["lr"] = rate * pace
        terms = self.learned(data | {"x_sigma": x_sigma, "sigma": sigma})
        self.step += 1
        with torch.no_grad():
            keep = min(0.999, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.ema.parameters()), list(self.net.parameters()), 1 - keep)
        return terms


def main():
    a = arguments()
    team = Team()
    torch.set_num_threads(a.threads)
    if a.bf16 and a.device == "cpu" and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        a.bf16 = False  # emulated, a step takes seven times as long as in f32
        if team.rank == 0:
            print("this processor has no bf16: f32 instead", flush=True)
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.benchmark_limit = 4  # candidates for each convolution; to try ten of them takes the inverse network 16 s a shape
    if a.fuse:
        fuse()
    a.run.mkdir(parents=True, exist_ok=True)
    stages = schedule(a.stages)
    shards, valid = Folder(a.shards), Folder(a.valid)
    # Before the network: a card's readers start up while it is built.
    if a.device == "cpu":
        feed = Files(a.kind, shards, not a.no_disturb)
    else:
        frames = {frames for shapes, _ in stages for _, _, frames in shapes}
        feed = Card(a.kind, shards.folders, frames, a.worlds, a.device, a.denoiser, not a.no_disturb)
    t = Training(a, team)
    reported, sums, count, loading = t.spent, {}, 0, 0.0
    clock = time.process_time if a.cpu_time else time.monotonic
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))

    def shape(step: int, share: float) -> tuple[int, int, int]:
        shapes = next(shapes for shapes, until in stages if share < until or shapes is stages[-1][0])
        return shapes[step % len(shapes)]

    def hide(data: dict):
        if a.no_shading:
            data["conditions"][..., SHADING] = 0
        if a.no_picture:
            data["conditions"][..., PICTURE] = -1

    key = lambda step: (team.own(a.seed), step)
    feed.prepare(key(t.step), shape(t.step, t.spent / (a.minutes * 60)))
    while t.spent < a.minutes * 60:
        begin = clock()
        share = t.spent / (a.minutes * 60)
        rate = a.rate * min(1, (t.step + 1) / WARMUP, (1 - share) / DECAY)
        (size, number, frames), data = feed.take()
        hide(data)
        feed.prepare(key(t.step + 1), shape(t.step + 1, share))
        loading += clock() - begin
        for name, value in t.update(data, rate, a, team).items():
            sums[name] = sums.get(name, 0) + value
        count += 1
        t.frames += number * frames * team.size
        t.spent, stopping = team.follow(t.spent + clock() - begin, len(stop))
        if stopping:
            break
        if team.rank == 0 and (t.spent - reported > a.report * 60 or t.spent >= a.minutes * 60):
            line = {"step": t.step, "minutes": t.spent / 60, "clips": feed.clips(), "frames": t.frames, "size": size, "rate": rate}
            line |= {"seconds_a_step": (t.spent - reported) / count, "loading": loading / (t.spent - reported)}
            line |= {name: value.item() / count for name, value in sums.items()}
            if valid.list():
                data = whole(a.kind, valid, VALID, 128, min(3, extent(valid.list()[0])[0]))
                hide(data)
                line |= validate(t.ema, data)
                contact_sheet(t.ema, {k: v[:6] for k, v in data.items()}, a.run / "sheet.png")
            with open(a.run / "log.jsonl", "a") as log:
                log.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")
            curves(a.run / "log.jsonl", a.run / "curves.png")
            t.save(a.kind)
            reported, sums, count, loading = t.spent, {}, 0, 0.0
    if team.rank == 0:
        t.save(a.kind)
    team.leave()


if __name__ == "__main__":
    main()
