# SPDX-License-Identifier: Apache-2.0
"""The adapter over its protocol: each test starts it as a process and writes requests as text.

    python3 -m pytest Python/tests

What needs torch, JAX, ml_dtypes or a C compiler is skipped where it is missing. Encodings that are
expected stand here as numbers of IEEE 754 and OCP OFP8, so that no library judges itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

ADAPTER = pathlib.Path(__file__).resolve().parent.parent / "halfway_kernel.py"
PAGE = ADAPTER.parent.parent / "docs" / "kernel-worker.md"
PAGE_SIZE = 4096
# What a library's import may take on a slow machine.
SECONDS = 120
Array = tuple[int, Sequence[int], str]


def missing(*modules: str) -> list[str]:
    """The modules that are not installed, found without importing them."""
    return [module for module in modules if importlib.util.find_spec(module) is None]


def needs(*modules: str) -> pytest.MarkDecorator:
    """Skips a test where a module is missing, with the reason."""
    absent = missing(*modules)
    return pytest.mark.skipif(bool(absent), reason=f"{', '.join(absent)} not installed")


pytestmark = needs("numpy")


class Worker:
    """A worker and its memory, driven as the command drives it."""

    def __init__(self, command: Sequence[str], memory: pathlib.Path, **options: Any) -> None:
        self.memory = memory
        self.calls = 0
        memory.write_bytes(bytes(4 * PAGE_SIZE))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        self.greeting = self.read()

    def read(self) -> dict[str, Any]:
        """The worker's next line, which must come in time and be one JSON object."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        assert ready, "the worker does not answer"
        line = self.process.stdout.readline()
        assert line.endswith(b"\n"), (line, self.process.wait(), self.errors())
        message = json.loads(line)
        assert isinstance(message, dict)
        return message

    def write(self, line: bytes) -> None:
        """Sends a line as it stands."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def call(
        self,
        inputs: Sequence[Array],
        outputs: Sequence[Array],
        scalars: dict[str, Any] | None = None,
        **members: Any,
    ) -> dict[str, Any]:
        """The answer to one request."""
        self.calls += 1
        arrays = [
            [{"offset": offset, "shape": shape, "type": type} for offset, shape, type in group]
            for group in (inputs, outputs)
        ]
        request: dict[str, Any] = {"call": self.calls, "memory": str(self.memory)}
        request.update(inputs=arrays[0], outputs=arrays[1], scalars=scalars or {}, **members)
        self.write(json.dumps(request).encode())
        return self.read()

    def put(self, offset: int, data: bytes) -> None:
        """Writes bytes into the memory without changing its identity or size."""
        with open(self.memory, "r+b") as file:
            file.seek(offset)
            file.write(data)

    def get(self, offset: int, size: int) -> bytes:
        """Bytes of the memory."""
        with open(self.memory, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def errors(self) -> str:
        """What was written to standard error, once the worker has ended."""
        assert self.process.stderr is not None
        text: bytes = self.process.stderr.read()
        return text.decode()

    def end(self) -> int:
        """The exit status after standard input was closed."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(SECONDS)

    def stop(self) -> None:
        """Ends the worker, whatever it does."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


class Workshop:
    """Starts workers in a folder of their own."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.workers: list[Worker] = []

    def start(self, *arguments: str, **options: Any) -> Worker:
        """A worker for the adapter's arguments."""
        return self.run([sys.executable, str(ADAPTER), *arguments], **options)

    def run(self, command: Sequence[str], **options: Any) -> Worker:
        """A worker that a command starts."""
        memory = self.folder / f"memory{len(self.workers)}"
        # PYTHONUNBUFFERED and the like would hide what the adapter itself must do.
        environment = {name: os.environ[name] for name in os.environ if name[:6] != "PYTHON"}
        options = {"cwd": self.folder, "env": environment, **options}
        worker = Worker(command, memory, **options)
        self.workers.append(worker)
        return worker

    def kernel(self, source: str, *arguments: str, **options: Any) -> Worker:
        """A worker for the function `kernel` of a file with this source."""
        (self.folder / "mine.py").write_text(source)
        return self.start("mine.py:kernel", *arguments, **options)


@pytest.fixture
def workshop(tmp_path: pathlib.Path) -> Iterator[Workshop]:
    """A workshop whose workers are stopped with the test."""
    shop = Workshop(tmp_path)
    yield shop
    for worker in shop.workers:
        worker.stop()


