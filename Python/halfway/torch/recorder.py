# SPDX-License-Identifier: Apache-2.0
"""Halfway's recorder, which counts in the library what is handed over: buffers of the run, of its twin, of exact results."""

from __future__ import annotations

import ctypes
import functools
import json
import math
import os
from types import SimpleNamespace
from typing import Any

import torch

from halfway._errors import HalfwayError
from halfway._library import function

from .describing import FORMATS
from .shadows import F64

_TEXT, _POINTER = ctypes.c_char_p, ctypes.c_void_p
_U32, _U64, _F64 = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_double

_MEASURED, _SKIPPED, _LOSS, _TWIN_LOSS, _SCALE, _RATE, _CLIP = 1, 2, 4, 8, 16, 32, 64


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.replace("\0", " ").encode("utf-8", "replace")


@functools.cache
def calls() -> SimpleNamespace:
    """The library's functions of a recorder. Raises HalfwayError where there is no library, or one without them."""
    signatures: dict[str, tuple[Any, ...]] = {
        "open": (_TEXT, _TEXT, _U32, ctypes.POINTER(_U64)),
        "declare": (_U64, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, ctypes.POINTER(_U32)),
        "tensor": (_U64, _U32, _POINTER, _POINTER, _POINTER, _U64, _F64, _U32),
        "update": (
            _U64, _U32, _TEXT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER, _TEXT, _POINTER,
            _U64,
        ),
        "decay": (_U64, _U32, _POINTER, _U64, _F64),
        "decision": (_U64, _TEXT, _TEXT, _TEXT, _U64, _U64),
        "step": (_U64, _U64, _F64, _F64, _F64, _F64, _F64, _F64, _U32),
        "note": (_U64, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT, _U64),
        "describe": (_U64, _TEXT),
        "close": (_U64, _TEXT),
    }  # fmt: skip
    try:
        found = {name: function(f"halfway_recorder_{name}", *types) for name, types in signatures.items()}
    except AttributeError as error:
        raise HalfwayError(f"the library has no recorder ({error}): run `make python` in Halfway's folder") from None
    return SimpleNamespace(**found)


