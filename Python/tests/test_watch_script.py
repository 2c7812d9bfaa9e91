# SPDX-License-Identifier: Apache-2.0
"""`python -m halfway watch -- script` and `halfway.watch`: scripts as they are, their exit statuses, bad input.

The `halfway` command is a stand-in that writes down how it was called: the report has tests of its own.
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import halfway  # noqa: E402
from halfway._errors import HalfwayError  # noqa: E402

PACKAGE = pathlib.Path(halfway.__file__).parent.parent

TRAINING = """
import os, sys, torch
torch.set_num_threads(1)
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.GELU(), torch.nn.Linear(16, 4))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
x, y = torch.randn(16, 8), torch.randint(0, 4, (16,))
def step():
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item().hex()
"""


@pytest.fixture(scope="module", autouse=True)
def library() -> None:
    try:
        from halfway.torch.recorder import calls

        calls()
    except HalfwayError as error:
        pytest.skip(str(error))


class Desk:
    """A folder with scripts, and a command that notes its arguments."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.command = folder / "halfway-stand-in"
        self.command.write_text(f'#!/bin/sh\necho "$@" >>{folder}/called\n')
        self.command.chmod(0o755)

    def run(self, body: str, *options: str, arguments: tuple[str, ...] = (), **environment: str) -> Any:
        (self.folder / "train.py").write_text(TRAINING + textwrap.dedent(body))
        return self.start(*options, "--output", "out", "--", "train.py", *arguments, **environment)

    def start(self, *line: str, **environment: str) -> Any:
        variables = dict(os.environ, HALFWAY_COMMAND=str(self.command), PYTHONPATH=str(PACKAGE), OMP_NUM_THREADS="1")
        variables.update(environment)
        return subprocess.run(
            [sys.executable, "-m", "halfway", "watch", *line], cwd=self.folder, env=variables, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip

    @property
    def called(self) -> list[str]:
        path = self.folder / "called"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def recording(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "out" / "run.halfway-recording").read_text().splitlines()]

    def steps(self) -> int:
        return sum("step" in line and "point" not in line for line in self.recording)


@pytest.fixture
def desk(tmp_path: pathlib.Path) -> Desk:
    return Desk(tmp_path)


def test_a_script_keeps_its_arguments_its_output_and_its_status(desk: Desk) -> None:
    body = """
    import helper
    print(__name__, sys.argv[1:], os.path.basename(__file__), helper.VALUE)
    print(*[step() for _ in range(3)])
    sys.exit(3)
    """
    (desk.folder / "helper.py").write_text("VALUE = 7\n")
    watched = desk.run(body, arguments=("--lr", "1"))
    plain = subprocess.run(
        [sys.executable, "train.py", "--lr", "1"], cwd=desk.folder, capture_output=True, text=True, check=False
    )
    assert (watched.returncode, plain.returncode) == (3, 3)
    assert watched.stdout == plain.stdout and "__main__ ['--lr', '1'] train.py 7" in plain.stdout
    assert desk.called == [f"watched {desk.folder}/out/run.halfway-recording --output out"]
    assert desk.steps() == 3 and desk.recording[-1]["end"]


def test_watching_begins_where_the_first_optimizer_is_made(desk: Desk) -> None:
    # The weight is computed in FP32, and a layer is called alone before the model is: the twin has the weight as it is,
    # and the layer the name that the model gives it.
    (desk.folder / "train.py").write_text(
        textwrap.dedent("""
        import torch
        model = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False))
        with torch.no_grad():
            model[0].weight.fill_(1.0).div_(3.0)
        model[0](torch.ones(1, 1))
        groups = [{"params": list(model.parameters()), "lr": 0.5, "momentum": 0.25}]
        optimizer = torch.optim.SGD(groups, lr=0.1)
        model(torch.ones(1, 1)).sum().backward()
        optimizer.step()
        """)
    )
    assert desk.start("--output", "out", "--", "train.py").returncode == 0
    run = next(line["run"] for line in reversed(desk.recording) if "run" in line)
    assert "lr=0.5 momentum=0.25" in run["optimizer"]
    assert {line["layer"] for line in desk.recording if "tensor" in line} <= {"0", "script"}
    (step,) = [line for line in desk.recording if "step" in line and "point" not in line]
    assert step["loss"] == step["twinLoss"] == torch.tensor(1.0).div(3.0).item()


def test_a_script_is_ended_after_the_last_watched_step_or_goes_on(desk: Desk) -> None:
    body = """
    try:
        for number in range(5):
            step()
            print("step", number)
    finally:
        print("cleaned up")
    """
    ended = desk.run(body, "--steps", "2")
    assert ended.returncode == 0, ended.stderr
    assert "step 1" in ended.stdout and "step 3" not in ended.stdout and "cleaned up" in ended.stdout
    assert desk.steps() == 2
    went_on = desk.run(body, "--steps", "2", "--go-on")
    assert went_on.returncode == 0, went_on.stderr
    assert "step 4" in went_on.stdout and desk.steps() == 2


@pytest.mark.parametrize(
    ("last", "status", "words"),
    [
        ("raise ValueError('bad batch')", 1, "ValueError: bad batch"),
        ("os.kill(os.getpid(), 2)", -signal.SIGINT, "KeyboardInterrupt"),
        ("torch.empty(2**50)", 1, "allocate memory"),
        ("sys.exit('no data')", 1, "no data"),
    ],
)
def test_the_steps_seen_are_reported_when_a_script_breaks_off(desk: Desk, last: str, status: int, words: str) -> None:
    ran = desk.run(f"step()\nstep()\n{last}\n")
    assert ran.returncode == status and words in ran.stderr
    assert "halfway/torch/script.py" not in ran.stderr
    assert len(desk.called) == 1 and desk.steps() == 2


def test_bad_input_is_one_line_with_what_to_do(desk: Desk) -> None:
    def line(ran: Any, status: int) -> str:
        assert ran.returncode == status, ran.stderr
        assert ran.stderr.count("\n") == 1 and ran.stderr.startswith("halfway: ")
        return str(ran.stderr)

    assert "optimizer.step()" in line(desk.run("model(x)\n"), 2)
    assert "nothing.py is no file" in line(desk.start("--", "nothing.py"), 2)
    assert "train.py" in line(desk.start(), 64)
    fake = desk.folder / "fake" / "torch"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text("raise ImportError('no torch here')\n")
    missing = desk.start("--", "train.py", PYTHONPATH=f"{fake.parent}:{PACKAGE}")
    assert "pip install torch" in line(missing, 2)
    (fake / "__init__.py").write_text("__version__ = '1.13.1'\n")
    old = desk.start("--", "train.py", PYTHONPATH=f"{fake.parent}:{PACKAGE}")
    assert "torch 1.13.1 is older than" in line(old, 2)
    assert desk.start("--steps", "-1", "--", "train.py").returncode == 64


def test_a_compiled_model_runs_eagerly_and_that_is_said(desk: Desk) -> None:
    ran = desk.run("model = torch.compile(model)\nprint(step())\n")
    assert ran.returncode == 0 and "torch.compile is left out" in ran.stderr
    assert any(line.get("note") == "compiled" for line in desk.recording)


def test_a_loop_is_watched_by_hand(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    monkeypatch.setenv("HALFWAY_COMMAND", str(desk.command))
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with halfway.watch(model, optimizer, output=tmp_path / "out", steps=2) as watch:
        for _ in range(4):
            with watch.step():
                model(torch.ones(3, 4)).sum().backward()
                optimizer.step()
                optimizer.zero_grad()
    assert desk.steps() == 2 and len(desk.called) == 1 and watch.status == 0
