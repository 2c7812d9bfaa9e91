# SPDX-License-Identifier: Apache-2.0
"""Rounding to formats, and encodings of formats."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from halfway._arrays import (
    FP32, Element, Taken, address, delivered, given, plain, result_of, take, threads as threads_of,
)  # fmt: skip
from halfway._formats import format_info
from halfway._library import function
from halfway._semantics import Flags, semantics  # noqa: F401

_CONTAINERS = {1: np.uint8, 2: np.uint16, 4: np.uint32}
# Elements below which one thread is faster than several.
_FEW = 1 << 17

@functools.lru_cache(maxsize=None)
def _function() -> Callable[..., None]:
    text, pointer = ctypes.c_char_p, ctypes.c_void_p
    return function(
        "halfway_round", pointer, text, pointer, text, text, pointer, pointer, pointer, ctypes.c_size_t, ctypes.c_int32
    )


def call_round(
    taken: Taken, target: Any, elements: Element, format: str, attributes: Any = None, flags: Any = None,
    threads: int | None = None,
) -> None:  # fmt: skip
    """The elements of an argument, rounded to a format, into an array of the elements named."""
    count = target.size
    _function()(
        address(taken.array),
        taken.element.name,
        address(target),
        elements.name,
        format.encode(),
        attributes,
        None if flags is None else address(flags),
        None,
        count,
        1 if count < _FEW else threads_of(threads),
    )


@functools.lru_cache(maxsize=None)
def _encodings(format: str) -> Element:
    return plain(format, _CONTAINERS[format_info(format).bytes])


def round(
    x: Any,
    format: str,
    *,
    rounding: str = "nearest-even",
    overflow: str = "ieee",
    subnormals: str = "gradual",
    nan: str = "canonical",
    tininess: str = "after",
    seed: int | None = None,
    bits: int | None = None,
    first_index: int = 0,
    flags: bool = False,
    out: Any = None,
    threads: int | None = None,
) -> Any:
    """The numbers of x, each rounded once to a format; as values, in the type of x where this holds the format's
    numbers and in FP32 otherwise.

    x: an array of any shape and any real type of NumPy or ml_dtypes, a tensor of torch, a number, a list.
    format: fp16 bf16 tf32 fp32 e5m2 e4m3 e3m2 e2m3 e2m1 e8m0, or e<E>m<M> with E in 2...8 and M in 1...23.
    rounding: nearest-even, nearest-away, toward-zero, up, down, to-odd, or stochastic, of `bits` random bits
    (16) that are a function of the seed (1) and of an element's index, counted from first_index.
    overflow: "ieee", or "saturate" for the largest number, also of infinities. A format without infinity has
    its NaN instead, one without both its largest number.
    subnormals: gradual, ftz (tiny results become zero), daz (subnormal operands are zero), ftz-daz.
    nan: canonical, or propagate. tininess: after or before rounding.
    flags: whether the exceptions of every element are returned, too: (values, array of uint8 with the bits of
    `Flags`). out: an array for the values.

    Raises ValueError for an unknown name, TypeError for what holds no real numbers.

    >>> round(np.float32([0.1, 1000]), "e4m3").tolist()
    [0.1015625, nan]
    >>> round(np.float32([0.1, 1000]), "e4m3", overflow="saturate").tolist()
    [0.1015625, 448.0]
    >>> value, exceptions = round(0.1, "bf16", rounding="up", flags=True)
    >>> float(value), Flags(int(exceptions))
    (0.10009765625, <Flags.INEXACT: 1>)
    """
    taken = take(x)
    attributes = semantics(
        rounding, overflow=overflow, subnormals=subnormals, nan=nan, tininess=tininess, seed=seed, bits=bits,
        first_index=first_index,
    )  # fmt: skip
    if type(format) is not str:
        format_info(format)
    elements = result_of(taken.element, format)
    shape = taken.array.shape
    target = np.empty(shape, elements.memory) if out is None else given(out, elements, shape)
    found = np.empty(shape, np.uint8) if flags else None
    call_round(taken, target, elements, format, attributes, found, threads)
    result = out if out is not None else delivered(target, elements.type, taken)
    return (result, delivered(found, "uint8", taken)) if flags else result


def encode(x: Any, format: str, *, threads: int | None = None, **attributes: Any) -> Any:
    """The encodings of the numbers of x rounded to a format: unsigned integers of 1, 2 or 4 bytes, right-aligned,
    in the shape of x.

    Arguments and errors as those of `round`. Of a type that ml_dtypes has, `.view` makes its numbers.

    >>> encode([1.0, -2.0, 0.3], "bf16")
    array([16256, 49152, 16026], dtype=uint16)
    >>> encode(1.0, "e2m1")
    np.uint8(2)
    """
    taken = take(x)
    elements = _encodings(format)
    target = np.empty(taken.array.shape, elements.memory)
    call_round(taken, target, elements, format, semantics(**attributes), None, threads)
    return target[()] if target.ndim == 0 else target


def decode(encodings: Any, format: str, *, threads: int | None = None) -> Any:
    """The numbers that encodings of a format stand for, in FP32.

    encodings: integers of the width that `encode` delivers; bits above those of the format are ignored.

    >>> decode(np.uint8([0, 1, 7, 15]), "e2m1")
    array([ 0. ,  0.5,  6. , -6. ], dtype=float32)
    """
    elements = _encodings(format)
    container = elements.memory
    array = np.asarray(encodings)
    if array.dtype.kind not in "iu":
        raise TypeError(f"encodings are whole numbers, and these are {array.dtype}")
    if array.dtype.itemsize != container.itemsize:
        if array.size and (array.min() < 0 or array.max() > np.iinfo(container).max):
            raise ValueError(f"encodings of {format} have {container.itemsize * 8} bits")
        array = array.astype(container)
    array = np.asarray(array, order="C").view(container)
    target = np.empty(array.shape, np.float32)
    call_round(Taken(array, elements), target, FP32, "fp32", None, None, threads)
    return target[()] if target.ndim == 0 else target
