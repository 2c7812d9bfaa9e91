# SPDX-License-Identifier: Apache-2.0
"""Runs that `halfway train --save-weights` has handed over, repeated by torch: in FP64, and emulated as a policy says.

torch in FP64 knows nothing of Halfway; an emulated run is held to the losses, gradients and weights bit for bit.
"""

from __future__ import annotations

import doctest
import importlib
import json
import pathlib
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional as F  # noqa: E402

import halfway.torch  # noqa: E402
from halfway import HalfwayError  # noqa: E402
from halfway._command import command  # noqa: E402
from handed_models import MLP, Transformer, gradients, load, read, take  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
POLICIES = ["fp32", "tf32", "fp16-amp", "bf16-amp", "fp8-hybrid"]
UNIT = "fp8-on-hopper"
STEPS = 3


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    """A small run of each model, trained by SGD under every policy."""
    try:
        tool = command()
    except HalfwayError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("handed")
    own = folder / "unit.json5"
    unit = "{ accumulation: { format: 'fp32', order: 'matrixUnit', unit: 'hopper' } }"
    own.write_text(f"[{{ name: '{UNIT}', base: 'fp8-hybrid', classes: {{ product: {unit}, attention: {unit} }} }}]")
    made = {}
    for model, size in {"mlp": ["--batch", "16"], "transformer": ["--batch", "2", "--context", "16"]}.items():
        made[model] = folder / model
        subprocess.run(
            [tool, "train", "--model", model, *size, "--width", "32", "--depth", "2", "--steps", str(STEPS), "--seeds", "0",
             "--optimizer", "sgd", "--learning-rate", "0.25", "--policies", ",".join([*POLICIES, str(own)]),
             "--save-weights", str(made[model]), "--output", str(folder / f"{model}-report")],
            check=True, capture_output=True, cwd=ROOT,
        )  # fmt: skip
    return made


def model_of(name: str, weights: Any) -> Any:
    return MLP(weights) if name == "mlp" else Transformer(weights, heads=2)


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_torch_in_fp64_repeats_a_run(runs: dict[str, pathlib.Path], name: str) -> None:
    run = runs[name]
    weights, notes = read(run / "initial.safetensors")
    model = model_of(name, weights).double()
    optimizer = torch.optim.SGD(model.parameters(), lr=json.loads(notes["halfway.optimizer"])["learningRate"])
    for step in range(1, STEPS + 1):
        batch = load(run / f"batches/step-{step:06}.safetensors")
        wanted = load(run / f"fp64/step-{step:06}.safetensors")
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch["inputs"]), batch["targets"].flatten())
        loss.backward()
        assert abs(loss.item() - wanted.pop("loss").item()) < 1e-13
        own = gradients(model)
        assert own.keys() == wanted.keys()
        for key, gradient in wanted.items():
            assert (own[key] - gradient).norm() <= 1e-12 * gradient.norm(), key
        optimizer.step()
    final = load(run / "fp64/final.safetensors")
    again = model_of(name, final).double()
    take(again, final)
    for one, other in zip(model.parameters(), again.parameters()):
        assert (one - other).norm() <= 1e-12 * other.norm()


@pytest.mark.parametrize("name", ["mlp", "transformer"])
@pytest.mark.parametrize("policy", [*POLICIES, UNIT])
def test_an_emulated_run_is_bit_for_bit(runs: dict[str, pathlib.Path], name: str, policy: str) -> None:
    run = runs[name]
    weights, notes = read(run / "initial.safetensors")
    model = model_of(name, weights)
    optimizer = torch.optim.SGD(model.parameters(), lr=json.loads(notes["halfway.optimizer"])["learningRate"])
    scaler = torch.amp.GradScaler("cpu", enabled=policy == "fp16-amp")
    for step in range(1, STEPS + 1):
        batch = load(run / f"batches/step-{step:06}.safetensors")
        wanted, of_step = read(run / policy / f"step-{step:06}.safetensors")
        optimizer.zero_grad()
        preset, unit = ("fp8-hybrid", "hopper") if policy == UNIT else (policy, None)
        with halfway.torch.emulate(preset, unit=unit) as mode:
            loss = F.cross_entropy(model(batch["inputs"]), batch["targets"].flatten())
            scaler.scale(loss).backward()
        assert not mode.not_emulated
        assert loss.item() == wanted["loss"].item()
        scale = float(of_step.get("halfway.loss-scale", 1))
        for key, gradient in gradients(model).items():
            assert torch.equal(gradient / scale, wanted[key]), (step, key)
        scaler.step(optimizer)
        scaler.update()
    final = load(run / policy / "final.safetensors")
    again = model_of(name, final)
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), again.parameters()))


