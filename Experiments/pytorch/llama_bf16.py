#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small Llama whose weights are BF16 in training, as `from_pretrained` leaves those of a BF16 checkpoint; `master` keeps them in FP32
under autocast."""

import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM

repaired = "master" in sys.argv
torch.manual_seed(0)
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=500,
        hidden_size=64,
        intermediate_size=176,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
    )
)
model.to(torch.bfloat16)
if repaired:
    model.float()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
tokens = torch.randint(0, 20, (200, 32))
for step in range(100):
    batch = tokens[4 * (step % 50) : 4 * (step % 50) + 4]
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=repaired):
        loss = model(input_ids=batch, labels=batch).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
