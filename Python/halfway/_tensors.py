# SPDX-License-Identifier: Apache-2.0
"""Tensors of torch as arrays of the same memory, and back. Imported only where a caller passes one."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from halfway._arrays import Element, element

torch: Any = sys.modules["torch"]

# Elements of dtypes that NumPy has not, whose memory goes over as integers; the signed ones that torch views them by.
_UINT8, _UINT16, _HALF = np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float16)
_ENCODED = {
    getattr(torch, name): (element(kind, _HALF, memory), signed)
    for name, kind, memory, signed in (
        ("bfloat16", "bf16", _UINT16, torch.int16),
        ("float8_e4m3fn", "e4m3", _UINT8, torch.uint8),
        ("float8_e5m2", "e5m2", _UINT8, torch.uint8),
        ("float8_e8m0fnu", "e8m0", _UINT8, torch.uint8),
    )
    if hasattr(torch, name)
}
_OF_KIND = {found.type: (dtype, signed) for dtype, (found, signed) in _ENCODED.items()}


def as_array(x: Any) -> tuple[Any, Element | None]:
    """The memory of a tensor as an array, and its elements where the array's dtype does not tell them. Copies tensors on
    other devices and those that are conjugates or sparse.
    """
    dtype = x.dtype
    if x.layout is not torch.strided:
        raise TypeError(f"the tensor is {x.layout}: pass x.to_dense()")
    if x.is_quantized or dtype is getattr(torch, "float4_e2m1fn_x2", None):
        name = str(dtype).partition(".")[2]
        raise TypeError(f"the tensor is {name}, which packs or scales its numbers: unpack it first")
    x = x.detach()
    if x.device.type != "cpu":
        x = x.cpu()
    if dtype.is_complex or x.is_neg():
        x = x.resolve_conj().resolve_neg()
    if dtype in _ENCODED:
        found, signed = _ENCODED[dtype]
        return x.view(signed).numpy().view(found.memory), found
    if dtype.is_floating_point and dtype.itemsize == 1:
        x = x.to(torch.float32)
    return x.numpy(), None


def as_tensor(array: Any, kind: str, like: Any) -> Any:
    """Results as a tensor on the device of another."""
    if kind in _OF_KIND and array.dtype.kind == "u":
        dtype, signed = _OF_KIND[kind]
        made = torch.from_numpy(np.asarray(array).view(str(signed).partition(".")[2])).view(dtype)
    else:
        made = torch.from_numpy(np.asarray(array))
    return made.to(like.device) if like.device.type != "cpu" else made
