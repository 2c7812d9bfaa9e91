#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A worker by which `halfway check` calls a Python function; docs/kernel-worker.md is its protocol.

    python3 halfway_kernel.py torch:exp
    python3 halfway_kernel.py my_kernels.py:softmax --arrays torch --device cuda

The function takes its input arrays by position and scalars by keyword, and returns one array or a
tuple of arrays. A result of another shape or type than the request's is an error, never converted.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import importlib
import importlib.util
import io
import json
import math
import mmap
import os
import pathlib
import platform
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn

PROTOCOL = "halfway-kernel/1"
LIBRARIES = ("numpy", "torch", "jax")
# What the first line gives the version of, where the kernel has imported it.
VERSIONED = ("numpy", "torch", "jax", "triton")
LONGEST_ERROR = 2000
STATUS_REFUSED = 2
STATUS_DEVICE_LOST = 1
STATUS_INTERRUPTED = 130

# The protocol's element types: their name in NumPy, ml_dtypes and torch, and bytes an element.
TYPES = {
    "fp64": ("float64", 8),
    "fp32": ("float32", 4),
    "fp16": ("float16", 2),
    "bf16": ("bfloat16", 2),
    "fp8-e4m3": ("float8_e4m3fn", 1),
    "fp8-e5m2": ("float8_e5m2", 1),
    "int64": ("int64", 8),
    "int32": ("int32", 4),
    "uint8": ("uint8", 1),
    "bool": ("bool", 1),
}
# Types that NumPy itself does not have.
EXTENSION_TYPES = ("bf16", "fp8-e4m3", "fp8-e5m2")


class Refusal(Exception):
    """An error whose text is the whole line: the adapter's own, not one that the kernel raised."""

    def __init__(self, line: str, call: object = None) -> None:
        super().__init__(line)
        self.call = call


# Requests


@dataclass(frozen=True)
class Region:
    """An array's place in the memory: `offset` in bytes, elements of `type`, row-major."""

    offset: int
    shape: tuple[int, ...]
    type: str

    @property
    def size(self) -> int:
        """The number of bytes."""
        return math.prod(self.shape) * TYPES[self.type][1]


@dataclass(frozen=True)
class Request:
    """One call of the kernel."""

    call: int
    memory: str
    inputs: tuple[Region, ...]
    outputs: tuple[Region, ...]
    scalars: dict[str, Any]


def parse(line: bytes) -> Request:
    """The request that a line holds; a `Refusal` that says what is wrong with it otherwise."""
    try:
        message = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as failure:
        raise Refusal(f"malformed request: {describe(failure)}") from None
    if not isinstance(message, dict):
        raise Refusal("malformed request: not a JSON object")
    call = message.get("call")
    if type(call) is not int:
        raise Refusal("malformed request: 'call' is not an integer")
    memory, scalars = message.get("memory"), message.get("scalars", {})
    if not isinstance(memory, str) or "\0" in memory:
        raise Refusal("malformed request: 'memory' is not a path", call)
    if not isinstance(scalars, dict):
        raise Refusal("malformed request: 'scalars' is not an object", call)
    inputs = parse_regions(message, "input", call)
    return Request(call, memory, inputs, parse_regions(message, "output", call), scalars)


def parse_regions(message: dict[str, Any], kind: str, call: int) -> tuple[Region, ...]:
    """The regions under 'inputs' or 'outputs'."""
    items = message.get(kind + "s")
    if not isinstance(items, list):
        raise Refusal(f"malformed request: '{kind}s' is not an array", call)
    regions = []
    for number, item in enumerate(items, start=1):
        where = f"malformed request: {kind} {number}"
        if not isinstance(item, dict):
            raise Refusal(f"{where} is not an object", call)
        offset, shape, name = item.get("offset"), item.get("shape"), item.get("type")
        if type(offset) is not int or offset < 0:
            raise Refusal(f"{where}: 'offset' is not a number of bytes", call)
        lengths: list[Any] = shape if isinstance(shape, list) else [None]
        if any(type(length) is not int or length < 0 for length in lengths):
            raise Refusal(f"{where}: 'shape' is not an array of lengths", call)
        if not isinstance(name, str) or name not in TYPES:
            raise Refusal(f"{where}: 'type' is none of {', '.join(TYPES)}", call)
        regions.append(Region(offset, tuple(lengths), name))
    return tuple(regions)


