"""Compare the speed of `engine/nets` with ONNX Runtime and PyTorch on the embedded networks, in interleaved runs.

usage: cargo build --release -p relight-nets --example time && python training/bench_onnx.py [--weights weights] [--threads 2] [--runs 9] [--binary PATH]
Prints for each size the milliseconds (median and fastest) of all three, and ratios above 1 where ours is the faster.
"""
import argparse
import json
import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import onnxruntime
import torch

from export import load
from network import SIGMA_MAX

SIZES = [(4, 256, 256), (4, 512, 512)]


def onnx(net, frames, height, width, path, threads):
    """Exports the network for one size and opens it; returns its inputs and a function that runs it once."""
    c = net.config
    shape = (1, frames, height, width)
    inputs = {"x_sigma": torch.zeros(*shape, c.outputs), "sigma": torch.tensor([SIGMA_MAX]), "conditions": torch.rand(*shape, c.conditions) - 0.5}
    if c.light:
        inputs["light"] = torch.full((1, frames, 8, 16, 3), 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(net, tuple(inputs.values()), str(path), input_names=list(inputs), opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = {i.name for i in session.get_inputs()}  # what is a constant under export is no input
    feed = {k: v.numpy() for k, v in inputs.items() if k in known}
    return inputs, lambda: session.run(None, feed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="folder of inverse.safetensors and forward.safetensors")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--kinds", nargs="+", default=["inverse", "forward"])
    parser.add_argument("--binary", type=Path, default=Path("target/release/examples/time"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for kind in args.kinds:
        weights = args.weights / f"{kind}.safetensors"
        net = load(weights).eval()
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            ours = subprocess.Popen([args.binary, weights, str(args.threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            fast = load(weights).eval().to(memory_format=torch.channels_last)
            for size in SIZES:
                inputs, run_onnx = onnx(net, *size, Path(folder) / "net.onnx", args.threads)
                taken = {"ours": [], "onnxruntime": [], "pytorch": []}

                def clock(name, run):
                    start = time.perf_counter()
                    run()
                    taken[name].append((time.perf_counter() - start) * 1e3)

                for _ in range(args.runs + 1):
                    ours.stdin.write("{} {} {}\n".format(*size))
                    ours.stdin.flush()
                    taken["ours"].append(json.loads(ours.stdout.readline())["ms"])
                    clock("onnxruntime", run_onnx)
                    clock("pytorch", lambda: fast(*inputs.values()))
                warm = {name: values[1:] for name, values in taken.items()}
                median = {name: statistics.median(values) for name, values in warm.items()}
                words = "  ".join(f"{name} {median[name]:.0f} ms (fastest {min(warm[name]):.0f})" for name in warm)
                ratios = "  ".join(f"{name}/ours {median[name] / median['ours']:.2f} ({min(warm[name]) / min(warm['ours']):.2f})" for name in list(warm)[1:])
                print(f"{kind} {'x'.join(map(str, size))}: {words}  |  {ratios}", flush=True)
            ours.stdin.close()
            ours.wait()


if __name__ == "__main__":
    main()
