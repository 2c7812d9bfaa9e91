# SPDX-License-Identifier: Apache-2.0
"""The C library of include/halfway.h: where it is found, and what its statuses raise.

It is the file that HALFWAY_LIBRARY names, or lies in this package's folder, or beside an installed `halfway`
command (bin/halfway and lib/libhalfway.so under one prefix).
"""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any

from halfway._errors import HalfwayError

# The version of include/halfway.h that the calls of this package are written for.
VERSION = (0, 1)

_NAME = "libhalfway.dylib" if sys.platform == "darwin" else "libhalfway.so"


# The levels of processors that a wheel may have libraries for, the highest first, and what Linux calls the
# instructions that each needs.
_LEVELS = (
    ("x86-64-v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
    ("x86-64-v3", {"avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"}),
)


def _instructions() -> set[str]:
    """The instructions of this machine's processors, none where it does not tell."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            return next((set(line.split()) for line in lines if line.startswith("flags")), set())
    except OSError:
        return set()


def _places() -> Iterator[pathlib.Path]:
    """Where the library may lie, the first first."""
    folders = [pathlib.Path(__file__).parent]
    command = shutil.which("halfway")
    if command:
        folders.append(pathlib.Path(command).resolve().parent.parent / "lib")
    for folder in folders:
        if any(folder.glob(f"libhalfway-*{pathlib.Path(_NAME).suffix}")):
            here = _instructions()
            for level, needed in _LEVELS:
                if needed <= here:
                    yield folder / _NAME.replace("halfway.", f"halfway-{level}.")
        yield folder / _NAME


def _find() -> pathlib.Path:
    named = os.environ.get("HALFWAY_LIBRARY")
    if named:
        if not pathlib.Path(named).is_file():
            raise HalfwayError(f"HALFWAY_LIBRARY is {named}, where no file is: name {_NAME} or unset it")
        return pathlib.Path(named)
    for place in _places():
        if place.is_file():
            return place
    raise HalfwayError(
        f"{_NAME} is not in {pathlib.Path(__file__).parent} and not beside an installed halfway command: "
        "run `make python` in Halfway's folder, or set HALFWAY_LIBRARY"
    )


def _load() -> ctypes.CDLL:
    path = _find()
    try:
        library = ctypes.CDLL(str(path))
        number = int(library.halfway_version())
    except (OSError, AttributeError) as error:
        raise HalfwayError(f"{path} is not a library of Halfway for this machine: {error}") from None
    if (number // 10000, number // 100 % 100) != VERSION:
        raise HalfwayError(
            f"{path} has version {number // 10000}.{number // 100 % 100}, this package needs "
            f"{VERSION[0]}.{VERSION[1]}: run `make python` in Halfway's folder"
        )
    return library


_loaded: ctypes.CDLL | None = None


def library() -> ctypes.CDLL:
    """The library, loaded by the first call. Raises HalfwayError where there is none or another version."""
    global _loaded
    if _loaded is None:
        _loaded = _load()
        _loaded.halfway_last_error.restype = ctypes.c_char_p
        _loaded.halfway_instructions.restype = ctypes.c_char_p
        _loaded.halfway_name.restype = ctypes.c_char_p
        _loaded.halfway_name.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return _loaded


_RAISED: dict[int, type[Exception]] = {1: ValueError, 2: ValueError, 3: MemoryError, 4: OSError}


def _check(status: int, function: Any, arguments: Any) -> None:
    if status != 0:
        message = library().halfway_last_error() or b"unknown error"
        raise _RAISED.get(status, HalfwayError)(message.decode())


@functools.lru_cache(maxsize=None)
def function(name: str, *arguments: Any) -> Callable[..., None]:
    """The exported function of a name that returns a status: called with its arguments, it raises what
    the status stands for, with the library's message.
    """
    called = getattr(library(), name)
    called.argtypes = arguments
    called.restype = ctypes.c_int32
    called.errcheck = _check
    return called  # type: ignore[no-any-return]


def version() -> str:
    """The version of the library, such as "0.1.0"."""
    number = int(library().halfway_version())
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def instructions() -> str:
    """The vector instructions that the library was built for, such as "AVX2"."""
    return str(library().halfway_instructions().decode())


@functools.lru_cache(maxsize=None)
def _names(kind: str) -> tuple[str, ...]:
    found: list[str] = []
    while name := library().halfway_name(kind.encode(), len(found)):
        found.append(name.decode())
    return tuple(found)


def names(kind: str) -> list[str]:
    """The names that the library knows of a kind, such as "rounding"."""
    return list(_names(kind))