class Memory:
    """The mapped file of the requests, mapped again when its path, identity or size changes."""

    def __init__(self) -> None:
        self.key: tuple[object, ...] = ()
        self.map: mmap.mmap | None = None

    def mapped(self, request: Request) -> mmap.mmap:
        """The mapping, in which every region of the request lies."""
        status = os.stat(request.memory)
        key = (request.memory, status.st_dev, status.st_ino, status.st_size)
        if self.map is None or key != self.key:
            # The former mapping is not closed: a kernel may have kept an array in it.
            self.map = None
            with open(request.memory, "r+b") as file:
                self.map = mmap.mmap(file.fileno(), status.st_size)
            self.key = key
        for kind, regions in (("input", request.inputs), ("output", request.outputs)):
            for number, region in enumerate(regions, start=1):
                end = region.offset + region.size
                if end > len(self.map):
                    size = f"'{request.memory}' has {len(self.map)}"
                    raise Refusal(f"{kind} {number} ends at byte {end}; {size}")
        return self.map


# Array libraries


class Arrays:
    """How a kernel's array library reads and writes the memory."""

    name: str
    module: Any

    def dtype(self, type: str) -> Any:
        """The library's own element type."""
        return getattr(self.module, TYPES[type][0])

    def view(self, memory: mmap.mmap, region: Region) -> Any:
        """A writable array in the memory."""
        raise NotImplementedError

    def load(self, memory: mmap.mmap, region: Region) -> Any:
        """An input array: the memory itself, as far as the library allows."""
        raise NotImplementedError

    def settle(self, loaded: list[Any], memory: mmap.mmap, regions: tuple[Region, ...]) -> None:
        """Waits for the kernel's end, and shows in the memory what it changed in its inputs."""

    def is_array(self, result: Any) -> bool:
        """Whether a result is one of the library's arrays."""
        raise NotImplementedError

    def check(self, result: Any, region: Region, where: str) -> None:
        """Refuses a result that is no array of the library or has another shape or type."""
        if not self.is_array(result):
            raise Refusal(f"{where} is a {type(result).__name__}, expected a {self.name} array")
        facts = (
            ("shape", list(result.shape), list(region.shape)),
            ("type", result.dtype, self.dtype(region.type)),
        )
        for what, found, expected in facts:
            if found != expected:
                raise Refusal(f"{where} has {what} {found}, expected {expected}")

    def store(self, result: Any, memory: mmap.mmap, region: Region) -> None:
        """Copies a result that `check` has let pass into the memory."""
        raise NotImplementedError

    def lost(self) -> bool:
        """Whether no further call can succeed in this process."""
        return False


class NumPyArrays(Arrays):
    """Read-only views of the memory."""

    name = "numpy"

    def __init__(self) -> None:
        self.module = importlib.import_module("numpy")

    def dtype(self, type: str) -> Any:
        if type not in EXTENSION_TYPES:
            return self.module.dtype(TYPES[type][0])
        try:
            extension = importlib.import_module("ml_dtypes")
        except ImportError:
            install = "python3 -m pip install ml_dtypes"
            raise Refusal(f"{type} arrays need the package ml_dtypes: {install}") from None
        return self.module.dtype(getattr(extension, TYPES[type][0]))

    def view(self, memory: mmap.mmap, region: Region) -> Any:
        dtype = self.dtype(region.type)
        if region.size == 0:
            return self.module.empty(region.shape, dtype)
        return self.module.ndarray(region.shape, dtype, memory, region.offset)

    def load(self, memory: mmap.mmap, region: Region) -> Any:
        view = self.view(memory, region)
        view.flags.writeable = False
        return view

    def is_array(self, result: Any) -> bool:
        # NumPy's functions return scalars, which have a dtype, for arrays of rank 0.
        return isinstance(result, (self.module.ndarray, self.module.generic))

    def store(self, result: Any, memory: mmap.mmap, region: Region) -> None:
        self.module.copyto(self.view(memory, region), result, casting="no")


