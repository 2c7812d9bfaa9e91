# SPDX-License-Identifier: Apache-2.0
"""`halfway.torch.emulate("fp8-hybrid", unit="hopper")`: a model computes as a policy says, whatever the machine."""

from __future__ import annotations

import collections
import math
import sys
from types import TracebackType
from typing import Any, Callable

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from halfway._errors import HalfwayError

from .emulated import Attention, CrossEntropy, F32, Gelu, LayerNorm, Product, rounded
from .rules import Policy

#: Functions whose float operands are cast as their class says, and which torch then computes.
_CAST: dict[Any, str] = {
    one: kind
    for kind, functions in {
        "layerNormalization": (F.layer_norm, F.group_norm, F.rms_norm),
        "loss": (
            F.cross_entropy, F.nll_loss, F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss, F.kl_div,
            F.binary_cross_entropy, F.binary_cross_entropy_with_logits,
        ),
        "upsampling": (F.interpolate,),
    }.items()
    for one in functions
}  # fmt: skip

#: ATen operations that add products up, which no emulated function asks torch for.
_PRODUCTS = frozenset(
    """mm addmm bmm baddbmm addbmm mv addmv dot vdot addr linear _addmm_activation _int_mm _scaled_mm convolution
    convolution_backward _convolution mkldnn_convolution _slow_conv2d_forward thnn_conv2d slow_conv3d
    mkldnn_rnn_layer mkldnn_rnn_layer_backward _thnn_fused_lstm_cell _thnn_fused_gru_cell _trilinear
    _transformer_encoder_layer_fwd _native_multi_head_attention _cdist_forward _cdist_backward""".split()
)


