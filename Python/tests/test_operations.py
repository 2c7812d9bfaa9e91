# SPDX-License-Identifier: Apache-2.0
"""Operations, functions and products: against exact rational numbers."""

from __future__ import annotations

import doctest
import importlib
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from exact import rounded

import halfway


def numbers(name: str, count: int = 400, seed: int = 1) -> Any:
    values = np.random.default_rng(seed).standard_normal(count).astype(np.float32)
    return halfway.round(values, name)


@pytest.mark.parametrize("name", ["fp16", "bf16", "e5m7", "e4m3"])
@pytest.mark.parametrize("rounding", ["nearest-even", "up", "toward-zero"])
def test_sums_products_quotients_and_fma_are_rounded_once(name: str, rounding: str) -> None:
    a, b, c = numbers(name, seed=1), numbers(name, seed=2), numbers(name, seed=3)
    table: dict[str, Callable[..., Fraction]] = {
        "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    }  # fmt: skip
    for operation, exact in table.items():
        found = halfway.operate(operation, a, b, format=name, rounding=rounding)
        for x, y, z in zip(a, b, found):
            if y != 0 and (value := exact(Fraction(float(x)), Fraction(float(y)))) != 0:
                assert float(z) == rounded(value, name, rounding), (operation, x, y)
    found = halfway.fma(a, b, c, format=name, rounding=rounding)
    for x, y, w, z in zip(a, b, c, found):
        if (value := Fraction(float(x)) * Fraction(float(y)) + Fraction(float(w))) != 0:
            assert float(z) == rounded(value, name, rounding)


def test_operands_are_rounded_to_the_format_first() -> None:
    assert halfway.add(0.1, 0.2, format="fp16") == halfway.add(
        halfway.round(0.1, "fp16"), halfway.round(0.2, "fp16"), format="fp16"
    )
    mixed = halfway.add(np.float64([0.1]), np.float16([0.2]), format="fp16")
    assert mixed == halfway.add(0.1, np.float16(0.2), format="fp16")


def test_shapes_broadcast_and_numbers_count_once() -> None:
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert halfway.add(a, 1).tolist() == (a + 1).tolist()
    assert halfway.mul(a, np.float32([[2], [3]])).tolist() == (a * [[2], [3]]).tolist()
    assert halfway.fma(2.0, a, np.float32([1, 2, 3])).tolist() == (2 * a + [1, 2, 3]).tolist()
    with pytest.raises(ValueError, match=r"\(2, 3\), \(2,\)"):
        halfway.add(a, np.ones(2, np.float32))


def test_other_operations() -> None:
    inf, nan = np.inf, np.nan
    assert halfway.sqrt(np.float32([4, 2]), format="e4m3").tolist() == [2, 1.375]
    assert halfway.remainder(np.float32([5, -7]), 3, format="fp16").tolist() == [-1, -1]
    assert halfway.round_to_integral(np.float16([2.5, -0.2]), rounding="down").tolist() == [2, -1]
    assert halfway.compare(np.float32([1, 2, 3, nan]), 2).tolist() == [0, 1, 2, 3]
    assert halfway.next_up(np.float32([0, 448]), format="e4m3", flags=False).tolist()[0] == 2.0**-9
    assert halfway.next_down(np.float16([1])).tolist() == [1 - 2.0**-11]
    assert halfway.scale_b(np.float32([3, 1]), [2, 10**12], format="fp16").tolist() == [12, inf]
    assert halfway.log_b(np.float32([8, 0.75])).tolist() == [3, -1]
    assert halfway.to_int32(np.float32([2.5, 1e10]), flags=True)[1].tolist() == [1, 16]
    assert halfway.to_int64(np.float32([2.0**40])).tolist() == [2**40]
    assert halfway.minimum_number(np.float32([nan, 1]), 0).tolist() == [0, 0]
    assert math.isnan(halfway.maximum(np.float32([nan]), 0)[0])


def test_refusals() -> None:
    with pytest.raises(ValueError, match="add"):
        halfway.operate("ad", 1.0, 2.0, format="fp16")
    with pytest.raises(TypeError, match="2 operands"):
        halfway.operate("add", 1.0, format="fp16")
    with pytest.raises(TypeError, match="which format"):
        halfway.add(np.float64([1]), 2.0)
    with pytest.raises(TypeError, match="whole numbers"):
        halfway.scale_b(np.float32([1]), 0.5)
    with pytest.raises(ValueError, match="tanh"):
        halfway.gelu(1.0, approximate="tan")


def test_functions_are_within_their_error() -> None:
    x = np.random.default_rng(4).uniform(-5, 5, 200)
    for name, exact in (("exp", math.exp), ("tanh", math.tanh), ("erf", math.erf)):
        single = halfway.elementary(name, x.astype(np.float32))
        double = halfway.elementary(name, x)
        for value, y, z in zip(x, single, double):
            expected = exact(float(np.float32(value)))
            assert abs(float(y) - expected) <= 0.501 * np.spacing(np.float32(abs(expected)))
            assert abs(float(z) - exact(value)) <= 2.5 * np.spacing(abs(exact(value)))
    assert halfway.exp(np.float16([1])).dtype == np.float16
    assert halfway.exp(1).dtype == np.float32


def sequential(a: Any, b: Any, name: str) -> float:
    total = Fraction(0)
    for x, y in zip(a, b):
        value = total + Fraction(float(x)) * Fraction(float(y))
        total = Fraction(rounded(value, name)) if value else value
    return float(total)


@pytest.mark.parametrize(("name", "accumulate"), [("fp16", "fp16"), ("bf16", "bf16"), ("bf16", "fp32"), ("e4m3", "fp16")])
def test_every_partial_sum_is_rounded(name: str, accumulate: str) -> None:
    a = numbers(name, 3 * 20, seed=1).reshape(3, 20)
    b = numbers(name, 20 * 2, seed=2).reshape(20, 2)
    found = halfway.matmul(a, b, format=name, accumulate=accumulate)
    expected = [[sequential(row, column, accumulate) for column in b.T] for row in a]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_blocks_of_pairwise_chunked_and_split_sums() -> None:
    random = np.random.default_rng(5)
    a, b = random.standard_normal((2, 1, 40)).astype(np.float32)
    total = halfway.matmul(a, b.T, order="chunked:8", sums="fp64")
    assert total.dtype == np.float64
    blocks = [float(halfway.matmul(a[:, i : i + 8], b.T[i : i + 8])[0, 0]) for i in range(0, 40, 8)]
    assert total[0, 0] == sum(blocks)
    assert halfway.matmul(a, b.T, order="split:5", sums="fp64") == total
    halves = [halfway.matmul(a[:, part], b.T[part]) for part in (slice(0, 32), slice(32, 40))]
    assert halfway.matmul(a, b.T, order="pairwise:32") == halfway.add(*halves)


def test_shapes_of_products() -> None:
    random = np.random.default_rng(6)
    a, b = random.standard_normal((4, 5, 6)), random.standard_normal((6, 7))
    found = halfway.matmul(a, b, accumulate="fp64")
    assert found.dtype == np.float64 and found.shape == (4, 5, 7)
    np.testing.assert_allclose(found, a @ b, rtol=1e-12, atol=1e-14)
    single = halfway.matmul(a.astype(np.float32), b.astype(np.float32))
    for x, y in ((a.transpose(0, 2, 1).copy().transpose(0, 2, 1), b.T.copy().T), (a[::-1][::-1], b[:, ::-1][:, ::-1])):
        np.testing.assert_array_equal(halfway.matmul(x.astype(np.float32), y.astype(np.float32)), single)
    x = a.astype(np.float32)
    np.testing.assert_array_equal(halfway.matmul(x.transpose(0, 2, 1), x), np.stack(
        [halfway.matmul(np.ascontiguousarray(m.T), m) for m in x]))  # fmt: skip
    assert halfway.matmul(x[0, 0], x[0, 0]).shape == ()
    assert halfway.matmul(x, b[:, 0].astype(np.float32)).shape == (4, 5)
    with pytest.raises(ValueError, match="do not fit"):
        halfway.matmul(x, x)
    c = np.ones((5, 7), np.float32)
    np.testing.assert_array_equal(halfway.matmul(a * 0, b * 0, c, format="bf16"), np.broadcast_to(c, (4, 5, 7)))


def test_matrix_units_truncate_as_their_vendors_do() -> None:
    # Hopper keeps 25 bits below the largest term and truncates: of 1 + 2^-24 + 2^-24 the small terms survive in the
    # sum, and 1 + 2^-23 is a number; Volta keeps 23.
    a = np.float16([[1, 2.0**-12, 2.0**-12]])
    assert halfway.matmul(a, a.T, order="hopper") == 1 + 2.0**-23
    assert halfway.matmul(a, a.T, order="volta") == 1
    with pytest.raises(ValueError, match="hopper"):
        halfway.matmul(a, a.T, order="hoper")
    with pytest.raises(ValueError, match="takes fp16"):
        halfway.matmul(a, a.T, format="e4m3", order="volta")
    with pytest.raises(ValueError, match="round it first"):
        halfway.matmul(np.float32([[0.1]]), np.float32([[1]]), accumulate="fp16")
    with pytest.raises(ValueError, match="size"):
        halfway.matmul(a, a.T, order="chunked")


def test_torch_tensors_come_and_go() -> None:
    torch = pytest.importorskip("torch")
    x = torch.linspace(-3, 3, 24).reshape(4, 6)
    array = x.numpy()
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.float8_e4m3fn, torch.float8_e5m2):
        y = halfway.round(x.to(dtype).clone().requires_grad_(), "e2m1")
        assert y.dtype == dtype and y.shape == x.shape
        np.testing.assert_array_equal(
            y.detach().float().numpy(), halfway.round(x.to(dtype).float().numpy(), "e2m1").astype(np.float32)
        )
    assert halfway.round(x.t(), "bf16").tolist() == halfway.round(array.T, "bf16").tolist()
    product = halfway.matmul(x.bfloat16(), x.bfloat16().t(), order="hopper")
    assert product.dtype == torch.float32
    np.testing.assert_array_equal(product.numpy(), halfway.matmul(array, array.T, format="bf16", order="hopper"))
    assert halfway.add(x.half(), 1).dtype == torch.float16