class JAXArrays(NumPyArrays):
    """JAX's arrays, on its default device; on a processor they may be views of the memory."""

    name = "jax"

    def __init__(self) -> None:
        super().__init__()
        self.jax: Any = importlib.import_module("jax")

    def load(self, memory: mmap.mmap, region: Region) -> Any:
        view = super().load(memory, region)
        # JAX halves 64-bit types in silence unless it is told not to.
        if view.dtype.itemsize == 8 and not self.jax.config.jax_enable_x64:
            raise Refusal(f"JAX has no {region.type} arrays unless JAX_ENABLE_X64=1 is set")
        return self.jax.numpy.asarray(view)

    def is_array(self, result: Any) -> bool:
        return isinstance(result, self.jax.Array)

    def store(self, result: Any, memory: mmap.mmap, region: Region) -> None:
        super().store(self.module.asarray(result), memory, region)


class TorchArrays(Arrays):
    """Tensors in the memory itself, or copies of them on a device."""

    name = "torch"

    def __init__(self, device: str | None, threads: int | None) -> None:
        self.module = importlib.import_module("torch")
        if threads is not None:
            self.module.set_num_threads(threads)
        self.device = self.module.device(device or "cpu")
        if self.device.type == "cuda" and self.device.index is not None:
            # Triton launches on the current device, wherever its tensors are.
            self.module.cuda.set_device(self.device)
        self.module.empty(0, device=self.device)

    def view(self, memory: mmap.mmap, region: Region) -> Any:
        dtype = self.dtype(region.type)
        if region.size == 0:
            return self.module.empty(region.shape, dtype=dtype)
        count = math.prod(region.shape)
        flat = self.module.frombuffer(memory, dtype=dtype, count=count, offset=region.offset)
        return flat.reshape(region.shape)

    def load(self, memory: mmap.mmap, region: Region) -> Any:
        return self.view(memory, region).to(self.device)

    def synchronize(self) -> None:
        """Waits for the device."""
        getattr(self.module, self.device.type).synchronize()

    def settle(self, loaded: list[Any], memory: mmap.mmap, regions: tuple[Region, ...]) -> None:
        self.synchronize()
        if self.device.type == "cpu":
            return
        for tensor, region in zip(loaded, regions):
            self.view(memory, region).copy_(tensor)

    def is_array(self, result: Any) -> bool:
        return isinstance(result, self.module.Tensor)

    def store(self, result: Any, memory: mmap.mmap, region: Region) -> None:
        self.view(memory, region).copy_(result)

    def lost(self) -> bool:
        # After an illegal access every later operation on the device fails, whatever it is.
        try:
            self.synchronize()
        except Exception:
            return True
        return False


# The kernel


@dataclass(frozen=True)
class Kernel:
    """A function, its name, and the file it came from with the digest of what was executed."""

    function: Callable[..., Any]
    name: str
    module: ModuleType
    path: pathlib.Path | None
    digest: str | None

    def library(self) -> str:
        """The array library: the function's choice, its module's, else by the module's name."""
        root = self.name.partition(".")[0] if self.path is None else ""
        default = {"torch": "torch", "triton": "torch", "jax": "jax"}.get(root, "numpy")
        choice = getattr(self.module, "halfway_arrays", default)
        choice = getattr(self.function, "halfway_arrays", choice)
        if choice not in LIBRARIES:
            raise Refusal(f"halfway_arrays is {choice!r}; it can be {', '.join(LIBRARIES)}")
        return str(choice)

    def versions(self) -> dict[str, str]:
        """The versions of Python and of the imported libraries, and the file's digest."""
        versions = {"python": platform.python_version()}
        for name in VERSIONED:
            if name in sys.modules:
                versions[name] = str(getattr(sys.modules[name], "__version__", "unknown"))
        if self.path is not None:
            versions[self.path.name] = f"sha256:{self.digest}"
        return versions


