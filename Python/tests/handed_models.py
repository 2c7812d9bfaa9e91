# SPDX-License-Identifier: Apache-2.0
"""Halfway's MLP and transformer as a user of torch would write them, and runs that `halfway train` has handed over."""

from __future__ import annotations

import json
import pathlib
import struct
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8"}


def load(path: pathlib.Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file, read by its README: a length, a JSON header, the bytes."""
    return read(path)[0]


def read(path: pathlib.Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    contents = path.read_bytes()
    (size,) = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8 : 8 + size])
    notes = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        part = contents[8 + size + start : 8 + size + end]
        if entry["dtype"] == "BF16":
            made = torch.from_numpy(np.frombuffer(part, "<i2").copy()).view(torch.bfloat16)
        else:
            made = torch.from_numpy(np.frombuffer(part, _DTYPES[entry["dtype"]]).copy())
        tensors[name] = made.reshape(entry["shape"])
    return tensors, notes


class MLP(nn.Module):
    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.table = nn.Embedding(*weights["embedding.weight"].shape)
        names = [name for name in weights if name.startswith("hidden") and name.endswith("weight")]
        self.hidden = nn.ModuleList(nn.Linear(*weights[name].shape) for name in names)
        self.out = nn.Linear(*weights["output.weight"].shape)
        take(self, weights)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.table(tokens).flatten(1)
        for layer in self.hidden:
            x = F.gelu(layer(x))
        return self.out(x)

    def own(self, name: str) -> str:
        """Halfway's name of a parameter."""
        name = name.replace("table", "embedding").replace("out.", "output.")
        for number in range(len(self.hidden)):
            name = name.replace(f"hidden.{number}.", f"hidden{number + 1}.")
        return name


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, t, d = x.shape
        q, k, v = (
            part.view(b, t, self.heads, d // self.heads).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(d, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(y.transpose(1, 2).reshape(b, t, d))
        return x + self.contract(F.gelu(self.expand(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, weights: dict[str, torch.Tensor], heads: int = 4) -> None:
        super().__init__()
        self.table = nn.Embedding(*weights["embedding.weight"].shape)
        self.position = nn.Embedding(*weights["position.weight"].shape)
        depth = sum(name.endswith("qkv.weight") for name in weights)
        width = self.table.embedding_dim
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, self.table.num_embeddings)
        take(self, weights)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.table(tokens) + self.position(torch.arange(tokens.shape[1]).expand(tokens.shape))
        return self.out(self.norm(self.blocks(x))).flatten(0, -2)

    def own(self, name: str) -> str:
        """Halfway's name of a parameter."""
        name = name.replace("table", "embedding").replace("out.", "output.")
        for number in range(len(self.blocks)):
            name = name.replace(f"blocks.{number}.", f"block{number + 1}.")
        return name


def _turned(model: Any, name: str, x: torch.Tensor) -> torch.Tensor:
    """Halfway's linear layers have weights of inputs by outputs."""
    is_table = "table" in name or "position" in name
    return x.t() if x.dim() == 2 and not is_table else x


def take(model: Any, weights: dict[str, torch.Tensor]) -> None:
    """Gives a model the weights of a run."""
    with torch.no_grad():
        for name, one in model.named_parameters():
            one.copy_(_turned(model, name, weights[model.own(name)]))


def gradients(model: Any) -> dict[str, torch.Tensor]:
    """The model's gradients by Halfway's names and in its layout."""
    return {f"{model.own(name)}.grad": _turned(model, name, one.grad) for name, one in model.named_parameters()}
