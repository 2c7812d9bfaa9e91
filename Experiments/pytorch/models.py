#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Models that are not Halfway's, watched for ten steps each: whether the run keeps its bits and the twin is the FP64 run.

    PYTHONPATH=Python python3 Experiments/pytorch/models.py [NAME ...] [--steps 10] [--json]

Each model has random weights and random data, and is trained three times from the same ones: without a watch; with
one; in FP64, where every request for a narrower type is answered in FP64. A row says whether the weights, buffers and
losses of the first two are the same bits, and how far the twin is from the third run (the greatest relative distance
of a parameter, in the Euclidean norm). Where a mask has selected another number of elements in FP64 the twin goes on
with the run's, and a fourth training, in FP64 with these masks, is what it has to be. Models whose packages are missing
are said to be left out.
"""

from __future__ import annotations

import argparse
import collections
import copy
import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from halfway.torch.watching import Watching

NARROW = (torch.float32, torch.float16, torch.bfloat16)


def _selection(function: Any, args: tuple) -> list | None:
    """The masks of an operation whose result has as many elements as its masks select; None for other operations."""
    name = function._schema.name.split("::")[-1]
    if name not in ("nonzero", "masked_select", "index"):
        return None
    tensors = [one for value in args for one in (value if isinstance(value, (list, tuple)) else (value,))]
    masks = [one for one in tensors if isinstance(one, torch.Tensor) and one.dtype is torch.bool]
    return masks or None


class Selections(TorchDispatchMode):
    """Keeps what masks selected, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[tuple[torch.Size, list[torch.Tensor]]] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        masks = _selection(function, args)
        out = function(*args, **(kwargs or {}))
        if masks is not None:
            self.taken.append((out.shape, [one.clone() for one in masks]))
        return out


