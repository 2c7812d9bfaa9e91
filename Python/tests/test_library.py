# SPDX-License-Identifier: Apache-2.0
"""The library itself: its header as C and C++, a million calls with arbitrary arguments, what it needs and exports."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from halfway import _library

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
C = ROOT / "Tests" / "HalfwayC"
# Linux's names for what any system has.
RUNTIMES = {"libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64", "libpthread", "libdl"}


def compiled(source: str, folder: pathlib.Path, *flags: str, compiler: str = "cc") -> str:
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    library = pathlib.Path(_library.library()._name).resolve()
    # Under the name that the library has for itself.
    linked = folder / "libhalfway.so"
    if not linked.exists():
        linked.symlink_to(library)
    target = folder / f"{pathlib.Path(source).stem}-{compiler}"
    subprocess.run(
        [compiler, *flags, "-O2", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'include'}", str(C / source), "-o", str(target),
         str(linked), f"-Wl,-rpath,{folder}", "-lm"],
        check=True,
    )  # fmt: skip
    return str(target)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are Linux's")
@pytest.mark.parametrize(("compiler", "flags"), [("cc", ["-std=c11"]), ("c++", ["-std=c++17", "-x", "c++"])])
def test_the_header_is_c_and_cplusplus(tmp_path: pathlib.Path, compiler: str, flags: list[str]) -> None:
    linkage = ["-x", "none"] if compiler == "c++" else []
    if linkage:
        # The library is not C++ source.
        flags = ["-std=c++17"]
        source = tmp_path / "halfway_test.cc"
        source.write_text((C / "halfway_test.c").read_text())
    else:
        source = C / "halfway_test.c"
    run = subprocess.run(
        [compiled(str(source), tmp_path, *flags, compiler=compiler)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "ok\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are Linux's")
def test_no_argument_ends_the_process(tmp_path: pathlib.Path) -> None:
    fuzz = compiled("halfway_fuzz.c", tmp_path, "-std=c11")
    calls = os.environ.get("HALFWAY_FUZZ_CALLS", "1000000")
    run = subprocess.run([fuzz, calls, "2026"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-500:]
    computed = int(re.search(r"(\d+) of them computed", run.stdout).group(1))  # type: ignore[union-attr]
    assert computed > int(calls) // 10


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("objdump"), reason="objdump reads Linux's libraries")
def test_it_needs_the_runtimes_of_c_alone_and_exports_nothing_else(tmp_path: pathlib.Path) -> None:
    library = _library.library()._name
    needed = subprocess.run(["objdump", "-p", library], capture_output=True, text=True, check=True).stdout
    assert {name.split(".so")[0] for name in re.findall(r"NEEDED\s+(\S+)", needed)} <= RUNTIMES
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    exported = {line.split()[-1] for line in symbols.splitlines() if line.split()[-2] in "TDBRWV"}
    assert "halfway_round" in exported
    assert all(name.startswith("halfway_") for name in exported)
    stripped = tmp_path / "stripped.so"
    subprocess.run(["strip", "-o", str(stripped), library], check=True)
    # The standard library alone is 5 MB of it; 8 MB were wanted.
    assert stripped.stat().st_size <= 11 << 20


def test_every_function_of_the_header_is_exported() -> None:
    header = (ROOT / "include" / "halfway.h").read_text()
    header = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    names = set(re.findall(r"\b(halfway_\w+)\(", header))
    assert len(names) >= 8
    for name in names:
        assert hasattr(_library.library(), name), name


def test_a_library_that_is_missing_or_another_is_said_in_one_line(tmp_path: pathlib.Path) -> None:
    wrong = tmp_path / "libhalfway.so"
    wrong.write_text("not a library")
    for path in (str(wrong), str(tmp_path / "none.so")):
        run = subprocess.run(
            [sys.executable, "-c", "import halfway; halfway.version()"],
            env={**os.environ, "HALFWAY_LIBRARY": path, "PYTHONPATH": str(ROOT / "Python")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert run.returncode == 1
        assert run.stderr.splitlines()[-1].startswith("halfway._errors.HalfwayError: ")
        assert path in run.stderr.splitlines()[-1]


def test_the_package_is_typed() -> None:
    mypy = shutil.which("mypy", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if mypy is None:
        pytest.skip("mypy is not installed")
    modules = [str(path) for path in sorted((ROOT / "Python" / "halfway").glob("_*.py"))]
    modules.remove(str(ROOT / "Python" / "halfway" / "__main__.py"))
    run = subprocess.run(
        [mypy, "--strict", "--follow-imports=silent", "--cache-dir", os.devnull, *modules],
        cwd=ROOT / "Python", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_the_part_for_torch_is_typed() -> None:
    mypy = shutil.which("mypy", path=f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if mypy is None:
        pytest.skip("mypy is not installed")
    modules = [str(path) for path in sorted((ROOT / "Python" / "halfway" / "torch").glob("*.py"))]
    # Without torch's own types, which take a minute to read; with them (--follow-imports=silent) nothing is found either.
    run = subprocess.run(
        [mypy, "--strict", "--follow-imports=skip", "--allow-subclassing-any", "--allow-untyped-calls",
         "--allow-untyped-decorators", "--no-warn-return-any", "--no-warn-unused-ignores", "--cache-dir", os.devnull,
         *modules],
        cwd=ROOT / "Python", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
