# SPDX-License-Identifier: Apache-2.0
"""Dumps of a step: the run's own tensors in their order, exact results beside them, and what `halfway scan` tells of two."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import halfway.torch  # noqa: E402
from halfway import HalfwayError  # noqa: E402
from halfway._command import command  # noqa: E402
from handed_models import read  # noqa: E402


def trained(folder: pathlib.Path, dtype: Any, steps: tuple[int, ...], *, scale: float | None = None) -> Any:
    """Three steps of a small model, dumped; the model and the files."""
    torch.manual_seed(7)
    model = nn.Sequential(nn.Linear(12, 16), nn.GELU(), nn.Linear(16, 5))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scaler = torch.amp.GradScaler("cpu", init_scale=scale or 1.0, enabled=scale is not None)
    with halfway.torch.dump(folder, model, optimizer, steps=steps) as dump:
        for _ in range(3):
            x, target = torch.randn(8, 12), torch.randint(0, 5, (8,))
            with dump.step():
                optimizer.zero_grad()
                with torch.autocast("cpu", dtype) if dtype else contextlib.nullcontext():
                    loss = nn.functional.cross_entropy(model(x), target)
                scaler.scale(loss).backward()
                scaler.step(optimizer)
                scaler.update()
    return model, dump.written


def test_a_dump_has_the_runs_own_tensors(tmp_path: pathlib.Path) -> None:
    model, files = trained(tmp_path, torch.bfloat16, (1, 3))
    assert [path.name for path in files] == ["step-000001.safetensors", "step-000003.safetensors"]
    tensors, notes = read(files[-1])
    order = json.loads(notes["halfway.order"])
    assert order[0] == "0.addmm" and order.index("0.addmm") < order.index("1.gelu") < order.index("0.weight.grad")
    assert tensors["0.addmm"].dtype is torch.bfloat16 and tensors["0.addmm.exact"].dtype is torch.float64
    assert set(tensors) == set(order) | {name for name in tensors if name.endswith(".exact")}
    # Gradients are those that the optimizer received, and updates what it changed.
    for name, parameter in model.named_parameters():
        assert torch.equal(tensors[f"{name}.grad"], parameter.grad)
        assert tensors[f"{name}.update"].abs().max() > 0
    error = (tensors["0.addmm"].double() - tensors["0.addmm.exact"]).abs()
    assert bool((error <= 2**-8 * tensors["0.addmm.exact"].abs()).all()) and error.max() > 0


def test_dumping_changes_nothing_and_gradients_are_unscaled(tmp_path: pathlib.Path) -> None:
    plain, files = trained(tmp_path / "a", None, (2,))
    other, _ = trained(tmp_path / "b", None, ())
    assert all(torch.equal(one, two) for one, two in zip(plain.parameters(), other.parameters()))
    _, scaled = trained(tmp_path / "c", None, (2,), scale=1024.0)
    (first, _), (second, notes) = read(files[0]), read(scaled[0])
    assert notes["halfway.loss-scale"] == "1024.0"
    for name in first:
        assert torch.allclose(first[name].double(), second[name].double(), rtol=1e-5, atol=1e-7), name


def test_scan_tells_what_was_added_from_what_was_inherited(tmp_path: pathlib.Path) -> None:
    try:
        tool = command()
    except HalfwayError as error:
        pytest.skip(str(error))
    (_, reference), (_, narrow) = (trained(tmp_path / str(dtype), dtype, (1,)) for dtype in (None, torch.bfloat16))
    result = tmp_path / "scan.json"
    run = subprocess.run(
        [tool, "scan", str(reference[0]), str(narrow[0]), "--tolerance", "1e-3", "--export", str(result)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1, run.stderr
    assert "0.addmm is the first of" in " ".join(run.stdout.split())
    results = json.loads(result.read_text())["results"]
    assert results["order"] == "noted" and results["first"] == "0.addmm"
    assert not results["onlyFirst"] and not results["onlySecond"]
    (a, _), (b, _) = read(reference[0]), read(narrow[0])
    told = {one["name"]: one for one in results["tensors"]}
    assert not any(name.endswith(".exact") for name in told)
    for name in ("0.addmm", "1.gelu", "2.addmm"):
        x, y, exact = a[name].double(), b[name].double(), b[f"{name}.exact"]
        assert told[name]["added"] == pytest.approx(((y - exact).norm() / x.norm()).item(), rel=1e-12)
        assert told[name]["inherited"] == pytest.approx(((exact - x).norm() / x.norm()).item(), rel=1e-12)