class Widened(TorchDispatchMode):
    """Answers every request for a narrower floating type in FP64.

    taken: selections of another run. Where a mask selects another number of elements, theirs is taken.
    """

    def __init__(self, taken: list | None = None) -> None:
        super().__init__()
        self._taken = iter(taken) if taken is not None else None

    def __torch_dispatch__(self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        def widen(value: Any) -> Any:
            return torch.float64 if isinstance(value, torch.dtype) and value in NARROW else value

        masks = _selection(function, args) if self._taken is not None else None
        with torch._C._DisableAutocast():
            out = function(*map(widen, args), **{key: widen(one) for key, one in (kwargs or {}).items()})
            if masks is not None and self._taken is not None:
                shape, theirs = next(self._taken)
                if tuple(shape) != tuple(out.shape):
                    for own, one in zip(masks, theirs):
                        own.copy_(one)
                    out = function(*args, **(kwargs or {}))
        return out


class Null:
    """A recorder that counts calls."""

    def __init__(self, run: dict) -> None:
        self.calls: collections.Counter = collections.Counter()
        self.uncompared: collections.Counter = collections.Counter()
        self.decided = 0
        self.losses: list[Any] = []

    def tensor(self, *_: Any) -> None:
        self.calls["tensor"] += 1

    def update(self, *_: Any) -> None:
        self.calls["update"] += 1

    def decay(self, *_: Any) -> None: ...

    def decision(self, layer: Any, operation: Any, source: Any, count: int, different: int) -> None:
        self.decided += different

    def note(self, kind: str, layer: Any, operation: Any, source: Any, text: str, count: int) -> None:
        if kind == "not-compared":
            self.uncompared[f"{operation}: {text}"] += 1

    def step(self, number: int, **figures: Any) -> None:
        self.losses.append((figures["loss"], figures["twin_loss"]))

    def describe(self, run: dict) -> None: ...

    def close(self, reason: str) -> None: ...


def counting(path: str) -> Callable[[dict], Any]:
    """A recorder of the library that also counts what is not compared."""
    from halfway.torch.recorder import Recorder

    class Both(Null):
        def __init__(self, run: dict) -> None:
            super().__init__(run)
            self.recorder = Recorder(path, run, torch.get_num_threads())

    def forward(name: str) -> Callable:
        def call(self: Any, *values: Any, **named: Any) -> None:
            getattr(Null, name)(self, *values, **named)
            getattr(self.recorder, name)(*values, **named)

        return call

    for name in ("tensor", "update", "decay", "decision", "note", "step", "describe", "close"):
        setattr(Both, name, forward(name))
    return Both


# ---- the models: each gives a module, its inputs, and the loss of one call


def perceptron() -> tuple:
    model = nn.Sequential(*[layer for _ in range(4) for layer in (nn.Linear(128, 128), nn.GELU())], nn.Linear(128, 10))
    return model, (torch.randn(64, 128), torch.randint(0, 10, (64,))), lambda m, x, y: F.cross_entropy(m(x), y)


class MNIST(nn.Module):
    """The network of PyTorch's MNIST example, from its description."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        x = F.relu(self.fc1(torch.flatten(self.dropout1(x), 1)))
        return F.log_softmax(self.fc2(self.dropout2(x)), dim=1)


def mnist() -> tuple:
    return MNIST(), (torch.randn(8, 1, 28, 28), torch.randint(0, 10, (8,))), lambda m, x, y: F.nll_loss(m(x), y)


def resnet18() -> tuple:
    import torchvision

    model = torchvision.models.resnet18(num_classes=10)
    return model, (torch.randn(4, 3, 64, 64), torch.randint(0, 10, (4,))), lambda m, x, y: F.cross_entropy(m(x), y)


def language(make: Callable, **labels: Any) -> tuple:
    tokens = torch.randint(0, 500, (4, 32))
    return make(), (tokens,), lambda m, x: m(input_ids=x, labels=x).loss


def gpt2() -> tuple:
    from transformers import GPT2Config, GPT2LMHeadModel

    return language(lambda: GPT2LMHeadModel(GPT2Config(vocab_size=500, n_positions=64, n_embd=64, n_layer=2, n_head=4)))


def llama() -> tuple:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=500, hidden_size=64, intermediate_size=172, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    return language(lambda: LlamaForCausalLM(config))


def bert() -> tuple:
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=500, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=64,
    )  # fmt: skip
    return language(lambda: BertForMaskedLM(config))


def vit() -> tuple:
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        image_size=32, patch_size=8, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        num_labels=10,
    )  # fmt: skip
    data = torch.randn(4, 3, 32, 32), torch.randint(0, 10, (4,))
    return ViTForImageClassification(config), data, lambda m, x, y: m(pixel_values=x, labels=y).loss


def yolo() -> tuple:
    from ultralytics.cfg import get_cfg
    from ultralytics.nn.tasks import DetectionModel

    model = DetectionModel("yolov8n.yaml", nc=4, verbose=False)
    model.args = get_cfg()
    boxes = torch.rand(6, 4) * 0.3 + 0.3
    data = torch.rand(2, 3, 64, 64), torch.randint(0, 4, (6, 1)).float(), boxes, torch.tensor([0, 0, 0, 1, 1, 1.0])

    def loss(m: nn.Module, images: Any, classes: Any, boxes: Any, index: Any) -> torch.Tensor:
        batch = {"img": images, "cls": classes, "bboxes": boxes, "batch_idx": index}
        return m(batch)[0].sum()

    return model, data, loss


class LanguageLSTM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(500, 64)
        self.lstm = nn.LSTM(64, 64, num_layers=2, dropout=0.2, batch_first=True)
        self.head = nn.Linear(64, 500)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(self.embedding(x))[0]).transpose(1, 2)


def lstm() -> tuple:
    tokens = torch.randint(0, 500, (4, 17))
    return LanguageLSTM(), (tokens[:, :-1], tokens[:, 1:]), lambda m, x, y: F.cross_entropy(m(x), y)


def _twice(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """A U-Net of three levels (Ronneberger, Fischer and Brox, 2015)."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.down1, self.down2, self.bottom = _twice(3, width), _twice(width, 2 * width), _twice(2 * width, 4 * width)
        self.up2, self.up1 = nn.ConvTranspose2d(4 * width, 2 * width, 2, 2), nn.ConvTranspose2d(2 * width, width, 2, 2)
        self.merge2, self.merge1 = _twice(4 * width, 2 * width), _twice(2 * width, width)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        one = self.down1(x)
        two = self.down2(F.max_pool2d(one, 2))
        x = self.merge2(torch.cat((self.up2(self.bottom(F.max_pool2d(two, 2))), two), 1))
        return self.head(self.merge1(torch.cat((self.up1(x), one), 1)))


def dice(logits: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    share = logits.sigmoid()
    return 1 - (2 * (share * mask).sum() + 1) / (share.sum() + mask.sum() + 1)


def unet() -> tuple:
    images = torch.randn(2, 3, 32, 32)
    mask = (images.mean(1, keepdim=True) > 0.3).float()
    return UNet(), (images, mask), lambda m, x, y: dice(m(x), y)


MODELS = {
    "MLP": perceptron, "MNIST CNN": mnist, "ResNet-18": resnet18, "GPT-2": gpt2, "Llama": llama, "BERT": bert, "ViT": vit,
    "YOLOv8n": yolo, "LSTM": lstm, "U-Net, Dice": unet,
}  # fmt: skip

SETTINGS = {
    "bf16 AdamW": (torch.bfloat16, lambda p: torch.optim.AdamW(p, 1e-3)),
    "fp16 GradScaler SGD": (torch.float16, lambda p: torch.optim.SGD(p, 0.02, momentum=0.9)),
    "fp32 AdamW": (None, lambda p: torch.optim.AdamW(p, 1e-3)),
}


def train(model: nn.Module, make: Callable, data: tuple, loss_of: Callable, dtype: Any, scaled: bool, steps: int) -> list:
    torch.manual_seed(1)
    optimizer = make(model.parameters())
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, enabled=scaled)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=dtype or torch.bfloat16, enabled=dtype is not None):
            loss = loss_of(model, *data)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.detach().clone())
    return losses


