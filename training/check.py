"""Checks of the training code on made-up shards: run it before a long training.

usage: python training/check.py
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

from bank import ESTIMATES, Bank, apply, compressed, reading
from dataset import batch, forward_sample, inverse_sample, lit, whole
from evaluate import albedo_psnr
from export import export, load
from fixture import randomise
from grow import grow
from losses import LOSS, by_clip, mean
from network import EPSILON, Block, Small, config, depth_to_space, film_normed, normed, space_to_depth, tone, untone
from shards import Folder

SIZE, FRAMES = 96, 3
TEAM = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--"]  # what Python is told to let two processes run a script


def fake(path: Path, seed: int):
    """A textured sphere under two coloured directional lights, in the shard format."""
    rng = np.random.default_rng(seed)
    t, h = FRAMES, SIZE
    y, x = np.mgrid[1 : -1 : h * 1j, -1 : 1 : h * 1j]
    s = {}
    nx, ny = x / 0.8, y / 0.8
    inside = nx**2 + ny**2 < 1
    nz = np.sqrt(np.maximum(1 - nx**2 - ny**2, 0))
    normal = np.stack([nx, ny, nz], -1) * inside[..., None]
    color = rng.uniform(0.05, 0.9, (2, 3))
    albedo = np.where(np.sin(x * 9 + rng.uniform(0, 6))[..., None] > 0, color[0], color[1]) * inside[..., None]
    frames = lambda a: np.repeat(a[None], t, 0)
    s["alpha"], s["albedo"], s["normal"] = frames(inside), frames(albedo), frames(normal)
    s["depth"] = frames(np.where(inside, 4 - nz, 0)).astype(np.float32)
    s["roughness"], s["metallic"] = frames(inside * rng.uniform()), frames(inside * float(rng.random() > 0.5))
    direction = rng.standard_normal((2, 3)) + [0, 0, 2]
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    diffuse = np.stack([frames(np.maximum(normal @ d, 0)[..., None] * rng.uniform(0.5, 1.5, 3)) for d in direction])
    s["diffuse"], s["specular"], s["visibility"] = diffuse, diffuse * 0.1, np.ones((2, t, h, h, 1))
    s["rgb"] = s["ssrt"] = diffuse * s["albedo"]
    s["light"] = rng.uniform(0, 2, (2, t, 8, 16, 3))
    save_file({k: np.ascontiguousarray(v, np.float32 if k == "depth" else np.float16) for k, v in s.items()}, path)


def check_layout():
    x = torch.arange(2 * 3 * 4 * 6.0).reshape(2, 3, 4, 6)
    y = space_to_depth(x)
    assert y[1, (1 * 2 + 0) * 3 + 2, 1, 2] == x[1, 2, 3, 4] and torch.equal(depth_to_space(y), x)
    v = torch.linspace(0, 9, 50)
    assert torch.allclose(untone(tone(v)), v, atol=1e-4)


def check_bank(folder: Folder):
    """A card's batches (here the processor's) are like those of dataset.py: read alike, as true where mirrored, in the same ranges."""
    picture = torch.rand(1, 1, 2, 60, 60)
    start, side, mirror = torch.tensor([4.0]), torch.tensor([48.0]), torch.tensor([False])
    rows = reading(start, side, 32, 60, mirror)
    usual = F.interpolate(picture[0, :, :, 4:52, 4:52], (32, 32), mode="bilinear", antialias=True)
    assert torch.allclose(apply(picture, rows, rows)[0, 0].permute(2, 0, 1), usual[0], atol=1e-5)
    turned = reading(start, side, 32, 60, ~mirror)
    assert torch.allclose(apply(picture, rows, turned)[0, 0].permute(2, 0, 1), usual[0].flip(2), atol=1e-5)
    flat = torch.full((1, 32, 32, 3), 0.4)
    assert torch.allclose(compressed(flat, torch.tensor([90.0])), flat, atol=0.01)
    draft = folder.folders[0] / ".draft-1.safetensors"
    draft.write_bytes(b"not yet")
    for kind in ("inverse", "forward"):
        bank = Bank(kind, folder.folders, FRAMES, 64, "cpu", None)
        bank.wait()
        s = bank.draw(torch.Generator().manual_seed(3), 64, 16, disturbed=False)
        b = {name: torch.from_numpy(a) for name, a in batch(kind, folder, 1, 1, 64, 16, FRAMES, noised=False).items()}
        assert {name: t.shape for name, t in s.items()} == {name: t.shape for name, t in b.items()}
        for name in s:
            assert torch.isfinite(s[name]).all() and abs(s[name].mean() - b[name].mean()) < 0.25 * b[name].std() + 0.02, name
        normal = (s["x0"] if kind == "inverse" else s["conditions"][..., 1:])[..., 3:6]
        front = s["weight"] > 0.9
        assert ((normal.norm(dim=-1) - 1).abs()[front] < 1e-2).all()
        across = normal[..., 1:, 0] - normal[..., :-1, 0]
        assert across[front[..., 1:] & front[..., :-1]].median() > 0
        check_shares(bank)
    draft.unlink()
    broken = folder.folders[0] / "broken.safetensors"
    broken.write_bytes(bytes(16))
    bank = Bank("inverse", folder.folders, FRAMES, 64, "cpu", None)
    bank.wait()
    try:
        bank.draw(torch.Generator(), 64, 2)
        raise AssertionError("a shard that cannot be read went unnoticed")
    except ValueError:
        pass
    broken.unlink()


def check_shares(bank: Bank):
    """The newest world is drawn most often; estimates, where there are any, have their share of samples; a full bank forgets where it began."""
    alone = bank.weights()
    assert (alone.diff() > 0).all() and len(alone) == bank.taken
    bank.estimated[0] = True
    mixed = bank.weights()
    assert abs(mixed.sum() - 1) < 1e-5 and abs(mixed[0] - ESTIMATES) < 1e-5
    bank.estimated[0] = False
    bank.worlds = bank.taken
    bank.taken += 1
    assert bank.weights().argmax() == 0 and bank.weights().argmin() == 1


def check_drop():
    """Dropped blocks keep their mean, and only training drops."""
    torch.manual_seed(0)
    block = Block(8, 4)
    torch.nn.init.normal_(block.conv2.weight, std=0.1)
    x, e = torch.randn(1, 8, 6, 6).expand(4000, -1, -1, -1), torch.randn(1, 4).expand(4000, -1)
    with torch.no_grad():
        usual = block(x, e)
        block.drop = 0.25
        dropped = block(x, e)
        passed = (dropped == x).flatten(1).all(1)
        assert abs(passed.float().mean() - 0.25) < 0.03
        assert torch.allclose(dropped.mean(0), usual[0], atol=0.05)
        assert torch.equal(block.eval()(x, e), usual)


def check_samples(folder: Folder):
    """Mirroring keeps normals true to the picture; targets lie in range; the same key gives the same sample."""
    for i in range(20):
        path = folder.list()[i % len(folder.list())]
        s = inverse_sample(np.random.default_rng(i), folder, path, 64, 2)
        front = s["weight"] > 0.9
        if front.sum() < 50:
            continue
        normal = s["x0"][..., 3:6]
        assert np.allclose(np.linalg.norm(normal[front], axis=-1), 1, atol=1e-2)
        across = normal[0, :, 1:, 0] - normal[0, :, :-1, 0]  # on a sphere, the normal's x grows to the right, mirrored or not
        assert np.median(across[front[0, :, 1:] & front[0, :, :-1]]) > 0
        assert np.abs(s["x0"]).max() < 4.1 and abs(np.median(s["x0"][..., 6][front])) < 0.2 and np.abs(s["conditions"]).max() <= 1.001
        f = forward_sample(np.random.default_rng(i), folder, path, 64, 1)
        assert f["conditions"].shape == (1, 64, 64, 23) and f["light"].shape == (1, 8, 16, 3)
    a, b = (batch("forward", folder, 1, 5, 64, 2, 3) for _ in range(2))
    assert all(np.array_equal(a[k], b[k]) for k in a)


def check_light():
    """A mixture of lights is as bright as its lights and holds both; one light is given as it is. A clip's mean is that of a batch of one."""
    rgb = np.zeros((2, 1, 4, 4, 3), np.float32)
    rgb[0, ..., :2, :], rgb[1, ..., 2:, :] = 2, 4
    made = [lit(np.random.default_rng(i), rgb) for i in range(40)]
    mixed = [m for m in made if (m > 0).all()]
    assert 10 < len(mixed) < 30 and all(any(np.array_equal(m, one) for one in rgb) for m in made if not (m > 0).all())
    assert 0.9 < np.mean(mixed) / np.mean(rgb) < 1.1
    assert np.array_equal(lit(np.random.default_rng(0), rgb[:1]), rgb[0])
    error, weight = torch.rand(3, 1, 4, 4, 2), torch.rand(3, 1, 4, 4)
    assert torch.allclose(by_clip(error, weight), torch.stack([mean(error[i : i + 1], weight[i : i + 1]) for i in range(3)]))


