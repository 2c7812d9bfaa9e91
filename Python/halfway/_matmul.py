# SPDX-License-Identifier: Apache-2.0
"""Matrix products with a stated accumulator, order and step, and those of matrix units."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from halfway._arrays import Taken, address, delivered, take, threads as threads_of
from halfway._formats import format_info
from halfway._library import function, names
from halfway._round import call_round
from halfway._semantics import semantics


class _Product(ctypes.Structure):
    _fields_ = [
        ("rows", ctypes.c_size_t),
        ("inner", ctypes.c_size_t),
        ("columns", ctypes.c_size_t),
        ("batch", ctypes.c_size_t),
        ("a", ctypes.c_void_p),
        ("a_type", ctypes.c_char_p),
        ("a_format", ctypes.c_char_p),
        ("a_stride", ctypes.c_size_t),
        ("a_batch_stride", ctypes.c_size_t),
        ("b", ctypes.c_void_p),
        ("b_type", ctypes.c_char_p),
        ("b_format", ctypes.c_char_p),
        ("b_stride", ctypes.c_size_t),
        ("b_batch_stride", ctypes.c_size_t),
        ("c", ctypes.c_void_p),
        ("c_format", ctypes.c_char_p),
        ("result", ctypes.c_void_p),
        ("result_type", ctypes.c_char_p),
        ("a_transposed", ctypes.c_int32),
        ("b_transposed", ctypes.c_int32),
        ("accumulate", ctypes.c_char_p),
        ("step", ctypes.c_char_p),
        ("order", ctypes.c_char_p),
        ("size", ctypes.c_size_t),
        ("sums", ctypes.c_char_p),
        ("shape", ctypes.c_char_p),
    ]


# Multiply-adds below which one thread is faster than several.
_FEW_TERMS = 1 << 17

_multiplying: Callable[..., None] | None = None


def _function() -> Callable[..., None]:
    global _multiplying
    if _multiplying is None:
        _multiplying = function("halfway_multiply", ctypes.c_void_p, ctypes.c_int32)
    return _multiplying


def _bytes(name: str | None) -> bytes | None:
    return None if name is None else str(name).encode()


class _Factor:
    """A factor as the library takes it: its memory, its strides, and the format of its numbers."""

    def __init__(self, taken: Taken, format: str | None, accumulate: str):
        array, kind = taken.array, taken.type
        self.format: str | None = None
        if format is not None:
            array, kind, self.format = self._values(array, taken, format), "fp32", format
        elif kind == "fp64" and accumulate != "fp64":
            raise TypeError("a factor is float64, and sums are not: name a format, as in format='bf16'")
        elif kind in ("int64", "uint64"):
            raise TypeError("a factor has 64-bit whole numbers: name a format, or convert it")
        elif kind not in ("fp32", "fp64") and not (kind in ("fp16", "bf16") and accumulate in (kind, "fp32", "fp64")):
            array, kind, self.format = self._values(array, taken, kind), "fp32", kind
        if self.format == "fp32":
            self.format = None
        self.kind = kind
        self.array = array

    @staticmethod
    def _values(array: Any, taken: Taken, format: str) -> Any:
        source = np.asarray(array, order="C")
        target = np.empty(source.shape, np.float32)
        call_round(Taken(source, taken.type, taken.dtype), target, "fp32", format, None, None, None)
        return target

    def laid_out(self, batch: tuple[int, ...]) -> tuple[Any, int, int, bool]:
        """The array, its stride from row to row and from matrix to matrix, and whether rows stand in columns."""
        array = self.array
        size = array.itemsize
        if array.ndim > 2 and array.shape[:-2] != batch:
            array = np.broadcast_to(array, (*batch, *array.shape[-2:]))
        if array.ndim > 3 or not array.flags.aligned:
            # A batch of several dimensions lies in one where its matrices have one distance.
            array = np.array(array, order="C", copy=True) if not array.flags.c_contiguous else array
            array = array.reshape(-1, *array.shape[-2:])
        rows, columns = array.shape[-2:]
        row, column = array.strides[-2:]
        if column == size and (row >= columns * size or rows == 1) and row % size == 0:
            transposed, stride = False, max(row // size, columns)
        elif row == size and (column >= rows * size or columns == 1) and column % size == 0:
            transposed, stride = True, max(column // size, rows)
        else:
            array = np.array(array, order="C", copy=True)
            transposed, stride = False, columns
        between = array.strides[0] if array.ndim == 3 else 0
        if between < 0 or between % size:
            array = np.array(array, order="C", copy=True)
            transposed, stride, between = False, columns, array.strides[0]
        return array, stride, between // size, transposed


def matmul(
    a: Any,
    b: Any,
    c: Any = None,
    *,
    format: str | None = None,
    accumulate: str = "fp32",
    step: str | None = None,
    order: str = "sequential",
    sums: str | None = None,
    shape: str | None = None,
    result: str | None = None,
    threads: int | None = None,
) -> Any:
    """The matrix product a b, or c + a b, every partial sum rounded as it is said here.

    a: (..., m, k), b: (..., k, n), c: (..., m, n) in FP32: arrays or tensors, whose leading dimensions broadcast; as
    in numpy.matmul a vector has a row or a column less. Views with strides and transposed ones are not copied.
    format: the factors are rounded to it first; None takes them as they are: FP32, FP16, BF16, FP8 and so on by
    their type.
    accumulate: fp32, fp16, bf16, fp64: the format to which every partial sum is rounded, to nearest even. Sums in
    fp16 and bf16 want factors of that format.
    step: "fused" (None), one rounding a term, or "productThenSum", two.
    order: "sequential", "pairwise:32" (blocks of 32 terms added as a tree), "chunked:128" (blocks of 128, whose sums
    are added in the format `sums`), "split:4" (4 parts, likewise), or a matrix unit, one of `matrix_units()`, with
    the `shape` of its instruction, such as "m16n8k16", where there are several.
    result: the format to which the finished sums are rounded; None leaves them as they are.

    Values are in FP32; in FP64 where sums are. Docs: docs/matrix-units.md, docs/semantics.md.

    Raises ValueError for unknown names, shapes and formats that do not go together, TypeError for what holds no real
    numbers.

    >>> a = np.float32([[1, 2**-12, 2**-12]])
    >>> float(matmul(a, np.ones((3, 1)), format="fp16", accumulate="fp32")[0, 0])
    1.00048828125
    >>> float(matmul(a, np.ones((3, 1)), format="fp16", accumulate="fp16")[0, 0])
    1.0
    >>> float(matmul(a, np.ones((3, 1)), format="fp16", order="hopper")[0, 0])
    1.00048828125
    """
    if format is not None:
        format_info(format)
    x, y = take(a, contiguous=False), take(b, contiguous=False)
    addend = None if c is None else take(c)
    left, right = _Factor(x, format, accumulate), _Factor(y, format, accumulate)
    if left.array.ndim == 0 or right.array.ndim == 0:
        raise ValueError("a factor is a number: a matrix or a vector is wanted")
    is_row, is_column = left.array.ndim == 1, right.array.ndim == 1
    if is_row:
        left.array = left.array[np.newaxis, :]
    if is_column:
        right.array = right.array[:, np.newaxis]
    if left.array.shape[-1] != right.array.shape[-2]:
        raise ValueError(
            f"the shapes {x.array.shape} and {y.array.shape} do not fit: {left.array.shape[-1]} columns, "
            f"{right.array.shape[-2]} rows"
        )
    batch = left.array.shape[:-2]
    if batch != right.array.shape[:-2]:
        try:
            batch = np.broadcast_shapes(batch, right.array.shape[:-2])
        except ValueError:
            raise ValueError(f"the batches of {x.array.shape} and {y.array.shape} do not broadcast") from None
    rows, inner, columns = left.array.shape[-2], left.array.shape[-1], right.array.shape[-1]
    kind, dtype = ("fp64", np.float64) if (sums or accumulate) == "fp64" else ("fp32", np.float32)
    target = np.empty((*batch, rows, columns), dtype)
    start = None
    if addend is not None:
        if addend.type not in ("fp32", "fp16", "bf16"):
            raise TypeError(f"c is {addend.dtype}: float32 is wanted, with which sums begin")
        full = (*batch, *(() if is_row else (rows,)), *(() if is_column else (columns,)))
        values = addend.array if addend.type == "fp32" else _Factor._values(addend.array, addend, addend.type)
        try:
            start = np.ascontiguousarray(np.broadcast_to(values, full))
        except ValueError:
            raise ValueError(f"c has the shape {values.shape}, and the product has {full}") from None
    name, _, size = str(order).partition(":")
    if size and not size.isdecimal():
        raise ValueError(f"order is '{order}': a size is a whole number, as in pairwise:32")
    if not size and name in ("pairwise", "chunked", "split"):
        raise ValueError(f"order is '{order}', which needs a size, as in {name}:32")
    p, q = left.laid_out(batch), right.laid_out(batch)
    product = _Product(
        rows=rows,
        inner=inner,
        columns=columns,
        batch=math.prod(batch),
        a=address(p[0]),
        a_type=left.kind.encode(),
        a_format=_bytes(left.format),
        a_stride=p[1],
        a_batch_stride=p[2],
        a_transposed=p[3],
        b=address(q[0]),
        b_type=right.kind.encode(),
        b_format=_bytes(right.format),
        b_stride=q[1],
        b_batch_stride=q[2],
        b_transposed=q[3],
        c=None if start is None else address(start),
        result=address(target),
        result_type=kind.encode(),
        accumulate=_bytes(accumulate),
        step=_bytes(step),
        order=name.encode(),
        size=int(size or 0),
        sums=_bytes(sums),
        shape=_bytes(shape),
    )
    terms = product.batch * rows * inner * columns
    _function()(ctypes.addressof(product), 1 if terms < _FEW_TERMS else threads_of(threads))
    if result is not None:
        call_round(Taken(target, kind, target.dtype), target, kind, result, semantics(), None, threads)
    if is_row:
        target = target[..., 0, :]
    if is_column:
        target = target[..., 0]
    return delivered(target, kind, x, y)


def orders() -> list[str]:
    """The names that `order` can begin with.

    >>> orders()[:5]
    ['sequential', 'pairwise', 'chunked', 'split', 'volta']
    """
    return names("order")
