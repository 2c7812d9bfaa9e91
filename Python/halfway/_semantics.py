# SPDX-License-Identifier: Apache-2.0
"""The attributes of a rounding, as the library takes them."""

from __future__ import annotations

import ctypes
import enum
import functools
from typing import Any


class Flags(enum.IntFlag):
    """The exceptions of IEEE 754-2019, clause 7, as bits of the arrays that `flags=True` returns.

    >>> Flags(5)
    <Flags.INEXACT|OVERFLOW: 5>
    """

    INEXACT = 1
    UNDERFLOW = 2
    OVERFLOW = 4
    DIVIDE_BY_ZERO = 8
    INVALID = 16


class _Semantics(ctypes.Structure):
    _fields_ = [
        ("rounding", ctypes.c_char_p),
        ("overflow", ctypes.c_char_p),
        ("subnormals", ctypes.c_char_p),
        ("nan", ctypes.c_char_p),
        ("tininess", ctypes.c_char_p),
        ("first_index", ctypes.c_uint64),
    ]


_DEFAULTS = ("nearest-even", "ieee", "gradual", "canonical", "after", 0)


@functools.lru_cache(maxsize=4096)
def _reference(
    rounding: str, overflow: str, subnormals: str, nan: str, tininess: str, first_index: int
) -> Any:
    names = (rounding, overflow, subnormals, nan, tininess)
    if (*names, first_index) == _DEFAULTS:
        return None
    # A reference keeps its structure alive, of which another thread may have had the cache let go.
    return ctypes.byref(_Semantics(*(name.encode() for name in names), first_index))


def semantics(
    rounding: str = "nearest-even",
    *,
    overflow: str = "ieee",
    subnormals: str = "gradual",
    nan: str = "canonical",
    tininess: str = "after",
    seed: int | None = None,
    bits: int | None = None,
    first_index: int = 0,
) -> Any:
    """The attributes as a call of the library takes them, which checks the names; None where all are the defaults."""
    if seed is not None or bits is not None:
        if rounding != "stochastic":
            raise ValueError(f"seed and bits are for rounding='stochastic', and rounding is '{rounding}'")
        rounding = f"stochastic:{16 if bits is None else int(bits)}:{1 if seed is None else int(seed)}"
    if not 0 <= first_index < 1 << 64:
        raise ValueError(f"first_index is {first_index}: an index is in 0 ... 2^64 - 1")
    try:
        return _reference(rounding, overflow, subnormals, nan, tininess, first_index)
    except AttributeError:
        raise TypeError("rounding, overflow, subnormals, nan and tininess are named by a str") from None
