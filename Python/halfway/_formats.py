# SPDX-License-Identifier: Apache-2.0
"""Formats by name and their constants."""

from __future__ import annotations

import ctypes
import dataclasses
import functools

from halfway._library import function, names


@dataclasses.dataclass(frozen=True)
class Format:
    """A binary format of at most 32 bits.

    `largest`, `smallest_normal` and `smallest` (all positive) and `epsilon`, the distance from 1 to the next
    number, are exact in FP64. `bytes` is the size of an encoding in memory.
    """

    name: str
    largest: float
    smallest_normal: float
    smallest: float
    epsilon: float
    bits: int
    bytes: int
    exponent_bits: int
    fraction_bits: int
    bias: int
    has_infinity: bool
    has_nan: bool
    has_zero: bool


class _Constants(ctypes.Structure):
    _fields_ = [
        ("largest", ctypes.c_double),
        ("smallest_normal", ctypes.c_double),
        ("smallest", ctypes.c_double),
        ("epsilon", ctypes.c_double),
        ("bits", ctypes.c_int32),
        ("bytes", ctypes.c_int32),
        ("exponent_bits", ctypes.c_int32),
        ("fraction_bits", ctypes.c_int32),
        ("bias", ctypes.c_int32),
        ("has_infinity", ctypes.c_int32),
        ("has_nan", ctypes.c_int32),
        ("has_zero", ctypes.c_int32),
    ]


@functools.lru_cache(maxsize=None)
def format_info(name: str) -> Format:
    """The constants of a format: one of `formats()`, or e<E>m<M> with E in 2...8 and M in 1...23.

    Raises ValueError for a name that no format has, with the nearest ones.

    >>> format_info("e4m3").largest
    448.0
    >>> format_info("e5m7").bits
    13
    """
    if not isinstance(name, str):
        raise TypeError(f"a format is named by a str, such as 'bf16', not by {type(name).__name__}")
    constants = _Constants()
    function("halfway_format", ctypes.c_char_p, ctypes.c_void_p)(name.encode(), ctypes.addressof(constants))
    c = constants
    return Format(
        name=name.lower(),
        largest=c.largest,
        smallest_normal=c.smallest_normal,
        smallest=c.smallest,
        epsilon=c.epsilon,
        bits=c.bits,
        bytes=c.bytes,
        exponent_bits=c.exponent_bits,
        fraction_bits=c.fraction_bits,
        bias=c.bias,
        has_infinity=bool(c.has_infinity),
        has_nan=bool(c.has_nan),
        has_zero=bool(c.has_zero),
    )


def formats() -> dict[str, Format]:
    """The named formats and their constants, in the order of docs/formats.md.

    >>> list(formats())
    ['fp16', 'bf16', 'tf32', 'fp32', 'e5m2', 'e4m3', 'e3m2', 'e2m3', 'e2m1', 'e8m0']
    """
    return {name: format_info(name) for name in names("format")}


def matrix_units() -> list[str]:
    """The names of the matrix units that `matmul` takes as an order.

    >>> matrix_units()[:3]
    ['volta', 'turing', 'ampere']
    """
    return names("unit")


@functools.lru_cache(maxsize=None)
def holds(outer: str, inner: str) -> bool:
    """Whether every number of a format, its infinities and its NaN are values of a type of elements."""
    if outer in ("fp64", "fp32", inner):
        return True
    a, b = format_info(outer), format_info(inner)
    return (
        a.fraction_bits >= b.fraction_bits
        and a.smallest <= b.smallest
        and a.largest >= b.largest
        and a.has_zero
        and (a.has_infinity or not b.has_infinity)
        and (a.has_nan or not b.has_nan)
    )
