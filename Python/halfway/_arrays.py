# SPDX-License-Identifier: Apache-2.0
"""What callers hand over, as pointers and types of elements: arrays of NumPy and ml_dtypes, tensors of torch,
numbers and lists; and results in the kind that came in.

Memory is not copied where it is contiguous, aligned and in the machine's byte order.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from typing import Any

import numpy as np

from halfway._formats import format_info, holds

# NumPy's and ml_dtypes' names of types whose elements are a format's encodings, or types of their own.
_TYPES = {
    "float16": "fp16",
    "float32": "fp32",
    "float64": "fp64",
    "int64": "int64",
    "uint64": "uint64",
    "bfloat16": "bf16",
    "float8_e5m2": "e5m2",
    "float8_e4m3fn": "e4m3",
    "float8_e3m4": "e3m4",
    "float8_e8m0fnu": "e8m0",
    "float6_e3m2fn": "e3m2",
    "float6_e2m3fn": "e2m3",
    "float4_e2m1fn": "e2m1",
}
# Types that another one represents exactly.
_WIDENED = {
    **{name: "float64" for name in ("bool", "int8", "int16", "int32", "uint8", "uint16", "uint32")},
    **{name: "float32" for name in ("float8_e4m3", "float8_e4m3b11fnuz", "float8_e4m3fnuz", "float8_e5m2fnuz")},
    **{name: "float32" for name in ("int2", "int4", "uint2", "uint4")},
}


class Element:
    """What the elements of an argument or of results are. There is one object for each, and calls are planned by it."""

    __slots__ = ("type", "name", "dtype", "memory", "number")

    def __init__(self, type: str, dtype: np.dtype[Any], memory: np.dtype[Any], number: bool = False):
        # The library's type, and its name as the library reads it.
        self.type = type
        self.name = type.encode()
        # That of the caller's array, and that of the array which is read or written: integers where a tensor's type has no
        # counterpart in NumPy.
        self.dtype = dtype
        self.memory = memory
        # Whether it came as a number of Python's.
        self.number = number

    @property
    def whole(self) -> bool:
        """Whether it says nothing of a format, as numbers and integers of NumPy."""
        return self.number or self.dtype.kind in "iub"


@functools.lru_cache(maxsize=None)
def element(type: str, dtype: np.dtype[Any], memory: np.dtype[Any], number: bool = False) -> Element:
    """The one object for elements of these types."""
    return Element(type, dtype, memory, number)


def plain(type: str, dtype: Any) -> Element:
    """Elements of a type of NumPy's."""
    return element(type, np.dtype(dtype), np.dtype(dtype))


FP32, FP64, UINT8 = plain("fp32", np.float32), plain("fp64", np.float64), plain("uint8", np.uint8)
# What numbers of Python's become.
_NUMBERS = {
    dtype: element(dtype.name.replace("float", "fp"), dtype, dtype, True)
    for dtype in map(np.dtype, ("float64", "int64", "uint64"))
}

# By the dtype: elements that the library reads as they are, None where they have to be widened.
_known: dict[np.dtype[Any], Element | None] = {}

# Where an array object has the address of its data: behind the head that all objects have. Asking for
# __array_interface__ takes longer than rounding a thousand numbers.
_HEAD = object.__basicsize__


_pointer_at = ctypes.c_void_p.from_address


def _peek(array: Any) -> int | None:
    return _pointer_at(id(array) + _HEAD).value


def _ask(array: Any) -> int | None:
    return int(array.__array_interface__["data"][0])


def _layout_is_known() -> bool:
    if sys.implementation.name != "cpython":
        return False
    probe = np.empty(4, np.float32)
    return all(_peek(array) == _ask(array) for array in (probe, probe[1:]))


#: The address of an array's data.
address = _peek if _layout_is_known() else _ask


def _element(dtype: np.dtype[Any]) -> Element | None:
    """Elements of a dtype, None where they have to be widened."""
    name = dtype.name
    if name not in _TYPES and name not in _WIDENED:
        if dtype.kind == "c":
            raise TypeError(f"{dtype} is complex: pass real and imaginary parts, as x.real and x.imag")
        if dtype.kind == "f":
            raise TypeError(f"{dtype} is wider than FP64: convert it first, as x.astype('float64'), which rounds")
        raise TypeError(f"{dtype} is no type of numbers")
    found = _known[dtype] = plain(_TYPES[name], dtype) if name in _TYPES and dtype.isnative else None
    return found