def floats(*values: float) -> bytes:
    """FP32 numbers, little-endian."""
    return struct.pack(f"<{len(values)}f", *values)


IN: Array = (0, [3], "fp32")
OUT: Array = (PAGE_SIZE, [3], "fp32")
TAKES_TENSORS = "import torch\nhalfway_arrays = 'torch'\n"


# Starting


def test_first_line_names_the_protocol_the_function_and_versions(workshop: Workshop) -> None:
    worker = workshop.start("numpy:exp")
    assert worker.greeting["protocol"] == "halfway-kernel/1"
    assert worker.greeting["name"] == "numpy.exp"
    versions = worker.greeting["versions"]
    assert set(versions) == {"python", "numpy"}
    assert versions["python"] == ".".join(map(str, sys.version_info[:3]))


def test_first_line_has_the_digest_of_the_file_that_is_executed(workshop: Workshop) -> None:
    source = "def kernel(x):\n    return x + x\n"
    worker = workshop.kernel(source)
    assert worker.greeting["name"] == "mine.kernel"
    digest = hashlib.sha256(source.encode()).hexdigest()
    assert worker.greeting["versions"]["mine.py"] == f"sha256:{digest}"
    # A second file of the same size within the same second must not run as the first.
    worker = workshop.kernel(source.replace("+", "-"))
    worker.put(0, floats(1, 2, 3))
    assert worker.call([IN], [OUT]) == {"call": 1}
    assert worker.get(PAGE_SIZE, 12) == floats(0, 0, 0)
    assert not (workshop.folder / "__pycache__").exists()


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("nothing_here:f", "ModuleNotFoundError: No module named 'nothing_here'"),
        ("numpy:lgo", "AttributeError: module 'numpy' has no attribute 'lgo'; nearest: log"),
        ("numpy:linalg.qqqqqq", "AttributeError: module 'numpy.linalg' has no attribute 'qqqqqq'"),
        ("numpy:pi", "'numpy:pi' is a float, which cannot be called"),
        ("numpy.exp", "'numpy.exp' is neither module:function nor file.py:function"),
        (
            "absent.py:f",
            "FileNotFoundError: [Errno 2] No such file or directory: 'FOLDER/absent.py'",
        ),
        ("imports.py:f", "ModuleNotFoundError: No module named 'gone' (imports.py, line 2)"),
        ("syntax.py:f", "SyntaxError: invalid syntax (syntax.py, line 1)"),
        ("exits.py:f", "SystemExit: 7 (exits.py, line 2)"),
        ("chooses.py:f", "halfway_arrays is 'tensorflow'; it can be numpy, torch, jax"),
    ],
)
def test_kernel_that_cannot_be_found_is_one_line_and_status_2(
    workshop: Workshop, target: str, error: str
) -> None:
    sources = {
        "imports": "import sys\nimport gone\n",
        "syntax": "def = 1\n",
        "exits": "import sys\nsys.exit(7)\n",
        "chooses": "halfway_arrays = 'tensorflow'\ndef f(x):\n    return x\n",
    }
    for name, source in sources.items():
        (workshop.folder / f"{name}.py").write_text(source)
    worker = workshop.start(target)
    expected = error.replace("FOLDER", str(workshop.folder.resolve()))
    assert worker.greeting["error"].startswith(expected)
    assert set(worker.greeting) == {"error"}
    assert worker.process.wait(SECONDS) == 2
    assert worker.errors() == ""


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--arrays", "cupy"], "argument --arrays: invalid choice: 'cupy'"),
        (["--threads", "0"], "--threads 0: at least 1"),
        (["--device", "cuda"], "--device cuda is for torch, and the kernel takes numpy arrays"),
    ],
)
def test_wrong_option_is_one_line_and_status_2(
    workshop: Workshop, arguments: list[str], error: str
) -> None:
    worker = workshop.start("numpy:exp", *arguments)
    assert worker.greeting["error"].startswith(error)
    assert worker.process.wait(SECONDS) == 2


def test_module_of_the_current_folder_is_found(workshop: Workshop) -> None:
    (workshop.folder / "here.py").write_text("def f(x):\n    return x\n")
    assert workshop.start("here:f").greeting["name"] == "here.f"


