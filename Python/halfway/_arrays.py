# SPDX-License-Identifier: Apache-2.0
"""What callers hand over, as pointers and types of elements: arrays of NumPy and ml_dtypes, tensors of torch,
numbers and lists; and results in the kind that came in.

Memory is not copied where it is contiguous, aligned and in the machine's byte order.
"""

from __future__ import annotations

import ctypes
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
_WIDEST: dict[str, np.dtype[Any]] = {"fp32": np.dtype(np.float32), "fp64": np.dtype(np.float64)}

_known: dict[Any, str | None] = {}

# Where an array object has the address of its data: behind the head that all objects have. Asking for
# __array_interface__ takes longer than rounding a thousand numbers.
_HEAD = object.__basicsize__


def _peek(array: Any) -> int | None:
    return ctypes.c_void_p.from_address(id(array) + _HEAD).value


def _ask(array: Any) -> int | None:
    return int(array.__array_interface__["data"][0])


def _layout_is_known() -> bool:
    if sys.implementation.name != "cpython":
        return False
    probe = np.empty(4, np.float32)
    return all(_peek(array) == _ask(array) for array in (probe, probe[1:]))


#: The address of an array's data.
address = _peek if _layout_is_known() else _ask


def _type(dtype: np.dtype[Any]) -> str | None:
    """The library's type of a dtype's elements, None where they have to be widened."""
    try:
        return _known[dtype]
    except KeyError:
        pass
    name = dtype.name
    if name not in _TYPES and name not in _WIDENED:
        if dtype.kind == "c":
            raise TypeError(f"{dtype} is complex: pass real and imaginary parts, as x.real and x.imag")
        if dtype.kind == "f":
            raise TypeError(f"{dtype} is wider than FP64: convert it first, as x.astype('float64'), which rounds")
        raise TypeError(f"{dtype} is no type of numbers")
    found = _TYPES.get(name) if dtype.isnative else None
    _known[dtype] = found
    return found


class Taken:
    """An argument in memory that the library reads: `array` keeps it alive."""

    __slots__ = ("array", "dtype", "type", "tensor", "number")

    def __init__(self, array: Any, type: str, dtype: np.dtype[Any], tensor: Any = None, number: bool = False):
        # C-contiguous, aligned, native; of bytes where a tensor's type has no counterpart in NumPy.
        self.array = array
        self.type = type
        # That of the caller's array.
        self.dtype = dtype
        # The caller's tensor, where it is one.
        self.tensor = tensor
        # Whether it came as a number of Python's.
        self.number = number


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor of torch; does not import torch."""
    return "torch" in sys.modules and isinstance(x, sys.modules["torch"].Tensor)


def take(x: Any, contiguous: bool = True) -> Taken:
    """An argument as the library reads it. Raises TypeError for what holds no real numbers.

    Without `contiguous` strides are left as they are where elements need no conversion.
    """
    number = False
    tensor = None
    if type(x) is not np.ndarray:
        if is_tensor(x):
            from halfway._tensors import as_array

            tensor = x
            x, type_, dtype = as_array(x)
            if type_ is not None:
                return Taken(np.ascontiguousarray(x) if contiguous else x, type_, dtype, tensor)
        elif isinstance(x, (int, float)):
            number = True
            x = _number(x)
        else:
            x = np.asarray(x)
    dtype = x.dtype
    found = _type(dtype)
    if found is None:
        name = dtype.name
        x = x.astype(_WIDENED.get(name, name))
        found = _type(x.dtype)
        assert found is not None
    if not (x.flags.c_contiguous if contiguous else True) or not x.flags.aligned:
        # Not ascontiguousarray, which makes a number an array of one dimension.
        x = np.array(x, order="C", copy=True)
    return Taken(x, found, dtype, tensor, number)


def _number(x: Any) -> np.ndarray[Any, Any]:
    """A number of Python's, exactly; whole numbers beyond 64 bits are not."""
    if isinstance(x, float) or isinstance(x, bool) or -(1 << 53) <= x <= 1 << 53:
        return np.asarray(x, dtype=np.float64)
    if -(1 << 63) <= x < 1 << 63:
        return np.asarray(x, dtype=np.int64)
    if 0 <= x < 1 << 64:
        return np.asarray(x, dtype=np.uint64)
    raise ValueError("a whole number beyond 64 bits: pass a float")


def result_type(taken: Taken, format: str) -> tuple[str, np.dtype[Any]]:
    """The type of a result that holds a format's numbers: that of the argument where it does, else FP32."""
    kind = taken.type
    if not taken.number and kind not in ("int64", "uint64") and taken.dtype.kind not in "iub" and holds(kind, format):
        return kind, taken.array.dtype
    return "fp32", _WIDEST["fp32"]


def given(out: Any, type: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """The array that a caller wants results in, checked. Raises TypeError and ValueError."""
    if not isinstance(out, np.ndarray):
        raise TypeError(f"out is a {out.__class__.__name__}: an array of NumPy is wanted")
    if _type(out.dtype) != type:
        raise TypeError(f"out has the type {out.dtype}, and results are {dtype}")
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
    if array.ndim == 0:
        return array[()]
    return array


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


def format_of(taken: list[Taken], format: str | None) -> str:
    """The format that an operation computes in: the one named, or the one that all arguments are of.

    Raises TypeError where there is none.
    """
    if format is not None:
        format_info(format)
        return format
    kinds = {argument.type for argument in taken if not argument.number and argument.dtype.kind not in "iub"}
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind not in ("fp64", "int64", "uint64"):
            return kind
    names = ", ".join(dict.fromkeys(str(argument.dtype) for argument in taken))
    raise TypeError(f"which format? The arguments are {names}: name one, as in format='bf16'")
