#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What PyTorch makes of some layers and losses in FP64, forward and backward.

    python3 Experiments/peers/pytorch/layers.py >Experiments/peers/pytorch/layers.json

Operands are given by formula, so that the test that compares has the same ones: the i-th number of
the k-th operand is ((37 i + 11 k) mod 101 - 50) / 32, and the gradients are those of
sum c(i) y(i) with c = 1, -1/2, 1/4, -3/4, 3/8 in turn.
"""

import json

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def operand(k, *shape):
    count = 1
    for size in shape:
        count *= size
    values = [((37 * i + 11 * k) % 101 - 50) / 32 for i in range(count)]
    return torch.tensor(values).reshape(shape).requires_grad_()


def rms_norm(x, weight):
    layer = torch.nn.RMSNorm(x.shape[-1], eps=1e-3)
    return torch.func.functional_call(layer, {"weight": weight}, (x,))


def rotate_half(x):
    """transformers/models/llama/modeling_llama.py"""
    lower, upper = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-upper, lower), dim=-1)


def rotary(x, heads, size):
    """apply_rotary_pos_emb of the same file, the values behind the heads that turn."""
    batch, context, width = x.shape
    frequencies = 1.0 / (10000 ** (torch.arange(0, size, 2).double() / size))
    angles = torch.outer(torch.arange(context).double(), frequencies)
    angles = torch.cat((angles, angles), dim=-1)
    turned = x[..., : heads * size].reshape(batch, context, heads, size).transpose(1, 2)
    turned = turned * angles.cos() + rotate_half(turned) * angles.sin()
    turned = turned.transpose(1, 2).reshape(batch, context, heads * size)
    return torch.cat((turned, x[..., heads * size :]), dim=-1)


def grouped_attention(x, heads, groups, size):
    """Causal attention of grouped queries, torch's own repetition of keys and values."""
    batch, context, _ = x.shape
    query, key, value = x.split([heads * size, groups * size, groups * size], dim=-1)

    def apart(part):
        return part.reshape(batch, context, -1, size).transpose(1, 2)

    result = F.scaled_dot_product_attention(
        apart(query), apart(key), apart(value), is_causal=True, enable_gqa=True
    )
    return result.transpose(1, 2).reshape(batch, context, heads * size)


def dice(x, targets):
    """1 - (2 sum p t + 1) / (sum p + sum t + 1), the mean over the classes."""
    p = x.softmax(dim=-1)
    t = F.one_hot(targets, x.shape[-1]).to(p.dtype)
    quotients = (2 * (p * t).sum(dim=0) + 1) / (p.sum(dim=0) + t.sum(dim=0) + 1)
    return (1 - quotients).mean()


targets = torch.tensor([2, 0, 3, 2, 1, 2, 0])
cases = {
    "rms-norm": (rms_norm, [operand(0, 3, 5), operand(1, 5)]),
    "silu": (F.silu, [operand(0, 23)]),
    "rotary": (lambda x: rotary(x, 3, 4), [operand(0, 2, 5, 16)]),
    "grouped attention": (lambda x: grouped_attention(x, 4, 2, 3), [operand(0, 2, 4, 24)]),
    "label smoothing": (
        lambda x: torch.nn.CrossEntropyLoss(label_smoothing=0.1)(x, targets),
        [operand(0, 7, 4)],
    ),
    "dice": (lambda x: dice(x, targets), [operand(0, 7, 4)]),
    "layer-norm": (
        lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b, eps=1e-3),
        [operand(0, 3, 5), operand(1, 5), operand(2, 5)],
    ),
}
rows = {}
for name, (function, operands) in cases.items():
    result = function(*operands)
    values = result.reshape(-1)
    weights = torch.tensor([[1, -0.5, 0.25, -0.75, 0.375][i % 5] for i in range(len(values))])
    gradients = torch.autograd.grad((values * weights).sum(), operands)
    rows[name] = {
        "output": values.tolist(),
        "gradients": [gradient.reshape(-1).tolist() for gradient in gradients],
    }
lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
print(f'{{"peer": "PyTorch {torch.__version__}", "cases": {{\n{lines}\n}}}}')
