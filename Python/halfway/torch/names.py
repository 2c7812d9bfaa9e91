# SPDX-License-Identifier: Apache-2.0
"""Names of what a step computes: module, operation, parameter, and the line of the user's source."""

from __future__ import annotations

import math
import os
import sys
import sysconfig
import weakref
from collections import Counter
from types import FrameType
from typing import Any, NamedTuple

import torch

#: The layer of what is computed outside every module, such as a loss in the script.
OUTSIDE = "script"

_TORCH = os.path.dirname(torch.__file__) + os.sep
_OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
_PACKAGES = tuple(
    sysconfig.get_path(one) + os.sep for one in ("purelib", "platlib", "stdlib") if sysconfig.get_path(one)
)

#: Nodes that hand a gradient on as it is, but for its shape and its type.
_PASSING_ON = frozenset(
    f"{one}Backward0" for one in ("T", "ToCopy", "View", "Transpose", "Permute", "UnsafeView", "Reshape", "Unsqueeze")
)


class Place(NamedTuple):
    """Where an operation was asked for: the module's path, the operation's name in it, the source line."""

    layer: str
    operation: str
    source: str | None


def _short(path: str) -> str:
    for folder in _PACKAGES[:2]:
        if path.startswith(folder):
            return path[len(folder) :]
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return os.path.basename(path) if relative.startswith("..") else relative