def check_time():
    """The three-tap time layer equals PyTorch's Conv1d, and a lone frame equals a window's frame without its neighbours."""
    net = Small(config("inverse", [8, 8, 8, 128], [1, 1, 1, 1]))
    layer = net.enc[3].time
    torch.nn.init.normal_(layer.conv.weight)
    torch.nn.init.normal_(layer.conv.bias)
    x = torch.randn(6, 128, 2, 4)
    h = layer.norm(x).reshape(2, 3, 128, 2, 4).permute(0, 3, 4, 2, 1).reshape(16, 128, 3)
    y = layer.conv(h).reshape(2, 2, 4, 128, 3).permute(0, 4, 3, 1, 2).reshape(6, 128, 2, 4)
    assert torch.allclose(layer(x, 3), x + y, atol=1e-3)


def check_norm():
    """The kernels of a card, played by Triton's interpreter, against what a processor computes: values and gradients."""
    os.environ["TRITON_INTERPRET"] = "1"
    try:
        from norm import FilmNorm
    except ModuleNotFoundError:
        print("norm.py is not checked: there is no Triton")
        return
    for channels, height, width in (32, 12, 20), (208, 3, 3):
        x = torch.randn(2, channels, height, width).contiguous(memory_format=torch.channels_last).requires_grad_()
        film, gain = (0.3 * torch.randn(2, 2 * channels)).requires_grad_(), torch.randn(channels).requires_grad_()
        scale, shift = film[:, :, None, None].chunk(2, dim=1)
        weight = torch.randn(x.shape)
        for plain, fast, by in (
            (film_normed(x, scale, shift, gain), FilmNorm.apply(x, scale, shift, gain, True, EPSILON), [x, gain, film]),
            (normed(x, gain, False), FilmNorm.apply(x, None, None, gain, False, EPSILON), [x, gain]),
        ):
            torch.testing.assert_close(fast, plain, rtol=1e-4, atol=1e-5)
            for ours, theirs in zip(*(torch.autograd.grad((y * weight).sum(), by, retain_graph=True) for y in (fast, plain))):
                torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def check_grow():
    """A wider and deeper network that sees more and starts from another computes the same, and the copies of a channel do not stay copies."""
    blind = config("inverse", [4, 4, 6, 32], [1, 1, 1, 1])
    blind.conditions = 2
    small, net = Small(blind), Small(config("inverse", [8, 12, 6, 32], [1, 2, 1, 2], [2, 1, 3]))
    randomise(small, torch.Generator().manual_seed(2))
    grow(net, small)
    arguments = (torch.randn(2, 1, 32, 32, 9), torch.tensor([0.5, 80.0]), torch.randn(2, 1, 32, 32, 3))
    with torch.no_grad():
        assert torch.allclose(net(*arguments), small(*arguments[:2], arguments[2][..., :2]), atol=1e-4)
    # A backbone says nothing until it is learned from.
    seeing = Small(config("inverse", [8, 12, 6, 32], [1, 2, 1, 2], [2, 1, 3], [[8, 1, 3, 1, 1, 1], [12, 1, 3, 4, 2, 1]]))
    grow(seeing, small)
    with torch.no_grad():
        assert torch.allclose(seeing(*arguments), small(*arguments[:2], arguments[2][..., :2]), atol=1e-4)
    net(*arguments).square().mean().backward()
    slope = net.enc[0].blocks[0].conv2.weight.grad
    assert not torch.allclose(slope[:4], slope[4:], rtol=0.01)
    # What is not told is as in the weights to start from; what they see is not, for conditions that are new grow.
    told, untold = (config("inverse", widths, start=seeing.config) for widths in ([16, 24, 6, 32], None))
    assert untold == seeing.config and told.widths == [16, 24, 6, 32] and told.backbone == untold.backbone
    assert config("inverse", start=blind).conditions == 3


