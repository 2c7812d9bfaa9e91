#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a watched step costs, in plain steps: processor time on one core, with Halfway's recorder counting.

    PYTHONPATH=Python HALFWAY_LIBRARY=... python3 Experiments/pytorch/cost.py [fp32|bf16|fp16]

The least of three rounds in which plain and watched steps take turns. What it keeps in memory: memory.py.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from halfway.torch.recorder import Recorder
from halfway.torch.watching import Watching

DTYPES = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class Transformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(1000, 256)
        self.layers = nn.Sequential(
            *[nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.1, batch_first=True) for _ in range(3)]
        )
        self.head = nn.Linear(256, 1000)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(self.embedding(x))).transpose(1, 2)


def models() -> dict[str, tuple[nn.Module, torch.Tensor, torch.Tensor]]:
    torch.manual_seed(0)
    convolutions = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 64, 3, padding=1),
        nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(1024, 10),
    )  # fmt: skip
    layers = [one for _ in range(8) for one in (nn.Linear(512, 512), nn.GELU())]
    labels = torch.randint(0, 10, (512,))
    return {
        "MLP 8 x 512": (nn.Sequential(*layers, nn.Linear(512, 10)), torch.randn(512, 512), labels),
        "convolutions 32 x 32": (convolutions, torch.randn(16, 3, 32, 32), labels[:16]),
        "transformer 3 x 256": (Transformer(), torch.randint(0, 1000, (4, 128)), torch.randint(0, 1000, (4, 128))),
    }


def seconds(model: nn.Module, optimizer: Any, x: torch.Tensor, y: torch.Tensor, dtype: Any, steps: int) -> float:
    start = time.process_time()
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=dtype or torch.bfloat16, enabled=dtype is not None):
            loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    return (time.process_time() - start) / steps


ROUNDS = 3


class Timed(Recorder):
    """A recorder that knows how long it counted."""

    counting = 0.0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in ("tensor", "update", "decay"):
            return found

        def call(*arguments: Any) -> None:
            start = time.process_time()
            found(*arguments)
            Timed.counting += time.process_time() - start

        return call


def watched(model: nn.Module, optimizer: Any, x: Any, y: Any, dtype: Any, *, twin: bool, counted: bool) -> tuple[float, float]:
    """A watched step's time, and its part that the recorder took."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "cost.halfway-recording")
        watching = Watching(lambda run: Timed(path, run, 1) if counted else _Nobody(), twin=twin)
        watching.attach()
        with watching.mode:
            seconds(model, optimizer, x, y, dtype, 1)
            Timed.counting = 0.0
            time_ = seconds(model, optimizer, x, y, dtype, 2)
        counting = Timed.counting / 2
        watching.close("finished")
    return time_, counting


def main(dtype: Any) -> None:
    torch.set_num_threads(1)
    print("| model | plain step | twin, uncounted | twin | of it counting | --local-only | of it counting |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, (model, x, y) in models().items():
        optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        seconds(model, optimizer, x, y, dtype, 1)
        plain, uncounted, twin, local = [], [], [], []
        for _ in range(ROUNDS):  # in turn, so that other work on the machine meets all
            plain.append(min(seconds(model, optimizer, x, y, dtype, 1) for _ in range(3)))
            uncounted.append(watched(model, optimizer, x, y, dtype, twin=True, counted=False))
            twin.append(watched(model, optimizer, x, y, dtype, twin=True, counted=True))
            local.append(watched(model, optimizer, x, y, dtype, twin=False, counted=True))
        one = min(plain)
        times = [min(uncounted)[0], *min(twin), *min(local)]
        print(f"| {name} | {1e3 * one:.0f} ms | " + " | ".join(f"{each / one:.1f}" for each in times) + " |", flush=True)


class _Nobody:
    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


if __name__ == "__main__":
    main(DTYPES[sys.argv[1] if len(sys.argv) > 1 else "fp32"])
