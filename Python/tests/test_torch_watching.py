# SPDX-License-Identifier: Apache-2.0
"""A watched training step: the run's own numbers, its exact twin, what is told of them.

The oracles are the run without a watch, and the same training in FP64 as torch itself does it.
"""

from __future__ import annotations

import collections
import copy
import itertools
import pathlib
from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from halfway.torch.watching import Watching  # noqa: E402

BF16, FP16 = torch.bfloat16, torch.float16


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Listener:
    """Keeps what a recorder would be handed."""

    def __init__(self, run: dict) -> None:
        self.run = run
        self.tensors: list[dict] = []
        self.updates: list[dict] = []
        self.steps: list[dict] = []
        self.decisions: list[tuple] = []
        self.notes: collections.Counter = collections.Counter()
        self.reason: str | None = None

    def tensor(self, layer, operation, kind, actual, local, twin, scale, source) -> None:
        self.tensors.append(
            {"layer": layer, "operation": operation, "kind": kind, "actual": actual.detach().clone(),
             "local": None if local is None else local.clone(), "twin": None if twin is None else twin.clone(),
             "scale": scale, "source": source, "step": len(self.steps) + 1}
        )  # fmt: skip

    def update(self, layer, name, before, base, local, after, twin_before, twin_after, gradient, twin_gradient) -> None:
        self.updates.append(
            {"layer": layer, "name": name, "before": before, "base": base, "local": local, "after": after.clone()}
        )

    def decay(self, *_: Any) -> None: ...

    def decision(self, *values: Any) -> None:
        self.decisions.append(values)

    def note(self, kind, layer, operation, source, text, count) -> None:
        self.notes[kind, operation] += count

    def step(self, number: int, **figures: Any) -> None:
        self.steps.append(figures)

    def describe(self, run: dict) -> None:
        self.run = run

    def close(self, reason: str) -> None:
        self.reason = reason


class Attention(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 32)
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=dropout, batch_first=True)
        self.head = nn.Linear(32, 50)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layer(self.embedding(x))).transpose(1, 2)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(x)[0][:, -1])