def check_learning(folder: Folder, out: Path):
    """Both kinds learn something in a few steps, export, and load to the same outputs within f16."""
    for kind in ("inverse", "forward"):
        torch.manual_seed(1)
        net = Small(config(kind, [8, 16, 16, 32], [1, 1, 1, 1]))
        optimizer = torch.optim.AdamW(net.parameters(), 3e-3)
        losses = []
        for step in range(25):
            data = {name: torch.from_numpy(array) for name, array in batch(kind, folder, 1, step, 64, 2, 1).items()}
            zeros, sigma = torch.zeros_like(data["x0"]), torch.full((2,), 80.0)
            loss = sum(LOSS[kind](net(zeros, sigma, data["conditions"], data.get("light")), data["x0"], data["weight"]).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5]), losses
        export(net, out / "w.safetensors", {})
        data = whole(kind, folder, 1, 64, 1)
        arguments = (torch.zeros_like(data["x0"]), torch.full((1,), 80.0), data["conditions"], data.get("light"))
        with torch.no_grad():
            assert torch.allclose(net(*arguments), load(out / "w.safetensors")(*arguments), atol=0.03)


def check_resume(folder: Path, out: Path):
    """The same command carries on, alone or as a team: steps grow over calls with a growing budget."""
    command = [str(Path(__file__).parent / "train.py"), "inverse", "--shards", folder, "--valid", folder, "--run", out / "run"]
    command += ["--widths", "8", "8", "8", "32", "--stages", "64:2:1:1", "--report", "0.03", "--minutes"]
    for start, minutes in (([], "0.05"), (TEAM, "0.1")):
        subprocess.run([sys.executable, *start, *map(str, command), minutes], check=True)
    steps = [json.loads(line)["step"] for line in (out / "run" / "log.jsonl").read_text().splitlines()]
    assert len(steps) >= 2 and steps == sorted(set(steps)), steps


