# SPDX-License-Identifier: Apache-2.0
"""PyTorch's and NumPy's results beside Halfway's, bit for bit; docs/peers.md tells what came out.

    mkdir bits; HALFWAY_PEER_BITS=$PWD/bits swift test -c release -Xswiftc -enable-testing --filter PeerBits
    python bits.py bits [--table bits.json]

The test writes operands and results of every case; this program computes the same from the same
operands, prints how many results differ, and writes the table that the test compares with from then on.
All numbers are FP32 encodings; NaN are one value. One thread, so that no sum depends on the machine's.
"""
import argparse
import json
import pathlib
import platform
import warnings

import numpy as np
import torch
from torch.nn import functional as F

FORMATS = {
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
    "fp32": torch.float32,
    "e4m3": torch.float8_e4m3fn,
    "e5m2": torch.float8_e5m2,
}
ELEMENTWISE = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": F.gelu,
    "relu": torch.relu,
}
NUMPY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "tanh": np.tanh,
}
# Sizes of the products, and rates that BF16 represents, as the test has them.
ROWS, INNER, COLUMNS = 24, 512, 16
MOST_EXCEPTIONS = 40


def optimizers(name, parameter):
    sgd = {"lr": 2**-7, "foreach": False, "fused": False}
    adam = {"foreach": False, "fused": False}
    if name == "sgd":
        return torch.optim.SGD([parameter], **sgd)
    if name == "sgd-decimal":
        return torch.optim.SGD([parameter], **{**sgd, "lr": 0.01})
    if name == "sgd-decay":
        return torch.optim.SGD([parameter], momentum=0.9, weight_decay=0.02, **{**sgd, "lr": 0.01})
    if name == "sgd-momentum":
        return torch.optim.SGD([parameter], momentum=0.9, weight_decay=2**-5, **sgd)
    if name == "adam":
        return torch.optim.Adam([parameter], weight_decay=2**-5, **adam)
    if name == "adam-decay":
        return torch.optim.Adam([parameter], weight_decay=0.02, eps=1e-6, **adam)
    if name == "adamw-epsilon":
        return torch.optim.AdamW([parameter], weight_decay=0.02, eps=1e-6, **adam)
    if name == "adamw":
        return torch.optim.AdamW([parameter], **adam)
    if name == "adamw-beta":
        return torch.optim.AdamW([parameter], lr=0.01, betas=(0.25, 0.999), **adam)
    return None


def encodings(values):
    if isinstance(values, torch.Tensor):
        values = values.detach().to(torch.float32).numpy()
    values = np.ascontiguousarray(values.astype(np.float32)).reshape(-1)
    return np.where(np.isnan(values), np.uint32(0x7FC00000), values.view(np.uint32))


def digest(words):
    z = (np.arange(len(words), dtype=np.uint64) << np.uint64(32)) | words.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    z ^= z >> np.uint64(31)
    return format(int(z.sum(dtype=np.uint64)), "x")


def steps(name, operands, dtype):
    parameter = torch.nn.Parameter(operands[0].to(dtype, copy=True))
    optimizer = optimizers(name, parameter)
    taken = []
    for gradient in operands[1:]:
        parameter.grad = gradient.to(dtype)
        optimizer.step()
        taken.append(parameter.detach().clone())
    return torch.cat(taken)


def fp32_rate(operands, dtype):
    """SGD with the rate 0.01 in FP32: additions of FP32 tensors, each rounded to the format."""
    weights, taken = operands[0].to(dtype), []
    for gradient in operands[1:]:
        gradient = gradient.to(dtype).float()
        weights = torch.add(weights.float(), gradient, alpha=-0.01).to(dtype)
        taken.append(weights)
    return torch.cat(taken)


def scales(found, **factors):
    """The scale after each step of torch's scaler, whose gradients are infinite where told."""
    scaler = torch.amp.GradScaler("cpu", growth_interval=3, **factors)
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.0)
    taken = []
    for infinite in found:
        scaler.scale(torch.zeros(1))
        parameter.grad = torch.tensor([float("inf") if infinite else 0.0])
        scaler.step(optimizer)
        scaler.update()
        taken.append(scaler.get_scale())
    return torch.tensor(taken)