def load_kernel(target: str) -> Kernel:
    """The kernel that `module:attribute.path` or `file.py:function` names."""
    place, _, attributes = target.rpartition(":")
    if not place or not attributes:
        raise Refusal(f"'{target}' is neither module:function nor file.py:function")
    path, digest = None, None
    if place.endswith(".py"):
        path = pathlib.Path(place).resolve()
        module, digest = load_file(path)
    else:
        # As `python3 -m` does; `python3 file.py` has put this file's folder there.
        replace_search_folder(os.getcwd())
        module = importlib.import_module(place)
    value: Any = module
    for attribute in attributes.split("."):
        try:
            value = getattr(value, attribute)
        except AttributeError as failure:
            near = difflib.get_close_matches(attribute, dir(value))
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise Refusal(describe(failure) + hint) from None
    if not callable(value):
        raise Refusal(f"'{target}' is a {type(value).__name__}, which cannot be called")
    return Kernel(value, f"{path.stem if path else place}.{attributes}", module, path, digest)


def load_file(path: pathlib.Path) -> tuple[ModuleType, str]:
    """A module made from a file, and the SHA-256 of the bytes that were executed.

    They are compiled here because an importer may take an older .pyc file for them.
    """
    source = path.read_bytes()
    replace_search_folder(str(path.parent))
    name = path.stem if path.stem not in sys.modules else f"halfway_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        raise Refusal(f"'{path}' is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)
    except BaseException as failure:
        raise Refusal(describe(failure, path)) from None
    return module, hashlib.sha256(source).hexdigest()


def replace_search_folder(folder: str) -> None:
    """Puts a folder first where imports are searched, instead of this file's own."""
    if sys.path and sys.path[0] == str(pathlib.Path(__file__).resolve().parent):
        del sys.path[0]
    sys.path.insert(0, folder)


def describe(failure: BaseException, path: pathlib.Path | None = None) -> str:
    """An exception as one line, with the innermost line of `path` that it passed through."""
    if isinstance(failure, Refusal):
        return str(failure)
    try:
        text = str(failure)
    except Exception:
        text = ""
    name = type(failure).__name__
    line = " ".join((f"{name}: {text}" if text else name).split())
    if len(line) > LONGEST_ERROR:
        line = line[:LONGEST_ERROR] + "..."
    number, step = None, failure.__traceback__
    while step is not None:
        if path is not None and step.tb_frame.f_code.co_filename == str(path):
            number = step.tb_lineno
        step = step.tb_next
    return line if path is None or number is None else f"{line} ({path.name}, line {number})"


# The worker


class Channel:
    """The protocol's two ends, out of reach of what the kernel reads and prints."""

    def __init__(self) -> None:
        self.requests = os.fdopen(self.take(0, os.open(os.devnull, os.O_RDONLY)), "rb")
        self.answers = self.take(1, os.dup(2))
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)

    @staticmethod
    def take(descriptor: int, replacement: int) -> int:
        """Another number for a descriptor's file; the descriptor then means `replacement`."""
        kept = os.dup(descriptor)
        os.dup2(replacement, descriptor)
        os.close(replacement)
        return kept

    def send(self, message: dict[str, Any]) -> None:
        """Writes a message as one line."""
        # UTF-8 has no lone surrogates, which stand for undecodable bytes in Python's strings.
        line = (json.dumps(message, ensure_ascii=False) + "\n").encode("utf-8", "replace")
        while line:
            line = line[os.write(self.answers, line) :]


