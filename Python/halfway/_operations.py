# SPDX-License-Identifier: Apache-2.0
"""Every operation of the arithmetic on arrays."""

from __future__ import annotations

import ctypes
import functools
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from halfway._arrays import (
    FP32, UINT8, Element, Taken, address, delivered, format_of, given, plain, result_of, take, threads as threads_of,
)  # fmt: skip
from halfway._library import function, names
from halfway._round import _FEW, call_round
from halfway._semantics import semantics

_ARITY = {"fma": 3, "sqrt": 1, "roundToIntegral": 1, "nextUp": 1, "nextDown": 1, "logB": 1, "toInt32": 1, "toInt64": 1}
_ARRAY, _ELEMENT, _SHAPE = map(operator.attrgetter, ("array", "element", "shape"))
# Pointers to the operands that an operation has not.
_NONE = {arity: (None,) * (3 - arity) for arity in (1, 2, 3)}
_INTEGERS = {
    "compareQuiet": UINT8,
    "compareSignaling": UINT8,
    "logB": plain("int32", np.int32),
    "toInt32": plain("int32", np.int32),
    "toInt64": plain("int64", np.int64),
}


@functools.lru_cache(maxsize=None)
def _function() -> Callable[..., None]:
    text, pointer = ctypes.c_char_p, ctypes.c_void_p
    return function(
        "halfway_operate", text, text, pointer, pointer, pointer, text, ctypes.c_uint32, pointer, text, pointer,
        pointer, pointer, ctypes.c_size_t, ctypes.c_int32,
    )  # fmt: skip


@functools.lru_cache(maxsize=None)
def _arity(operation: str) -> int:
    """How many operands an operation has."""
    if operation not in names("operation"):
        # The library's message has the nearest names.
        _function()(str(operation).encode(), b"fp32", None, None, None, None, 0, None, None, None, None, None, 0, 0)
    return _ARITY.get(operation, 2)


class _Plan(NamedTuple):
    """What a call is whatever its values and shapes are."""

    operation: bytes
    format: str
    format_name: bytes
    # Those that the library reads, and whether an argument has other ones, so that it is rounded first.
    operands: Element
    differs: bool
    results: Element
    result_name: bytes | None


@functools.lru_cache(maxsize=4096)
def _plan(operation: str, format: str | None, arguments: tuple[Element, ...]) -> _Plan:
    format = format_of(arguments, format)
    arrays = [argument for argument in arguments if not argument.number]
    results = FP32
    if arrays and all(argument.dtype == arrays[0].dtype for argument in arrays):
        results = result_of(arrays[0], format)
    operands = arguments[0]
    differs = any(argument.type != operands.type for argument in arguments)
    if differs:
        # Numbers come as what arrays of one type have, where this holds them.
        one = bool(arrays) and all(argument.type == arrays[0].type for argument in arrays)
        operands = result_of(arrays[0], format) if one else FP32
    integers = _INTEGERS.get(operation)
    return _Plan(
        operation.encode(), format, format.encode(), operands, differs, integers or results,
        None if integers else results.name,
    )  # fmt: skip


def _rounded(taken: Taken, elements: Element, format: str) -> Taken:
    """An argument as numbers of a format."""
    if taken.element.type == elements.type:
        return taken
    if taken.element.number:
        return Taken(_number(taken.array.tobytes(), taken.element, elements, format), elements)
    target = np.empty(taken.array.shape, elements.memory)
    call_round(taken, target, elements, format)
    return Taken(target, elements, taken.tensor)


@functools.lru_cache(maxsize=4096)
def _number(memory: bytes, number: Element, elements: Element, format: str) -> np.ndarray[Any, Any]:
    target = np.empty((), elements.memory)
    call_round(Taken(np.frombuffer(memory, number.memory), number), target, elements, format)
    return target


def _exponents(x: Any) -> Any:
    array = np.asarray(x)
    if array.dtype.kind not in "iu":
        raise TypeError(f"the exponents of scale_b are whole numbers, and these are {array.dtype}")
    if array.dtype.itemsize > 4 or array.dtype.kind == "u":
        # Beyond these every result is zero or an overflow.
        array = np.clip(array, -(1 << 30), 1 << 30)
    return array.astype(np.int32)


