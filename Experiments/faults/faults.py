#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a copy of the modules that campaigns need in which every fault of faults.json is chosen at
run time, and a command that plants them one after the other.

The product's sources have no fault in them: `faults.py FOLDER` is the only place where they meet.
"""
import json
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODULES = [
    "CMPFR", "CProcessor", "CZlib", "Threads", "Randomness", "Formats", "SoftFloat", "MPFROracle",
    "ProductOracle", "Measurements", "Words", "TensorFiles", "Work", "Verification",
]


def plant(sources, faults):
    """Replaces each fault's text, at its first place in its file."""
    for number, fault in enumerate(faults, start=1):
        path = sources / fault["file"]
        text = path.read_text()
        if fault["old"] not in text:
            sys.exit(f"{path}: '{fault['old']}' of fault {number} is not there any more")
        if fault.get("statement"):
            name, right = fault["old"].split(" = ", 1)
            wrong = fault["new"].split(" = ", 1)[1]
            planted = f"{name} = Fault.choose({number}, ({wrong}), ({right}))"
        else:
            planted = f"Fault.choose({number}, ({fault['new']}), ({fault['old']}))"
        text = text.replace(fault["old"], planted, 1)
        if "import Formats" not in text:
            text = "import Formats\n" + text
        path.write_text(text)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: faults.py FOLDER")
    folder = pathlib.Path(sys.argv[1])
    sources = folder / "Sources"
    shutil.rmtree(sources, ignore_errors=True)
    for module in MODULES:
        shutil.copytree(ROOT / "Sources" / module, sources / module)
    shutil.copytree(HERE / "Runner", sources / "Runner")
    shutil.copy(HERE / "Package.swift.txt", folder / "Package.swift")
    (sources / "Formats" / "Fault.swift").write_text((HERE / "Fault.swift.txt").read_text())
    faults = json.loads((HERE / "faults.json").read_text())["faults"]
    plant(sources, faults)


main()