def test_file_is_compiled_without_the_adapters_own_future_imports(workshop: Workshop) -> None:
    source = "def kernel(x: int):\n    return x\nassert kernel.__annotations__['x'] is int\n"
    assert "error" not in workshop.kernel(source).greeting


def test_file_finds_modules_beside_it(workshop: Workshop) -> None:
    (workshop.folder / "beside.py").write_text("def f(x):\n    return x\n")
    (workshop.folder / "elsewhere").mkdir()
    (workshop.folder / "mine.py").write_text("from beside import f as kernel\n")
    folder = workshop.folder / "elsewhere"
    assert workshop.start("../mine.py:kernel", cwd=folder).greeting["name"] == "mine.kernel"


# Calls


def test_numpy_function_writes_its_result_and_nothing_else(workshop: Workshop) -> None:
    worker = workshop.start("numpy:exp")
    before = b"\xa5" * (4 * PAGE_SIZE)
    worker.put(0, before)
    worker.put(0, floats(0.0, -0.0, float("-inf")))
    assert worker.call([IN], [OUT]) == {"call": 1}
    assert worker.get(PAGE_SIZE, 12) == floats(1, 1, 0)
    after = worker.get(0, len(before))
    assert after[12:PAGE_SIZE] == before[12:PAGE_SIZE]
    assert after[PAGE_SIZE + 12 :] == before[PAGE_SIZE + 12 :]
    assert worker.end() == 0
    assert worker.errors() == ""


