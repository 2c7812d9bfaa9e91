#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a watched step costs, in plain steps: processor time on one core, with Halfway's recorder counting.

    PYTHONPATH=Python HALFWAY_LIBRARY=... python3 Experiments/pytorch/cost.py [fp32|bf16|fp16]
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


def main(dtype: Any) -> None:
    torch.set_num_threads(1)
    print("| model | plain step | twin, uncounted | twin | --local-only |\n| --- | --- | --- | --- | --- |")
    for name, (model, x, y) in models().items():
        optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        seconds(model, optimizer, x, y, dtype, 1)
        plain = seconds(model, optimizer, x, y, dtype, 3)
        times = []
        for options in ({"counted": False}, {"counted": True}, {"counted": True, "twin": False}):
            counted = options.pop("counted")
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "cost.halfway-recording")
                watching = Watching(lambda run: Recorder(path, run, 1) if counted else _Nobody(), **options)
                watching.attach()
                with watching.mode:
                    seconds(model, optimizer, x, y, dtype, 1)
                    times.append(seconds(model, optimizer, x, y, dtype, 3) / plain)
                watching.close("finished")
        print(f"| {name} | {1e3 * plain:.0f} ms | " + " | ".join(f"{one:.1f}" for one in times) + " |", flush=True)


class _Nobody:
    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


if __name__ == "__main__":
    main(DTYPES[sys.argv[1] if len(sys.argv) > 1 else "fp32"])
