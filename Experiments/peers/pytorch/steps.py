# SPDX-License-Identifier: Apache-2.0
"""Milliseconds of a training step in PyTorch on the CPU, for the models of `halfway bench --training`.

    python steps.py [--threads 1]

The same sizes, batch and optimizer as Halfway's models; forward, backward and optimizer step, the
fastest of the steps of a second, and of at least 15.
"""
import argparse
import time

import torch
from torch import nn
from torch.nn import functional as F

VOCABULARY = 84


class Perceptron(nn.Module):
    def __init__(self, context, embedding, width, depth):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, embedding)
        sizes = [context * embedding] + [width] * depth
        self.hidden = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.out = nn.Linear(width, VOCABULARY)

    def forward(self, tokens):
        x = self.table(tokens).flatten(1)
        for layer in self.hidden:
            x = F.gelu(layer(x))
        return self.out(x)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.projection = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.expand, self.contract = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (
            part.view(b, t, self.heads, d // self.heads).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(d, dim=2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.projection(y.transpose(1, 2).reshape(b, t, d))
        return x + self.contract(F.gelu(self.expand(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, context, width, depth, heads):
        super().__init__()
        self.table, self.position = nn.Embedding(VOCABULARY, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, VOCABULARY)

    def forward(self, tokens):
        x = self.table(tokens) + self.position(torch.arange(tokens.shape[1]))
        return self.out(self.norm(self.blocks(x)))


class Memory(nn.Module):
    def __init__(self, embedding, units, layers):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, embedding)
        self.memory = nn.LSTM(embedding, units, layers, batch_first=True)
        self.out = nn.Linear(units, VOCABULARY)

    def forward(self, tokens):
        return self.out(self.memory(self.table(tokens))[0])


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.shortcut = (
            nn.Identity()
            if inputs == outputs and stride == 1
            else nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )
        )

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class ResidualNetwork(nn.Module):
    def __init__(self, width, classes=10):
        super().__init__()
        widths = [width, 2 * width, 4 * width]
        self.stem, self.norm = nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width)
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(
                    widths[max(stage - 1, 0)] if block == 0 else outputs,
                    outputs,
                    2 if stage > 0 and block == 0 else 1,
                )
                for stage, outputs in enumerate(widths)
                for block in range(2)
            )
        )
        self.out = nn.Linear(widths[-1], classes)

    def forward(self, images):
        x = self.blocks(F.relu(self.norm(self.stem(images))))
        return self.out(x.mean((2, 3)))


def milliseconds(model, optimizer, inputs, targets):
    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = model(inputs)
        loss = F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))
        loss.backward()
        optimizer.step()

    for _ in range(5):
        step()
    best, begin = float("inf"), time.perf_counter()
    count = 0
    while count < 15 or time.perf_counter() - begin < 1:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
        count += 1
    return best * 1e3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    print(f"torch {torch.__version__}, {threads} thread(s)")

    def tokens(*shape):
        return torch.randint(VOCABULARY, shape)

    for width in (128, 512):
        model = Perceptron(16, 16, width, 2)
        report("mlp", model, torch.optim.SGD(model.parameters(), 0.5), tokens(64, 16), tokens(64))
    for width in (64, 208):
        model = Transformer(32, width, 2, width // 16)
        optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        report("transformer", model, optimizer, tokens(16, 32), tokens(16, 32))
    for units in (96, 320):
        model = Memory(32, units, 1)
        optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        report("lstm", model, optimizer, tokens(16, 32), tokens(16, 32))
    for width in (16, 52):
        model = ResidualNetwork(width)
        optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
        report("cnn", model, optimizer, torch.randn(32, 3, 32, 32), torch.randint(10, (32,)))


def report(name, model, optimizer, inputs, targets):
    count = sum(p.numel() for p in model.parameters())
    print(f"{name:12} {count:9} weights  {milliseconds(model, optimizer, inputs, targets):8.3f} ms")


if __name__ == "__main__":
    main()