def widened(
    model: nn.Module, make: Callable, data: tuple, loss_of: Callable, steps: int, taken: list | None = None
) -> list:
    """The training in FP64, and its losses."""
    torch.set_default_dtype(torch.float64)
    try:
        with Widened(taken):
            return train(model, make, data, loss_of, None, False, steps)
    finally:
        torch.set_default_dtype(torch.float32)


def distances(twins: list[torch.Tensor], exact: nn.Module) -> list[float]:
    """The relative distances of parameters.

    A parameter whose gradient is zero in exact arithmetic, as a bias of keys before softmax, holds rounding errors
    alone, in any run: it is left out.
    """
    pairs = [(twin, theirs.detach()) for twin, theirs in zip(twins, exact.parameters())]
    least = 1e-9 * max(float(theirs.norm()) for _, theirs in pairs)
    return [float((twin - theirs).norm()) / float(theirs.norm()) for twin, theirs in pairs if theirs.norm() >= least]


def row(name: str, setting: str, steps: int, recording: str | None) -> dict:
    """One model in one setting: the row of the table."""
    dtype, make = SETTINGS[setting]
    # oneDNN's LSTM has no BF16 and FP16 on processors without these instructions; torch's own has.
    torch.backends.mkldnn.set_flags(not (name == "LSTM" and dtype is not None))
    scaled = dtype is torch.float16
    torch.manual_seed(0)
    model, data, loss_of = MODELS[name]()
    model.train()
    plain, exact = copy.deepcopy(model), copy.deepcopy(model).double()
    train(copy.deepcopy(model), make, data, loss_of, dtype, scaled, 1)
    start = time.process_time()
    plain_losses = train(plain, make, data, loss_of, dtype, scaled, steps)
    plain_time = time.process_time() - start

    wide = tuple(one.double() if one.is_floating_point() else one for one in data)
    start_of_chosen, chosen = copy.deepcopy(exact), copy.deepcopy(model)
    exact_losses = widened(exact, make, wide, loss_of, steps)

    watching = Watching(counting(recording) if recording else Null)
    watching.attach()
    start = time.process_time()
    with watching.mode:
        losses = train(model, make, data, loss_of, dtype, scaled, steps)
    watched_time = time.process_time() - start
    watching.close("finished")
    heard = watching._sink

    same = all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), plain.state_dict().values()))
    same = same and all(torch.equal(a, b) for a, b in zip(losses, plain_losses))
    twins = [watching.mode.shadows.of(one.detach()) for one in model.parameters()]
    found = distances(twins, exact)
    distance = as_chosen = max(found)
    if distance > 1e-12:
        with Selections() as selections:
            train(chosen, make, data, loss_of, dtype, scaled, steps)
        widened(start_of_chosen, make, wide, loss_of, steps, selections.taken)
        as_chosen = max(distances(twins, start_of_chosen))
    twin_loss = heard.losses[-1][1]
    return {
        "model": name, "setting": setting, "parameters": sum(one.numel() for one in model.parameters()),
        "steps": len(heard.losses), "bits": same, "twin": distance, "asChosen": as_chosen,
        "zeroButForRounding": len(twins) - len(found),
        "twinLoss": abs(twin_loss / float(exact_losses[-1]) - 1), "loss": float(losses[-1]),
        "decisions": heard.decided, "notCompared": dict(heard.uncompared), "results": heard.calls["tensor"],
        "plainSeconds": plain_time / steps, "watchedSeconds": watched_time / steps,
    }  # fmt: skip


def versions() -> dict:
    import importlib.metadata

    found = {"python": platform.python_version()}
    for name in ("torch", "transformers", "torchvision", "ultralytics"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help=f"of {', '.join(MODELS)}; all without any")
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--settings", nargs="*", default=list(SETTINGS), help="of " + ", ".join(SETTINGS))
    parser.add_argument("--recording", help="count with Halfway's recorder, into this file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(versions())
    print("| model | setting | parameters | same bits | twin from FP64 run | decisions | not compared | ms a step | times |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    failed = False
    for name in options.models or MODELS:
        for setting in options.settings:
            try:
                one = row(name, setting, options.steps, options.recording)
            except ImportError as error:
                print(f"| {name} | left out: {error} |")
                break
            except RuntimeError as error:
                torch.set_default_dtype(torch.float32)
                print(f"| {name} | {setting} | left out, torch itself: {str(error).splitlines()[0][:90]} |", flush=True)
                continue
            failed |= not one["bits"] or one["asChosen"] > 1e-12
            if options.json:
                print(json.dumps(one))
            twin = f"{one['twin']:.1e}"
            if one["twin"] > 1e-12:
                twin += f", {one['asChosen']:.1e} with the run's masks"
            print(
                f"| {name} | {setting} | {one['parameters']:,} | {'yes' if one['bits'] else 'NO'} | {twin} | "
                f"{one['decisions']} | {sum(one['notCompared'].values())} | {1e3 * one['plainSeconds']:.0f} | "
                f"{one['watchedSeconds'] / one['plainSeconds']:.1f} |",
                flush=True,
            )
            for what, count in one["notCompared"].items():
                print(f"    not compared: {what} x{count}", file=sys.stderr)
    print(f"greatest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
