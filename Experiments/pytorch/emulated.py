#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Models of Hugging Face under `halfway.torch.emulate`, from small configurations with random weights: loss and gradients
of a batch beside torch's own in FP32, and how often torch had to compute a product itself.

    PYTHONPATH=Python HALFWAY_LIBRARY=... python3 Experiments/pytorch/emulated.py
"""

from __future__ import annotations

import time
from typing import Any

import torch
import transformers as hf

import halfway.torch

POLICIES = [("fp32", None), ("bf16-amp", None), ("fp8-hybrid", None), ("fp8-hybrid", "hopper")]
TOKENS = {"vocab_size": 100}
SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
QUIET = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def models() -> dict[str, tuple[torch.nn.Module, dict[str, Any]]]:
    torch.manual_seed(1)
    ids, classes, images = torch.randint(0, 100, (2, 32)), torch.tensor([0, 1]), torch.randn(2, 3, 32, 32)
    text = {"input_ids": ids, "labels": ids}
    gpt2 = hf.GPT2Config(
        n_positions=64, n_embd=64, n_layer=2, n_head=4, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0,
        eos_token_id=0, **TOKENS,
    )  # fmt: skip
    llama = hf.LlamaConfig(num_key_value_heads=2, max_position_embeddings=64, **SMALL, **TOKENS)
    return {
        "GPT-2": (hf.GPT2LMHeadModel(gpt2), text),
        "Llama": (hf.LlamaForCausalLM(llama), text),
        "BERT": (hf.BertForSequenceClassification(hf.BertConfig(**SMALL, **QUIET, **TOKENS)), {"input_ids": ids, "labels": classes}),
        "ViT": (hf.ViTForImageClassification(hf.ViTConfig(image_size=32, patch_size=8, **SMALL, **QUIET)),
                {"pixel_values": images, "labels": classes}),
    }  # fmt: skip


def passed(model: torch.nn.Module, batch: dict[str, Any]) -> tuple[float, torch.Tensor, float]:
    """The loss, all gradients and the seconds of processor time of a forward and a backward pass."""
    model.zero_grad()
    began = time.process_time()
    loss = model(**batch).loss
    loss.backward()
    seconds = time.process_time() - began
    return float(loss.detach()), torch.cat([one.grad.flatten() for one in model.parameters() if one.grad is not None]), seconds


def main() -> None:
    torch.set_num_threads(1)
    halfway.set_threads(1)
    print("| model | policy | loss | gradients off FP32's | not emulated | times |\n| --- | --- | --- | --- | --- | --- |")
    for name, (model, batch) in models().items():
        passed(model, batch)
        loss, gradients, plain = passed(model, batch)
        print(f"| {name} | torch | {loss:.5f} | | | |")
        for policy, unit in POLICIES:
            mode = halfway.torch.emulate(policy, unit=unit, others="count")
            with mode:
                own, found, seconds = passed(model, batch)
            error = float((found - gradients).norm() / gradients.norm())
            counts = ", ".join(f"{what} {count}" for what, count in mode.not_emulated.items())
            print(f"| | {policy}{f', {unit}' if unit else ''} | {own:.5f} | {error:.1e} | {counts} | {seconds / plain:.0f} |")


if __name__ == "__main__":
    main()
