# SPDX-License-Identifier: Apache-2.0
"""Policies as the command `halfway policies` has them: what each class of operations reads, sums in and writes."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from typing import Any

from halfway._command import command
from halfway._errors import HalfwayError
from halfway._matmul import orders


@dataclasses.dataclass(frozen=True)
class Rule:
    """How a class of operations computes; the fields are those of docs/training.md, None where nothing is said.

    sums, step, order, partial, shape: of sums of products, as `halfway.matmul` takes them. unit: whether the order is
    a matrix unit's.
    """

    operands: str | None = None
    addends: str | None = None
    gradients: str | None = None
    scaled: bool = False
    output: str | None = None
    gradient_output: str | None = None
    sums: str = "fp32"
    step: str = "fused"
    order: str = "sequential"
    partial: str | None = None
    shape: str | None = None
    unit: bool = False

    @property
    def addend_format(self) -> str | None:
        """The format that biases are cast to; None: as they come."""
        return self.addends or (self.output or self.operands if self.operands else None)


class Policy:
    """A policy that can be emulated: the rules of its classes, the default rule for all others."""

    def __init__(self, name: str, rule: Rule, classes: dict[str, Rule]) -> None:
        self.name = name
        self._rule = rule
        self._classes = classes

    def rule(self, kind: str) -> Rule:
        """The rule of a class, such as "product"."""
        return self._classes.get(kind, self._rule)

    @staticmethod
    def named(name: str, unit: str | None = None, shape: str | None = None) -> "Policy":
        """The policy that `halfway policies NAME` shows, or that a file of one has; its products on a matrix unit.

        Raises ValueError with the command's words for an unknown one, and for one that cannot be emulated, with why.
        """
        run = subprocess.run([command(), "policies", name], capture_output=True, text=True, check=False)
        if run.returncode:
            raise ValueError(run.stderr.strip().removeprefix("halfway: ") or f"no policy {name!r}")
        document = _read(run.stdout)
        if isinstance(document, list):
            raise ValueError(f"{name!r} has {len(document)} policies: name one")
        if unit is not None and unit not in orders()[4:]:
            raise ValueError(f"no matrix unit {unit!r}; known: {', '.join(orders()[4:])}")
        for key in ("layers", "workers", "microBatches"):
            if document.get(key):
                raise ValueError(f"{name}: '{key}' is not emulated: rules hold for the whole model and the whole batch")
        classes = {kind: _rule(name, fields, kind, unit, shape) for kind, fields in document["classes"].items()}
        rule = _rule(name, document["rule"], None, unit, shape)
        if rule.operands or rule.output or rule.gradient_output or rule.gradients:
            raise ValueError(
                f"{name}: every operation has operands of a format of its own, which is not emulated: only products, "
                "attention, normalization and losses are; the others follow their inputs"
            )
        # A class that is not named has the default rule, with the unit where it is one of products.
        for kind in ("product", "attention"):
            classes.setdefault(kind, _rule(name, document["rule"], kind, unit, shape))
        return Policy(document["name"], rule, classes)


def _rule(name: str, fields: dict[str, Any], kind: str | None, unit: str | None, shape: str | None) -> Rule:
    expected = {"attentionTile": None, "compute": "fp32", "reduction": None, "rounding": "nearest-even", "subnormals": "gradual"}
    for key, usual in expected.items():
        if fields.get(key, usual) != usual:
            raise ValueError(f"{name}: {key} is {fields[key]!r}, and what is emulated has {usual!r}")
    accumulation = fields["accumulation"]
    order = str(accumulation["order"])
    if order == "matrixUnit":
        order, shape = accumulation["unit"], accumulation.get("shape")
    elif order != "sequential":
        order = f"{'split' if order == 'splitK' else order}:{accumulation['size']}"
    if unit is not None and kind in ("product", "attention"):
        order = unit
    on_unit = order in orders()[4:]
    return Rule(
        operands=fields["operands"], addends=fields["addends"], gradients=fields["gradients"],
        scaled=fields["scalesOperands"], output=fields["output"], gradient_output=fields["gradientOutput"],
        sums=accumulation.get("format", "fp32"), step=accumulation.get("step", "fused"), order=order,
        partial=accumulation.get("sums"), shape=shape if on_unit else None, unit=on_unit,
    )  # fmt: skip


def _read(text: str) -> Any:
    """A document as the command writes it: JSON5 with bare keys, comments on lines of their own, commas at ends."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"([{,]\s*)(\w+):", r'\1"\2":', text)
    text = re.sub(r",(\s*[}\]])", r"\1", text)
    try:
        return json.loads(text)
    except ValueError as error:
        raise HalfwayError(f"what `halfway policies` wrote cannot be read: {error}") from None
