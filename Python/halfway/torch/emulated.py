# SPDX-License-Identifier: Apache-2.0
"""Operations as a policy has them, forward and backward: products by the library, everything else in FP32, one rounding.

The definitions and the orders of sums are those of docs/training.md.
"""

from __future__ import annotations

import math
from typing import Any

import torch

import halfway

from .rules import Rule

F32 = torch.float32
_DTYPES = {"fp32": F32, "fp16": torch.float16, "bf16": torch.bfloat16, "fp64": torch.float64}
_FP8 = {"e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2}
_NAMES = {dtype: name for name, dtype in (_DTYPES | _FP8).items()}


def format_of(x: torch.Tensor) -> str:
    """The format of a tensor's type."""
    return _NAMES[x.dtype]


def rounded(x: torch.Tensor, format: str | None) -> torch.Tensor:
    """Numbers rounded to a format, in its type where torch has one that operations take, else in FP32."""
    if format is None or x.dtype is _DTYPES.get(format):
        return x
    values = halfway.round(x.to(F32), format) if format != "fp32" else x.to(F32)
    return values.to(_DTYPES.get(format, F32))


def promoted(*formats: str) -> str:
    """The format that operands of several promote to, as torch's types do."""
    dtype = _DTYPES.get(formats[0], F32)
    for one in formats[1:]:
        dtype = torch.promote_types(dtype, _DTYPES.get(one, F32))
    return _NAMES[dtype]


class Factor:
    """An operand of products: its numbers in FP32, their format, and the power of two that makes them the format's."""

    def __init__(self, x: torch.Tensor, format: str | None, scaled: bool) -> None:
        self.format = format or format_of(x)
        self.exponent = 0
        x = x.to(F32)
        if format is None:
            self.values = x
        elif scaled and (exponent := _exponent(x, format)) is not None:
            self.exponent = exponent
            self.values = halfway.round(x * 2.0**exponent, format) * 2.0**-exponent
        else:
            self.values = rounded(x, format).to(F32)

    def for_unit(self) -> torch.Tensor:
        """The numbers as a matrix unit reads them: of their format, 2^exponent included."""
        stored = self.values * 2.0**self.exponent
        dtype = (_DTYPES | _FP8).get(self.format)
        return stored if dtype is None else stored.to(dtype)


def _exponent(x: torch.Tensor, format: str) -> int | None:
    """The greatest k with max |x| 2^k at most the format's largest number, of at most 126; None where all are zero."""
    finite = torch.where(x.isfinite(), x, 0.0)
    largest = float(finite.abs().max()) if x.numel() else 0.0
    if largest == 0:
        return None
    (significand, exponent), (most, top) = math.frexp(largest), math.frexp(halfway.format_info(format).largest)
    return min(max(top - exponent - (significand > most), -126), 126)


def multiplied(a: Factor, b: Factor, rule: Rule, *, a_t: bool = False, b_t: bool = False) -> torch.Tensor:
    """The sums of a product in FP32, a and b transposed where it is said."""
    if rule.unit:
        format = None if a.format in _FP8 or a.format in _DTYPES else a.format
        x, y = a.for_unit(), b.for_unit()
    else:
        x, y, format = a.values, b.values, None
    x, y = x.transpose(-1, -2) if a_t else x, y.transpose(-1, -2) if b_t else y
    sums: torch.Tensor = halfway.matmul(
        x, y, format=format, accumulate=rule.sums, step=None if rule.unit else rule.step, order=rule.order,
        sums=rule.partial, shape=rule.shape,
    )  # fmt: skip
    if rule.unit:
        sums = sums * 2.0**-a.exponent * 2.0**-b.exponent
    return sums


def column_sums(x: torch.Tensor) -> torch.Tensor:
    """The sums over all rows, ascending, each partial sum in FP32."""
    rows = x.to(F32).reshape(-1, x.shape[-1])
    sums: torch.Tensor = halfway.matmul(torch.ones(1, rows.shape[0]), rows)
    return sums[0]


def row_sums(x: torch.Tensor) -> torch.Tensor:
    """The sums along the last dimension in FP32: sixteen interleaved partial sums, then a tree."""
    x = torch.nn.functional.pad(x, (0, -x.shape[-1] % 16)).unflatten(-1, (-1, 16))
    sums = torch.zeros_like(x[..., 0, :])
    for part in x.unbind(-2):
        sums = sums + part
    while sums.shape[-1] > 1:
        low, high = sums.chunk(2, dim=-1)
        sums = low + high
    return sums.squeeze(-1)


def _back(gradient: torch.Tensor, rule: Rule, operand: str, x: torch.Tensor) -> torch.Tensor:
    """An operand's gradient: rounded to the rule's format or the operand's, then to that of what was cast."""
    return rounded(rounded(gradient, rule.gradient_output or operand), format_of(x))


class Product(torch.autograd.Function):
    """x w + bias: x (..., m, k), w (k, n) or (..., k, n), bias (n) or None; the bias joins the finished sum."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, w: torch.Tensor, bias: torch.Tensor | None, rule: Rule) -> torch.Tensor:
        a, b = Factor(x, rule.operands, rule.scaled), Factor(w, rule.operands, rule.scaled)
        sums = multiplied(a, b, rule)
        ctx.added = None
        if bias is not None:
            added = rounded(bias, rule.addend_format)
            ctx.added = format_of(added)
            sums = sums + added.to(F32)
        ctx.save_for_backward(x, w, bias)
        ctx.factors, ctx.rule = (a, b), rule
        return rounded(sums, rule.output or promoted(a.format, b.format, *([ctx.added] if ctx.added else [])))

    @staticmethod
    def backward(ctx: Any, arrived: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (x, w, bias), (a, b), rule = ctx.saved_tensors, ctx.factors, ctx.rule
        gradient = Factor(arrived, rule.gradients, rule.scaled)
        dx = dw = db = None
        if ctx.needs_input_grad[0]:
            dx = _back(multiplied(gradient, b, rule, b_t=True), rule, a.format, x)
        if ctx.needs_input_grad[1]:
            dw = _back(multiplied(a, gradient, rule, a_t=True), rule, b.format, w)
        if bias is not None and ctx.needs_input_grad[2]:
            db = _back(column_sums(arrived), rule, ctx.added, bias)
        return dx, dw, db, None


class Gelu(torch.autograd.Function):
    """x Φ(x); the gradient is dy (Φ(x) + x φ(x))."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return rounded(halfway.gelu(x.to(F32), format=format_of(x)), format_of(x))

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (x,) = ctx.saved_tensors
        wide = x.to(F32)
        density = halfway.exp(-0.5 * (wide * wide))
        slope = halfway.normal(wide) + wide * (torch.tensor(1 / math.sqrt(2 * math.pi), dtype=F32) * density)
        return rounded(gradient.to(F32) * slope, format_of(x))


class CrossEntropy(torch.autograd.Function):
    """The mean over rows of -ln softmax(x)[target], x (B, V)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, targets: torch.Tensor, rule: Rule) -> torch.Tensor:
        operand = rounded(x, rule.operands)
        wide = operand.to(F32)
        largest = wide.max(-1, keepdim=True).values
        terms = halfway.exp(wide - largest)
        total = row_sums(terms)
        own = wide.gather(-1, targets[:, None])[:, 0] - largest[:, 0]
        losses = halfway.log(total) - own
        ctx.save_for_backward(x, targets, terms / total[:, None])
        ctx.rule, ctx.operand = rule, format_of(operand)
        return rounded(column_sums(losses[:, None])[0] / len(losses), rule.output or ctx.operand)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, targets, shares = ctx.saved_tensors
        shares = shares.scatter_add(-1, targets[:, None], torch.full((len(targets), 1), -1.0))
        return _back(shares * (gradient.to(F32) / len(targets)), ctx.rule, ctx.operand, x), None, None


class LayerNorm(torch.autograd.Function):
    """(x - μ) / √(σ² + ε) γ + β over the last dimension."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, epsilon: float, rule: Rule
    ) -> torch.Tensor:
        operands = [rounded(x, rule.operands), rounded(gamma, rule.operands), rounded(beta, rule.addend_format)]
        wide, g, b = (one.to(F32) for one in operands)
        count = x.shape[-1]
        mean = row_sums(wide)[..., None] / count
        distance = wide - mean
        squares = row_sums(distance * distance)[..., None]
        # The library's division and root: torch's reciprocal of FP32 is not the nearest number everywhere.
        variance = halfway.add(squares / count, epsilon, format="fp32")
        scale = halfway.div(1.0, halfway.sqrt(variance, format="fp32"), format="fp32")
        normalized = distance * scale
        ctx.save_for_backward(x, gamma, beta, normalized, scale, g)
        ctx.rule, ctx.operands = rule, [format_of(one) for one in operands]
        return rounded(normalized * g + b, rule.output or ctx.operands[0])

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, gamma, beta, normalized, scale, g = ctx.saved_tensors
        dy, count = gradient.to(F32), x.shape[-1]
        weighted = dy * g
        mean = row_sums(weighted)[..., None] / count
        projection = row_sums(weighted * normalized)[..., None] / count
        dx = scale * (weighted - mean - normalized * projection)
        results = (dx, column_sums(dy * normalized), column_sums(dy))
        back = [_back(one, ctx.rule, *place) for one, place in zip(results, zip(ctx.operands, (x, gamma, beta)))]
        return (*back, None, None)


