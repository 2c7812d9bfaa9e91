# SPDX-License-Identifier: Apache-2.0
"""`halfway.torch.dump(...)`: the tensors of chosen steps as safetensors that `halfway scan` compares."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import struct
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any

import torch

from .watching import Watching

#: The note with the names in the order in which they were computed, and that with the ending of names of exact results.
ORDER, EXACT = "halfway.order", "halfway.exact"

_TYPES = {
    torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3", torch.float8_e5m2: "F8_E5M2",
}  # fmt: skip
_KINDS = {
    "activation": "", "activationGradient": ".backward", "weightGradient": ".grad", "firstMoment": ".moment1",
    "secondMoment": ".moment2",
}  # fmt: skip


def write_safetensors(path: str | os.PathLike[str], tensors: dict[str, torch.Tensor], notes: dict[str, str]) -> None:
    """Writes tensors and notes as the format's README has it; the file appears whole or not at all."""
    header: dict[str, Any] = {"__metadata__": notes}
    start = 0
    for name, one in tensors.items():
        end = start + one.numel() * one.element_size()
        header[name] = {"dtype": _TYPES[one.dtype], "shape": list(one.shape), "data_offsets": [start, end]}
        start = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    partial = pathlib.Path(f"{os.fspath(path)}.part")
    with open(partial, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for one in tensors.values():
            file.write(one.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    partial.replace(path)


class _Sink:
    """Keeps a step's tensors as a recorder would be handed them, and writes them at its end."""

    def __init__(self, folder: pathlib.Path, steps: Collection[int], exact: bool) -> None:
        self._folder, self._steps, self._exact = folder, steps, exact
        self._tensors: dict[str, torch.Tensor] = {}
        self._companions: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self.written: list[pathlib.Path] = []

    def _keep(self, name: str, tensor: torch.Tensor, scale: float) -> str:
        number, own = 2, name
        while own in self._tensors:
            number, own = number + 1, f"{name}#{number}"
        kept = tensor.detach()
        if kept.dtype not in _TYPES:
            kept = kept.float()
        kept = kept.to("cpu", copy=True)
        if scale != 1:
            kept = (kept if kept.dtype is torch.float64 else kept.float()) / scale
        self._tensors[own] = kept
        return own

    def tensor(
        self, layer: str, operation: str, kind: str, actual: torch.Tensor, local: torch.Tensor | None,
        twin: torch.Tensor | None, scale: float, source: str | None,
    ) -> None:  # fmt: skip
        # A run in another format has other casts: what they do is in what their readers inherit.
        if kind not in _KINDS or operation.partition("-")[2].startswith("cast") or operation.startswith("cast"):
            return
        name = self._keep(f"{layer}.{operation}{_KINDS[kind]}", actual, scale)
        if source:
            self._sources[name] = source
        if self._exact and local is not None:
            self._companions[name] = self._keep(f"{name}.exact", local.double(), scale)

    def update(
        self, layer: str, name: str, before: torch.Tensor, base: torch.Tensor, local: torch.Tensor,
        after: torch.Tensor, *_: Any,
    ) -> None:  # fmt: skip
        self._keep(f"{layer}.{name}.update", after.double() - before.double(), 1)

    def decay(self, *_: Any) -> None:
        """Nothing: it has no tensor of its own."""

    decision = note = describe = decay

    def step(self, number: int, **figures: Any) -> None:
        if number in self._steps:
            loss = figures.get("loss")
            if loss is not None:
                self._keep("loss", torch.tensor(loss, dtype=torch.float64), 1)
            companions = set(self._companions.values())
            notes = {
                ORDER: json.dumps([name for name in self._tensors if name not in companions]),
                EXACT: ".exact", "halfway.sources": json.dumps(self._sources),
                "halfway.step": str(number),
            }  # fmt: skip
            if figures.get("loss_scale") is not None:
                notes["halfway.loss-scale"] = str(figures["loss_scale"])
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"step-{number:06}.safetensors"
            write_safetensors(path, self._tensors, notes)
            self.written.append(path)
        self._tensors, self._companions, self._sources = {}, {}, {}

    def close(self, reason: str) -> None:
        """Nothing is open."""


class _Chosen(Watching):
    """Measures chosen steps."""

    def __init__(self, sink: _Sink, steps: Collection[int]) -> None:
        super().__init__(lambda run: sink, twin=False, explicit=True)
        self._chosen = steps
        self.measuring = 1 in steps

    def end_step(self, *, stop: bool = True) -> None:
        super().end_step(stop=stop)
        self.measuring = self.steps + 1 in self._chosen


class Dump:
    """Writes the tensors of chosen steps: `with dump.step(): ...` around each. written: the files."""

    def __init__(
        self, folder: str | os.PathLike[str], model: torch.nn.Module | None, optimizer: torch.optim.Optimizer | None,
        steps: Collection[int], exact: bool,
    ) -> None:  # fmt: skip
        self._sink = _Sink(pathlib.Path(folder), steps, exact)
        self._watching = _Chosen(self._sink, steps)
        if model is not None:
            self._watching.names.meet(model)
        if optimizer is not None:
            self._watching.meet(optimizer)

    @property
    def written(self) -> list[pathlib.Path]:
        return self._sink.written

    def __enter__(self) -> "Dump":
        self._watching.attach()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watching.close("finished")

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """One step: forward, backward and the optimizer's step."""
        with self._watching.mode:
            yield
        self._watching.end_step()


def dump(
    folder: str | os.PathLike[str], model: torch.nn.Module | None = None,
    optimizer: torch.optim.Optimizer | None = None, *, steps: Collection[int] = (1,), exact: bool = True,
) -> Dump:  # fmt: skip
    """Writes what chosen steps of a training loop compute, for `halfway scan` to compare with another run's.

        with halfway.torch.dump("dumps/bf16", model, optimizer, steps=[1, 100]) as dump:
            for batch in loader:
                with dump.step():
                    ...                     # the step as it stands, autocast and GradScaler included

        halfway scan dumps/fp32/step-000001.safetensors dumps/bf16/step-000001.safetensors

    A file step-000001.safetensors, ... in the folder for each step, numbered from 1; the run's numbers stay as they
    are. A tensor's name is the module's path and the ATen operation, `layers.0.addmm`, with `.backward` for gradients
    of values, `.grad` for those of parameters as the optimizer receives them, `.update` for what its step changed,
    `.moment1` and `.moment2` for its state; gradients are divided by the loss scale. Casts are left out. The order in
    which they were computed is in the note halfway.order, the script's lines in halfway.sources.
    exact: beside each result `NAME.exact`, what the operation makes in FP64 of the operands that it had: scan tells
    with it what an operation added to the difference of two runs, and what it inherited. Of an operation of FP16 or
    BF16 it takes four times the space of the result; False leaves it out.

    >>> import tempfile, torch
    >>> model = torch.nn.Linear(3, 2)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with tempfile.TemporaryDirectory() as folder, dump(folder, model, optimizer) as dumped:
    ...     with dumped.step():
    ...         model(torch.ones(1, 3)).sum().backward()
    ...         optimizer.step()
    >>> [path.name for path in dumped.written]
    ['step-000001.safetensors']
    """
    return Dump(folder, model, optimizer, steps, exact)
