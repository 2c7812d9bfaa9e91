# SPDX-License-Identifier: Apache-2.0
"""Recorders by their C functions: counts against NumPy's own, and no argument that ends the process."""

from __future__ import annotations

import ctypes
import json
import math
import pathlib
import random
from typing import Any

import numpy as np
import pytest

from halfway._library import library

TEXT, POINTER, U32, U64, F64 = ctypes.c_char_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64, ctypes.c_double

FUNCTIONS = {
    "open": [TEXT, TEXT, U32, ctypes.POINTER(U64)],
    "describe": [U64, TEXT],
    "declare": [U64, TEXT, TEXT, TEXT, TEXT, TEXT, ctypes.POINTER(U32)],
    "tensor": [U64, U32, POINTER, POINTER, POINTER, U64, F64, U32],
    "update": [U64, U32, TEXT] + [POINTER] * 7 + [TEXT, POINTER, U64],
    "decay": [U64, U32, POINTER, U64, F64],
    "weight_decay": [U64, U32, POINTER, TEXT, POINTER, POINTER, U64, F64, F64],
    "decision": [U64, TEXT, TEXT, TEXT, U64, U64],
    "step": [U64, U64] + [F64] * 6 + [U32],
    "note": [U64, TEXT, TEXT, TEXT, TEXT, TEXT, U64],
    "close": [U64, TEXT],
}


def call(name: str, *arguments: Any) -> int:
    function = getattr(library(), f"halfway_recorder_{name}")
    function.argtypes = FUNCTIONS[name]
    function.restype = ctypes.c_int32
    return function(*arguments)


def done(name: str, *arguments: Any) -> None:
    assert call(name, *arguments) == 0, library().halfway_last_error().decode()


