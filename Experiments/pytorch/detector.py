#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ultralytics' own trainer on pictures of rectangles: a script as its users have them, to be watched as it stands.

    PYTHONPATH=Python python3 -m halfway watch --steps 10 -- Experiments/pytorch/detector.py FOLDER

draws 24 pictures into FOLDER (nothing is fetched from a network), trains YOLOv8n from its YAML for two epochs and writes
FOLDER/digest.txt: a hash of the weights after each optimizer step, and of all weights and buffers at the end.

    PYTHONPATH=Python python3 Experiments/pytorch/detector.py PLAIN --keep-masks masks.pt
    PYTHONPATH=Python python3 Experiments/pytorch/detector.py WIDE --fp64 --masks masks.pt \
        --twin reports/watch/run.halfway-recording

trains the same in FP64 by itself, with the masks of the plain run where they select another number of elements, as the
twin goes on with them; and prints how far the losses of the watched run's twin are from these.

On a CPU the trainer switches its own mixed precision off (`amp=True`) or refuses it (`amp="bf16"`); with --bf16 the
script puts CPU autocast around the model's call, which is what a user can do without another trainer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
import sys

import numpy as np


def draw(folder: pathlib.Path, count: int, size: int) -> pathlib.Path:
    """Pictures of one to three rectangles of three colours, their boxes, and the description the trainer reads."""
    from PIL import Image

    random = np.random.default_rng(0)
    for part in ("train", "val"):
        (folder / "images" / part).mkdir(parents=True, exist_ok=True)
        (folder / "labels" / part).mkdir(parents=True, exist_ok=True)
        for number in range(count if part == "train" else 4):
            picture = random.integers(0, 60, (size, size, 3), dtype=np.uint8)
            lines = []
            for _ in range(random.integers(1, 4)):
                kind = int(random.integers(3))
                width, height = random.integers(size // 6, size // 2, 2)
                left, top = random.integers(0, size - width), random.integers(0, size - height)
                picture[top : top + height, left : left + width, kind] = 220
                lines.append(
                    f"{kind} {(left + width / 2) / size:.6f} {(top + height / 2) / size:.6f} "
                    f"{width / size:.6f} {height / size:.6f}"
                )
            Image.fromarray(picture).save(folder / "images" / part / f"{number:03}.png")
            (folder / "labels" / part / f"{number:03}.txt").write_text("\n".join(lines) + "\n")
    description = folder / "data.yaml"
    description.write_text(
        f"path: {folder.resolve()}\ntrain: images/train\nval: images/val\nnames: [red, green, blue]\n"
    )
    return description


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=64, help="pixels of a side, 64 to 160")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--amp", default="True", help="the trainer's own option: True, False or bf16")
    parser.add_argument("--bf16", action="store_true", help="CPU autocast around the model's call")
    parser.add_argument("--fp64", action="store_true", help="the same training in FP64")
    parser.add_argument("--keep-masks", type=pathlib.Path, help="where to keep what masks select")
    parser.add_argument("--masks", type=pathlib.Path, help="the masks that --fp64 takes; its own without")
    parser.add_argument("--twin", type=pathlib.Path, help="a recording whose twin's losses are compared")
    parser.add_argument("--optimizer", default="AdamW")
    parser.add_argument("--status", type=int, default=0, help="the script's exit status")
    options = parser.parse_args()

    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ["YOLO_CONFIG_DIR"] = str(options.folder.resolve() / "settings")
    os.environ["YOLO_OFFLINE"] = "True"
    import torch
    from models import Selections, Widened
    from ultralytics import YOLO, settings

    settings.update({"sync": False})
    torch.set_num_threads(1)
    description = draw(options.folder, options.images, options.size)
    model = YOLO("yolov8n.yaml")
    lines: list[str] = []
    losses: list[float] = []
    from_numpy = torch.from_numpy
    beside: torch.utils._python_dispatch.TorchDispatchMode | None = None
    if options.fp64:
        beside = Widened(torch.load(options.masks) if options.masks else None)
    elif options.keep_masks:
        beside = Selections()

    def digest(values: object) -> str:
        found = hashlib.sha256()
        for one in values:  # type: ignore[attr-defined]
            found.update(one.detach().contiguous().flatten().view(torch.uint8).numpy().tobytes())
        return found.hexdigest()

    def started(trainer: object) -> None:
        step = trainer.optimizer_step  # type: ignore[attr-defined]

        def counted() -> None:
            step()
            lines.append(digest(trainer.model.parameters()))  # type: ignore[attr-defined]

        trainer.optimizer_step = counted  # type: ignore[attr-defined]
        if options.fp64:
            trainer.model.double()  # type: ignore[attr-defined]
            trainer.ema.ema.double()  # type: ignore[attr-defined]
            torch.set_default_dtype(torch.float64)
            # The data loader divides boxes by the picture's side: in FP64, as the twin does.
            torch.from_numpy = lambda values: from_numpy(values.astype("f8") if values.dtype == "f4" else values)
        if beside is not None:
            beside.__enter__()
        print(f"the trainer's own mixed precision: {trainer.amp}")  # type: ignore[attr-defined]
        if options.bf16:
            call = trainer.model.forward  # type: ignore[attr-defined]

            def narrow(*values: object, **named: object) -> object:
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    return call(*values, **named)

            trainer.model.forward = narrow  # type: ignore[attr-defined]

    def ended(trainer: object) -> None:
        if trainer.epoch + 1 == options.epochs:  # type: ignore[attr-defined]
            trainer.model.__dict__.pop("forward", None)  # type: ignore[attr-defined]
            if beside is not None:
                beside.__exit__(None, None, None)
            if isinstance(beside, Selections):
                torch.save([(tuple(shape), masks) for shape, masks in beside.taken], options.keep_masks)
            if options.fp64:
                torch.set_default_dtype(torch.float32)
                torch.from_numpy = from_numpy
                trainer.model.float()  # type: ignore[attr-defined]
                trainer.ema.ema.float()  # type: ignore[attr-defined]
        lines.append("all " + digest(one for one in trainer.model.state_dict().values()))  # type: ignore[attr-defined]

    model.add_callback("on_train_start", started)
    model.add_callback("on_train_epoch_end", ended)
    model.add_callback("on_train_batch_end", lambda trainer: losses.append(float(trainer.loss)))
    try:
        model.train(
            data=str(description), epochs=options.epochs, imgsz=options.size, batch=options.batch, nbs=options.batch,
            amp={"True": True, "False": False}.get(options.amp, options.amp), device="cpu", workers=0, plots=False,
            val=False, save=False, pretrained=False, optimizer=options.optimizer, seed=0, verbose=False,
            project=str(options.folder.resolve() / "runs"), name="run", exist_ok=True,
        )  # fmt: skip
    finally:
        (options.folder / "digest.txt").write_text("\n".join(lines) + "\n")
    if options.twin is not None:
        with options.twin.open() as file:
            read = (json.loads(line) for line in file if line.startswith('{"step"'))
            twins = [one["twinLoss"] for one in read]
        for number, (twin, loss) in enumerate(zip(twins, losses), 1):
            print(f"step {number}: loss {loss:.6f}, the twin's is {abs(twin / loss - 1):.1e} of it away")
    return options.status


if __name__ == "__main__":
    sys.exit(main())