class Tied(nn.Module):
    """Frozen embedding norms, tied ends, a block that is computed again in the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.block = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.norm = nn.LayerNorm(16)
        self.head = nn.Linear(16, 50, bias=False)
        self.head.weight = self.embedding.weight
        self.norm.requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        from torch.utils.checkpoint import checkpoint

        x = self.embedding(x)
        x = x + checkpoint(self.block, x, use_reentrant=False)
        return self.head(self.norm(x)).transpose(1, 2)


def case(name: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    labels = torch.randint(0, 10, (8,))
    if name == "perceptron":
        return nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 10)), torch.randn(8, 16), labels
    if name == "convolution":
        model = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(8 * 16, 10),
        )  # fmt: skip
        return model, torch.randn(8, 3, 8, 8), labels
    if name == "lstm":
        return Recurrent(), torch.randn(8, 5, 8), labels
    tokens = torch.randint(0, 50, (4, 8)), torch.randint(0, 50, (4, 8))
    if name == "tied":
        return Tied(), *tokens
    return Attention(0.1 if name == "dropout" else 0.0), *tokens


def adamw(**options: Any) -> Callable:
    return lambda parameters: torch.optim.AdamW(parameters, 1e-2, **options)


def sgd(**options: Any) -> Callable:
    return lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9, **options)


def train(
    model: nn.Module, optimizer: Any, x: torch.Tensor, y: torch.Tensor, dtype: Any, *, steps: int = 4, parts: int = 1,
    scaled: bool = False,
) -> None:  # fmt: skip
    """A training loop that knows of no watch."""
    torch.manual_seed(7)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**12, enabled=scaled)
    for _ in range(steps):
        optimizer.zero_grad()
        for inputs, labels in zip(x.chunk(parts), y.chunk(parts)):
            with torch.autocast("cpu", dtype=dtype or BF16, enabled=dtype is not None):
                loss = nn.functional.cross_entropy(model(inputs), labels) / parts
            scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()


def watch(body: Callable[[], None], **options: Any) -> tuple[Watching, Listener]:
    watching = Watching(Listener, **options)
    watching.attach()
    with watching.mode:
        body()
    watching.close("finished")
    return watching, watching._sink


CASES = {
    "bf16 perceptron, AdamW": ("perceptron", BF16, adamw(), {}),
    "fp16 perceptron, scaled, SGD, in two parts": ("perceptron", FP16, sgd(), {"scaled": True, "parts": 2}),
    "bf16 convolutions with a maximum": ("convolution", BF16, sgd(), {}),
    "fp32 convolutions, fused AdamW": ("convolution", None, adamw(fused=True), {}),
    "bf16 attention, foreach AdamW": ("attention", BF16, adamw(foreach=True), {}),
    "fp16 attention with dropout, scaled": ("dropout", FP16, adamw(), {"scaled": True}),
    "fp32 LSTM of oneDNN": ("lstm", None, sgd(fused=True), {}),
    "bf16 tied, frozen and checkpointed": ("tied", BF16, adamw(), {"parts": 2}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_run_keeps_its_bits_and_the_twin_is_the_training_in_fp64(name: str) -> None:
    model_name, dtype, make, options = CASES[name]
    model, x, y = case(model_name)
    plain, exact = copy.deepcopy(model), copy.deepcopy(model).double()
    train(plain, make(plain.parameters()), x, y, dtype, **options)
    train(exact, make(exact.parameters()), x.double() if x.is_floating_point() else x, y, None, **options)

    optimizer = make(model.parameters())
    watching, heard = watch(lambda: train(model, optimizer, x, y, dtype, **options))

    assert heard.reason == "finished" and len(heard.steps) == 4
    for mine, theirs in zip(model.state_dict().values(), plain.state_dict().values()):
        assert torch.equal(mine, theirs)
    for parameter, expected in zip(model.parameters(), exact.parameters()):
        twin = watching.mode.shadows.of(parameter.detach())
        assert (twin - expected).norm() <= 1e-12 * expected.norm()
    assert not [one for one in heard.notes if one[0] == "not-compared"]
    kinds = {one["kind"] for one in heard.tensors}
    assert {"activation", "activationGradient", "weightGradient", "firstMoment"} <= kinds
    assert {one["step"] for one in heard.tensors} == {1, 2, 3, 4}


def test_the_exact_result_is_the_operation_in_fp64_on_the_operands_of_the_run() -> None:
    model, x = nn.Sequential(nn.Linear(16, 32, bias=False)), torch.randn(8, 16)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)

    def body() -> None:
        with torch.autocast("cpu", dtype=BF16):
            model(x).square().sum().backward()
        optimizer.step()

    before = model[0].weight.detach().clone()
    _, heard = watch(body)
    product = next(one for one in heard.tensors if one["operation"] == "mm" and one["kind"] == "activation")
    exact = x.bfloat16().double() @ before.bfloat16().double().t()
    assert product["layer"] == "0"
    assert torch.equal(product["local"], exact)
    assert torch.equal(product["twin"], x.double() @ before.double().t())
    # A sum in FP32 and one rounding to BF16: never further than half a unit and the sum's own error.
    assert ((product["actual"].double() - exact).abs() <= 2.0**-8 * exact.abs() + 1e-5).all()
    update = heard.updates[0]
    gradient = model[0].weight.grad.double()
    assert torch.equal(update["local"], before.double() - 0.5 * gradient)
    assert torch.equal(update["base"], before) and torch.equal(update["after"], model[0].weight.detach())


def test_adamw_decays_first_and_the_update_starts_from_what_the_decay_left() -> None:
    for fused in (False, True):
        model = nn.Linear(8, 8, bias=False)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5, fused=fused)
        before = model.weight.detach().clone()
        _, heard = watch(lambda: (model(torch.ones(2, 8)).sum().backward(), optimizer.step()))
        update = heard.updates[0]
        assert torch.equal(update["before"], before)
        torch.testing.assert_close(update["base"], before * 0.95)
        # Adam's first step is the learning rate times the gradient's sign.
        torch.testing.assert_close(
            update["local"] - update["base"].double(), torch.full((8, 8), -0.1, dtype=torch.float64)
        )


def test_places_are_named_by_module_operation_and_source_line() -> None:
    model, x, y = case("attention")
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    _, heard = watch(lambda: train(model, optimizer, x, y, BF16, steps=1))
    names = {(one["layer"], one["operation"], one["kind"]) for one in heard.tensors}
    assert ("layer.linear1", "addmm", "activation") in names
    assert ("layer.linear1", "weight-cast", "weight") in names
    assert ("layer.linear1", "addmm.mm", "activationGradient") in names
    assert ("layer.linear1", "weight.mm", "activationGradient") in names
    assert ("layer.linear1", "weight", "weightGradient") in names
    assert ("layer.norm1", "native_layer_norm", "activationGradient") in names
    assert ("embedding", "weight.embedding_dense_backward", "activationGradient") in names
    source = next(one["source"] for one in heard.tensors if one["layer"] == "layer.linear1")
    file, line = source.split(":")
    text = pathlib.Path(__file__).read_text().splitlines()[int(line) - 1]
    assert file.endswith(pathlib.Path(__file__).name) and "self.layer(self.embedding(x))" in text


def test_a_maximum_that_the_twin_finds_elsewhere_is_a_decision() -> None:
    x = torch.tensor([[[[1.0, 1.001], [0.5, 0.25]]]])
    model = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.MaxPool2d(2))
    nn.init.constant_(model[0].weight, 1.0)
    optimizer = torch.optim.SGD(model.parameters(), 1.0)

    def body() -> None:
        # In BF16 both are 1, and the first is taken; exactly, the second is the greater.
        with torch.autocast("cpu", dtype=BF16):
            model(x).sum().backward()
        optimizer.step()

    watching, heard = watch(body)
    assert [one[:2] + one[3:] for one in heard.decisions] == [("1", "max_pool2d_with_indices", 1, 1)]
    twin = watching.mode.shadows.of(model[0].weight.detach())
    assert twin.item() == pytest.approx(1.0 - 1.001, rel=1e-3)


def test_a_mask_of_another_size_goes_on_as_the_run_has_chosen() -> None:
    weight = nn.Parameter(torch.tensor([1.0, 1.001, 0.5]))
    optimizer = torch.optim.SGD([weight], 1.0)

    def body() -> None:
        narrow = weight.to(BF16)
        loss = narrow[narrow > 1.0005].sum() + narrow.sum()
        loss.backward()
        optimizer.step()

    watching, heard = watch(body)
    assert any(one[1].startswith("gt") and one[4] == 1 for one in heard.decisions)
    assert torch.isfinite(watching.mode.shadows.of(weight.detach())).all()


@pytest.mark.parametrize("how", ["index", "masked_select", "assigned"])
def test_gradients_return_to_where_a_mask_of_another_size_took_the_values(how: str) -> None:
    # In BF16 the second is 1, not above 1.0005 as it is exactly: the run takes one number of three, the twin would two.
    values = [1.0, 1.001, 2.0]
    weight = nn.Parameter(torch.tensor(values))
    optimizer = torch.optim.SGD([weight], 0.1)

    def body() -> None:
        mask = weight.to(BF16) > 1.0005
        if how == "assigned":
            chosen = torch.zeros_like(weight)
            chosen[mask] = weight[mask]
        else:
            chosen = weight[mask] if how == "index" else weight.masked_select(mask)
        (chosen**2).sum().backward()
        optimizer.step()

    watching, heard = watch(body)
    assert not [one for one in heard.notes if one[0] == "not-compared"]
    exact = torch.tensor(values).double()
    expected = exact - 0.1 * 2 * exact * torch.tensor([0.0, 0.0, 1.0]).double()
    assert torch.allclose(watching.mode.shadows.of(weight.detach()), expected, rtol=1e-14, atol=0)


def test_a_skipped_step_is_told_with_its_scale_and_the_next_goes_on() -> None:
    model, x, y = case("perceptron")
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**20)

    def body() -> None:
        for _ in range(12):
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=FP16):
                loss = nn.functional.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()

    _, heard = watch(body)
    skipped = [one["skipped"] for one in heard.steps]
    assert len(skipped) == 12 and skipped[0] and not skipped[-1]
    scales = [one["loss_scale"] for one in heard.steps]
    assert scales[0] == 2.0**20
    for skip, (scale, following) in zip(skipped, itertools.pairwise(scales)):
        assert following == (scale / 2 if skip else scale)
    losses = [one["loss"] for one in heard.steps]
    assert losses[-1] < losses[0] < 4 and losses[0] == pytest.approx(heard.steps[0]["twin_loss"], rel=1e-2)
    assert heard.run["policy"]["operands"] == "fp16" and "init=1.04858e+06" in heard.run["policy"]["lossScaling"]


def test_several_optimizers_between_two_backward_passes_make_one_step() -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 1)
    optimizers = [torch.optim.SGD(one.parameters(), 0.1) for one in (first, second)]

    def body() -> None:
        for _ in range(3):
            second(first(torch.ones(2, 4))).sum().backward()
            for one in optimizers:
                one.step()
                one.zero_grad()

    _, heard = watch(body)
    assert len(heard.steps) == 3
    assert {one["layer"] for one in heard.updates} == {"Linear", "Linear-2"}


def test_without_a_twin_there_are_exact_results_alone() -> None:
    model, x, y = case("perceptron")
    watching, heard = watch(
        lambda: train(model, torch.optim.SGD(model.parameters(), 0.1), x, y, BF16, steps=2), twin=False
    )
    assert all(one["twin"] is None for one in heard.tensors)
    assert any(one["local"] is not None for one in heard.tensors) and watching.mode.shadows.bytes == 0


def test_of_steps_only_those_asked_for_are_measured_and_the_twin_goes_on_in_all() -> None:
    model, x, y = case("perceptron")
    exact = copy.deepcopy(model).double()
    train(exact, torch.optim.SGD(exact.parameters(), 0.1), x.double(), y, None, steps=7)
    watching, heard = watch(
        lambda: train(model, torch.optim.SGD(model.parameters(), 0.1), x, y, BF16, steps=7), every=3
    )
    assert [one["measured"] for one in heard.steps] == [True, False, True, False, False, True, False]
    assert {one["step"] for one in heard.tensors} == {1, 3, 6}
    for parameter, expected in zip(model.parameters(), exact.parameters()):
        assert (watching.mode.shadows.of(parameter.detach()) - expected).norm() <= 1e-12 * expected.norm()


def test_what_has_no_fp64_counterpart_is_noted_and_the_twin_takes_the_value_of_the_run() -> None:
    weight = nn.Parameter(torch.randn(4, 4))
    optimizer = torch.optim.SGD([weight], 0.1)

    def body() -> None:
        loss = torch.view_as_complex(weight.reshape(8, 2)).abs().sum() + torch.fft.rfft(weight).abs().sum()
        loss.backward()
        optimizer.step()

    watching, heard = watch(body)
    assert any(one[0] == "not-compared" for one in heard.notes)
    assert torch.isfinite(watching.mode.shadows.of(weight.detach())).all()


def test_shadows_are_freed_with_their_storages() -> None:
    model, x, y = case("perceptron")
    held = []

    def body() -> None:
        for _ in range(3):
            train(model, torch.optim.SGD(model.parameters(), 0.1), x, y, BF16, steps=1)
            held.append(watching.mode.shadows.bytes)

    watching = Watching(Listener)
    watching.attach()
    with watching.mode:
        body()
    watching.close("finished")
    assert held[1] == held[2]


def test_watching_leaves_torch_as_it_was() -> None:
    before = (torch.autograd.backward, torch.amp.GradScaler.step, torch.optim.Optimizer.__init__)
    watch(lambda: None)
    assert before == (torch.autograd.backward, torch.amp.GradScaler.step, torch.optim.Optimizer.__init__)
