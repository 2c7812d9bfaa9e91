# SPDX-License-Identifier: Apache-2.0
"""The elementary functions, the same bits on every machine."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from halfway._arrays import FP64, Element, address, delivered, given, result_of, take, threads as threads_of
from halfway._formats import format_info
from halfway._library import function
from halfway._semantics import semantics

# Elements below which one thread is faster than several.
_FEW = 1 << 15

@functools.lru_cache(maxsize=None)
def _function() -> Callable[..., None]:
    text, pointer = ctypes.c_char_p, ctypes.c_void_p
    return function(
        "halfway_elementary", text, pointer, text, pointer, text, text, pointer, ctypes.c_size_t, ctypes.c_int32
    )


@functools.lru_cache(maxsize=4096)
def _plan(argument: Element, format: str | None) -> tuple[bytes | None, Element]:
    """The format as the library takes it, and the elements of the results."""
    if format is None:
        format = "fp64" if argument.type == "fp64" and not argument.whole else "fp32" if argument.whole else argument.type
    if format == "fp64":
        if argument.type != "fp64":
            raise ValueError("format is fp64, and x is not")
        return None, FP64
    format_info(format)
    return format.encode(), result_of(argument, format)


def elementary(
    name: str, x: Any, *, format: str | None = None, out: Any = None, threads: int | None = None, **attributes: Any
) -> Any:
    """A function of each element: exp log tanh sigmoid erf normal gelu gelu-tanh rsqrt.

    x: an array, a tensor, a number, a list, as for `round`.
    format: the function is computed in FP32, at most 0.500005 ulp off, and the result rounded to the format; None
    stands for the format of x, in which FP64 is computed in FP64, below 0.9 ulp off.
    attributes: those of `round`. The values are in the type of x where it holds the format's numbers, else in FP32.

    Raises ValueError for an unknown name, TypeError for what holds no real numbers.

    >>> elementary("normal", np.float32([0, 1]), format="bf16").tolist()
    [0.5, 0.83984375]
    """
    taken = take(x)
    format_name, elements = _plan(taken.element, format)
    shape = taken.array.shape
    target = np.empty(shape, elements.memory) if out is None else given(out, elements, shape)
    count = target.size
    _function()(
        str(name).encode(),
        address(taken.array),
        taken.element.name,
        address(target),
        elements.name,
        format_name,
        semantics(**attributes) if attributes else None,
        count,
        1 if count < _FEW else threads_of(threads),
    )
    return out if out is not None else delivered(target, elements.type, taken)


def exp(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """e^x. Arguments, results and errors as those of `elementary`.

    >>> exp(np.float16([0, 1, 12])).tolist()
    [1.0, 2.71875, inf]
    """
    return elementary("exp", x, format=format, **options)


def log(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """ln x; -inf at zeros, NaN below. Arguments, results and errors as those of `elementary`."""
    return elementary("log", x, format=format, **options)


def tanh(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """tanh x. Arguments, results and errors as those of `elementary`."""
    return elementary("tanh", x, format=format, **options)


def sigmoid(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """1 / (1 + e^-x). Arguments, results and errors as those of `elementary`."""
    return elementary("sigmoid", x, format=format, **options)


def erf(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """The error function. Arguments, results and errors as those of `elementary`."""
    return elementary("erf", x, format=format, **options)


def normal(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """The distribution function of the standard normal. Arguments, results and errors as those of `elementary`."""
    return elementary("normal", x, format=format, **options)


def gelu(x: Any, *, approximate: str = "none", format: str | None = None, **options: Any) -> Any:
    """x times `normal` of x; with approximate="tanh" the form with tanh. Arguments, results and errors as those of
    `elementary`.

    >>> gelu(np.float32([-1, 1]), approximate="tanh", format="bf16").tolist()
    [-0.1591796875, 0.83984375]
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"approximate is '{approximate}': none or tanh is wanted")
    return elementary("gelu-tanh" if approximate == "tanh" else "gelu", x, format=format, **options)


def rsqrt(x: Any, *, format: str | None = None, **options: Any) -> Any:
    """1 / sqrt x; infinite at zeros, NaN below. Arguments, results and errors as those of `elementary`."""
    return elementary("rsqrt", x, format=format, **options)