def exact_root(function):
    """The function with torch's square root replaced by the correctly rounded one."""
    own = torch.Tensor.sqrt

    def root(x):
        return torch.from_numpy(np.sqrt(x.detach().numpy())) if x.dtype == torch.float32 else own(x)

    torch.Tensor.sqrt = root
    try:
        return function()
    finally:
        torch.Tensor.sqrt = own


def peers(name, precision, operands):
    """Who computes a case, and what."""
    dtype = FORMATS[precision]
    tensors = [torch.from_numpy(x) for x in operands]
    if name in ("cast", "saturate"):
        yield "torch", tensors[0].to(dtype)
        if precision == "fp16":
            yield "numpy", operands[0].astype(np.float16)
    elif name in ELEMENTWISE:
        yield "torch", ELEMENTWISE[name](*(x.to(dtype) for x in tensors))
        if name in NUMPY and precision != "bf16":
            kind = np.float16 if precision == "fp16" else np.float32
            yield "numpy", NUMPY[name](*(x.astype(kind) for x in operands))
    elif name in ("matmul", "linear", "small"):
        inner = len(operands[0]) // ROWS
        x = tensors[0].view(ROWS, inner).to(dtype)
        w = tensors[1].view(inner, COLUMNS).to(dtype)
        if name == "linear":
            yield "torch", F.linear(x, w.t(), tensors[2].to(dtype))
        else:
            yield "torch", x @ w
    elif name == "scaler":
        yield "torch", scales(operands[0])
    elif name == "scaler-decimal":
        factors = {"init_scale": 12345.678, "growth_factor": 1.1, "backoff_factor": 0.7}
        yield "torch", scales(operands[0], **factors)
    elif name == "sgd-compute":
        yield "torch, FP32 rate", fp32_rate(tensors, dtype)
    else:
        yield "torch", steps(name, tensors, dtype)
        if name.startswith("adam") and precision == "fp32":
            yield "torch, exact root", exact_root(lambda: steps(name, tensors, dtype))


def row(case, peer, theirs, ours, environment):
    theirs, ours = encodings(theirs), encodings(ours)
    differing = np.flatnonzero(theirs != ours)
    listed = len(differing) <= MOST_EXCEPTIONS
    apart = np.abs(ordered(theirs[differing]) - ordered(ours[differing]))
    print(f"{case:20} {peer:18} {len(ours):9} {len(differing):9}  {apart.max(initial=0)}")
    return {
        "name": case,
        "peer": peer,
        "environment": environment,
        "values": len(ours),
        "differing": len(differing),
        "digest": digest(theirs),
        "exceptions": [[int(i), int(theirs[i])] for i in differing] if listed else None,
        # Where the exceptions do not say it, what they were counted against.
        "ours": None if listed else digest(ours),
    }


def ordered(words):
    """Whole numbers in the order of the encodings' values, next to one another for neighbours."""
    words = words.astype(np.int64)
    return np.where(words < 1 << 31, words, (1 << 31) - words)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--table", type=pathlib.Path)
    parser.add_argument("--only", help="compute these cases, such as adam,sgd; the table keeps others")
    options = parser.parse_args()
    torch.set_num_threads(1)
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    with open("/proc/cpuinfo") as file:
        vendor = next((x.split(":")[1].strip() for x in file if x.startswith("vendor_id")), "")
    environment = (
        f"torch {torch.__version__}, numpy {np.__version__}, {platform.machine()} {vendor}, "
        f"{torch.backends.cpu.get_cpu_capability()}"
    )
    print(environment)
    print(f"{'case':20} {'peer':18} {'values':>9} {'differ':>9}  most FP32 ulp")
    rows = []
    for file in sorted(options.folder.glob("*.result")):
        case = file.stem
        name, precision = case.split()
        if options.only and name not in options.only.split(","):
            continue
        count = len(list(options.folder.glob(f"{case}.operand*")))
        operands = [np.fromfile(options.folder / f"{case}.operand{i}", "<f4") for i in range(count)]
        ours = np.fromfile(file, "<f4")
        rows += [
            row(case, peer, theirs, ours, environment)
            for peer, theirs in peers(name, precision, operands)
        ]
    if options.table:
        if options.only:
            taken = {row["name"] for row in rows}
            kept = json.loads(options.table.read_text())["rows"]
            rows = sorted(
                rows + [row for row in kept if row["name"] not in taken], key=lambda row: row["name"]
            )
        lines = ",\n".join("    " + json.dumps(row) for row in rows)
        options.table.write_text(f'{{\n  "rows": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
