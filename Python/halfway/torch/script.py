# SPDX-License-Identifier: Apache-2.0
"""`python -m halfway watch -- train.py ...`: a training script run as Python runs it, its first steps watched."""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import traceback
import types
from typing import Any, NoReturn

import torch

from halfway._command import command
from halfway._errors import HalfwayError

from .loop import RECORDING, reason_of, report
from .recorder import Recorder, calls
from .shadows import Shadows
from .watching import Watching, WatchEnded


def _main_module() -> types.ModuleType:
    """A fresh `__main__`, so that the script finds its own names there, and what it pickles is found again."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    return module


def _run_file(path: str, arguments: list[str]) -> None:
    with open(path, "rb") as file:
        source = file.read()
    code = compile(source, path, "exec")
    sys.argv = [path, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    module = _main_module()
    module.__file__ = path
    exec(code, module.__dict__)


def _run_module(name: str, arguments: list[str]) -> None:
    import runpy

    sys.argv = [name, *arguments]
    sys.path[0] = os.getcwd()
    _main_module()
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _leave_by_interrupt() -> NoReturn:
    """Ends as a process that Ctrl-C ended, so that a shell sees it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    os._exit(130)


def watch_script(
    script: list[str], *, steps: int, every: int, local_only: bool, go_on: bool, output: str, options: list[str],
    threads: int = 0,
) -> int:  # fmt: skip
    """Runs a script, watches its steps and makes the report: the exit status, the script's own.

    The script is ended after the last of `steps`, unless it is to `go_on` unwatched.
    """
    calls()
    command()
    if script[0] == "-m" and len(script) < 2:
        raise HalfwayError("-m needs the name of a module: python -m halfway watch -- -m package.train")
    if script[0] != "-m" and not os.path.isfile(script[0]):
        raise HalfwayError(f"{script[0]} is no file: name the training script after --")
    recording = str(pathlib.Path(output).absolute() / RECORDING)
    about = {
        "steps": steps, "measureEvery": every, "localOnly": local_only,
        "script": os.path.basename(script[1] if script[0] == "-m" else script[0]),
        "arguments": script[2:] if script[0] == "-m" else script[1:],
    }  # fmt: skip

    def ended() -> None:
        watching.mode.shadows = Shadows()
        if not go_on:
            raise WatchEnded(0)

    watching = Watching(
        lambda run: Recorder(recording, run, threads or torch.get_num_threads()), steps=steps, every=every, twin=not local_only, about=about,
        at_end=ended,
    )  # fmt: skip
    compiled = _eager(watching)
    watching.attach()
    watching.await_optimizer()
    error: BaseException | None = None
    try:
        with watching.mode:
            if script[0] == "-m":
                _run_module(script[1], script[2:])
            else:
                _run_file(script[0], script[1:])
    except BaseException as raised:  # noqa: BLE001 - whatever ends the script ends the watch
        error = raised
    reason = reason_of(error)
    if isinstance(error, WatchEnded):
        error = None
    elif error is not None and not isinstance(error, SystemExit):
        _print_exception(error)
    try:
        watching.close(reason)
    except OSError as failure:
        print(f"halfway: {failure}", file=sys.stderr)
    compiled()
    own = _status(error)
    if watching.steps == 0:
        print(
            "halfway: the script ended without a step of a torch.optim optimizer, so there is nothing to report: "
            "watching finds steps at optimizer.step()",
            file=sys.stderr,
        )
        return own or 2
    if isinstance(error, KeyboardInterrupt):
        report(recording, output, options)
        _leave_by_interrupt()
    made = report(recording, output, options)
    return own or made


def _eager(watching: Watching) -> types.FunctionType:
    """Lets torch.compile hand back the function as it is, and says so; what it returns undoes that."""
    original: Any = torch.compile

    def compile(model: object = None, *args: object, **kwargs: object) -> object:
        if model is None:
            return lambda one: compile(one, *args, **kwargs)
        if watching.ended is not None:
            return original(model, *args, **kwargs)
        if not watching.compiled:
            watching.compiled = True
            watching.late_notes.append(("compiled", "torch.compile was left out: watched steps run eagerly"))
            print("halfway: torch.compile is left out: watched steps run eagerly", file=sys.stderr)
        return model

    torch.compile = compile  # type: ignore[assignment]

    def undo() -> None:
        torch.compile = original

    return undo  # type: ignore[return-value]


def _print_exception(error: BaseException) -> None:
    """Prints the script's exception as Python does, without our own frames."""
    trace = error.__traceback__
    here = os.path.dirname(__file__)
    while trace is not None and os.path.dirname(trace.tb_frame.f_code.co_filename) == here:
        trace = trace.tb_next
    sys.stdout.flush()
    traceback.print_exception(type(error), error, trace)


def _status(error: BaseException | None) -> int:
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        if error.code is None:
            return 0
        if isinstance(error.code, int):
            return error.code
        print(error.code, file=sys.stderr)
        return 1
    return 130 if isinstance(error, KeyboardInterrupt) else 1
