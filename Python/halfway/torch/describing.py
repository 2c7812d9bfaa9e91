# SPDX-License-Identifier: Apache-2.0
"""The description of a watched run: model, optimizer, formats, loss scaling."""

from __future__ import annotations

import platform
from typing import Any

import torch

#: Format ids of torch's types.
FORMATS = {
    torch.float64: "fp64",
    torch.float32: "fp32",
    torch.float16: "fp16",
    torch.bfloat16: "bf16",
    torch.float8_e4m3fn: "e4m3",
    torch.float8_e5m2: "e5m2",
}


def _settings(optimizer: torch.optim.Optimizer) -> dict[str, list[Any]]:
    """Each setting of an optimizer, as its groups of parameters have it: the defaults hold only where they say nothing.

    A scheduler moves `lr`: it then begins from `initial_lr`.
    """
    found: dict[str, list[Any]] = {}
    for key, usual in optimizer.defaults.items():
        values = [group.get("initial_lr", group.get(key, usual)) if key == "lr" else group.get(key, usual)
                  for group in optimizer.param_groups]  # fmt: skip
        values = [float(one) if isinstance(one, torch.Tensor) else one for one in values] or [usual]
        found[key] = [one for at, one in enumerate(values) if one not in values[:at]]
    return found


def _constants(optimizer: torch.optim.Optimizer) -> str:
    shown = []
    for key, values in _settings(optimizer).items():
        if any(one is None or isinstance(one, bool) for one in values) or key in ("foreach", "fused"):
            continue
        shown.append(f"{key}={'/'.join(map(str, values))}")
    return f"{type(optimizer).__name__} {' '.join(shown)}"


def _widest(models: list[torch.nn.Module]) -> torch.dtype:
    counts: dict[torch.dtype, int] = {}
    for model in models:
        for one in model.parameters():
            if one.dtype.is_floating_point:
                counts[one.dtype] = counts.get(one.dtype, 0) + one.numel()
    return max(counts, key=counts.__getitem__) if counts else torch.float32


def describe(
    about: dict[str, Any], *, models: list[torch.nn.Module], optimizers: list[torch.optim.Optimizer],
    scaler: Any, autocast: torch.dtype | None,
) -> dict[str, Any]:  # fmt: skip
    """What is known of a run, in the recorder's keys."""
    run: dict[str, Any] = dict(about)
    run["framework"] = f"torch {torch.__version__}"
    run["python"] = platform.python_version()
    if models:
        model = max(models, key=lambda one: sum(p.numel() for p in one.parameters()))
        run["model"] = type(model).__name__
        run["parameters"] = sum(p.numel() for p in {id(p): p for m in models for p in m.parameters()}.values())
        parts = len(list(model.modules()))
        run["architecture"] = f"{type(model).__name__} of {parts:,} modules, in PyTorch"
        run["device"] = str(next((p.device for p in model.parameters()), "cpu"))
    if optimizers:
        first = optimizers[0]
        run["optimizer"] = "; ".join(_constants(one) for one in optimizers)
        settings = {key: values[0] for key, values in _settings(first).items()}
        if isinstance(settings.get("eps"), float):
            run["epsilon"] = float(settings["eps"])
        betas = settings.get("betas")
        if betas and len(betas) > 1:
            run["beta2"] = float(betas[1])
        run["decaysWeights"] = type(first).__name__ == "AdamW" or bool(settings.get("decoupled_weight_decay", False))
    weights = FORMATS.get(_widest(models), "fp32")
    operands = FORMATS.get(autocast, weights) if autocast is not None else weights
    name = f"{operands}-autocast" if autocast is not None else f"{weights}-as-it-is"
    words = (
        f"autocast to {operands}, weights in {weights}" if autocast is not None
        else f"weights and arithmetic in {weights}"
    )  # fmt: skip
    policy: dict[str, Any] = {
        "name": name,
        "summary": f"the run as it is: {words}",
        "operands": operands,
        "accumulator": "fp32" if operands != "fp64" else "fp64",
        "weights": weights,
        "optimizer": weights,
    }
    if scaler is not None:
        policy["lossScaling"] = (
            f"torch GradScaler init={scaler._init_scale:g} growth_factor={scaler.get_growth_factor():g} "
            f"backoff_factor={scaler.get_backoff_factor():g} growth_interval={scaler.get_growth_interval()}"
        )
        policy["hasDynamicScale"] = True
    run["policy"] = policy
    return run