def perform(kernel: Kernel, arrays: Arrays, mapping: mmap.mmap, request: Request) -> None:
    """Calls the kernel, and writes its results when all of them are what was asked for."""
    loaded = [arrays.load(mapping, region) for region in request.inputs]
    returned = kernel.function(*loaded, **request.scalars)
    arrays.settle(loaded, mapping, request.inputs)
    results = returned if isinstance(returned, (tuple, list)) else (returned,)
    if returned is None and not request.outputs:
        results = ()
    if len(results) != len(request.outputs):
        raise Refusal(f"the kernel returned {len(results)} arrays, expected {len(request.outputs)}")
    pairs = list(zip(results, request.outputs))
    for number, (result, region) in enumerate(pairs, start=1):
        arrays.check(result, region, f"output {number}")
    for result, region in pairs:
        arrays.store(result, mapping, region)


def arrays_hint(arrays: Arrays, failure: BaseException) -> str:
    """What to do when a function for tensors was given NumPy's arrays, else nothing."""
    if arrays.name == "numpy" and isinstance(failure, (TypeError, AttributeError)):
        for library in ("torch", "jax"):
            if library in sys.modules:
                return f"; it was given numpy arrays, --arrays {library} gives it {library}'s"
    return ""


def serve(kernel: Kernel, arrays: Arrays, channel: Channel) -> int:
    """The exit status after the last request: 0 at the end of standard input."""
    memory = Memory()
    for line in channel.requests:
        try:
            request = parse(line)
        except Refusal as refusal:
            call = {} if refusal.call is None else {"call": refusal.call}
            channel.send({**call, "error": str(refusal)})
            continue
        answer: dict[str, Any] = {"call": request.call}
        try:
            perform(kernel, arrays, memory.mapped(request), request)
        except BaseException as failure:
            # Also MemoryError and SystemExit: they are what the kernel did with this input.
            answer["error"] = describe(failure, kernel.path) + arrays_hint(arrays, failure)
            if arrays.lost():
                # No answer: the call counts as a crash, and the next one gets a new process.
                print(f"the device is lost: {answer['error']}", file=sys.stderr)
                return STATUS_DEVICE_LOST
        channel.send(answer)
    return 0


class ArgumentParser(argparse.ArgumentParser):
    """A parser that reports a wrong option as the protocol has it."""

    def error(self, message: str) -> NoReturn:
        print(json.dumps({"error": message}), flush=True)
        sys.exit(STATUS_REFUSED)


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = ArgumentParser(description="Calls a Python function for `halfway check`.")
    parser.add_argument("target", help="module:function or file.py:function")
    parser.add_argument("--arrays", choices=LIBRARIES, help="what the function takes")
    parser.add_argument("--device", help="torch: where the tensors are, such as cuda or cuda:1")
    parser.add_argument("--threads", type=int, help="torch: threads of one operation")
    options = parser.parse_args()
    if options.threads is not None and options.threads < 1:
        parser.error(f"--threads {options.threads}: at least 1")
    return options


def make_arrays(library: str, device: str | None, threads: int | None) -> Arrays:
    """The array library of that name."""
    if library == "torch":
        return TorchArrays(device, threads)
    for option, value in (("--device", device), ("--threads", threads)):
        if value is not None:
            raise Refusal(f"{option} {value} is for torch, and the kernel takes {library} arrays")
    return JAXArrays() if library == "jax" else NumPyArrays()


def main() -> int:
    """The exit status: 0 at the end of the requests, 2 where there is no kernel to call."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(STATUS_INTERRUPTED))
    options = parse_arguments()
    # Infinities and NaNs are among the cases: NumPy would warn of each function that meets them.
    warnings.simplefilter("ignore", RuntimeWarning)
    channel = Channel()
    try:
        try:
            kernel = load_kernel(options.target)
            library = options.arrays or kernel.library()
            arrays = make_arrays(library, options.device, options.threads)
        except BaseException as failure:
            channel.send({"error": describe(failure)})
            return STATUS_REFUSED
        channel.send({"protocol": PROTOCOL, "name": kernel.name, "versions": kernel.versions()})
        return serve(kernel, arrays, channel)
    except BrokenPipeError:
        # Whoever asked is gone.
        return 0


if __name__ == "__main__":
    sys.exit(main())
