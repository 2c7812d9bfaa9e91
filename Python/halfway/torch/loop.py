# SPDX-License-Identifier: Apache-2.0
"""`halfway.watch(...)`: the steps of a training loop, watched; the report at its end."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import torch

from halfway._command import command
from halfway._errors import HalfwayError

from .recorder import Recorder, calls
from .watching import Watching

#: The name of a recording in its folder.
RECORDING = "run.halfway-recording"


def memory_words(error: BaseException) -> str | None:
    """What to say of an error that is a lack of memory; None for others."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else ""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or "can't allocate memory" in text:
        return f"out of memory: {text or type(error).__name__}"
    return None


def reason_of(error: BaseException | None) -> str:
    """Why a watch ended, in the recorder's words."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "finished"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    text = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
    return memory_words(error) or f"exception: {type(error).__name__}: {text}".rstrip(": ")


def report(recording: str, output: str, options: list[str] | None = None) -> int:
    """Makes the report of a recording by the `halfway` command; its exit status."""
    arguments = [command(), "watched", recording, "--output", output, *(options or [])]
    sys.stdout.flush()
    try:
        return subprocess.run(arguments, check=False).returncode
    except OSError as error:
        print(f"halfway: {arguments[0]} cannot be run: {error.strerror}; the recording is {recording}", file=sys.stderr)
        return 2


class Watch:
    """Watches the steps of a loop: `with watch.step(): ...` around each.

    The step runs as it stands, and its numbers are those it has without being watched. Beside it runs the same step
    in FP64 from the same weights, the twin, which goes on from its own weights from step to step.
    """

    def __init__(
        self, model: torch.nn.Module | None = None, optimizer: torch.optim.Optimizer | None = None, *,
        output: str | os.PathLike[str] = "reports/watch", steps: int = 0, every: int = 1, local_only: bool = False,
        threads: int = 0, options: list[str] | None = None,
    ) -> None:  # fmt: skip
        calls()
        self.output = os.fspath(output)
        self.recording = str(pathlib.Path(self.output) / RECORDING)
        self._steps = steps
        self._options = options
        self._command = command()
        self.status: int | None = None
        about = {
            "steps": steps, "measureEvery": every, "localOnly": local_only,
            "script": os.path.basename(sys.argv[0] or "python"), "arguments": [str(one) for one in sys.argv[1:]],
        }  # fmt: skip
        self.watching = Watching(
            lambda run: Recorder(self.recording, run, threads or torch.get_num_threads()),
            steps=steps, every=every, twin=not local_only, about=about, explicit=True,
        )  # fmt: skip
        if model is not None:
            self.watching.names.meet(model)
        if optimizer is not None:
            self.watching.meet(optimizer)

    def __enter__(self) -> "Watch":
        self.watching.attach()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.watching.close(reason_of(error))
        if self.watching.steps:
            self.status = report(self.recording, self.output, self._options)
        else:
            print("halfway: no step was watched, so there is no report: put `with watch.step():` around each step", file=sys.stderr)

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """One step: forward, backward and the optimizer's step."""
        watching = self.watching
        if watching.ended is not None or (self._steps and watching.steps >= self._steps):
            yield
            return
        with watching.mode:
            yield
        watching.end_step()
        if self._steps and watching.steps >= self._steps:
            watching.close("steps")


def watch(model: Any = None, optimizer: Any = None, **options: Any) -> Watch:
    """Watches the steps of a training loop and writes Halfway's report of them.

        with halfway.watch(model, optimizer, output="reports/mine") as watch:
            for batch in loader:
                with watch.step():
                    ...                     # the step as it stands, autocast and GradScaler included

    output: the report's folder. steps: how many steps are watched, 0 for all. every: of how many steps one is
    measured (the twin goes on in all). local_only: no twin, only what each operation adds. threads: of the recorder,
    0 for as many as torch has. Raises HalfwayError where the library, the command or torch is missing or too old.
    """
    return Watch(model, optimizer, **options)