class Recorder:
    """A recording file in the making. Tensors of types that Halfway has no format for are left out."""

    def __init__(self, path: str | os.PathLike[str], run: dict[str, Any], threads: int = 0) -> None:
        self.path = os.fspath(path)
        self._c = calls()
        handle = _U64()
        os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
        self._c.open(os.fsencode(self.path), json.dumps(run).encode(), threads, ctypes.byref(handle))
        self._handle = handle.value
        self._numbers: dict[tuple[str, str, str, str], int] = {}

    def _number(self, layer: str, operation: str, kind: str, format: str, source: str | None) -> int:
        key = (layer, operation, kind, format)
        number = self._numbers.get(key)
        if number is None:
            out = _U32()
            self._c.declare(
                self._handle, _bytes(layer), _bytes(operation), _bytes(kind), _bytes(format), _bytes(source),
                ctypes.byref(out),
            )  # fmt: skip
            self._numbers[key] = number = out.value
        return number

    def tensor(
        self, layer: str, operation: str, kind: str, actual: torch.Tensor, local: torch.Tensor | None,
        twin: torch.Tensor | None, scale: float, source: str | None,
    ) -> None:  # fmt: skip
        """A result beside the exact one from its own operands and the twin's; all of one shape."""
        format = FORMATS.get(actual.dtype)
        if format is None or actual.numel() == 0:
            return
        number = self._number(layer, operation, kind, format, source)
        buffers = _Buffers(actual)
        self._c.tensor(
            self._handle, number, buffers.first, buffers.exact(local), buffers.exact(twin), actual.numel(), scale, 0
        )  # fmt: skip

    def update(
        self, layer: str, name: str, before: torch.Tensor, base: torch.Tensor, local: torch.Tensor,
        after: torch.Tensor, twin_before: torch.Tensor | None, twin_after: torch.Tensor | None,
        gradient: torch.Tensor | None, twin_gradient: torch.Tensor | None,
    ) -> None:  # fmt: skip
        """A parameter's step: before it, before the last write, that write in FP64, after it; in run and twin."""
        format = FORMATS.get(after.dtype)
        if format is None or after.numel() == 0:
            return
        number = self._number(layer, name, "weight", format, None)
        buffers = _Buffers(after)
        known = gradient if gradient is not None and gradient.layout is torch.strided else None
        if known is not None and known.dtype not in FORMATS:
            known = None
        both = twin_before is not None and twin_after is not None
        self._c.update(
            self._handle, number, b"fp64" if format == "fp64" else b"fp32",
            buffers.same(before), buffers.same(base), buffers.exact(local), buffers.first,
            buffers.exact(twin_before) if both else None, buffers.exact(twin_after) if both else None,
            buffers.same(known) if known is not None else None,
            _bytes(FORMATS[known.dtype]) if known is not None else None,
            buffers.exact(twin_gradient) if known is not None else None, after.numel(),
        )  # fmt: skip

    def decay(self, layer: str, name: str, kind: str, moment: torch.Tensor, beta: float) -> None:
        """An optimizer's moment before its decay by beta."""
        format = FORMATS.get(moment.dtype)
        if format is not None and moment.numel():
            number = self._number(layer, name, kind, format, None)
            buffers = _Buffers(moment)
            self._c.decay(self._handle, number, buffers.first, moment.numel(), beta)

    def decision(self, layer: str, operation: str, source: str | None, count: int, different: int) -> None:
        """Integers or booleans of which the twin would have had `different` ones otherwise."""
        self._c.decision(
            self._handle, _bytes(layer), _bytes(operation), _bytes(source), max(count, different), different
        )

    def note(
        self, kind: str, layer: str | None, operation: str | None, source: str | None, text: str, count: int
    ) -> None:
        """A thing to be told, such as an operation that was not compared."""
        self._c.note(
            self._handle, _bytes(kind), _bytes(layer), _bytes(operation), _bytes(source), _bytes(text), count
        )

    def step(
        self, step: int, *, loss: float | None, twin_loss: float | None, loss_scale: float | None,
        learning_rate: float | None, clip: tuple[float, float] | None, measured: bool, skipped: bool,
    ) -> None:  # fmt: skip
        """Ends a step."""
        flags = _MEASURED * measured | _SKIPPED * skipped
        for flag, value in ((_LOSS, loss), (_TWIN_LOSS, twin_loss), (_SCALE, loss_scale), (_CLIP, clip)):
            flags |= flag if value is not None else 0
        if learning_rate is not None and not math.isnan(learning_rate):
            flags |= _RATE
        norm, factor = clip or (0.0, 0.0)
        self._c.step(
            self._handle, step, loss or 0.0, twin_loss or 0.0, loss_scale or 0.0, learning_rate or 0.0, norm, factor,
            flags,
        )  # fmt: skip

    def describe(self, run: dict[str, Any]) -> None:
        """Says again what is run, now that more is known."""
        self._c.describe(self._handle, json.dumps(run).encode())

    def close(self, reason: str) -> None:
        """Ends the recording."""
        self._c.close(self._handle, _bytes(reason))


class _Buffers:
    """Pointers to values in the order in which the first tensor's lie; what they point to is kept until the call is over."""

    def __init__(self, first: torch.Tensor) -> None:
        first = first.detach()
        self._device = first.device
        self._kept: list[torch.Tensor] = []
        self._order: tuple[int, ...] | None = None
        if not first.is_contiguous() and _is_dense(first):
            # Channels last: all buffers are read in this tensor's order.
            self._order = first.stride()
        self.first = self._pointer(first)

    def _pointer(self, tensor: torch.Tensor) -> int:
        tensor = tensor.detach()
        if self._order is not None:
            if tensor.stride() != self._order:
                tensor = torch.empty_strided(
                    tensor.size(), self._order, dtype=tensor.dtype, device=tensor.device
                ).copy_(tensor)
        elif not tensor.is_contiguous():
            tensor = tensor.contiguous()
        if tensor.device.type != "cpu":
            tensor = tensor.cpu()
        self._kept.append(tensor)
        return tensor.data_ptr()

    def same(self, tensor: torch.Tensor) -> int:
        """The values of another tensor of the shape."""
        return self._pointer(tensor)

    def exact(self, tensor: torch.Tensor | None) -> int | None:
        """FP64 values of a tensor of the shape; None where there are none."""
        return None if tensor is None else self._pointer(tensor if tensor.dtype is F64 else tensor.to(F64))


def _is_dense(tensor: torch.Tensor) -> bool:
    """Whether a tensor's elements fill a block of memory, each place once."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.size())):
        if size == 1:
            continue
        if stride != expected:
            return False
        expected *= size
    return True
