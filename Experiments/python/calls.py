#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a call costs beside its arithmetic: microseconds of processor time for 8 elements, and for products of 4 x 4.

    PYTHONPATH=Python HALFWAY_LIBRARY=... python3 Experiments/python/calls.py [--torch]

The least of fifteen rounds of 1,000 calls each, one thread; functions take turns, so that other work on the machine meets all.
"""

from __future__ import annotations

import platform
import sys
import time
from typing import Any, Callable

import numpy as np

import halfway

ROUNDS, CALLS = 15, 1000


def calls() -> dict[str, Callable[[], Any]]:
    generator = np.random.default_rng(0)
    x = generator.standard_normal(8).astype(np.float32)
    h = x.astype(np.float16)
    m = generator.standard_normal((4, 4)).astype(np.float32)
    found: dict[str, Callable[[], Any]] = {
        'round(x, "e4m3")': lambda: halfway.round(x, "e4m3"),
        'round(x, "e4m3", rounding="up", flags=True)': lambda: halfway.round(x, "e4m3", rounding="up", flags=True),
        'encode(x, "bf16")': lambda: halfway.encode(x, "bf16"),
        "add(h, h), h in FP16": lambda: halfway.add(h, h),
        'add(x, x, format="bf16")': lambda: halfway.add(x, x, format="bf16"),
        'add(x, 0.1, format="bf16")': lambda: halfway.add(x, 0.1, format="bf16"),
        'add(x, x, format="bf16", rounding="up")': lambda: halfway.add(x, x, format="bf16", rounding="up"),
        'fma(x, x, x, format="bf16")': lambda: halfway.fma(x, x, x, format="bf16"),
        'exp(x, format="bf16")': lambda: halfway.exp(x, format="bf16"),
        "matmul(m, m)": lambda: halfway.matmul(m, m),
        'matmul(m, m, format="fp16", accumulate="fp16")': lambda: halfway.matmul(m, m, format="fp16", accumulate="fp16"),
        'matmul(m, m, format="fp16", order="hopper")': lambda: halfway.matmul(m, m, format="fp16", order="hopper"),
    }
    if "--torch" in sys.argv:
        import torch

        t = torch.from_numpy(x).bfloat16()
        found["add(t, t), t a tensor in BF16"] = lambda: halfway.add(t, t)
    return found


def microseconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - start) / CALLS * 1e6


def main() -> None:
    halfway.set_threads(1)
    found = calls()
    least = dict.fromkeys(found, float("inf"))
    for _ in range(ROUNDS):
        for name, call in found.items():
            least[name] = min(least[name], microseconds(call))
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {halfway.instructions()}\n")
    print("| call | us |\n| --- | --- |")
    for name, time_ in least.items():
        print(f"| `{name}` | {time_:.0f} |")


if __name__ == "__main__":
    main()