@pytest.mark.parametrize(
    ("type", "encodings"),
    [
        # Each: -2, the smallest subnormal number, a NaN with a payload or the largest number.
        ("fp64", "00000000000000c0 0100000000000000 efbeaddeadde f87f"),
        ("fp32", "000000c0 01000000 adde c07f"),
        ("fp16", "00c0 0100 ad7e"),
        ("bf16", "00c0 0100 ad7f"),
        ("fp8-e4m3", "c0 01 7e"),
        ("fp8-e5m2", "c0 01 7b"),
        ("int64", "feffffffffffffff 0100000000000000 ffffffffffffff7f"),
        ("int32", "feffffff 01000000 ffffff7f"),
        ("uint8", "fe 01 ff"),
        ("bool", "00 01 01"),
    ],
)
@pytest.mark.parametrize("arrays", ["numpy", "torch", "jax"])
def test_every_type_arrives_and_returns_with_its_bits(
    workshop: Workshop, arrays: str, type: str, encodings: str
) -> None:
    extension = type in ("bf16", "fp8-e4m3", "fp8-e5m2")
    absent = missing(arrays, "ml_dtypes") if extension else missing(arrays)
    if absent:
        pytest.skip(f"{', '.join(absent)} not installed")
    data = bytes.fromhex(encodings)
    source = "def kernel(x):\n    return x.reshape(3, 1)[:, 0]\n"
    environment = {**os.environ, "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}
    worker = workshop.kernel(source, "--arrays", arrays, env=environment)
    worker.put(0, data)
    last = 4 * PAGE_SIZE - len(data)
    assert worker.call([(0, [3], type)], [(last, [3], type)]) == {"call": 1}
    assert worker.get(last, len(data)) == data


@needs("ml_dtypes")
def test_bf16_sum_is_rounded_to_bf16(workshop: Workshop) -> None:
    worker = workshop.start("numpy:add")
    # 1 + 2^-8 lies halfway between 1 and the next number of BF16, and the even one is 1.
    worker.put(0, bytes.fromhex("803f 803b"))
    inputs = [(0, [1], "bf16"), (2, [1], "bf16")]
    assert worker.call(inputs, [(PAGE_SIZE, [1], "bf16")]) == {"call": 1}
    assert worker.get(PAGE_SIZE, 2) == bytes.fromhex("803f")


def test_missing_ml_dtypes_is_said(workshop: Workshop) -> None:
    # A module that cannot be imported stands in for one that is not there.
    (workshop.folder / "ml_dtypes.py").write_text("raise ImportError\n")
    worker = workshop.start("numpy:exp")
    answer = worker.call([(0, [1], "bf16")], [(PAGE_SIZE, [1], "bf16")])
    assert answer["error"].startswith("bf16 arrays need the package ml_dtypes: ")
    assert worker.call([IN], [OUT]) == {"call": 2}


def test_two_outputs_in_their_order(workshop: Workshop) -> None:
    worker = workshop.start("numpy:modf")
    worker.put(0, floats(1.5, -2.25, 3))
    assert worker.call([IN], [OUT, (2 * PAGE_SIZE, [3], "fp32")]) == {"call": 1}
    assert worker.get(PAGE_SIZE, 12) == floats(0.5, -0.25, 0)
    assert worker.get(2 * PAGE_SIZE, 12) == floats(1, -2, 3)


def test_scalars_are_keywords_and_rank_0_is_an_array(workshop: Workshop) -> None:
    worker = workshop.start("numpy:sum")
    worker.put(0, floats(1, 2, 3, 4, 5, 6))
    matrix = (0, [2, 3], "fp32")
    assert worker.call([matrix], [(PAGE_SIZE, [2], "fp32")], {"axis": -1}) == {"call": 1}
    assert worker.get(PAGE_SIZE, 8) == floats(6, 15)
    assert worker.call([matrix], [(PAGE_SIZE, [], "fp32")]) == {"call": 2}
    assert worker.get(PAGE_SIZE, 4) == floats(21)


def test_scalars_keep_their_json_types(workshop: Workshop) -> None:
    source = "def kernel(x, **scalars):\n    raise ValueError(repr(scalars))\n"
    scalars = {"axis": 1, "eps": 1.0, "causal": True, "mode": "exact", "size": [2, 3]}
    answer = workshop.kernel(source).call([IN], [OUT], scalars)
    assert answer["error"] == f"ValueError: {scalars!r} (mine.py, line 2)"


@needs("torch")
def test_torch_function_gets_tensors_and_no_warning(workshop: Workshop) -> None:
    worker = workshop.start("torch:softmax", "--threads", "1", "--device", "cpu")
    assert worker.greeting["name"] == "torch.softmax"
    assert "torch" in worker.greeting["versions"]
    worker.put(0, floats(7, 7, 7, 7))
    array = [(0, [2, 2], "fp32")]
    assert worker.call(array, [(PAGE_SIZE, [2, 2], "fp32")], {"dim": -1}) == {"call": 1}
    assert worker.get(PAGE_SIZE, 16) == floats(0.5, 0.5, 0.5, 0.5)
    assert worker.end() == 0
    assert worker.errors() == ""


@needs("torch")
def test_torch_threads_are_set(workshop: Workshop) -> None:
    source = TAKES_TENSORS + "def kernel(x):\n    raise ValueError(torch.get_num_threads())\n"
    worker = workshop.kernel(source, "--threads", "3")
    assert worker.call([IN], [OUT])["error"] == "ValueError: 3 (mine.py, line 4)"


@needs("torch")
def test_torch_result_may_be_strided_and_want_gradients(workshop: Workshop) -> None:
    source = (
        TAKES_TENSORS + "def kernel(x):\n    return (x * torch.nn.Parameter(torch.ones(1))).T\n"
    )
    worker = workshop.kernel(source)
    worker.put(0, floats(1, 2, 3, 4, 5, 6))
    assert worker.call([(0, [2, 3], "fp32")], [(PAGE_SIZE, [3, 2], "fp32")]) == {"call": 1}
    assert worker.get(PAGE_SIZE, 24) == floats(1, 4, 2, 5, 3, 6)


@needs("torch")
def test_function_for_tensors_that_got_numpy_arrays_is_told_what_to_do(workshop: Workshop) -> None:
    worker = workshop.kernel("import torch\ndef kernel(x):\n    return torch.exp(x)\n")
    error = worker.call([IN], [OUT])["error"]
    assert error.startswith("TypeError: ")
    assert error.endswith("; it was given numpy arrays, --arrays torch gives it torch's")


@needs("torch")
@pytest.mark.parametrize(
    ("module", "function", "arguments", "expected"),
    [
        ("", "", [], "ndarray"),
        ("torch", "", [], "Tensor"),
        ("torch", "numpy", [], "ndarray"),
        ("torch", "torch", ["--arrays", "numpy"], "ndarray"),
    ],
)
def test_option_wins_over_the_functions_choice_over_the_files(
    workshop: Workshop, module: str, function: str, arguments: list[str], expected: str
) -> None:
    source = "def kernel(x):\n    raise ValueError(type(x).__name__)\n"
    if module:
        source += f"halfway_arrays = '{module}'\n"
    if function:
        source += f"kernel.halfway_arrays = '{function}'\n"
    worker = workshop.kernel(source, *arguments)
    assert worker.call([IN], [OUT])["error"] == f"ValueError: {expected} (mine.py, line 2)"


@needs("jax")
def test_jax_function_and_its_64_bit_types(workshop: Workshop) -> None:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    environment.pop("JAX_ENABLE_X64", None)
    worker = workshop.start("jax.numpy:negative", env=environment)
    assert "jax" in worker.greeting["versions"]
    worker.put(0, floats(1, 2, 3))
    assert worker.call([IN], [OUT]) == {"call": 1}
    assert worker.get(PAGE_SIZE, 12) == floats(-1, -2, -3)
    answer = worker.call([(0, [1], "fp64")], [(PAGE_SIZE, [1], "fp64")])
    assert answer["error"] == "JAX has no fp64 arrays unless JAX_ENABLE_X64=1 is set"


def test_large_arrays(workshop: Workshop) -> None:
    count = 1 << 22
    worker = workshop.start("numpy:negative")
    data = struct.pack("<f", 1.5) * count
    worker.memory.write_bytes(data + bytes(4 * count))
    assert worker.call([(0, [count], "fp32")], [(4 * count, [count], "fp32")]) == {"call": 1}
    assert worker.get(4 * count, 4 * count) == struct.pack("<f", -1.5) * count


@pytest.mark.parametrize("arrays", ["numpy", "torch", "jax"])
def test_empty_arrays(workshop: Workshop, arrays: str) -> None:
    if missing(arrays):
        pytest.skip(f"{arrays} not installed")
    worker = workshop.kernel("def kernel(x):\n    return x\n", "--arrays", arrays)
    edge = 4 * PAGE_SIZE
    assert worker.call([(edge, [2, 0], "fp32")], [(edge, [2, 0], "fp32")]) == {"call": 1}


def test_no_output_and_no_input(workshop: Workshop) -> None:
    worker = workshop.kernel("def kernel():\n    return None\n")
    assert worker.call([], []) == {"call": 1}
    answer = worker.call([], [OUT])
    assert answer["error"] == "output 1 is a NoneType, expected a numpy array"


def test_memory_is_mapped_again_when_path_size_or_file_changes(workshop: Workshop) -> None:
    worker = workshop.start("numpy:negative")

    def works(value: float) -> None:
        last = worker.memory.stat().st_size - 4
        worker.put(0, floats(value))
        answer = worker.call([(0, [1], "fp32")], [(last, [1], "fp32")])
        assert answer == {"call": worker.calls}
        assert worker.get(last, 4) == floats(-value)

    works(1)
    worker.memory.write_bytes(bytes(8 * PAGE_SIZE))
    works(2)
    other = workshop.folder / "other"
    other.write_bytes(bytes(8 * PAGE_SIZE))
    former, worker.memory = worker.memory, other
    works(3)
    third = workshop.folder / "third"
    third.write_bytes(bytes(8 * PAGE_SIZE))
    third.rename(other)
    works(4)
    worker.memory = former
    works(5)


def test_array_that_a_kernel_keeps_outlives_its_mapping(workshop: Workshop) -> None:
    worker = workshop.kernel("kept = []\ndef kernel(x):\n    kept.append(x)\n    return +kept[0]\n")
    worker.put(0, floats(1, 2, 3))
    assert worker.call([IN], [OUT]) == {"call": 1}
    worker.memory = workshop.folder / "other"
    worker.memory.write_bytes(bytes(4 * PAGE_SIZE))
    assert worker.call([IN], [OUT]) == {"call": 2}
    assert worker.get(PAGE_SIZE, 12) == floats(1, 2, 3)


# What a kernel does wrong


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return x[:2]", "output 1 has shape [2], expected [3]"),
        ("return x[:, None]", "output 1 has shape [3, 1], expected [3]"),
        ("return x.astype('float64')", "output 1 has type float64, expected float32"),
        ("return x.astype('>f4')", "output 1 has type >f4, expected float32"),
        ("return 1.0", "output 1 is a float, expected a numpy array"),
        ("return x, x", "the kernel returned 2 arrays, expected 1"),
        ("raise ValueError('one\\ntwo')", "ValueError: one two (mine.py, line 3)"),
        ("1 / 0", "ZeroDivisionError: division by zero (mine.py, line 3)"),
        ("assert False", "AssertionError (mine.py, line 3)"),
        ("raise SystemExit", "SystemExit (mine.py, line 3)"),
        ("import sys; sys.exit('done')", "SystemExit: done (mine.py, line 3)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt (mine.py, line 3)"),
        ("raise MemoryError", "MemoryError (mine.py, line 3)"),
        ("raise BrokenPipeError", "BrokenPipeError (mine.py, line 3)"),
        ("return kernel(x, well)", "RecursionError: maximum recursion depth exceeded"),
        ("raise ValueError('\\udc80')", "ValueError: ? (mine.py, line 3)"),
        ("raise ValueError('x' * 9000)", "ValueError: xxx"),
        ("x *= 2; return x", "ValueError: output array is read-only (mine.py, line 3)"),
    ],
)
def test_wrong_result_or_exception_is_an_error_and_the_worker_goes_on(
    workshop: Workshop, body: str, error: str
) -> None:
    source = "def kernel(x, well=False):\n    if well: return x + x\n    "
    worker = workshop.kernel(source + body + "\n")
    worker.put(0, floats(1, 2, 3))
    worker.put(PAGE_SIZE, b"\xff" * 12)
    answer = worker.call([IN], [OUT])
    assert set(answer) == {"call", "error"}
    assert answer["call"] == 1
    assert answer["error"].startswith(error)
    assert "\n" not in answer["error"]
    assert len(answer["error"]) < 2100
    assert worker.get(PAGE_SIZE, 12) == b"\xff" * 12
    assert worker.call([IN], [OUT], {"well": True}) == {"call": 2}
    assert worker.get(PAGE_SIZE, 12) == floats(2, 4, 6)