def _broadcast(arrays: list[Any]) -> tuple[tuple[int, ...], list[Any], int]:
    """The common shape; arrays of it, or of one element; a bit for each of these."""
    shapes = set(map(_SHAPE, arrays))
    if len(shapes) == 1:
        return shapes.pop(), arrays, 0
    # Numbers beside arrays of one shape need no more.
    shapes.discard(())
    if len(shapes) == 1:
        shape = shapes.pop()
    else:
        try:
            shape = np.broadcast(*arrays).shape
        except ValueError:
            told = ", ".join(str(array.shape) for array in arrays)
            raise ValueError(f"the shapes {told} do not broadcast") from None
    single = 0
    found = []
    for index, array in enumerate(arrays):
        if array.shape != shape:
            if array.size == 1:
                single |= 1 << index
            else:
                array = np.ascontiguousarray(np.broadcast_to(array, shape))
        found.append(array)
    return shape, found, single


def operate(
    operation: str,
    *operands: Any,
    format: str | None = None,
    flags: bool = False,
    out: Any = None,
    threads: int | None = None,
    **attributes: Any,
) -> Any:
    """The results of an operation on each element: add sub mul div sqrt fma remainder roundToIntegral minimum maximum
    minimumNumber maximumNumber compareQuiet compareSignaling nextUp nextDown scaleB logB toInt32 toInt64.

    operands: arrays, tensors, numbers, broadcast to one shape. Numbers that the format has not are rounded to it
    first, to nearest even.
    format: the format of operands and results; where it is None, that of the arguments, which is then one.
    attributes: rounding, overflow, subnormals, nan, tininess, seed, bits, first_index as those of `round`.
    flags: whether the exceptions of every element are returned, too: (values, array of uint8). out: an array for
    the values.

    The values are in the arguments' type where it is one and holds the format's numbers, otherwise in FP32.
    Relations are 0 less, 1 equal, 2 greater, 3 unordered.

    Raises ValueError for unknown names and shapes that do not broadcast, TypeError for what holds no real numbers
    and where no format is known.

    >>> operate("add", np.float32([1, 2]), 0.1, format="fp16")
    array([1.0996094, 2.0996094], dtype=float32)
    """
    arity = _arity(operation)
    if len(operands) != arity:
        raise TypeError(f"{operation} has {arity} operand{'s' if arity > 1 else ''}, and {len(operands)} are given")
    exponents = None
    if operation == "scaleB":
        exponents = _exponents(operands[1])
        operands = operands[:1]
    taken = list(map(take, operands))
    plan = _plan(operation, format, tuple(map(_ELEMENT, taken)))
    if plan.differs:
        taken = [_rounded(argument, plan.operands, plan.format) for argument in taken]
    arrays = list(map(_ARRAY, taken))
    if exponents is not None:
        arrays.append(exponents)
    shape, arrays, single = _broadcast(arrays)
    target = np.empty(shape, plan.results.memory) if out is None else given(out, plan.results, shape)
    found = np.empty(shape, np.uint8) if flags else None
    count = target.size
    _function()(
        plan.operation,
        plan.format_name,
        *map(address, arrays),
        *_NONE[len(arrays)],
        plan.operands.name,
        single,
        address(target),
        plan.result_name,
        semantics(**attributes) if attributes else None,
        None if found is None else address(found),
        None,
        count,
        1 if count < _FEW else threads_of(threads),
    )
    result = out if out is not None else delivered(target, plan.results.type, *taken)
    return (result, delivered(found, "uint8", *taken)) if flags else result


