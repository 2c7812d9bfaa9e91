# SPDX-License-Identifier: Apache-2.0
"""FP64 counterparts of operations whose own kernels take no FP64, or that need the run's random numbers."""

from __future__ import annotations

from typing import Any, Protocol

import torch


class Counterpart(Protocol):
    """What an operation does, in FP64.

    args and kwargs are the operation's, in FP64; actual: what the run's own call returned, None where it has not yet run.
    """

    def __call__(self, function: Any, args: list[Any], kwargs: dict[str, Any], actual: Any = None) -> Any: ...


def _dropout(function: Any, args: list[Any], kwargs: dict[str, Any], actual: Any = None) -> Any:
    if actual is None:
        raise NotImplementedError("the mask is not drawn yet")
    share = args[1]
    mask = actual[1]
    return args[0] * mask * (0.0 if share == 1 else 1.0 / (1.0 - share)), mask


_LSTM = 2  # at::native's number of the mode, after the plain cells with relu and tanh


def _gates(
    x: torch.Tensor, h: torch.Tensor, c: torch.Tensor, weights: list[torch.Tensor], reverse: bool
) -> list[tuple[Any, ...]]:
    """Of each step: its index, h and c before it, the gates i, f, g, o, c after it, h after it. x: steps, batch, values."""
    steps = []
    for t in range(x.shape[0])[:: -1 if reverse else 1]:
        z = x[t] @ weights[0].t() + h @ weights[1].t()
        if weights[2].numel():
            z = z + weights[2] + weights[3]
        i, f, g, o = z.chunk(4, dim=-1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        new = f * c + i * g
        out = o * new.tanh()
        steps.append((t, h, c, i, f, g, o, new, out))
        h, c = out, new
    return steps


def _lstm_layer(function: Any, args: list[Any], kwargs: dict[str, Any], actual: Any = None) -> Any:
    """One layer in one direction (Hochreiter and Schmidhuber, 1997, with forget gates, as torch.nn.LSTM defines it)."""
    x, hx, cx, reverse, batch_sizes, mode = args[0], args[5], args[6], args[7], args[8], args[9]
    if mode != _LSTM or batch_sizes:
        raise NotImplementedError("a recurrent layer other than an LSTM, or packed sequences")
    steps = _gates(x, hx.reshape(hx.shape[-2:]), cx.reshape(cx.shape[-2:]), args[1:5], reverse)
    output = torch.empty_like(x[..., :1]).expand(*x.shape[:-1], steps[0][8].shape[-1]).clone()
    for step in steps:
        output[step[0]] = step[8]
    hy, cy = steps[-1][8].reshape(hx.shape), steps[-1][7].reshape(cx.shape)
    workspace = actual[3] if actual is not None else torch.empty(0)
    if actual is not None:
        hy, cy = hy.reshape(actual[1].shape), cy.reshape(actual[2].shape)
    return output, hy.clone(), cy.clone(), workspace


def _lstm_layer_backward(function: Any, args: list[Any], kwargs: dict[str, Any], actual: Any = None) -> Any:
    x, weights, hx, cx = args[0], args[1:5], args[5], args[6]
    grad_output, grad_h, grad_c = args[10], args[11], args[12]
    reverse, mode, batch_sizes = args[13], args[14], args[20]
    if mode != _LSTM or batch_sizes:
        raise NotImplementedError("a recurrent layer other than an LSTM, or packed sequences")
    shape = hx.shape[-2:]
    steps = _gates(x, hx.reshape(shape), cx.reshape(shape), weights, reverse)
    dh = torch.zeros_like(steps[0][1]) if grad_h is None else grad_h.reshape(shape).clone()
    dc = torch.zeros_like(dh) if grad_c is None else grad_c.reshape(shape).clone()
    dx = torch.zeros_like(x)
    dw, du = torch.zeros_like(weights[0]), torch.zeros_like(weights[1])
    db = torch.zeros(weights[0].shape[0], dtype=x.dtype, device=x.device)
    for t, h, c, i, f, g, o, new, _ in reversed(steps):
        if grad_output is not None:
            dh = dh + grad_output[t]
        tanh = new.tanh()
        dc = dc + dh * o * (1 - tanh * tanh)
        dz = torch.cat(
            (dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), dh * tanh * o * (1 - o)), dim=-1
        )
        dx[t] = dz @ weights[0]
        dw += dz.t() @ x[t]
        du += dz.t() @ h
        db += dz.sum(0)
        dh, dc = dz @ weights[1], dc * f
    bias = db if weights[2].numel() else torch.zeros_like(weights[2])
    return dx, dw, du, bias, bias.clone(), dh.reshape(hx.shape), dc.reshape(cx.shape)


COUNTERPARTS: dict[str, Counterpart] = {
    "native_dropout": _dropout,
    "mkldnn_rnn_layer": _lstm_layer,
    "mkldnn_rnn_layer_backward": _lstm_layer_backward,
}