@needs("torch")
def test_wrong_torch_type_is_an_error(workshop: Workshop) -> None:
    worker = workshop.kernel(TAKES_TENSORS + "def kernel(x):\n    return x.double()\n")
    error = "output 1 has type torch.float64, expected torch.float32"
    assert worker.call([IN], [OUT])["error"] == error
    worker = workshop.kernel(TAKES_TENSORS + "def kernel(x):\n    return x.numpy()\n")
    error = "output 1 is a ndarray, expected a torch array"
    assert worker.call([IN], [OUT])["error"] == error


def test_no_output_is_written_when_the_second_is_wrong(workshop: Workshop) -> None:
    worker = workshop.kernel("def kernel(x):\n    return x, x[:2]\n")
    worker.put(PAGE_SIZE, b"\xff" * 12)
    answer = worker.call([IN], [OUT, (2 * PAGE_SIZE, [3], "fp32")])
    assert answer["error"] == "output 2 has shape [2], expected [3]"
    assert worker.get(PAGE_SIZE, 12) == b"\xff" * 12


def test_input_changed_by_numpy_is_seen_in_the_memory(workshop: Workshop) -> None:
    source = "def kernel(x):\n    x.setflags(write=True)\n    x[1] = 9\n    return x + 0\n"
    worker = workshop.kernel(source)
    worker.put(0, floats(1, 2, 3))
    assert worker.call([IN], [OUT]) == {"call": 1}
    assert worker.get(0, 12) == floats(1, 9, 3)


