#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small GPT-2 trained after `model.half()` with AdamW as it comes; `master` keeps FP32 weights under autocast with a GradScaler."""

import sys

import torch
from transformers import GPT2Config, GPT2LMHeadModel

repaired = "master" in sys.argv
torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config(vocab_size=500, n_positions=64, n_embd=64, n_layer=2, n_head=4))
if not repaired:
    model.half()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cpu", enabled=repaired)
tokens = torch.randint(0, 20, (200, 32))
for step in range(100):
    batch = tokens[4 * (step % 50) : 4 * (step % 50) + 4]
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16, enabled=repaired):
        loss = model(input_ids=batch, labels=batch).loss
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
