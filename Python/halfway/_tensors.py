# SPDX-License-Identifier: Apache-2.0
"""Tensors of torch as arrays of the same memory, and back. Imported only where a caller passes one."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

torch: Any = sys.modules["torch"]

# The library's types of dtypes that NumPy has not, whose memory goes over as integers.
_ENCODED = {
    name: (kind, width)
    for name, kind, width in (
        ("bfloat16", "bf16", 2),
        ("float8_e4m3fn", "e4m3", 1),
        ("float8_e5m2", "e5m2", 1),
        ("float8_e8m0fnu", "e8m0", 1),
    )
}
_WIDTHS = {1: ("uint8", np.dtype(np.uint8)), 2: ("int16", np.dtype(np.uint16))}
_OF_KIND = {kind: name for name, (kind, _) in _ENCODED.items()}


def as_array(x: Any) -> tuple[Any, str | None, Any]:
    """The memory of a tensor as an array, the library's type where the array's dtype does not tell it, and
    what stands for the tensor's dtype. Copies tensors on other devices and those that are conjugates or
    sparse.
    """
    name = str(x.dtype).partition(".")[2]
    if x.layout is not torch.strided:
        raise TypeError(f"the tensor is {x.layout}: pass x.to_dense()")
    if name == "float4_e2m1fn_x2" or x.is_quantized:
        raise TypeError(f"the tensor is {name}, which packs or scales its numbers: unpack it first")
    x = x.detach()
    if x.device.type != "cpu":
        x = x.cpu()
    x = x.resolve_conj().resolve_neg()
    if name in _ENCODED:
        kind, width = _ENCODED[name]
        signed, unsigned = _WIDTHS[width]
        return x.view(getattr(torch, signed)).numpy().view(unsigned), kind, np.dtype(np.float16)
    if name.startswith("float8"):
        x = x.to(torch.float32)
    array = x.numpy()
    return array, None, array.dtype


def as_tensor(array: Any, kind: str, like: Any) -> Any:
    """Results as a tensor on the device of another."""
    if kind in _OF_KIND and array.dtype.kind == "u":
        name = _OF_KIND[kind]
        signed, _ = _WIDTHS[array.dtype.itemsize]
        made = torch.from_numpy(np.asarray(array).view(signed)).view(getattr(torch, name))
    else:
        made = torch.from_numpy(np.asarray(array))
    return made.to(like.device) if like.device.type != "cpu" else made