@needs("torch")
@pytest.mark.parametrize("device", ["cpu", "copying"])
def test_input_changed_by_torch_is_seen_in_the_memory(workshop: Workshop, device: str) -> None:
    source = TAKES_TENSORS + "def kernel(x):\n    return x.add_(1) * 2\n"
    if device == "copying":
        # A processor in the place of another device: tensors are copied there and back.
        source += (
            "move = torch.Tensor.to\n"
            "class Device:\n    type = 'copying'\n    index = None\n"
            "torch.copying = torch.cpu\n"
            "torch.device = lambda name: Device()\n"
            "empty = torch.empty\n"
            "torch.empty = lambda *a, device=None, **k: empty(*a, **k)\n"
            "torch.Tensor.to = lambda self, device: self.clone()\n"
        )
    worker = workshop.kernel(source)
    worker.put(0, floats(1, 2, 3))
    assert worker.call([IN], [OUT]) == {"call": 1}
    assert worker.get(0, 12) == floats(2, 3, 4)
    assert worker.get(PAGE_SIZE, 12) == floats(4, 6, 8)


@needs("torch")
def test_worker_ends_without_an_answer_when_the_device_is_lost(workshop: Workshop) -> None:
    source = TAKES_TENSORS + (
        "def kernel(x):\n    torch.cpu.synchronize = broken\n    return x\n"
        "def broken():\n    raise RuntimeError('illegal access')\n"
    )
    worker = workshop.kernel(source)
    request = {"call": 1, "memory": str(worker.memory), "inputs": [], "outputs": []}
    request["inputs"] = [{"offset": 0, "shape": [1], "type": "fp32"}]
    worker.write(json.dumps(request).encode())
    assert worker.process.wait(SECONDS) == 1
    assert worker.process.stdout is not None
    assert worker.process.stdout.read() == b""
    assert "the device is lost: RuntimeError: illegal access" in worker.errors()