class SourceLines:
    """Lines of Python's stack outside torch and this package."""

    def __init__(self) -> None:
        self._files: dict[str, str | None] = {}
        self._lines: dict[tuple[Any, int], str] = {}

    def _file(self, path: str) -> str | None:
        if path not in self._files:
            hidden = path.startswith((_TORCH, _OURS, "<frozen")) or (
                path.startswith(_PACKAGES[-1]) and not path.startswith(_PACKAGES[:2])
            )
            self._files[path] = None if hidden else _short(path)
        return self._files[path]

    def current(self) -> str | None:
        """The innermost line outside torch, such as "train.py:41"."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            name = self._file(code.co_filename)
            if name is not None:
                key = (code, frame.f_lineno)
                line = self._lines.get(key)
                if line is None:
                    self._lines[key] = line = f"{name}:{frame.f_lineno}"
                return line
            frame = frame.f_back
        return None


class Names:
    """Names of modules and parameters as `named_modules` and `named_parameters` have them, and of operations in them.

    A model is met when it is called or told. The first one's modules keep their paths; those of further models that
    have parameters stand below their class's name.
    """

    def __init__(self) -> None:
        self._modules: weakref.WeakKeyDictionary[torch.nn.Module, str] = weakref.WeakKeyDictionary()
        self._parameters: dict[int, tuple[str, str]] = {}
        self._storages: dict[int, tuple[str, str]] = {}
        self._kept: list[torch.Tensor] = []
        self._stack: list[tuple[str, Counter[Any]]] = []
        self._outside: Counter[Any] = Counter()
        self._nodes: dict[int, Place] = {}
        self._backward: Counter[Any] = Counter()
        self._receivers: dict[int, dict[int, list[tuple[str, str] | None]]] = {}
        self._lines = SourceLines()
        self._hooks: list[Any] = []
        self.models: list[weakref.ref[torch.nn.Module]] = []
        self._taken: set[str] = set()
        #: The operations of the step whose results were recorded.
        self.recorded: set[Place] = set()

    def __enter__(self) -> "Names":
        module = torch.nn.modules.module
        self._hooks = [
            module.register_module_forward_pre_hook(self._enter),
            module.register_module_forward_hook(self._leave, always_call=True),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self._stack = []

    def meet(self, model: torch.nn.Module) -> None:
        """Names a model's modules and parameters."""
        if model in self._modules:
            return
        parameters = dict(model.named_parameters(remove_duplicate=True))
        kind = type(model).__name__
        prefix = ""
        if parameters:
            known = any(id(one) in self._parameters for one in parameters.values())
            if self.models and not known:
                prefix, number = kind, 2
                while prefix in self._taken:
                    prefix, number = f"{kind}-{number}", number + 1
                self._taken.add(prefix)
                prefix += "."
            self._taken.add(kind)
            self.models.append(weakref.ref(model))
        for path, one in model.named_modules():
            if one not in self._modules:
                self._modules[one] = (prefix + path) if path else (prefix.rstrip(".") or kind)
        for path, one in parameters.items():
            if id(one) not in self._parameters:
                layer, _, name = path.rpartition(".")
                self.name_parameter(one, prefix + layer if layer else prefix.rstrip(".") or kind, name)

    def forget(self) -> None:
        """Forgets the models met; they are met again when they are called."""
        self._modules.clear()
        for one in (self._parameters, self._storages, self._kept, self.models, self._taken):
            one.clear()
        self.step()

    def parameter(self, parameter: torch.Tensor) -> tuple[str, str] | None:
        """The layer and the name of a parameter; None of one that no model is known to have."""
        return self._parameters.get(id(parameter))

    def name_parameter(self, parameter: torch.Tensor, layer: str, name: str) -> None:
        """Names a parameter."""
        self._parameters[id(parameter)] = (layer, name)
        self._storages[parameter.untyped_storage()._cdata] = (layer, name)
        self._kept.append(parameter)

    def _enter(self, module: torch.nn.Module, _: Any) -> None:
        name = self._modules.get(module)
        if name is None:
            self.meet(module)
            name = self._modules.get(module, type(module).__name__)
        self._stack.append((name, Counter()))

    def _leave(self, module: torch.nn.Module, *_: Any) -> None:
        if self._stack:
            self._stack.pop()

    @property
    def inside(self) -> bool:
        """Whether a module is being called."""
        return bool(self._stack)

    def step(self) -> None:
        """Forgets the operations of the step."""
        self._nodes.clear()
        self._backward.clear()
        self._receivers.clear()
        self._outside.clear()
        self.recorded.clear()

    def by_storage(self, tensor: torch.Tensor) -> tuple[str, str] | None:
        """The layer and the name of the parameter that a tensor shares its storage with."""
        return self._storages.get(tensor.untyped_storage()._cdata)

    def forward(self, label: str) -> Place:
        """The place of an operation of the forward pass: the n-th of its name in a module's call."""
        layer, counts = self._stack[-1] if self._stack else (OUTSIDE, self._outside)
        counts[label] += 1
        number = counts[label]
        place = Place(layer, label if number == 1 else f"{label}-{number}", self._lines.current())
        # The autograd node of the operation is made just before it runs, and is numbered.
        self._nodes.setdefault(torch._C._autograd._get_sequence_nr() - 1, place)
        return place

    def backward(self, node: Any, label: str) -> Place:
        """The place of an operation of the backward pass: that of the forward operation whose gradient it makes."""
        number = node._sequence_nr()
        place = self._nodes.get(number)
        if place is None:
            kind = node.name().rpartition("::")[2].removesuffix("0").removesuffix("Backward")
            place = Place(OUTSIDE, kind, None)
        key = (number, label)
        self._backward[key] += 1
        count = self._backward[key]
        stem = label.removesuffix("_backward")
        name = place.operation if stem == place.operation.partition("-")[0] else f"{place.operation}.{label}"
        return Place(place.layer, name if count == 1 else f"{name}-{count}", place.source)

    def receiver(self, node: Any, tensor: torch.Tensor) -> tuple[str, str] | None:
        """The layer and the name of the parameter whose gradient a result of a node's backward pass is; None for others.

        Results come in the order of a node's inputs, and each has the number of elements of its input.
        """
        number = node._sequence_nr()
        waiting = self._receivers.get(number)
        if waiting is None:
            waiting = {}
            for following, index in node.next_functions:
                if following is not None:
                    count, owner = self._follow(following, index)
                    waiting.setdefault(count, []).append(owner)
            if not any(owner for owners in waiting.values() for owner in owners):
                waiting = {}
            self._receivers[number] = waiting
        owners = waiting.get(tensor.numel())
        return owners.pop(0) if owners else None

    def _follow(self, node: Any, index: int) -> tuple[int, tuple[str, str] | None]:
        """The elements of a node's input, and the parameter that it reaches through views and casts alone."""
        count = math.prod(node._input_metadata[index].shape)
        while not hasattr(node, "variable"):
            if node.name() not in _PASSING_ON or node.next_functions[0][0] is None:
                return count, None
            node = node.next_functions[0][0]
        return count, self.parameter(node.variable)

    def line(self) -> str | None:
        """The current source line."""
        return self._lines.current()