def test_the_script_of_the_documentation_repeats_a_run(runs: dict[str, pathlib.Path]) -> None:
    pytest.importorskip("safetensors")
    text = (ROOT / "docs" / "pytorch.md").read_text()
    (script,) = re.findall(r"```python\n(# repeat\.py.*?)```", text, re.DOTALL)
    script = script.replace('RUN = "run"', f"RUN = {str(runs['mlp'])!r}")
    printed: list[str] = []
    exec(script, {"print": lambda *words: printed.append(" ".join(map(str, words)))})  # noqa: S102
    assert len(printed) == STEPS
    for line in printed:
        assert all(abs(float(number)) < 1e-12 for number in line.split()[1:]), line


def test_what_is_not_emulated_is_refused_or_counted(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        command()
    except HalfwayError as error:
        pytest.skip(str(error))
    x, convolution = torch.randn(2, 3, 8, 8), torch.nn.Conv2d(3, 4, 3)
    with pytest.raises(HalfwayError, match="convolution is not emulated under bf16-amp"):
        with halfway.torch.emulate("bf16-amp"):
            convolution(x)
    for call in (
        lambda: torch.einsum("ij,jk->ik", torch.ones(2, 3), torch.ones(3, 2)),
        lambda: torch.nn.LSTM(3, 4)(torch.ones(2, 1, 3)),
        lambda: torch.nn.MultiheadAttention(4, 2)(*[torch.ones(2, 1, 4)] * 3),
    ):
        with pytest.raises(HalfwayError, match="is not emulated"), halfway.torch.emulate("bf16-amp"):
            call()
    with halfway.torch.emulate("bf16-amp", others="count") as mode:
        convolution(x).sum().backward()
    assert mode.not_emulated == {"convolution": 1, "convolution_backward": 1}
    assert "halfway: not emulated, computed by torch: convolution (1), convolution_backward (1)" in capfd.readouterr().err
    for name, reason in {"bf16-strict": "compute is 'bf16'", "fp16-o2": "a format of its own", "fp17": "unknown policy"}.items():
        with pytest.raises(ValueError, match=reason):
            halfway.torch.emulate(name)
    with pytest.raises(ValueError, match="no matrix unit 'pascal'"):
        halfway.torch.emulate("fp16-amp", unit="pascal")
    with pytest.raises(HalfwayError, match="autocast is on"), torch.autocast("cpu", torch.bfloat16):
        with halfway.torch.emulate("bf16-amp"):
            pass


def test_attention_with_groups_and_masks_is_attention_of_repeated_heads() -> None:
    try:
        command()
    except HalfwayError as error:
        pytest.skip(str(error))
    torch.manual_seed(3)
    q, k, v = (torch.randn(2, heads, 6, 8, requires_grad=True) for heads in (4, 2, 2))
    seen = torch.ones(6, 6, dtype=torch.bool).tril()
    exact = F.scaled_dot_product_attention(*(one.double() for one in (q, k, v)), is_causal=True, enable_gqa=True)
    with halfway.torch.emulate("bf16-amp"):
        grouped = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, enable_gqa=True)
        repeated = F.scaled_dot_product_attention(
            q, k.repeat_interleave(2, -3), v.repeat_interleave(2, -3), is_causal=True
        )
        grouped.float().square().sum().backward()
    assert grouped.dtype is torch.bfloat16 and torch.equal(grouped, repeated)
    assert (grouped.double() - exact).norm() < 2**-7 * exact.norm()
    assert q.grad.dtype is torch.float32 and k.grad.shape == k.shape


@pytest.mark.parametrize("module", ["dumping", "emulation"])
def test_examples_in_docstrings_run(module: str) -> None:
    try:
        command()
    except HalfwayError as error:
        pytest.skip(str(error))
    results = doctest.testmod(importlib.import_module(f"halfway.torch.{module}"))
    assert results.failed == 0 and results.attempted > 2
