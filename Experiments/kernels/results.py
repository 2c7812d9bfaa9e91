#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps what `halfway check` found: its documents without digests in reports/kernels, and the tables of README.md.

python3 results.py keep libm check.json...    # reads documents of check, writes reports/kernels/libm.json
python3 results.py tables                     # writes the tables of README.md from reports/kernels
"""
import json
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = os.path.join(HERE, "..", "..", "reports", "kernels")
README = os.path.join(HERE, "README.md")


def checks(paths):
    """The checks of documents, each with its name."""
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        if document["schema"] == "halfway/checks/1":
            for check in document["checks"]:
                yield check["name"], check.get("result"), check.get("problem")
        else:
            subject = document["configuration"]["subject"]
            yield subject.get("symbol") or subject.get("python") or subject.get("own") or subject["output"], document, None


def condensed(name, result, problem):
    """What is kept of a check."""
    if result is None:
        return {"name": name, "problem": problem}
    kept = {
        "name": name,
        "configuration": {k: v for k, v in result["configuration"].items() if k != "subject"},
        "summary": result["summary"],
        "findings": result["findings"][:10],
        "environment": result["run"]["environment"],
        "reproduction": result["reproduction"],
    }
    if result["schema"] == "halfway/check/1":
        kept["histogram"] = {row["ulps"]: row["results"] for row in result["histogram"]}
        kept["worst"] = result["worst"][:3]
        if "properties" in result:
            kept["properties"] = result["properties"]
        return kept
    del kept["configuration"]["cases"]
    kept["failing"] = [
        {k: case[k] for k in ("text", "verdict", "results", "misrounded", "wrongSpecials", "scaledError", "limit", "worst")}
        for case in result["cases"]
        if case["verdict"] != "holds"
    ]
    shares = [case for case in result["cases"] if case["limit"] and case["scaledError"] is not None]
    if shares:
        nearest = max(shares, key=lambda case: case["scaledError"] / case["limit"])
        kept["nearest"] = {k: nearest[k] for k in ("text", "scaledError", "limit")}
    if "properties" in result:
        kept["properties"] = result["properties"]
    inside = result.get("inside")
    if inside:
        kept["inside"] = {
            k: inside.get(k)
            for k in ("terms", "pattern", "accumulator", "precision", "roundings", "products", "subnormals", "unknowns")
        }
    return kept


def keep(name, paths):
    os.makedirs(KEPT, exist_ok=True)
    rows = [condensed(*check) for check in checks(paths)]
    with open(os.path.join(KEPT, name + ".json"), "w", encoding="utf-8") as file:
        json.dump({"checks": rows}, file, indent=1, sort_keys=True)
        file.write("\n")


def number(bits, format):
    """The number of an encoding, in few digits."""
    kinds = {"fp64": ("<Q", "<d"), "fp32": ("<I", "<f"), "fp16": ("<H", "<e")}
    if format in kinds:
        return f"{struct.unpack(kinds[format][1], struct.pack(kinds[format][0], bits))[0]:.6g}"
    return f"{struct.unpack('<f', struct.pack('<I', bits << 16))[0]:.6g}" if format == "bf16" else ""


def element_row(check):
    summary = check["summary"]
    largest = summary.get("largestError")
    worst = check["worst"][0] if check["worst"] else None
    place = " and ".join(
        f"{bits:#x} ({number(bits, check['configuration']['format'])})" for bits in worst["operands"]
    ) if worst else ""
    size = f"{largest:.6g}" if largest is not None else "special or sign wrong"
    return f"| {check['name']} | {summary['tested']:,} | {summary['misrounded']:,} | {size} | {place} |"


def array_row(check):
    summary = check["summary"]
    nearest = check.get("nearest")
    share = f"{nearest['scaledError']:.3g} of {nearest['limit']:.3g} in {nearest['text']}" if nearest else ""
    failing = ", ".join(
        case["text"] + (" (bound void)" if case["verdict"] == "unjudged" else "") for case in check["failing"][:3]
    )
    more = len(check["failing"]) - 3
    failing += f" and {more} more" if more > 0 else ""
    order = ((check.get("inside") or {}).get("pattern") or {}).get("text", "")
    return f"| {check['name']} | {summary['results']:,} | {summary['misrounded']:,} | {share} | {failing} | {order} |"


def table(name):
    with open(os.path.join(KEPT, name + ".json"), encoding="utf-8") as file:
        rows = json.load(file)["checks"]
    elements = [row for row in rows if "histogram" in row]
    arrays = [row for row in rows if "nearest" in row or "failing" in row]
    lines = []
    if elements:
        lines += ["| kernel | inputs | not nearest | largest error [ulp] | at |", "| --- | --- | --- | --- | --- |"]
        lines += [element_row(row) for row in elements] + [""]
    if arrays:
        lines += ["| kernel | results | not nearest | nearest to its limit | fails in | order of its sums |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        lines += [array_row(row) for row in arrays] + [""]
    lines += [f"{row['name']} could not be made: {row['problem']}" for row in rows if "problem" in row]
    return "\n".join(lines).rstrip() + "\n"


def tables():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    for name in sorted(file[:-5] for file in os.listdir(KEPT) if file.endswith(".json")):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        if begin in text:
            first, last = text.index(begin) + len(begin), text.index(end)
            text = text[:first] + table(name) + text[last:]
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "keep":
        keep(sys.argv[2], sys.argv[3:])
    elif sys.argv[1:] == ["tables"]:
        tables()
    else:
        sys.exit(__doc__)
