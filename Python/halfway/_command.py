# SPDX-License-Identifier: Apache-2.0
"""The `halfway` command: where it is, and one run of it."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

from halfway._errors import HalfwayError


def command() -> str:
    """The path of the command: the one that HALFWAY_COMMAND names, or the one that a shell finds, or that of a build
    beside this package. Raises HalfwayError where there is none.
    """
    named = os.environ.get("HALFWAY_COMMAND")
    if named:
        return named
    built = pathlib.Path(__file__).resolve().parent.parent.parent / ".build" / "release" / "halfway"
    found = shutil.which("halfway") or (str(built) if built.is_file() else None)
    if found is None:
        raise HalfwayError("the command halfway is not on the path: `make install` in Halfway's folder, or set HALFWAY_COMMAND")
    return found


def explain(expression: str, format: str = "fp16", *, rounding: str = "nearest-even", **options: str) -> dict[str, Any]:
    """How an expression is rounded, step by step: the document of `halfway explain`, schema docs/schema.

    expression: such as "0.1 + 0.2", "fma(0.1, 3, -0.3)", "sum([1, 2])". format: any of `formats()`, custom ones, fp64.
    rounding: names of `round`, or "all". options: tininess, subnormals, nan, overflow, accumulator, order, step.

    Runs the command. Raises ValueError with its message for an expression or a name that it does not know,
    HalfwayError where it is not installed.

    >>> explain("0.1 + 0.2", "fp16")["configuration"]["format"]  # doctest: +SKIP
    'fp16'
    """
    arguments = [command(), "explain", "--output-format", "json", "--format", format, "--rounding", rounding]
    for name, value in options.items():
        arguments += [f"--{name.replace('_', '-')}", value]
    try:
        run = subprocess.run([*arguments, "--", expression], capture_output=True, text=True, check=False)
    except OSError as error:
        raise HalfwayError(f"{arguments[0]} cannot be run: {error.strerror}") from None
    if not run.stdout.startswith("{"):
        message = " ".join(line.strip() for line in run.stderr.splitlines() if line.strip(" ^"))
        raise ValueError(message or f"halfway explain ended with status {run.returncode}")
    document: dict[str, Any] = json.loads(run.stdout)
    return document
