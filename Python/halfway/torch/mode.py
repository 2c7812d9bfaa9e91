# SPDX-License-Identifier: Apache-2.0
"""The dispatch mode under which a step runs as it stands, with its exact twin and each operation's own error beside it.

For each operation y = f(x): y runs as it is; `twin` is f in FP64 on the shadows of x; `local` is f in FP64 on x itself.
y - twin is the whole error, y - local what the operation's own rounding added, local - twin what its operands brought.
"""

from __future__ import annotations

import os
from typing import Any, Callable

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from .counterparts import COUNTERPARTS, Counterpart
from .names import Names, Place
from .operations import Operation, Operations
from .shadows import F64, Shadows, is_float


class Observer:
    """What the mode tells of a step; does nothing by itself."""

    #: Whether the current step is measured: otherwise only the twin goes on.
    measuring = True
    #: Whether the optimizer is at its step.
    updating = False

    def begin(self, *, forward: bool) -> None:
        """An operation of the forward or the backward pass is about to run."""

    def result(
        self, kind: str, place: Place, actual: torch.Tensor, local: torch.Tensor, twin: torch.Tensor | None
    ) -> None:
        """An operation's result; `local` and `twin` in FP64, the actual values in their own format."""

    def wants(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor is a parameter whose update is recorded."""
        return False

    def cast(
        self, kind: str, place: Place, source: torch.Tensor, actual: torch.Tensor, local: torch.Tensor,
        twin: torch.Tensor | None,
    ) -> None:  # fmt: skip
        """A cast to a narrower format."""

    def writes(
        self, name: str, tensor: torch.Tensor, base: torch.Tensor, local: torch.Tensor, twin: torch.Tensor | None
    ) -> None:
        """The optimizer wrote a parameter: what was there (in the run and in the twin), and the exact result."""

    def decision(self, place: Place, count: int, different: int) -> None:
        """Integers or booleans that the twin would have had otherwise."""

    def note(self, kind: str, place: Place | None, operation: str, text: str) -> None:
        """A thing to be told once, with how often it happened."""


class Shadowed(TorchDispatchMode):
    """Runs every operation as it is, and beside it in FP64.

    twin: whether there is a trajectory in FP64 beside the run.
    """

    def __init__(self, observer: Observer, names: Names, *, twin: bool = True) -> None:
        super().__init__()
        self.observer = observer
        self.names = names
        self.shadows = Shadows()
        self.twin = twin
        self._operations = Operations()
        #: Whether the watching is over, and every operation passes as it is.
        self.passing = False
        self._process = os.getpid()

    # ---- values in FP64

    def _exact(self, value: Any, tensor: Callable[[torch.Tensor], torch.Tensor]) -> Any:
        if isinstance(value, torch.Tensor):
            return tensor(value)
        if isinstance(value, torch.dtype):
            return F64 if value.is_floating_point else value
        if isinstance(value, (list, tuple)):
            return type(value)([self._exact(one, tensor) for one in value])
        return value

    def _both(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], tensor: Callable[[torch.Tensor], torch.Tensor]
    ) -> tuple[list[Any], dict[str, Any]]:
        return (
            [self._exact(one, tensor) for one in args],
            {name: self._exact(one, tensor) for name, one in kwargs.items()},
        )

    # ---- one operation

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        operation = self._operations[function]
        if operation.ignored or self.passing or os.getpid() != self._process:
            return function(*args, **kwargs)
        grad = torch.is_grad_enabled()
        node = torch._C._current_autograd_node()
        # Autocast has made its casts before it comes here, and would cast the twin's operands too.
        with torch._C._DisableAutocast():
            return self._run(function, operation, args, kwargs, grad, node)

    def _run(
        self, function: Any, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], grad: bool, node: Any
    ) -> Any:
        observer = self.observer
        tensors = [one for one in _tensors(args)] + [one for one in _tensors(kwargs.values())]
        if operation.view:
            place = self._place(operation, args, grad, node) if grad and node is None else None
            if self.twin and not self.passing:
                for one in tensors:
                    if is_float(one):
                        self.shadows._entry(one)
            return function(*args, **kwargs)
        floats = [one for one in tensors if is_float(one)]
        place = self._place(operation, args, grad, node)
        if self.passing:  # a step's end, found just now, ended the watching
            return function(*args, **kwargs)
        odd = next((one for one in tensors if _is_odd(one)), None)
        if odd is not None:
            out = function(*args, **kwargs)
            what = f"{odd.layout}".removeprefix("torch.") if odd.layout is not torch.strided else f"{odd.dtype}"
            observer.note("not-compared", place, operation.name, f"{what.removeprefix('torch.')} tensors")
            self._follow_all(operation, args, kwargs, out)
            return out
        written = operation.written(args, kwargs)
        counterpart = COUNTERPARTS.get(operation.name)
        random = operation.draws(args, kwargs) and counterpart is None

        backward = node is not None and not grad
        recorded = (
            place is not None
            and observer.measuring
            and not operation.exact | random
            and (backward or grad)
            # Activation checkpointing repeats forward operations inside the backward pass.
            and not (grad and node is not None and place in self.names.recorded)
        )
        narrowing = operation.exact and observer.measuring and (grad or backward) and self._narrows(
            operation, args, kwargs, floats
        )
        updates = (
            [one for one in _tensors(written) if observer.wants(one)]
            if observer.updating and observer.measuring and not grad
            else []
        )
        local_results: list[torch.Tensor] | None = None
        if (recorded or updates) and floats and not random:
            local_results = self._local(function, operation, counterpart, args, kwargs, written)
        bases = [(one, one.detach().clone()) for one in updates]
        twin_bases = (
            [self.shadows.of(one).clone() for one in updates] if self.twin and updates else [None] * len(updates)
        )

        if not self.twin:
            exact_args = None
        else:
            exact_args = self._prepare(operation, args, kwargs, tensors, written, random)
        out = function(*args, **kwargs)
        results = _results(out, written)
        if operation.scaler:
            self._scaler(operation, args, exact_args)
        elif exact_args is not None:
            self._advance(function, operation, counterpart, args, kwargs, exact_args, out, results, written, place)
        elif self.twin and random:
            for one in _tensors(written):
                if is_float(one):
                    self.shadows.follow(one)

        kind = "activationGradient" if backward else "activation"
        if narrowing and place is not None:
            self._record_cast(kind, place, operation, args, kwargs, results)
        elif recorded and place is not None and local_results is not None:
            self._record(kind, place, results, local_results, operation, node if backward else None)
        if updates and local_results is not None:
            at = {id(one): number for number, one in enumerate(_tensors(written))}
            for (parameter, base), twin_base in zip(bases, twin_bases):
                observer.writes(
                    operation.name, parameter, base, local_results[at[id(parameter)]], twin_base
                )
        return out

    def _scaler(self, operation: Operation, args: tuple[Any, ...], exact_args: tuple[list[Any], dict[str, Any]] | None) -> None:
        """The twin's gradients are unscaled like the run's; scale and skips are the run's own."""
        if exact_args is None:
            return
        if operation.name == "_amp_foreach_non_finite_check_and_unscale_":
            for gradient in exact_args[0][0]:
                gradient.mul_(exact_args[0][2])
            self.shadows.follow(args[1])
        else:
            for one in _tensors(args):
                if is_float(one):
                    self.shadows.follow(one)

    def _place(self, operation: Operation, args: tuple[Any, ...], grad: bool, node: Any) -> Place | None:
        if node is not None and not grad:
            self.observer.begin(forward=False)
            return self.names.backward(node, operation.label)
        if grad:
            self.observer.begin(forward=True)
            label = operation.label
            if operation.name == "_to_copy" and is_float(args[0]):
                own = self.names.by_storage(args[0])
                label = "input-cast" if own is None else f"{own[1]}-cast"
            return self.names.forward(label)
        return None

    # ---- in FP64, on the run's own operands

    def _local(
        self, function: Any, operation: Operation, counterpart: Counterpart | None, args: tuple[Any, ...], kwargs: dict[str, Any],
        written: list[Any],
    ) -> list[torch.Tensor] | None:  # fmt: skip
        fresh = {id(one) for one in _tensors(written)}

        def exact(tensor: torch.Tensor) -> torch.Tensor:
            if is_float(tensor):
                return tensor.to(F64, copy=id(tensor) in fresh)
            return tensor.clone() if id(tensor) in fresh else tensor

        exact_args, exact_kwargs = self._both(args, kwargs, exact)
        try:
            if counterpart is not None:
                out = counterpart(function, exact_args, exact_kwargs)
            else:
                out = function(*exact_args, **exact_kwargs)
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            _reraise_memory(error)
            return None
        return _results(out, operation.written(tuple(exact_args), exact_kwargs))

    # ---- in FP64, on the twin's operands

    def _prepare(
        self, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], tensors: list[Any], written: list[Any], random: bool
    ) -> tuple[list[Any], dict[str, Any]] | None:
        """The twin's operands, or None where the twin has nothing of its own to compute."""
        if random:
            return None
        asked = kwargs.get("dtype")
        if not (
            any(is_float(one) for one in tensors)
            or any(self.shadows.integer(one) is not None for one in tensors)
            or (asked is not None and asked.is_floating_point)
            or not tensors
        ):
            return None
        fresh = {id(one) for one in _tensors(written)}

        def exact(tensor: torch.Tensor) -> torch.Tensor:
            if is_float(tensor):
                return self.shadows.of(tensor, written=id(tensor) in fresh)
            own = self.shadows.integer(tensor)
            if own is not None:
                return own
            return tensor.clone() if id(tensor) in fresh else tensor

        return self._both(args, kwargs, exact)

    def _advance(
        self, function: Any, operation: Operation, counterpart: Counterpart | None, args: tuple[Any, ...], kwargs: dict[str, Any],
        exact_args: tuple[list[Any], dict[str, Any]], out: Any, results: list[Any], written: list[Any], place: Place | None,
    ) -> None:  # fmt: skip
        positional, named = exact_args
        shadows = self.shadows
        if operation.name == "_to_copy" and is_float(args[0]) and is_float(out) and shadows.share(out, args[0]):
            return
        if operation.fused:
            self.observer.note("fused", place, operation.name, "several operations in one: one row for all of them")
        try:
            if counterpart is not None:
                exact_out = counterpart(function, positional, named, out)
            elif not any(is_float(one) for one in results) and not any(
                isinstance(one, torch.Tensor) for one in results
            ):
                return
            else:
                exact_out = function(*positional, **named)
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            _reraise_memory(error)
            exact_results = self._chosen_by_run(function, operation, args, kwargs, results, written)
            if exact_results is None:
                reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
                self.observer.note("not-compared", place, operation.name, f"no FP64 counterpart: {reason}")
                self._follow_all(operation, args, kwargs, out)
                return
        else:
            exact_results = _results(exact_out, operation.written(tuple(positional), named))
        if len(exact_results) == len(results) and not _alike(results, exact_results):
            # The twin would have chosen another number of elements: it goes on with the run's choice.
            different = sum(abs(a.numel() - e.numel()) for a, e in zip(results, exact_results))
            self._decided(place, operation, results[0].numel(), different)
            exact_results = self._chosen_by_run(function, operation, args, kwargs, results, written) or []
        if len(exact_results) != len(results):
            self._follow_all(operation, args, kwargs, out)
            return
        there = {id(one) for one in _tensors(written)}
        for actual, exact in zip(results, exact_results):
            if is_float(actual):
                if id(actual) not in there:
                    shadows.adopt(actual, exact if exact.dtype is F64 else exact.to(F64))
            elif actual.dtype is exact.dtype and actual.numel():
                self._compare_integers(place, operation, actual, exact)

    def _chosen_by_run(
        self, function: Any, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], results: list[Any],
        written: list[Any],
    ) -> list[torch.Tensor] | None:  # fmt: skip
        """The twin's results with the run's integers and masks; None where these do not make them fit.

        The twin keeps these integers: the backward pass has to put the gradients where the values came from.
        """
        integers = [one for one in _tensors(args) + _tensors(kwargs.values()) if not is_float(one)]
        if not integers or any(not is_float(one) for one in _tensors(written)):
            return None
        positional, named = self._both(args, kwargs, lambda one: self.shadows.of(one) if is_float(one) else one)
        try:
            exact_out = function(*positional, **named)
        except (RuntimeError, NotImplementedError, TypeError, ValueError) as error:
            _reraise_memory(error)
            return None
        exact_results = _results(exact_out, operation.written(tuple(positional), named))
        if not _alike(results, exact_results):
            return None
        for one in integers:
            self.shadows.put_integers(one, None)
        return exact_results

    def _compare_integers(
        self, place: Place | None, operation: Operation, actual: torch.Tensor, exact: torch.Tensor
    ) -> None:
        if torch.equal(actual, exact):
            self.shadows.put_integers(actual, None)
            return
        self._decided(place, operation, actual.numel(), int((actual != exact).sum()))
        self.shadows.put_integers(actual, exact)

    def _decided(self, place: Place | None, operation: Operation, count: int, different: int) -> None:
        if different and self.observer.measuring:
            self.observer.decision(place or Place("", operation.label, self.names.line()), count, different)

    def _follow_all(self, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
        if self.twin:
            for one in _results(out, operation.written(args, kwargs)):
                if is_float(one):
                    self.shadows.follow(one)
                else:
                    self.shadows.put_integers(one, None)

    # ---- what is recorded

    def _narrows(self, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], floats: list[Any]) -> bool:
        """Whether an operation that moves values rounds them, because it writes a narrower format."""
        if operation.name == "_to_copy":
            to = kwargs.get("dtype")
            return bool(floats) and to is not None and to.is_floating_point and _precision(to) < _precision(floats[0].dtype)
        if operation.name == "copy_" and len(floats) == 2:
            return _precision(floats[0].dtype) < _precision(floats[1].dtype)
        return False

    def _record_cast(
        self, kind: str, place: Place, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], results: list[Any]
    ) -> None:
        source = args[1] if operation.name == "copy_" else args[0]
        actual = results[0]
        if source.shape != actual.shape:
            return
        twin = self.shadows.of(actual) if self.twin else None
        self.observer.cast(kind, place, source, actual, source.to(F64), twin)

    def _record(
        self, kind: str, place: Place, results: list[Any], local: list[Any], operation: Operation, node: Any
    ) -> None:
        if kind == "activation":
            self.names.recorded.add(place)
        number = 0
        for actual, exact in zip(results, local):
            if not is_float(actual) or actual.numel() == 0 or exact.shape != actual.shape:
                continue
            number += 1
            if number > operation.told:
                break
            where = place if number == 1 else place._replace(operation=f"{place.operation}:{number}")
            if node is not None:
                receiver = self.names.receiver(node, actual)
                if receiver is not None:
                    where = Place(receiver[0], f"{receiver[1]}.{operation.label}", place.source)
            twin = self.shadows.of(actual) if self.twin else None
            self.observer.result(kind, where, actual, exact, twin)


def _tensors(values: Any) -> list[torch.Tensor]:
    found = []
    for one in values:
        if isinstance(one, torch.Tensor):
            found.append(one)
        elif isinstance(one, (list, tuple)):
            found += _tensors(one)
    return found


def _results(out: Any, written: list[Any]) -> list[torch.Tensor]:
    """The tensors that a call wrote, then the new ones that it returned."""
    found = _tensors(written)
    there = {id(one) for one in found}
    returned = _tensors(out if isinstance(out, (list, tuple)) else (out,))
    return found + [one for one in returned if id(one) not in there]


def _alike(actual: list[torch.Tensor], exact: list[torch.Tensor]) -> bool:
    return len(actual) == len(exact) and all(a.shape == e.shape for a, e in zip(actual, exact))


def _is_odd(tensor: torch.Tensor) -> bool:
    return tensor.layout is not torch.strided or tensor.dtype.is_complex or tensor.is_quantized


_SIGNIFICANDS = {torch.float64: 53, torch.float32: 24, torch.float16: 11, torch.bfloat16: 8}


def _precision(dtype: torch.dtype) -> int:
    return _SIGNIFICANDS.get(dtype, 4)


def _reraise_memory(error: Exception) -> None:
    if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        raise error