def lines(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def opened(path: pathlib.Path) -> int:
    recorder = U64()
    done("open", str(path).encode(), b'{"model":"m"}', 1, ctypes.byref(recorder))
    return recorder.value


def address(array: np.ndarray | None) -> int | None:
    return None if array is None else array.ctypes.data


# What docs/metrics.md says, in NumPy: smallest normal number, largest number, unit of the largest.
LIMITS = {"fp16": (2.0**-14, 65504.0, 32.0), "fp32": (2.0**-126, float(np.finfo(np.float32).max), 2.0**104)}


@pytest.mark.parametrize(("format", "dtype"), [("fp16", np.float16), ("fp32", np.float32)])
def test_counts_are_those_of_the_definitions(tmp_path: pathlib.Path, format: str, dtype: Any) -> None:
    rng = np.random.default_rng(3)
    scale = 8.0
    smallest, largest, unit = LIMITS[format]
    spread = np.log2(largest) + 2
    local = rng.standard_normal(20_000) * np.exp2(rng.uniform(-spread - 12, spread, 20_000))
    with np.errstate(over="ignore"):
        result = local.astype(dtype)
    twin = local * (1 + rng.standard_normal(20_000) / 1000)
    path = tmp_path / "r"
    recorder, tensor = opened(path), U32()
    done("declare", recorder, b"l", b"o", b"activationGradient", format.encode(), None, ctypes.byref(tensor))
    done("tensor", recorder, tensor.value, address(result), address(local), address(twin), local.size, scale, 0)
    done("step", recorder, 1, 0, 0, 0, 0, 0, 0, 1)
    done("close", recorder, b"finished")
    point = next(line for line in lines(path) if "point" in line)
    y = result.astype(np.float64)
    assert point["range"] == [
        y.size,
        np.count_nonzero(local),
        np.count_nonzero((local != 0) & (y == 0)),
        np.count_nonzero((y != 0) & (abs(y) < smallest)),
        np.count_nonzero((abs(local) >= largest + unit / 2) | np.isinf(y)),
        0,
    ]
    finite = np.isfinite(y)
    assert point["pairs"][1] == y.size - np.count_nonzero(finite)
    error = ((y - twin) / scale)[finite]
    assert math.isclose(point["deviation"][3], float(np.dot(error, error)), rel_tol=1e-12)
    added, inherited = ((y - local) / scale)[finite], ((local - twin) / scale)[finite]
    assert math.isclose(point["origin"][0], float(np.dot(added, added)), rel_tol=1e-12)
    assert math.isclose(point["origin"][2], float(np.dot(inherited, inherited)), rel_tol=1e-12)
    half = (2.0**-24 if format == "fp16" else 2.0**-149) / 2
    unscaled = abs(twin / scale)
    vanishing = unscaled <= half
    assert point["recovery"] == [
        np.count_nonzero(twin),
        np.count_nonzero(vanishing),
        np.count_nonzero(vanishing & (unscaled * scale > half)),
    ]
    zeros, subnormal, infinite, nans, first, *bins = point["exponents"]
    normal = abs(y[finite & (abs(y) >= smallest)])
    counted = np.bincount((np.frexp(normal)[1] - 1 - first).astype(int), minlength=len(bins))
    assert (zeros, infinite, nans) == (np.count_nonzero(y == 0), np.count_nonzero(np.isinf(y)), 0)
    assert subnormal == point["range"][3]
    assert bins == counted.tolist()


def test_a_step_is_in_the_file_as_soon_as_it_ends(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r"
    recorder = opened(path)
    for step in (1, 2, 5):
        done("step", recorder, step, 1.5, 0, 0, 0, 0, 0, 1 | 4)
        assert lines(path)[-1] == {"step": step, "measured": True, "skipped": False, "loss": 1.5}
    assert call("step", recorder, 5, 0, 0, 0, 0, 0, 0, 1) == 1
    done("close", recorder, b"finished")
    assert call("close", recorder, b"finished") == 1
    assert b"closed or never opened" in library().halfway_last_error()


def test_a_file_that_cannot_be_written_is_said(tmp_path: pathlib.Path) -> None:
    recorder = U64()
    assert call("open", str(tmp_path / "none" / "r").encode(), b"{}", 1, ctypes.byref(recorder)) == 4
    assert b"cannot be written" in library().halfway_last_error()


def test_no_argument_ends_the_process(tmp_path: pathlib.Path) -> None:
    """Every function with arguments of every kind, buffers as large as their counts say."""
    rng = random.Random(1)
    memory = np.frombuffer(rng.randbytes(4096), dtype=np.uint8).copy()
    recorders = [opened(tmp_path / "r")]
    out32, out64 = U32(), U64()
    texts = [None, b"", b"fp16", b"fp32", b"fp64", b"e4m3", b"e8m0", b"weight", b"activation", b"firstMoment",
             b"activationGradient", b"{}", b"\xff\xfe", b"warning", b"a" * 3000]  # fmt: skip
    doubles = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-320, 1e308, math.inf, -math.inf, math.nan]

    def argument(kind: Any, count: int) -> Any:
        if kind is TEXT:
            return rng.choice(texts)
        if kind is POINTER:
            return rng.choice([None, memory.ctypes.data, memory.ctypes.data + 8, memory.ctypes.data + 1])
        if kind is F64:
            return rng.choice(doubles)
        if kind is U32:
            return rng.choice([0, 1, 2, 5, 127, 2**32 - 1])
        if kind is U64:
            return count
        return rng.choice([None, ctypes.byref(out32 if kind._type_ is U32 else out64)])

    names = [name for name in FUNCTIONS if name not in ("open", "close")]
    for number in range(20_000):
        name = rng.choice(names)
        count = rng.choice([0, 1, 7, 100, 2**40 + 1, 2**64 - 1])
        arguments = [argument(kind, count) for kind in FUNCTIONS[name]]
        arguments[0] = rng.choice(recorders + [0, 2**64 - 1])
        if name == "step":
            arguments[1] = rng.choice([0, number + 1, 2**64 - 1])
        if name == "decision":
            arguments[-1] = rng.choice([0, count])
        assert call(name, *arguments) in (0, 1)
    done("close", recorders[0], b"finished")
    assert call("open", None, b"{}", 0, ctypes.byref(out64)) == 1
    assert call("open", str(tmp_path / "s").encode(), b"no object", 0, ctypes.byref(out64)) == 1
    assert call("open", str(tmp_path / "s").encode(), b"{}", 0, None) == 1
