#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast FP32 values are rounded to formats, one thread, beside what users take today, in one run.

usage: rounding.py [ELEMENTS]      (10^7)

Each line: a format, a rounding, and for each that has it 10^9 elements a second, from processor time, the fastest of three
calls; and by how much halfway is faster than the fastest emulator (gfloat, pychop) and than the fastest cast. Casts of
ml_dtypes and torch go to encodings and back to FP32, for what is compared is FP32 values; they round to nearest even alone.
Needs numpy; gfloat, pychop, ml_dtypes and torch where they are installed.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import halfway

FORMATS = ("fp16", "bf16", "e4m3", "e2m1", "e5m7")
ROUNDINGS = ("nearest-even", "nearest-away", "toward-zero", "up", "down", "to-odd", "stochastic")
Call = Callable[[], Any]


def module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def of_gfloat(x: Any, format: str, rounding: str) -> Call | None:
    gfloat = module("gfloat")
    names = {"fp16": "binary16", "bf16": "bfloat16", "e4m3": "ocp_e4m3", "e2m1": "ocp_e2m1"}
    modes = {
        "nearest-even": "TiesToEven", "nearest-away": "TiesToAway", "toward-zero": "TowardZero",
        "up": "TowardPositive", "down": "TowardNegative", "stochastic": "Stochastic",
    }  # fmt: skip
    if gfloat is None or rounding not in modes:
        return None
    formats = importlib.import_module("gfloat.formats")
    mode = getattr(gfloat.RoundMode, modes[rounding])
    if format == "e5m7":
        import dataclasses

        half = formats.format_info_binary16
        changes: dict[str, Any] = {"name": "e5m7", "k": 13, "precision": 8}
        if "num_high_nans" in {field.name for field in dataclasses.fields(half)}:
            changes["num_high_nans"] = (1 << 7) - 1
        info = dataclasses.replace(half, **changes)
    else:
        info = getattr(formats, f"format_info_{names[format]}")
    if rounding == "stochastic":
        bits = np.random.default_rng(1).integers(0, 1 << 16, x.size)
        return lambda: gfloat.round_ndarray(info, x, mode, srbits=bits, srnumbits=16)
    return lambda: gfloat.round_ndarray(info, x, mode)


def of_pychop(x: Any, format: str, rounding: str) -> Call | None:
    pychop = module("pychop")
    # Its modes by number; 1 nearest even, 2 up, 3 down, 4 toward zero, 5 stochastic.
    modes = {"nearest-even": 1, "up": 2, "down": 3, "toward-zero": 4, "stochastic": 5}
    fields = {"fp16": (5, 10), "bf16": (8, 7), "e4m3": (4, 3), "e2m1": (2, 1), "e5m7": (5, 7)}
    if pychop is None or rounding not in modes:
        return None
    pychop.backend("numpy")
    exponent, fraction = fields[format]
    chop = pychop.Chop(exp_bits=exponent, sig_bits=fraction, rmode=modes[rounding])
    return lambda: chop(x)


def of_ml_dtypes(x: Any, format: str, rounding: str) -> Call | None:
    ml_dtypes = module("ml_dtypes")
    names = {"bf16": "bfloat16", "e4m3": "float8_e4m3fn", "e2m1": "float4_e2m1fn"}
    if ml_dtypes is None or rounding != "nearest-even" or format == "e5m7":
        return None
    dtype = np.float16 if format == "fp16" else getattr(ml_dtypes, names[format])
    return lambda: x.astype(dtype).astype(np.float32)


def of_torch(x: Any, format: str, rounding: str) -> Call | None:
    torch = module("torch")
    names = {"fp16": "float16", "bf16": "bfloat16", "e4m3": "float8_e4m3fn"}
    if torch is None or rounding != "nearest-even" or format not in names:
        return None
    torch.set_num_threads(1)
    tensor, dtype = torch.from_numpy(x), getattr(torch, names[format])
    return lambda: tensor.to(dtype).to(torch.float32)


def rate(call: Call | None, elements: int, repeats: int = 3) -> float | None:
    """10^9 elements a second; None where there is no call or it fails."""
    if call is None:
        return None
    best = float("inf")
    try:
        for _ in range(repeats):
            start = time.process_time()
            call()
            best = min(best, time.process_time() - start)
    except Exception as error:  # A package's own limits end its column, not the run.
        print(f"  {type(error).__name__}: {str(error)[:100]}", file=sys.stderr)
        return None
    return elements / best / 1e9


def main() -> None:
    elements = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**7
    x = np.random.default_rng(1).standard_normal(elements).astype(np.float32)
    out = np.empty_like(x)
    versions = {name: getattr(module(name), "__version__", None) for name in ("gfloat", "pychop", "ml_dtypes", "torch")}
    print(f"{elements} FP32 values, {halfway.instructions()}, numpy {np.__version__}, " + ", ".join(
        f"{name} {version}" for name, version in versions.items()))  # fmt: skip
    print(f"a copy: {rate(lambda: np.copyto(out, x), elements):.2f}")
    print("format rounding      halfway   new    gfloat   pychop ml_dtypes  torch   emulators  casts")
    for format in FORMATS:
        for rounding in ROUNDINGS:
            own = rate(lambda: halfway.round(x, format, rounding=rounding, out=out, threads=1), elements)
            new = rate(lambda: halfway.round(x, format, rounding=rounding, threads=1), elements)
            small = x[: max(elements // 10, 1)]
            emulators = [rate(make(small, format, rounding), small.size, 1) for make in (of_gfloat, of_pychop)]
            casts = [rate(make(x, format, rounding), elements) for make in (of_ml_dtypes, of_torch)]

            def times(others: list[float | None]) -> str:
                known = [other for other in others if other]
                return f"{own / max(known):8.1f}x" if own and known else " " * 8 + "-"

            columns = "".join(f"{value:9.3f}" if value else "        -" for value in (own, new, *emulators, *casts))
            print(f"{format:6} {rounding:12}{columns} {times(emulators)} {times(casts)}", flush=True)


if __name__ == "__main__":
    main()
