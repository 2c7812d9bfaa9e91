#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small GPT-2 under FP16 autocast; the activation of the feed-forward layers is the argument (gelu_new by default)."""

import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

torch.manual_seed(0)
config = GPT2Config(vocab_size=500, n_positions=64, n_embd=64, n_layer=2, n_head=4)
config.activation_function = sys.argv[1] if len(sys.argv) > 1 else config.activation_function
model = GPT2LMHeadModel(config)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu")
tokens = torch.randint(0, 500, (200, 32))
for step in range(100):
    batch = tokens[4 * (step % 50) : 4 * (step % 50) + 4]
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        loss = model(input_ids=batch, labels=batch).loss
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