# The protocol's two ends


def test_prints_of_python_c_and_children_go_to_standard_error(workshop: Workshop) -> None:
    source = (
        "import os, sys, subprocess\n"
        "print('import')\n"
        "def kernel(x):\n"
        "    print('print')\n"
        "    os.write(1, b'write\\n')\n"
        "    subprocess.run(['echo', 'child'])\n"
        "    sys.__stdout__.write('stdout')\n"
        "    return x\n"
    )
    worker = workshop.kernel(source)
    assert worker.call([IN], [OUT]) == {"call": 1}
    assert worker.call([IN], [OUT]) == {"call": 2}
    assert worker.end() == 0
    text = worker.errors()
    for word in ("import", "print", "write", "child", "stdout"):
        assert word in text


def test_print_before_a_crash_is_not_lost(workshop: Workshop) -> None:
    worker = workshop.kernel("import os\ndef kernel():\n    print('last')\n    os._exit(9)\n")
    request = {"call": 1, "memory": str(worker.memory), "inputs": [], "outputs": []}
    worker.write(json.dumps(request).encode())
    assert worker.process.wait(SECONDS) == 9
    assert worker.errors() == "last\n"


def test_kernel_that_reads_standard_input_finds_its_end(workshop: Workshop) -> None:
    source = "import sys\ndef kernel(x):\n    raise ValueError(repr(sys.stdin.read()))\n"
    worker = workshop.kernel(source)
    assert worker.call([IN], [OUT])["error"] == "ValueError: '' (mine.py, line 3)"
    assert worker.call([IN], [OUT])["call"] == 2


@pytest.mark.parametrize(
    ("line", "call", "error"),
    [
        (b"not json", None, "JSONDecodeError"),
        (b"", None, "JSONDecodeError"),
        (b"\xff\xfe", None, "UnicodeDecodeError"),
        (b"[" * 100000, None, "RecursionError"),
        (b"[1]", None, "not a JSON object"),
        (b"{}", None, "'call' is not an integer"),
        (b'{"call":true}', None, "'call' is not an integer"),
        (b'{"call":5}', 5, "'memory' is not a path"),
        (b'{"call":5,"memory":"x"}', 5, "'inputs' is not an array"),
        (b'{"call":5,"memory":"x","inputs":[1]}', 5, "input 1 is not an object"),
        (b'{"call":5,"memory":"x","inputs":[],"outputs":7}', 5, "'outputs' is not an array"),
        (b'{"call":5,"memory":"x","inputs":[],"scalars":[]}', 5, "'scalars' is not an object"),
    ],
)
def test_malformed_request_is_an_error_and_the_worker_goes_on(
    workshop: Workshop, line: bytes, call: int | None, error: str
) -> None:
    worker = workshop.start("numpy:exp")
    worker.write(line)
    answer = worker.read()
    assert answer["error"].startswith("malformed request: ")
    assert error in answer["error"]
    assert answer.get("call") == call
    assert worker.call([IN], [OUT]) == {"call": 1}


@pytest.mark.parametrize(
    ("array", "error"),
    [
        ((-4, [1], "fp32"), "malformed request: input 1: 'offset' is not a number of bytes"),
        ((0, [-1], "fp32"), "malformed request: input 1: 'shape' is not an array of lengths"),
        ((0, [1.5], "fp32"), "malformed request: input 1: 'shape' is not an array of lengths"),
        ((0, 7, "fp32"), "malformed request: input 1: 'shape' is not an array of lengths"),
        ((0, [1], "fp31"), "malformed request: input 1: 'type' is none of fp64, "),
        ((4 * PAGE_SIZE - 3, [1], "fp32"), f"input 1 ends at byte {4 * PAGE_SIZE + 1}; "),
        ((0, [1 << 40, 1 << 40], "fp32"), f"input 1 ends at byte {1 << 82}; "),
    ],
)
def test_array_outside_the_memory_is_an_error(workshop: Workshop, array: Any, error: str) -> None:
    worker = workshop.start("numpy:exp")
    assert worker.call([array], [OUT])["error"].startswith(error)
    assert worker.call([IN], [OUT]) == {"call": 2}


