# SPDX-License-Identifier: Apache-2.0
"""FP64 shadows of storages: what the exact twin holds where the run holds a rounded number."""

from __future__ import annotations

import functools
import weakref
from typing import Any

import torch

F64 = torch.float64


def is_float(value: object) -> bool:
    """Whether a value is a tensor of real floating-point numbers that stand in memory one beside another."""
    return (
        isinstance(value, torch.Tensor)
        and value.dtype.is_floating_point
        and value.layout is torch.strided
    )


class _Numbers:
    """FP64 numbers that several storages share until one of them is written (a cast in the twin is no copy)."""

    __slots__ = ("flat", "users")

    def __init__(self, flat: torch.Tensor) -> None:
        self.flat = flat
        self.users = 1


class _Entry:
    __slots__ = ("numbers", "size", "storage")

    def __init__(self, numbers: _Numbers, size: int, storage: weakref.ref[Any]) -> None:
        self.numbers = numbers
        self.size = size
        self.storage = storage


class Shadows:
    """The shadow of each storage, by the storage's address as an object; freed with it.

    A shadow has one FP64 number for each element of the storage, so that every view of the storage has its view
    of the shadow. Integers and booleans have a shadow only where the twin's are others.
    """

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._integers: dict[int, tuple[torch.Tensor, weakref.ref[Any]]] = {}

    def _forget(self, key: int) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            entry.numbers.users -= 1

    def _freed(self, key: int, _: Any) -> None:
        self._forget(key)

    def _freed_integers(self, key: int, _: Any) -> None:
        self._integers.pop(key, None)

    def _insert(self, storage: torch.UntypedStorage, size: int, numbers: _Numbers) -> _Entry:
        key = storage._cdata
        self._forget(key)
        reference = weakref.ref(storage, functools.partial(self._freed, key))
        self._entries[key] = entry = _Entry(numbers, size, reference)
        return entry

    def _entry(self, tensor: torch.Tensor) -> _Entry:
        storage = tensor.untyped_storage()
        entry = self._entries.get(storage._cdata)
        size = tensor.dtype.itemsize
        if entry is None or entry.size != size or entry.numbers.flat.numel() < storage.nbytes() // size:
            count = storage.nbytes() // size
            flat = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
            if count:
                flat = flat.set_(storage, 0, (count,), (1,)).to(F64, copy=True)
            else:
                flat = flat.to(F64)
            entry = self._insert(storage, size, _Numbers(flat))
        return entry

    def __contains__(self, tensor: torch.Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self._entries

    def of(self, tensor: torch.Tensor, *, written: bool = False) -> torch.Tensor:
        """The FP64 values of a floating tensor, of its shape and strides; the run's own where it has no shadow.

        written: the caller writes to them, so that they must not be another storage's too.
        """
        entry = self._entry(tensor)
        if written and entry.numbers.users > 1:
            entry.numbers.users -= 1
            entry.numbers = _Numbers(entry.numbers.flat.clone())
        return entry.numbers.flat.as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())

    def adopt(self, tensor: torch.Tensor, exact: torch.Tensor) -> None:
        """Makes FP64 values that nobody else holds the shadow of a new tensor, without a copy where they lie alike."""
        storage = tensor.untyped_storage()
        count = storage.nbytes() // tensor.dtype.itemsize
        if (
            exact.numel() == count
            and exact.stride() == tensor.stride()
            and tensor.storage_offset() == 0
            and exact.untyped_storage().nbytes() == 8 * count
        ):
            flat = exact.as_strided((count,), (1,))
            self._insert(storage, tensor.dtype.itemsize, _Numbers(flat))
        elif exact.numel() == tensor.numel() and storage._cdata not in self._entries:
            flat = torch.zeros(count, dtype=F64, device=tensor.device)
            self._insert(storage, tensor.dtype.itemsize, _Numbers(flat))
            self.of(tensor).copy_(exact)
        else:
            self.of(tensor, written=True).copy_(exact)

    def share(self, tensor: torch.Tensor, source: torch.Tensor) -> bool:
        """Gives a new tensor, a cast of a whole storage, the shadow of its source; false where they lie otherwise."""
        storage = tensor.untyped_storage()
        if (
            tensor.device != source.device
            or tensor.stride() != source.stride()
            or tensor.storage_offset() != 0
            or source.storage_offset() != 0
            or storage.nbytes() // tensor.dtype.itemsize != tensor.numel()
            or source.untyped_storage().nbytes() // source.dtype.itemsize != tensor.numel()
        ):
            return False
        numbers = self._entry(source).numbers
        if numbers.flat.numel() != tensor.numel():
            return False
        self._insert(storage, tensor.dtype.itemsize, numbers)
        numbers.users += 1
        return True

    def follow(self, tensor: torch.Tensor) -> None:
        """The twin takes the run's own values of a tensor."""
        if tensor in self:
            self.of(tensor, written=True).copy_(tensor)

    def integer(self, tensor: torch.Tensor) -> torch.Tensor | None:
        """The twin's integers or booleans in a tensor's place; None where they are the run's own."""
        if not self._integers:
            return None
        found = self._integers.get(tensor.untyped_storage()._cdata)
        if found is None:
            return None
        return found[0].as_strided(tensor.size(), tensor.stride(), tensor.storage_offset())

    def put_integers(self, tensor: torch.Tensor, exact: torch.Tensor | None) -> None:
        """The twin has other integers or booleans in a tensor's place; None: it has the same again."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if exact is None:
            if key in self._integers:
                self._integers[key][0].as_strided(
                    tensor.size(), tensor.stride(), tensor.storage_offset()
                ).copy_(tensor)
            return
        if key not in self._integers:
            count = storage.nbytes() // tensor.dtype.itemsize
            flat = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
            flat = flat.set_(storage, 0, (count,), (1,)).clone()
            reference = weakref.ref(storage, functools.partial(self._freed_integers, key))
            self._integers[key] = (flat, reference)
        self._integers[key][0].as_strided(
            tensor.size(), tensor.stride(), tensor.storage_offset()
        ).copy_(exact)

    @property
    def bytes(self) -> int:
        """The bytes that all shadows take."""
        numbers = {id(one.numbers): one.numbers.flat.numel() for one in self._entries.values()}
        return 8 * sum(numbers.values())
