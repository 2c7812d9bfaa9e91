#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a watched run keeps in memory, in tensors of the plain run: the greatest sum of the bytes of living tensors.

    PYTHONPATH=Python HALFWAY_LIBRARY=... python3 Experiments/pytorch/memory.py [fp32|bf16|fp16]

Counted is every storage that an operation of torch returned, weights, gradients and moments, activations kept for the
backward pass, and the watch's own in FP64, until it is freed; three steps. In brackets is what the process took beyond
what it had before the model was made (VmHWM, Linux), the recorder and the libraries' buffers included; each run has a
process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import weakref
from typing import Any

import torch
from cost import DTYPES, models, seconds
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from halfway.torch.recorder import Recorder
from halfway.torch.watching import Watching

RUNS = ("plain", "twin", "local-only")


class Living(TorchDispatchMode):
    """Adds up the bytes of storages while they live. Entered before a watch it sees the watch's own operations, too."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = self.most = 0
        self._known: dict[int, weakref.ref[Any]] = {}

    def meet(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return

        def freed(_: Any) -> None:
            del self._known[key]
            self.bytes -= size

        self._known[key] = weakref.ref(storage, freed)
        self.bytes += size
        self.most = max(self.most, self.bytes)

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = function(*args, **(kwargs or {}))
        for one in tree_leaves(out):
            if isinstance(one, torch.Tensor):
                self.meet(one)
        return out


def resident(field: str) -> int:
    """A line of the process's state [bytes]; 0 where there is none."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(field)) << 10
    except (OSError, StopIteration):
        return 0


def measured(name: str, run: str, dtype: Any) -> tuple[int, int]:
    """The most bytes of living tensors, and what the process took."""
    torch.set_num_threads(1)
    tiny = torch.nn.Linear(8, 8)
    seconds(tiny, torch.optim.AdamW(tiny.parameters()), torch.ones(8, 8), torch.zeros(8, dtype=torch.long), dtype, 1)
    before = resident("VmRSS")
    living = Living()
    with living:
        model, x, y = models()[name]
        for one in (x, y, *model.parameters(), *model.buffers()):
            living.meet(one)
        # What was made for other models and let go does not count.
        living.most = living.bytes
        optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        if run == "plain":
            seconds(model, optimizer, x, y, dtype, 3)
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "memory.halfway-recording")
                watching = Watching(lambda about: Recorder(path, about, 1), twin=run == "twin")
                watching.attach()
                with watching.mode:
                    seconds(model, optimizer, x, y, dtype, 3)
                watching.close("finished")
    return living.most, resident("VmHWM") - before


def main(setting: str) -> None:
    print("| model | plain run | twin | --local-only |\n| --- | --- | --- | --- |")
    for name in models():
        found = []
        for run in RUNS:
            child = subprocess.run(
                [sys.executable, __file__, setting, name, run], stdout=subprocess.PIPE, text=True, check=True
            )
            found.append(json.loads(child.stdout))
        (plain, process), *others = found
        cells = [f"{plain / 1e6:.0f} MB ({process / 1e6:.0f})"]
        cells += [f"{most / plain:.1f} ({took / process:.1f})" for most, took in others]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    setting = sys.argv[1] if len(sys.argv) > 1 else "fp32"
    if len(sys.argv) > 3:
        print(json.dumps(measured(sys.argv[2], sys.argv[3], DTYPES[setting])))
    else:
        main(setting)