def _is_float(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point()


class _Guard(TorchDispatchMode):
    """Tells of products that nothing emulates, forward and backward."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function._schema.name.split("::")[-1]
        if name in _PRODUCTS or "scaled_dot_product" in name:
            self._tell(name)
        return function(*args, **(kwargs or {}))


class Emulation(TorchFunctionMode):
    """The mode of `emulate`. not_emulated: ATen operations that torch computed itself, with how often."""

    def __init__(self, policy: Policy, refuses: bool) -> None:
        super().__init__()
        self.policy = policy
        self.not_emulated: collections.Counter[str] = collections.Counter()
        self._refuses = refuses
        self._guards: list[_Guard] = []

    def __enter__(self) -> "Emulation":
        if torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"):
            raise HalfwayError("autocast is on, and a policy has casts of its own: leave autocast out under emulate")
        self._guards.append(_Guard(self._tell))
        self._guards[-1].__enter__()
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._guards.pop().__exit__(kind, error, trace)
        if self.not_emulated and not self._guards:
            told = ", ".join(f"{name} ({count})" for name, count in sorted(self.not_emulated.items()))
            print(f"halfway: not emulated, computed by torch: {told}", file=sys.stderr)

    def _tell(self, name: str) -> None:
        if self._refuses:
            raise HalfwayError(
                f"{name} is not emulated under {self.policy.name}: linear layers, matmul and its kin, and "
                "scaled_dot_product_attention without dropout are; others='count' lets torch compute it, and counts it"
            )
        self.not_emulated[name] += 1

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        own = _EMULATED.get(function)
        if own is not None:
            result = own(self.policy, *args, **kwargs)
            if result is not NotImplemented:
                return result
        kind = _CAST.get(function)
        if kind is not None:
            return self._cast(function, self.policy.rule(kind).operands, args, kwargs)
        return function(*args, **kwargs)

    def _cast(self, function: Any, format: str | None, args: Any, kwargs: Any) -> Any:
        """A function of FP32 or narrower operands, cast; a policy has no other formats for these classes."""
        dtype = F32 if format in (None, "fp32") else rounded(torch.zeros(()), format).dtype
        cast = [one.to(dtype) if format and _is_float(one) else one for one in args]
        return function(
            *cast, **{name: one.to(dtype) if format and _is_float(one) else one for name, one in kwargs.items()}
        )


# ---- what is emulated; NotImplemented leaves a call to torch, and products among them to the guard


def _linear(policy: Policy, x: Any, weight: Any, bias: Any = None) -> Any:
    rule = policy.rule("product")
    if x.dim() == 1:
        return Product.apply(x[None], weight.t(), bias, rule)[0]
    return Product.apply(x.flatten(0, -2), weight.t(), bias, rule).unflatten(0, x.shape[:-1])


def _matmul(policy: Policy, a: Any, b: Any) -> Any:
    if not (_is_float(a) and _is_float(b)) or a.dim() == 0 or b.dim() == 0:
        return NotImplemented
    x = a[None] if a.dim() == 1 else a
    y = b[:, None] if b.dim() == 1 else b
    if y.dim() == 2:
        result = Product.apply(x.flatten(0, -2), y, None, policy.rule("product")).unflatten(0, x.shape[:-1])
    else:
        batch = torch.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        x, y = x.expand(*batch, *x.shape[-2:]), y.expand(*batch, *y.shape[-2:])
        result = Product.apply(x, y, None, policy.rule("product"))
    result = result[..., 0, :] if a.dim() == 1 else result
    return result[..., 0] if b.dim() == 1 else result


def _two(policy: Policy, a: Any, b: Any, **others: Any) -> Any:
    return NotImplemented if others else _matmul(policy, a, b)


def _reversed(policy: Policy, b: Any, a: Any) -> Any:
    return _matmul(policy, a, b)


def _added(policy: Policy, c: Any, a: Any, b: Any, *, beta: Any = 1, alpha: Any = 1, **others: Any) -> Any:
    if others or beta != 1 or alpha != 1 or c.dim() != 1:
        return NotImplemented
    return Product.apply(a, b, c, policy.rule("product"))


def _gelu(policy: Policy, x: Any, approximate: str = "none") -> Any:
    return Gelu.apply(x) if approximate == "none" and x.dtype is not torch.float64 else NotImplemented


def _cross_entropy(policy: Policy, x: Any, target: Any, *args: Any, **options: Any) -> Any:
    ignored = options.pop("ignore_index", -100)
    usual = {"reduction": "mean", "label_smoothing": 0.0, "weight": None, "size_average": None, "reduce": None}
    if args or any(one != usual.get(name) for name, one in options.items()) or x.dim() != 2 or _is_float(target):
        return NotImplemented
    if target.numel() == 0 or bool((target == ignored).any()):
        return NotImplemented
    return CrossEntropy.apply(x, target, policy.rule("loss"))


def _layer_norm(policy: Policy, x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    if weight is None or bias is None or len(shape) != 1:
        return NotImplemented
    return LayerNorm.apply(x, weight, bias, eps, policy.rule("layerNormalization"))


def _attention(
    policy: Policy, q: Any, k: Any, v: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    if enable_gqa and q.shape[-3] % k.shape[-3] == 0 and k.shape == v.shape:
        # The sum over a group's heads is torch's, of one rounding.
        groups = q.shape[-3] // k.shape[-3]
        k, v = (one.unsqueeze(-3).expand(*one.shape[:-2], groups, *one.shape[-2:]).flatten(-4, -3) for one in (k, v))
    if dropout_p > 0 or k.shape[:-2] != q.shape[:-2] or v.shape[:-2] != q.shape[:-2]:
        return NotImplemented
    mask = attn_mask
    if is_causal:
        mask = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool).tril()
    if mask is not None and mask.dtype is torch.bool:
        mask = torch.zeros(mask.shape, dtype=F32).masked_fill(~mask, -math.inf)
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    return Attention.apply(q, k, v, mask, factor, policy.rule("attention"))


_Tensor = torch.Tensor
_EMULATED: dict[Any, Callable[..., Any]] = {
    F.linear: _linear,
    **{one: _two for one in (torch.matmul, torch.mm, torch.bmm, _Tensor.matmul, _Tensor.mm, _Tensor.bmm)},
    **{one: _two for one in (_Tensor.__matmul__, torch.linalg.matmul)},
    _Tensor.__rmatmul__: _reversed,
    torch.addmm: _added,
    _Tensor.addmm: _added,
    F.gelu: _gelu,
    F.cross_entropy: _cross_entropy,
    F.layer_norm: _layer_norm,
    torch.layer_norm: lambda policy, *args, **kwargs: NotImplemented,
    F.scaled_dot_product_attention: _attention,
}


def emulate(
    policy: str = "bf16-amp", *, unit: str | None = None, shape: str | None = None, others: str = "refuse"
) -> Emulation:
    """A mode in which a model computes as a policy says, forward and backward.

        with halfway.torch.emulate("fp8-hybrid", unit="hopper"):
            loss = torch.nn.functional.cross_entropy(model(inputs), targets)
            loss.backward()
        optimizer.step()

    policy: fp32, tf32, fp16-amp, bf16-amp, fp8-hybrid and what else `halfway policies` shows, or a file of one's own.
    Linear layers, matrix products and attention read, sum and write as its rules say, by the library's products;
    losses and normalizations in FP32; all else follows its inputs, computed by torch in FP32 and rounded once.
    Weights, loss scaling and the optimizer are the script's: an FP16 policy wants its GradScaler, one of BF16 weights
    `model.bfloat16()`; autocast is left out.
    unit: a matrix unit, one of `halfway.matrix_units()`, for all products; shape: of its instruction.
    others: "refuse" raises HalfwayError at a product that is not emulated (convolutions, recurrent layers, einsum);
    "count" lets torch compute it, and says at the end which and how often.

    Raises ValueError for a policy that is unknown or cannot be emulated, HalfwayError without the command or library.

    >>> import torch
    >>> with emulate("bf16-amp"):
    ...     (torch.ones(1, 3) @ torch.full((3, 1), 1 / 3)).item()
    1.0
    >>> with emulate("bf16-amp"):
    ...     torch.conv1d(torch.ones(1, 1, 3), torch.ones(1, 1, 3))
    Traceback (most recent call last):
    ...
    halfway._errors.HalfwayError: convolution is not emulated under bf16-amp: linear layers, matmul and its kin, and \
scaled_dot_product_attention without dropout are; others='count' lets torch compute it, and counts it
    """
    if others not in ("refuse", "count"):
        raise ValueError(f"others is {others!r}: 'refuse' or 'count'")
    return Emulation(Policy.named(policy, unit, shape), others == "refuse")
