# SPDX-License-Identifier: Apache-2.0
"""Builds libhalfway where there is a Swift and none has been built, and tags wheels for the system that they are for.

`pip install ./Python` runs it inside Halfway's folder; a wheel of `make wheel` holds one library for each level of
its processors.
"""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE / "halfway"
SUFFIX = "dylib" if sys.platform == "darwin" else "so"


def libraries() -> list[pathlib.Path]:
    return sorted(PACKAGE.glob(f"libhalfway*.{SUFFIX}"))


class Build(build_py):
    """The package with its library."""

    def run(self) -> None:
        if not libraries():
            if not (HERE.parent / "Package.swift").is_file():
                sys.exit(
                    "halfway: there is no library in this folder and no Package.swift beside it to build one from: "
                    "run pip in a copy of all of Halfway, or install a wheel of `make wheel`"
                )
            for tool, where in (("swift", "6.2 or later: https://www.swift.org/install"), ("make", "of the system")):
                if shutil.which(tool) is None:
                    sys.exit(f"halfway: {tool} is needed to build the library, {where}")
            if subprocess.run(["make", "-C", str(HERE.parent), "python"]).returncode != 0:
                sys.exit("halfway: the library was not built, for the reason above; `make python` tries it again")
        super().run()


class Wheel(bdist_wheel):
    """A wheel for any Python 3 of one system: the library is loaded, not linked with Python."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        _, _, system = super().get_tag()
        return "py3", "none", oldest(system)


def oldest(system: str) -> str:
    """manylinux with the least C library that the package's libraries ask for, where this can be seen."""
    if not system.startswith("linux_") or shutil.which("objdump") is None:
        return system
    versions = [(2, 17)]
    for library in libraries():
        symbols = subprocess.run(["objdump", "-T", str(library)], capture_output=True, text=True, check=True).stdout
        versions += [(int(a), int(b)) for a, b in re.findall(r"\bGLIBC_(\d+)\.(\d+)", symbols)]
    return "manylinux_{}_{}_{}".format(*max(versions), system.removeprefix("linux_"))


setup(cmdclass={"build_py": Build, "bdist_wheel": Wheel})