class Taken:
    """An argument in memory that the library reads: `array` keeps it alive."""

    __slots__ = ("array", "element", "tensor")

    def __init__(self, array: Any, element: Element, tensor: Any = None):
        # C-contiguous, aligned, native.
        self.array = array
        self.element = element
        # The caller's tensor, where it is one.
        self.tensor = tensor


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor of torch; does not import torch."""
    return "torch" in sys.modules and isinstance(x, sys.modules["torch"].Tensor)


def take(x: Any, contiguous: bool = True) -> Taken:
    """An argument as the library reads it. Raises TypeError for what holds no real numbers.

    Without `contiguous` strides are left as they are where elements need no conversion.
    """
    tensor = None
    if type(x) is not np.ndarray:
        if isinstance(x, (int, float)):
            x = _number(x)
            return Taken(x, _NUMBERS[x.dtype])
        if is_tensor(x):
            from halfway._tensors import as_array

            tensor = x
            x, found = as_array(x)
            if found is not None:
                return Taken(np.ascontiguousarray(x) if contiguous else x, found, tensor)
        else:
            x = np.asarray(x)
    dtype = x.dtype
    found = _known.get(dtype) or _element(dtype)
    if found is None:
        name = dtype.name
        x = x.astype(_WIDENED.get(name, name))
        found = element(_TYPES[x.dtype.name], dtype, x.dtype)
    flags = x.flags
    if contiguous and not flags.c_contiguous or not flags.aligned:
        # Not ascontiguousarray, which makes a number an array of one dimension.
        x = np.array(x, order="C", copy=True)
    return Taken(x, found, tensor)


def _number(x: Any) -> np.ndarray[Any, Any]:
    """A number of Python's, exactly; whole numbers beyond 64 bits are not."""
    if isinstance(x, float) or isinstance(x, bool) or -(1 << 53) <= x <= 1 << 53:
        return np.asarray(x, dtype=np.float64)
    if -(1 << 63) <= x < 1 << 63:
        return np.asarray(x, dtype=np.int64)
    if 0 <= x < 1 << 64:
        return np.asarray(x, dtype=np.uint64)
    raise ValueError("a whole number beyond 64 bits: pass a float")


@functools.lru_cache(maxsize=4096)
def result_of(argument: Element, format: str) -> Element:
    """The elements of results that are a format's numbers: those of the argument where they hold them, else FP32."""
    if not argument.whole and argument.type not in ("int64", "uint64") and holds(argument.type, format):
        return element(argument.type, argument.memory, argument.memory)
    return FP32


def given(out: Any, result: Element, shape: tuple[int, ...]) -> Any:
    """The array that a caller wants results in, checked. Raises TypeError and ValueError."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out is a {out.__class__.__name__}: an array of NumPy is wanted")
    found = _known.get(out.dtype) or _element(out.dtype)
    if out.dtype != result.memory and (found is None or found.type != result.type):
        raise TypeError(f"out has the type {out.dtype}, and results are {result.dtype}")
    if out.shape != shape:
        raise ValueError(f"out has the shape {out.shape}, and results have {shape}")
    if not out.flags.c_contiguous or not out.flags.aligned or not out.flags.writeable:
        raise ValueError("out is not contiguous, aligned and writeable")
    return out


def delivered(array: Any, type: str, *taken: Taken) -> Any:
    """Results in the kind that came in: a tensor where an argument was one, else an array; a scalar of NumPy
    where all arguments were numbers."""
    for argument in taken:
        if argument.tensor is not None:
            from halfway._tensors import as_tensor

            return as_tensor(array, type, argument.tensor)
    return array if array.ndim else array[()]


_threads = 0


def set_threads(count: int) -> None:
    """Sets how many threads a call may use; 0 stands for the processors that this process may run on.

    Results do not depend on it. Raises ValueError below 0 and beyond 1024.
    """
    global _threads
    if not 0 <= count <= 1024:
        raise ValueError(f"threads is {count}: 0 to 1024 can be asked for")
    _threads = int(count)


def threads(asked: int | None) -> int:
    """How many threads a call may use."""
    count = _threads if asked is None else asked
    if count == 0:
        affinity = getattr(os, "sched_getaffinity", None)
        count = min(len(affinity(0)) if affinity else os.cpu_count() or 1, 1024)
    return count


def format_of(arguments: tuple[Element, ...], format: str | None) -> str:
    """The format that an operation computes in: the one named, or the one that all arguments are of.

    Raises TypeError where there is none.
    """
    if format is not None:
        format_info(format)
        return format
    kinds = {argument.type for argument in arguments if not argument.whole}
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind not in ("fp64", "int64", "uint64"):
            return kind
    names = ", ".join(dict.fromkeys(str(argument.dtype) for argument in arguments))
    raise TypeError(f"which format? The arguments are {names}: name one, as in format='bf16'")