MODULES = ["", "._formats", "._functions", "._matmul", "._operations", "._round", "._semantics"]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_run(module: str) -> None:
    found = importlib.import_module("halfway" + module)
    results = doctest.testmod(found, extraglobs={"np": np, "halfway": halfway})
    assert results.failed == 0
    assert results.attempted > 0


def test_numbers_beside_arrays_are_rounded_to_the_format_once_and_keep_their_sign() -> None:
    x = np.float32([1, 2])
    for number, expected in ((0.1, [0.0999755859375, 0.199951171875]), (-0.0, [0, 0]), (0.0, [0, 0])):
        for _ in range(2):
            product = halfway.mul(x, number, format="fp16")
            assert product.tolist() == expected
            assert np.signbit(product).all() == np.signbit(number)
    # FP16 does not hold the format's numbers, so that the number is not squeezed into it.
    assert halfway.add(np.float16([0]), 1e30, format="bf16").tolist() == [float(halfway.round(1e30, "bf16"))]


def test_integers_and_relations_go_into_an_array_that_is_given() -> None:
    x = np.float32([2.5, -1.5])
    for call, dtype in ((halfway.to_int32, np.int32), (halfway.to_int64, np.int64), (halfway.log_b, np.int32)):
        out = np.empty(2, dtype)
        assert call(x, out=out) is out and out.tolist() == call(x).tolist()
    out = np.empty(2, np.uint8)
    assert halfway.compare(x, 0, out=out) is out and out.tolist() == [2, 0]
    with pytest.raises(TypeError, match="results are int32"):
        halfway.to_int32(x, out=np.empty(2, np.int64))