def add(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a + b, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> add(np.float16([1, 2048]), np.float16([2, 1])).tolist()
    [3.0, 2048.0]
    """
    return operate("add", a, b, format=format, flags=flags, **options)


def sub(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a - b, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> float(sub(1.0, 2**-12, format="fp16", rounding="down"))
    0.99951171875
    """
    return operate("sub", a, b, format=format, flags=flags, **options)


def mul(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a b, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> mul(np.float32([300, 200]), 300, format="fp16", flags=True)
    (array([   inf, 60000.], dtype=float32), array([5, 0], dtype=uint8))
    """
    return operate("mul", a, b, format=format, flags=flags, **options)


def div(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a / b, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> div(np.float32([1, 1]), np.float32([3, 0]), format="bf16", flags=True)
    (array([0.33398438,        inf], dtype=float32), array([1, 8], dtype=uint8))
    """
    return operate("div", a, b, format=format, flags=flags, **options)


def sqrt(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The square root, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> sqrt(np.float16([2, -1]))
    array([1.414,   nan], dtype=float16)
    """
    return operate("sqrt", a, format=format, flags=flags, **options)


def fma(a: Any, b: Any, c: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a b + c, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> fma(np.float32([1.0078125]), 1.0078125, -1.015625, format="bf16", flags=True)
    (array([6.1035156e-05], dtype=float32), array([0], dtype=uint8))
    """
    return operate("fma", a, b, c, format=format, flags=flags, **options)


def remainder(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a - n b with n the integer nearest a / b, ties to even; exact. Arguments, results and errors as those of
    `operate`.

    >>> float(remainder(5.0, 3.0, format="fp16"))
    -1.0
    """
    return operate("remainder", a, b, format=format, flags=flags, **options)


def round_to_integral(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The integral value in the rounding direction. Arguments, results and errors as those of `operate`.

    >>> round_to_integral(np.float32([0.5, 1.5, -2.7]))
    array([ 0.,  2., -3.], dtype=float32)
    """
    return operate("roundToIntegral", a, format=format, flags=flags, **options)


def minimum(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The lesser number; NaN wins, -0 is less than +0. Arguments, results and errors as those of `operate`.

    >>> minimum(np.float32([1, np.nan]), 2)
    array([ 1., nan], dtype=float32)
    """
    return operate("minimum", a, b, format=format, flags=flags, **options)


def maximum(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The greater number; NaN wins, -0 is less than +0. Arguments, results and errors as those of `operate`."""
    return operate("maximum", a, b, format=format, flags=flags, **options)


def minimum_number(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The lesser number; a number wins over NaN. Arguments, results and errors as those of `operate`.

    >>> minimum_number(np.float32([1, np.nan]), 2)
    array([1., 2.], dtype=float32)
    """
    return operate("minimumNumber", a, b, format=format, flags=flags, **options)


def maximum_number(a: Any, b: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The greater number; a number wins over NaN. Arguments, results and errors as those of `operate`."""
    return operate("maximumNumber", a, b, format=format, flags=flags, **options)


def compare(
    a: Any, b: Any, *, format: str | None = None, signaling: bool = False, flags: bool = False, **options: Any
) -> Any:
    """The relation of a and b: 0 less, 1 equal, 2 greater, 3 unordered, as uint8; `signaling` comparisons signal
    invalid for every NaN. Arguments and errors as those of `operate`.

    >>> compare(np.float32([1, 2, np.nan]), 2)
    array([0, 1, 3], dtype=uint8)
    """
    operation = "compareSignaling" if signaling else "compareQuiet"
    return operate(operation, a, b, format=format, flags=flags, **options)


def next_up(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The next number of the format above. Arguments, results and errors as those of `operate`.

    >>> float(next_up(1.0, format="e4m3"))
    1.125
    """
    return operate("nextUp", a, format=format, flags=flags, **options)


def next_down(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The next number of the format below. Arguments, results and errors as those of `operate`."""
    return operate("nextDown", a, format=format, flags=flags, **options)


def scale_b(a: Any, n: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a 2^n for whole numbers n, rounded once to the format. Arguments, results and errors as those of `operate`.

    >>> scale_b(np.float16([1, 3]), [4, -24])
    array([1.6e+01, 1.8e-07], dtype=float16)
    """
    return operate("scaleB", a, n, format=format, flags=flags, **options)


def log_b(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """The exponent floor(log2 |a|) as int32. Arguments and errors as those of `operate`.

    >>> log_b(np.float32([1, 0.3, 1000]))
    array([ 0, -2,  9], dtype=int32)
    """
    return operate("logB", a, format=format, flags=flags, **options)


def to_int32(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a rounded to an int32 in the rounding direction; out of range it is invalid. Arguments and errors as those
    of `operate`.

    >>> to_int32(np.float32([2.5, -1.5]))
    array([ 2, -2], dtype=int32)
    """
    return operate("toInt32", a, format=format, flags=flags, **options)


def to_int64(a: Any, *, format: str | None = None, flags: bool = False, **options: Any) -> Any:
    """a rounded to an int64 in the rounding direction; out of range it is invalid. Arguments and errors as those
    of `operate`."""
    return operate("toInt64", a, format=format, flags=flags, **options)