class Attention(torch.autograd.Function):
    """softmax(q kᵀ s + mask) v, q, k, v (..., T, D): scores and probabilities are rounded to the result's format.

    mask: added to the scores in FP32, -∞ where nothing is seen; None for none.
    """

    @staticmethod
    def forward(
        ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None, scale: float, rule: Rule
    ) -> torch.Tensor:
        a, b, c = (Factor(one, rule.operands, rule.scaled) for one in (q, k, v))
        output = rule.output or promoted(a.format, b.format, c.format)
        scores = rounded(multiplied(a, b, rule, b_t=True), output).to(F32) * torch.tensor(scale, dtype=F32)
        if mask is not None:
            scores = scores + mask
        largest = scores.max(-1, keepdim=True).values
        terms = halfway.exp(scores - torch.where(largest == -math.inf, 0.0, largest))
        shares = rounded(terms / row_sums(terms)[..., None], output)
        read = Factor(shares, rule.operands if rule.unit else None, False)
        ctx.save_for_backward(q, k, v, shares)
        ctx.factors, ctx.rule, ctx.scale = (a, b, c, read), rule, scale
        return rounded(multiplied(read, c, rule), output)

    @staticmethod
    def backward(ctx: Any, arrived: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (q, k, v, shares), (a, b, c, read), rule = ctx.saved_tensors, ctx.factors, ctx.rule
        gradient = Factor(arrived, rule.gradients, rule.scaled)
        format = rule.gradient_output or a.format
        wide = shares.to(F32)
        dp = rounded(multiplied(gradient, c, rule, b_t=True), format).to(F32)
        ds = wide * (dp - row_sums(dp * wide)[..., None]) * torch.tensor(ctx.scale, dtype=F32)
        scores = Factor(rounded(ds, format), rule.gradients if rule.unit else None, False)
        dq = _back(multiplied(scores, b, rule), rule, a.format, q)
        dk = _back(multiplied(scores, a, rule, a_t=True), rule, b.format, k)
        dv = _back(multiplied(read, gradient, rule, a_t=True), rule, c.format, v)
        return dq, dk, dv, None, None, None
