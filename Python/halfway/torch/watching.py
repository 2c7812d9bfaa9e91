# SPDX-License-Identifier: Apache-2.0
"""A watched run: the steps of a training, found at the optimizer, and what is handed to the recorder."""

from __future__ import annotations

import functools
import math
import weakref
from typing import Any, Callable

import torch
import torch.nn.utils.clip_grad
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from torch.utils._python_dispatch import _disable_current_modes

from .describing import describe
from .mode import Observer, Shadowed
from .names import OUTSIDE, Names, Place
from .shadows import is_float


class WatchEnded(SystemExit):
    """Ends a script after the last step that was to be watched; its status is 0."""


class _Change:
    """A parameter's step in the making: before it, before its last write, and that write in FP64."""

    __slots__ = ("before", "base", "local", "twin")

    base: torch.Tensor
    local: torch.Tensor
    twin: torch.Tensor | None

    def __init__(self, before: torch.Tensor) -> None:
        self.before = before


class Watching(Observer):
    """Watches the steps of this process; one at a time.

    sink: what records (`recorder.Recorder`); made by `opener` when the first result is there. steps: how many are
    watched, 0 for all. every: of how many steps one is measured, the first included.
    """

    def __init__(
        self,
        opener: Callable[[dict[str, Any]], Any],
        *,
        steps: int = 0,
        every: int = 1,
        twin: bool = True,
        about: dict[str, Any] | None = None,
        explicit: bool = False,
        at_end: Callable[[], None] | None = None,
    ) -> None:
        self._opener = opener
        self._sink: Any = None
        self.limit = steps
        self.every = max(1, every)
        self.names = Names()
        self.mode = Shadowed(self, self.names, twin=twin)
        self.steps = 0
        self.measuring = True
        self.updating = False
        self.explicit = explicit
        self.ended: str | None = None
        self._at_end = at_end
        self._about = dict(about or {})
        self._awaits = False
        self._pending = False
        self._skipped = False
        self._changes: dict[int, _Change] = {}
        self._wanted: dict[int, torch.Tensor] = {}
        self._losses: list[tuple[float, float | None]] = []
        self._scaler: weakref.ref[Any] | None = None
        self._scale: float | None = None
        self._clip: tuple[float, float] | None = None
        self._rate: float | None = None
        self._stepped: set[int] = set()
        self.optimizers: list[weakref.ref[torch.optim.Optimizer]] = []
        #: The type that autocast narrows to, once it was seen.
        self.autocast: torch.dtype | None = None
        self.compiled = False
        #: Notes that are told at the end of the first step.
        self.late_notes: list[tuple[str, str]] = []
        self._undo: list[Callable[[], None]] = []
        self._moments: list[tuple[torch.Tensor, str, str, str]] = []

    # ---- beginning and end

    def attach(self) -> None:
        """Begins to see modules, optimizers, scalers and losses."""
        self.names.__enter__()
        before = register_optimizer_step_pre_hook(self._before_update)
        after = register_optimizer_step_post_hook(self._after_update)
        self._undo = [before.remove, after.remove, lambda: self.names.__exit__()]
        self._wrap(torch.autograd, "backward", self._backward)
        self._wrap(torch.nn.utils, "clip_grad_norm_", self._clipping)
        self._wrap(torch.nn.utils.clip_grad, "clip_grad_norm_", self._clipping)
        self._wrap(torch.amp.GradScaler, "scale", self._scaling)
        self._wrap(torch.amp.GradScaler, "step", self._scaler_step)
        self._wrap(torch.optim.Optimizer, "__init__", self._made)
        self._wrap(torch.autocast, "__enter__", self._narrowing)
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                self.autocast = torch.get_autocast_dtype(device)

    def _wrap(self, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            return wrapper(original, *args, **kwargs)

        setattr(owner, name, call)
        self._undo.append(lambda: setattr(owner, name, original))

    def detach(self) -> None:
        """Ceases to see them; the mode is left by whoever entered it."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def close(self, reason: str) -> None:
        """Ends the recording; the steps that ended are in it."""
        if self.ended is not None:
            return
        if self._pending:
            self.end_step(stop=False)
        self.ended = reason
        self.mode.passing = True
        self.detach()
        if self._sink is not None:
            self._sink.close(reason)

    # ---- what the mode tells

    @property
    def sink(self) -> Any:
        """What records, opened when it is first needed."""
        if self._sink is None:
            self._sink = self._opener(self.description)
        return self._sink

    @property
    def description(self) -> dict[str, Any]:
        """What is known of the run."""
        models = [one() for one in self.names.models]
        optimizers = [one() for one in self.optimizers]
        return describe(
            self._about,
            models=[one for one in models if one is not None],
            optimizers=[one for one in optimizers if one is not None],
            scaler=self._scaler() if self._scaler is not None else None,
            autocast=self.autocast,
        )

    def begin(self, *, forward: bool) -> None:
        if self._pending and forward and not self.explicit:
            self.end_step()

    def _scale_of(self, kind: str) -> float:
        return self._scale or 1.0 if kind == "activationGradient" else 1.0

    def result(  # noqa: D102
        self, kind: str, place: Place, actual: torch.Tensor, local: torch.Tensor, twin: torch.Tensor | None
    ) -> None:
        self.sink.tensor(
            place.layer, place.operation, kind, actual, local, twin, self._scale_of(kind), place.source
        )

    def cast(
        self, kind: str, place: Place, source: torch.Tensor, actual: torch.Tensor, local: torch.Tensor,
        twin: torch.Tensor | None,
    ) -> None:  # fmt: skip
        """A cast to a narrower format, of a parameter or of a value."""
        own = self.names.by_storage(source) if kind == "activation" else None
        if own is not None:
            self.sink.tensor(own[0], f"{own[1]}-cast", "weight", actual, local, twin, 1.0, place.source)
        else:
            self.result(kind, place, actual, local, twin)

    def wants(self, tensor: torch.Tensor) -> bool:
        parameter = self._wanted.get(tensor.untyped_storage()._cdata)
        return parameter is not None and parameter.numel() == tensor.numel()

    def writes(  # noqa: D102
        self, name: str, tensor: torch.Tensor, base: torch.Tensor, local: torch.Tensor, twin: torch.Tensor | None
    ) -> None:
        key = tensor.untyped_storage()._cdata
        change = self._changes.get(key)
        if change is None:
            self._changes[key] = change = _Change(base)
        if name in ("_fused_adamw_", "_fused_adamw") and self._group is not None:
            group = self._group(self._wanted[key])
            kept = 1.0 - float(group.get("lr", 0.0)) * float(group.get("weight_decay", 0.0))
            base = (base.double() * kept).to(base.dtype)
            twin = None if twin is None else twin * kept
        change.base, change.local, change.twin = base, local, twin

    def decision(self, place: Place, count: int, different: int) -> None:  # noqa: D102
        self.sink.decision(place.layer, place.operation, place.source, count, different)

    def note(self, kind: str, place: Place | None, operation: str, text: str) -> None:  # noqa: D102
        self.sink.note(
            kind, place.layer if place else None, place.operation if place else operation,
            place.source if place else self.names.line(), text, 1,
        )  # fmt: skip

    # ---- losses, scales, clips

    def _backward(self, original: Callable[..., Any], tensors: Any, *args: Any, **kwargs: Any) -> Any:
        losses = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
        if self.ended is None and len(losses) == 1 and is_float(losses[0]) and losses[0].numel() == 1:
            scale = self._scale or 1.0
            with torch.no_grad():
                value = float(losses[0].detach()) / scale
                twin = None
                if self.mode.twin and losses[0] in self.mode.shadows:
                    twin = float(self.mode.shadows.of(losses[0].detach())) / scale
            self._losses.append((value, twin))
        return original(tensors, *args, **kwargs)

    def _clipping(self, original: Callable[..., Any], parameters: Any, max_norm: float, *args: Any, **kwargs: Any) -> Any:
        norm = original(parameters, max_norm, *args, **kwargs)
        if self.ended is None:
            value = float(norm)
            self._clip = (value, min(1.0, float(max_norm) / (value + 1e-6)))
        return norm

    def _scaling(self, original: Callable[..., Any], scaler: Any, outputs: Any) -> Any:
        scaled = original(scaler, outputs)
        if self.ended is None and scaler.is_enabled():
            self._scaler = weakref.ref(scaler)
            self._scale = float(scaler.get_scale())
        return scaled

    def _scaler_step(self, original: Callable[..., Any], scaler: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        before = len(self._stepped)
        result = original(scaler, optimizer, *args, **kwargs)
        if self.ended is None and scaler.is_enabled():
            states = scaler._per_optimizer_states[id(optimizer)]["found_inf_per_device"]
            if len(self._stepped) == before or any(float(one) for one in states.values()):
                self._skipped = True
                self._pending = True
        return result

    def _narrowing(self, original: Callable[..., Any], autocast: Any) -> Any:
        if autocast._enabled and self.ended is None:
            self.autocast = autocast.fast_dtype
        return original(autocast)

    def await_optimizer(self) -> None:
        """Watches nothing before the first optimizer is made: until then models are built, not trained.

        So the twin starts from the weights that the run starts from, however these were computed, and a forward pass in
        a model's constructor neither counts in the first step nor names the modules.
        """
        self._awaits = self.mode.passing = True

    def _made(self, original: Callable[..., Any], optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        original(optimizer, *args, **kwargs)
        self.meet(optimizer)

    # ---- the optimizer's step

    def meet(self, optimizer: torch.optim.Optimizer) -> None:
        """Notes an optimizer of the run."""
        if self._awaits and self.ended is None:
            self._awaits = self.mode.passing = False
            self.names.forget()
        if not any(one() is optimizer for one in self.optimizers):
            self.optimizers.append(weakref.ref(optimizer))

    def _parameters(self, optimizer: torch.optim.Optimizer) -> list[tuple[torch.Tensor, dict[str, Any], str, str]]:
        found = []
        for number, group in enumerate(optimizer.param_groups):
            for position, parameter in enumerate(group["params"]):
                name = self.names.parameter(parameter)
                if name is None:
                    name = ("optimizer", f"group{number}.{position}")
                    self.names.name_parameter(parameter, *name)
                if parameter.grad is not None and is_float(parameter):
                    found.append((parameter, group, *name))
        return found

    def _before_update(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if self.ended is not None:
            return
        self.meet(optimizer)
        self._stepped.add(len(self._stepped))
        self.updating = True
        self._changes = {}
        parameters = self._parameters(optimizer)
        self._wanted = {one[0].untyped_storage()._cdata: one[0] for one in parameters}
        groups = {id(parameter): group for parameter, group, *_ in parameters}
        self._group = lambda parameter: groups.get(id(parameter), {})
        if optimizer.param_groups:
            self._rate = float(optimizer.param_groups[0].get("lr", math.nan))
        if not self.measuring or not parameters:
            return
        scale = self._scale or 1.0 if getattr(optimizer, "grad_scale", None) is not None else 1.0
        with torch.no_grad(), self._apart():
            for parameter, group, layer, name in parameters:
                gradient = parameter.grad
                if gradient is not None and is_float(gradient):
                    self.sink.tensor(
                        layer, name, "weightGradient", gradient, None, self._shadow(gradient), scale, None
                    )
                for kind, moment, decay in self._state(optimizer, parameter, group):
                    if decay is not None:
                        self.sink.decay(layer, name, kind, moment, decay)

    def _after_update(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if self.ended is not None or not self.updating:
            return
        self.updating = False
        self._pending = True
        if self.measuring:
            with torch.no_grad(), self._apart():
                for parameter, group, layer, name in self._parameters(optimizer):
                    change = self._changes.pop(parameter.untyped_storage()._cdata, None)
                    if change is None:
                        continue
                    gradient = parameter.grad
                    self.sink.update(
                        layer, name, change.before, change.base, change.local, parameter.detach(),
                        change.twin, self._shadow(parameter), gradient,
                        None if gradient is None else self._shadow(gradient),
                    )  # fmt: skip
                    for kind, moment, _decay in self._state(optimizer, parameter, group):
                        self.sink.tensor(layer, name, kind, moment, None, self._shadow(moment), 1.0, None)
        self._changes = {}
        self._wanted = {}

    def _apart(self) -> Any:
        """Leaves the mode while our own arithmetic runs, where it is entered."""
        return _disable_current_modes()

    def _shadow(self, tensor: torch.Tensor) -> torch.Tensor | None:
        return self.mode.shadows.of(tensor.detach()) if self.mode.twin else None

    @staticmethod
    def _state(optimizer: Any, parameter: torch.Tensor, group: dict[str, Any]) -> list[tuple[str, torch.Tensor, float | None]]:
        state = optimizer.state.get(parameter, {})
        betas = group.get("betas")
        found = []
        for key, kind, decay in (
            ("exp_avg", "firstMoment", betas[0] if betas else None),
            ("exp_avg_sq", "secondMoment", betas[1] if betas and len(betas) > 1 else None),
            ("momentum_buffer", "firstMoment", group.get("momentum")),
        ):
            moment = state.get(key)
            if is_float(moment) and moment.numel() == parameter.numel():
                found.append((kind, moment, float(decay) if isinstance(decay, (int, float)) else None))
        return found

    # ---- steps

    def end_step(self, *, stop: bool = True) -> None:
        """Ends the step; beyond the last one that was to be watched, the watching."""
        self._pending = False
        self.steps += 1
        losses = self._losses
        twins = [one[1] for one in losses if one[1] is not None]
        twin = sum(twins) if losses and len(twins) == len(losses) else None
        for kind, text in self.late_notes:
            self.sink.note(kind, None, None, None, text, 1)
        self.late_notes = []
        with self._apart():
            self.sink.step(
                self.steps,
                loss=sum(one[0] for one in losses) if losses else None,
                twin_loss=twin,
                loss_scale=self._scale,
                learning_rate=self._rate,
                clip=self._clip,
                measured=self.measuring,
                skipped=self._skipped,
            )
        if self.steps == 1:
            self._sink.describe(self.description)
        self._losses, self._skipped, self._clip = [], False, None
        self._stepped.clear()
        self.names.step()
        self.measuring = (self.steps + 1) % self.every == 0
        if stop and self.limit and self.steps >= self.limit and not self.explicit:
            self.close("steps")
            if self._at_end is not None:
                self._at_end()
