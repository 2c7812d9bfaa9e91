# SPDX-License-Identifier: Apache-2.0
"""Matrix products with a stated accumulator, order and step, and those of matrix units."""

from __future__ import annotations

import ctypes
import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from halfway._arrays import FP32, FP64, Element, Taken, address, delivered, take, threads as threads_of
from halfway._formats import format_info
from halfway._library import function, names
from halfway._round import call_round


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
_FEW = 1 << 17


@functools.lru_cache(maxsize=None)
def _function() -> Callable[..., None]:
    return function("halfway_multiply", ctypes.c_void_p, ctypes.c_int32)


def _bytes(name: str | None) -> bytes | None:
    return None if name is None else str(name).encode()


def _rounded_first(factor: Element, format: str | None, accumulate: str) -> str | None:
    """The format to which a factor is rounded, as values in FP32, before it is multiplied; None: it is taken as it is."""
    kind = factor.type
    if format is not None:
        return format
    if kind == "fp64" and accumulate != "fp64":
        raise TypeError("a factor is float64, and sums are not: name a format, as in format='bf16'")
    if kind in ("int64", "uint64"):
        raise TypeError("a factor has 64-bit whole numbers: name a format, or convert it")
    if kind in ("fp32", "fp64") or kind in ("fp16", "bf16") and accumulate in (kind, "fp32", "fp64"):
        return None
    return kind


class _Plan(NamedTuple):
    """What a product is whatever its values and shapes are."""

    # The formats to which the factors are rounded first.
    a: str | None
    b: str | None
    # All of the structure but for shapes and addresses.
    product: bytes
    results: Element
    # What the structure points to.
    kept: _Product


@functools.lru_cache(maxsize=4096)
def _plan(
    a: Element, b: Element, format: str | None, accumulate: str, step: str | None, order: str, sums: str | None,
    shape: str | None,
) -> _Plan:  # fmt: skip
    if format is not None:
        format_info(format)
    first = [_rounded_first(factor, format, accumulate) for factor in (a, b)]
    types = [factor.name if one is None else FP32.name for factor, one in zip((a, b), first)]
    formats = [None if one is None or one == "fp32" else one.encode() for one in first]
    results = FP64 if (sums or accumulate) == "fp64" else FP32
    name, _, size = str(order).partition(":")
    if size and not size.isdecimal():
        raise ValueError(f"order is '{order}': a size is a whole number, as in pairwise:32")
    if not size and name in ("pairwise", "chunked", "split"):
        raise ValueError(f"order is '{order}', which needs a size, as in {name}:32")
    product = _Product(
        a_type=types[0],
        a_format=formats[0],
        b_type=types[1],
        b_format=formats[1],
        result_type=results.name,
        accumulate=_bytes(accumulate),
        step=_bytes(step),
        order=name.encode(),
        size=int(size or 0),
        sums=_bytes(sums),
        shape=_bytes(shape),
    )
    return _Plan(first[0], first[1], bytes(product), results, product)


def _values(taken: Taken, format: str | None, threads: int | None) -> Any:
    """The array of an argument, rounded to a format in FP32 where there is one."""
    if format is None:
        return taken.array
    source = np.asarray(taken.array, order="C")
    target = np.empty(source.shape, np.float32)
    call_round(Taken(source, taken.element), target, FP32, format, None, None, threads)
    return target


def _laid_out(array: Any, batch: tuple[int, ...]) -> tuple[Any, int, int, bool]:
    """An array of matrices, its stride from row to row and from matrix to matrix, and whether rows stand in columns."""
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


def _batch(left: Any, right: Any) -> tuple[int, ...]:
    """The leading dimensions of a product's result."""
    if left.ndim == right.ndim == 2:
        return ()
    return np.broadcast_shapes(left.shape[:-2], right.shape[:-2])


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
    x, y = take(a, contiguous=False), take(b, contiguous=False)
    plan = _plan(x.element, y.element, format, accumulate, step, order, sums, shape)
    addend = None if c is None else take(c)
    left, right = _values(x, plan.a, threads), _values(y, plan.b, threads)
    if left.ndim == 0 or right.ndim == 0:
        raise ValueError("a factor is a number: a matrix or a vector is wanted")
    is_row, is_column = left.ndim == 1, right.ndim == 1
    if is_row:
        left = left[np.newaxis, :]
    if is_column:
        right = right[:, np.newaxis]
    rows, inner = left.shape[-2:]
    terms, columns = right.shape[-2:]
    if inner != terms:
        raise ValueError(f"the shapes {x.array.shape} and {y.array.shape} do not fit: {inner} columns, {terms} rows")
    try:
        batch = _batch(left, right)
    except ValueError:
        raise ValueError(f"the batches of {x.array.shape} and {y.array.shape} do not broadcast") from None
    target = np.empty((*batch, rows, columns), plan.results.memory)
    start = None
    if addend is not None:
        if addend.element.type not in ("fp32", "fp16", "bf16"):
            raise TypeError(f"c is {addend.element.dtype}: float32 is wanted, with which sums begin")
        full = (*batch, *(() if is_row else (rows,)), *(() if is_column else (columns,)))
        values = _values(addend, None if addend.element is FP32 else addend.element.type, threads)
        try:
            start = np.ascontiguousarray(np.broadcast_to(values, full))
        except ValueError:
            raise ValueError(f"c has the shape {values.shape}, and the product has {full}") from None
    product = _Product.from_buffer_copy(plan.product)
    product.rows, product.inner, product.columns = rows, inner, columns
    product.batch = matrices = math.prod(batch)
    left, product.a_stride, product.a_batch_stride, product.a_transposed = _laid_out(left, batch)
    right, product.b_stride, product.b_batch_stride, product.b_transposed = _laid_out(right, batch)
    product.a, product.b = address(left), address(right)
    if start is not None:
        product.c = address(start)
    product.result = address(target)
    few = matrices * rows * inner * columns < _FEW
    _function()(ctypes.byref(product), 1 if few else threads_of(threads))
    if result is not None:
        call_round(Taken(target, plan.results), target, plan.results, result, None, None, threads)
    if is_row:
        target = target[..., 0, :]
    if is_column:
        target = target[..., 0]
    return delivered(target, plan.results.type, x, y)


def orders() -> list[str]:
    """The names that `order` can begin with.

    >>> orders()[:5]
    ['sequential', 'pairwise', 'chunked', 'split', 'volta']
    """
    return names("order")