def check_team(out: Path):
    """Two processes have the mean of both gradients, go by what the first says, and have seeds of their own; one has what it had."""
    code = out / "team_of.py"
    code.write_text("""
import sys, torch
from team import Team
team, mean = Team(), float(sys.argv[1])
weights = [torch.zeros(2, 3, requires_grad=True), torch.zeros(4, requires_grad=True), torch.zeros(1)]
sum((w * (k + 1) * (2 + 4 * team.rank)).sum() for k, w in enumerate(weights[:2])).backward()
team.average(weights)
assert (weights[0].grad == mean).all() and (weights[1].grad == 2 * mean).all() and weights[2].grad is None
assert team.follow(5.0 + team.rank, 1) == [5, 1]
assert team.own(7) == [[7], [14, 15]][team.size - 1][team.rank]
team.leave()
""")
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.resolve())}
    for start, mean in (([], "2"), (TEAM, "4")):
        subprocess.run([sys.executable, *start, code, mean], check=True, env=here)


def main():
    torch.set_num_threads(1)
    guess = np.random.default_rng(0).uniform(0.1, 0.4, (1, 8, 8, 3))
    assert albedo_psnr(guess, guess * [0.5, 1.5, 2], np.ones((1, 8, 8), bool)) > 60
    check_layout()
    check_light()
    check_time()
    check_norm()
    check_grow()
    check_drop()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "shards"
        path.mkdir()
        for i in range(6):
            fake(path / f"{i:06}.safetensors", i)
        check_bank(Folder([path]))
        check_samples(Folder([path]))
        check_learning(Folder([path]), Path(name))
        check_resume(path, Path(name))
        check_team(Path(name))
    print("all checks passed")


if __name__ == "__main__":
    main()