def test_missing_or_empty_memory_is_an_error(workshop: Workshop) -> None:
    worker = workshop.start("numpy:exp")
    memory, worker.memory = worker.memory, workshop.folder / "absent"
    assert worker.call([IN], [OUT])["error"].startswith("FileNotFoundError: ")
    worker.memory.write_bytes(b"")
    assert worker.call([IN], [OUT])["error"] == "ValueError: cannot mmap an empty file"
    worker.memory = memory
    assert worker.call([IN], [OUT]) == {"call": 3}


def test_unknown_members_are_ignored(workshop: Workshop) -> None:
    worker = workshop.start("numpy:exp")
    assert worker.call([IN], [OUT], seed=1, deadline={"ms": 5}) == {"call": 1}


def test_closed_standard_input_ends_the_worker_with_0(workshop: Workshop) -> None:
    worker = workshop.start("numpy:exp")
    assert worker.end() == 0
    assert worker.errors() == ""


def test_closed_standard_output_ends_the_worker_quietly(workshop: Workshop) -> None:
    worker = workshop.start("numpy:exp")
    assert worker.process.stdout is not None
    worker.process.stdout.close()
    worker.write(b"{}")
    assert worker.process.wait(SECONDS) == 0
    assert worker.errors() == ""


@pytest.mark.parametrize("where", ["waiting", "calling"])
def test_interrupt_leaves_quietly_with_130(workshop: Workshop, where: str) -> None:
    worker = workshop.kernel(
        "import os, time\n"
        "def kernel(x):\n    os.kill(os.getpid(), 2)\n    time.sleep(60)\n    return x\n"
    )
    if where == "waiting":
        worker.process.send_signal(signal.SIGINT)
    else:
        request = {"call": 1, "memory": str(worker.memory), "outputs": []}
        request["inputs"] = [{"offset": 0, "shape": [1], "type": "fp32"}]
        worker.write(json.dumps(request).encode())
    assert worker.process.wait(SECONDS) == 130
    assert worker.errors() == ""


# The documentation's workers


def page_block(language: str) -> str:
    """The code block of that language on the protocol's page."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 1
    return str(blocks[0])


def check_documented_worker(worker: Worker) -> None:
    """Whether a worker doubles arrays of FP32, whatever their place and number."""
    assert worker.greeting == {"protocol": "halfway-kernel/1", "name": "double", "versions": {}}
    # JSON may escape a slash, and members stand in any order.
    request = f'{{"scalars":{{}},"outputs":[{{"type":"fp32","shape":[1],"offset":{PAGE_SIZE}}}],'
    request += '"inputs" : [ {"shape" : [1], "offset" : 4, "type" : "fp32"} ], "memory" : "'
    request += str(worker.memory).replace("/", "\\/") + '", "call" : 99}'
    worker.put(4, floats(1.25))
    worker.write(request.encode())
    assert worker.read() == {"call": 99}
    assert worker.get(PAGE_SIZE, 4) == floats(2.5)
    for count, where in ((3, 0), (1, 8), (1000, 4)):
        values = [float(index + where) for index in range(count)]
        worker.put(where, floats(*values))
        place = 2 * PAGE_SIZE - where
        answer = worker.call([(where, [count], "fp32")], [(place, [count], "fp32")])
        assert answer == {"call": worker.calls}
        assert worker.get(place, 4 * count) == floats(*(2 * value for value in values))
    assert worker.end() == 0
    assert worker.errors() == ""


def test_the_pages_python_worker_works(workshop: Workshop) -> None:
    (workshop.folder / "worker.py").write_text(page_block("python"))
    check_documented_worker(workshop.run([sys.executable, "worker.py"]))


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_the_pages_c_worker_works(workshop: Workshop) -> None:
    (workshop.folder / "worker.c").write_text(page_block("c"))
    command = ["cc", "-Wall", "-Wextra", "-Werror", "-o", "worker", "worker.c"]
    subprocess.run(command, cwd=workshop.folder, check=True)
    check_documented_worker(workshop.run(["./worker"]))
