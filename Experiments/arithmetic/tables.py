#!/usr/bin/env python3
"""Writes the README's tables of results from reports/verification/*.json.

python3 Experiments/arithmetic/tables.py           # rewrites the parts between the markers
python3 Experiments/arithmetic/tables.py --check   # status 1 where they differ from the JSON

Status 2 where it could not run: wrong options, a result or a marker that is missing.
"""
import argparse
import glob
import json
import math
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RESULTS = os.path.join(ROOT, "reports", "verification")
README = os.path.join(ROOT, "README.md")
SUMS = ["add", "sub", "mul", "div"]


class Problem(Exception):
    """What keeps the tables from being made, in one line."""


def shown(path):
    return os.path.relpath(path, ROOT)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise Problem(f"{shown(path)}: {error.strerror}")


def load(name):
    path = os.path.join(RESULTS, name + ".json")
    try:
        return json.loads(read(path))
    except ValueError as error:
        raise Problem(f"{shown(path)}: no JSON: {error}")


def row(what, names, stage):
    documents = [load(name) for name in names]
    tested = sum(d["summary"]["tested"] for d in documents)
    differ = sum(d["summary"]["mismatches"] for d in documents)
    times = sorted(round(d["run"]["seconds"]) for d in documents)
    seconds = str(times[0]) if times[0] == times[-1] else f"{times[0]}-{times[-1]}"
    each = " each" if len(names) > 1 else ""
    return f"| {what} | {tested:,} | {differ:,} | {seconds}{each} | `{stage}` |"


def campaigns():
    audits = sorted(os.path.basename(p)[:-5] for p in glob.glob(os.path.join(RESULTS, "audit-*.json")))
    parts = [name.split("-")[1:] for name in audits]
    audited = "; ".join(
        f"{format} {', '.join(o for o, f in parts if f == format)}"
        for format in sorted({f for _, f in parts}, reverse=True))
    rows = [
        row("fp16 + - x / on all 2^32 pairs, 5 roundings", [f"{o}-fp16-exhaustive" for o in SUMS], "pairs"),
        row("bf16 + - x / on all 2^32 pairs, 5 roundings", [f"{o}-bf16-exhaustive" for o in SUMS], "pairs"),
        row("unary operations on all fp16 and bf16 numbers, 6 roundings",
            ["unary-fp16-exhaustive", "unary-bf16-exhaustive"], "unary"),
        row("sqrt of all 2^32 fp32 numbers, 5 roundings", ["sqrt-fp32-exhaustive"], "fp32-unary"),
        row("roundToIntegral of all 2^32 fp32 numbers, 5 roundings", ["roundToIntegral-fp32-exhaustive"],
            "fp32-unary"),
        row("all 2^32 fp32 numbers to fp16, bf16, e4m3, e5m2, 5 roundings",
            [f"convert-fp32-{t}-exhaustive" for t in ["fp16", "bf16", "e4m3", "e5m2"]], "fp32-unary"),
        row("fp32 + - x / fma: level 2, coverage, random (1.18 10^9 cases)",
            [f"{o}-fp32-level2" for o in SUMS + ["fma"]], "fp32"),
        row("fma of all e4m3 and e5m2 triples, 6 roundings", ["fma-e4m3-exhaustive", "fma-e5m2-exhaustive"],
            "fma"),
        row("fp16 fma: every significand and alignment class, 5 roundings", ["fma-fp16-significands"], "fma"),
        row("fp16 and bf16 fma: level 2, coverage, random", ["fma-fp16-level2", "fma-bf16-level2"], "fma"),
        row("the processor: fp16 through Swift, level 2 (all in fma)", ["native-fp16-level2"], "native"),
        row("the processor: bf16 through FP32, level 2 (all in fma)", ["native-bf16-level2"], "native"),
        row(f"the reference itself against MPFR's own 4 roundings, all pairs: {audited}", audits, "audit"),
    ]
    elementary = load("elementary-fp32")
    results = elementary["results"]
    rows.append(
        "| exp, log, tanh, sigmoid, erf, Φ, gelu (two forms), rsqrt of all 2^32 fp32 numbers; errors of 0.501 ulp or more"
        f" | {len(results) << 32:,} | {sum(1 for r in results if r['largestErrorUlp'] >= 0.501)}"
        f" | {round(elementary['run']['seconds'])} | `elementary` |")
    head = ["| what | results | differ | seconds | stage |", "| --- | --- | --- | --- | --- |"]
    return "\n".join(head + rows)


OPERATIONS = ["add", "mul", "div", "sqrt", "fma"]
PRODUCTS = [
    ("fp32 fused", "fp32", "fp32", "fused"), ("fp32, product and sum rounded", "fp32", "fp32", "productThenSum"),
    ("fp64 fused", "fp64", "fp64", "fused"), ("fp16 operands, fp32 sums", "fp16", "fp32", "fused"),
    ("bf16 operands, fp32 sums", "bf16", "fp32", "fused"),
    ("fp16 sums, rounded twice a term", "fp16", "fp16", "productThenSum"),
    ("fp16 sums, rounded once a term", "fp16", "fp16", "fused"),
    ("bf16 sums, rounded twice a term", "bf16", "bf16", "productThenSum"),
    ("bf16 sums, rounded once a term", "bf16", "bf16", "fused"),
]
UNITS = [("hopper", "fp16"), ("cdna3", "fp16"), ("cdna2", "fp16"), ("amx", "bf16"), ("bfmmla", "bf16")]


def find(document, form, operation, format, to=None):
    return [r for r in document["results"] if (r["form"], r["operation"], r["format"], r.get("to"))
            == (form, operation, format, to)]


def nearest(rows):
    return next(r for r in rows if r["rounding"] == "nearest-even")


def rate(row):
    return f"{1000 / row['nanoseconds']:.0f}"


def batches(document):
    formats = ["fp16", "bf16", "e4m3", "fp32"]
    name = document["environment"]["instructions"]
    lines = [f"| {name}: batch with flags, million a second (nearest even / slowest rounding) | "
             + " | ".join(formats) + " |", "| --- | --- | --- | --- | --- |"]
    for operation in OPERATIONS:
        cells = [find(document, "batch", operation, f) for f in formats]
        lines.append(f"| {operation} | " + " | ".join(
            f"{rate(nearest(c))} / {rate(max(c, key=lambda r: r['nanoseconds']))}" for c in cells) + " |")
    return lines


def product(document, format, accumulation):
    """G multiply-adds a second of a square product of 512."""
    fitting = [p for p in document["products"] if p["shape"] == [512, 512, 512] and p["format"] == format
               and all(p["accumulation"].get(key) == value for key, value in accumulation.items())]
    return f"{1 / fitting[0]['nanoseconds']:.3g}"


def products(documents):
    lines = ["| matrix product of 512 x 512 x 512, one core, 10^9 multiply-adds a second | "
             + " | ".join(d["environment"]["instructions"] for d in documents) + " |",
             "| --- |" + " --- |" * len(documents)]
    for title, format, sums, step in PRODUCTS:
        accumulation = {"format": sums, "step": step, "order": "sequential"}
        lines.append(f"| {title} | " + " | ".join(product(d, format, accumulation) for d in documents) + " |")
    for unit, format in UNITS:
        lines.append(f"| {unit}, {format} | " + " | ".join(
            product(d, format, {"order": "matrixUnit", "unit": unit}) for d in documents) + " |")
    return lines


def casts(document):
    """G elements a second of casts without flags from fp32, and of the slowest of the other roundings."""
    def fast(to):
        return 1 / nearest(find(document, "cast", "convert", "fp32", to))["nanoseconds"]

    others = [1 / r["nanoseconds"] for r in document["results"]
              if r["form"] == "cast" and r["rounding"] != "nearest-even"]
    slowest = math.floor(10 * min(others)) / 10
    return [f"{fast('fp16'):.0f}", f"{fast('bf16'):.0f}", f"{slowest:.1f}"]


def singles(document, format):
    """Nanoseconds of single calls that return a result and its flags."""
    rows = {(r["operation"], r["format"]): r["nanoseconds"] for r in document["results"] if r["form"] == "scalar"}
    return [f"{rows[(operation, format)]:.1f}" for operation in OPERATIONS]


def table(title, columns, rows):
    return [f"| {title} | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)] + [
        f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows]


def functions(documents):
    """Rates of elementary functions over fp32 buffers, with their ratio to a loop over libm."""
    def cell(row):
        return rate(row) + (f" ({row['timesLibm']:.1f})" if row.get("timesLibm") else "")

    fp32 = [[r for r in d["elementary"] if r["format"] == "fp32"] for d in documents]
    names = [r["function"] for r in fp32[0]]
    return table(
        "fp32 buffers, million elements a second (times a loop over libm)", names,
        [(d["environment"]["instructions"], [cell(r) for r in rows]) for d, rows in zip(documents, fp32)])


def bench():
    """The rates of the builds for AVX-512 and for AVX2, both measured on one machine."""
    documents = [load("bench"), load("bench-avx2")]
    machine = documents[0]["environment"]
    if documents[1]["environment"]["cpu"] != machine["cpu"]:
        raise Problem("bench.json and bench-avx2.json are of two processors")
    names = [d["environment"]["instructions"] for d in documents]
    lines = []
    for document in documents:
        lines += batches(document) + [""]
    lines += table(
        "fp16 batch beside one MPFR call and a rounding, nearest even: times as fast", OPERATIONS,
        [(n, [f"{nearest(find(d, 'batch', o, 'fp16'))['timesMPFR']:.0f}" for o in OPERATIONS])
         for n, d in zip(names, documents)]) + [""]
    lines += table(
        "single calls with flags, ns", OPERATIONS,
        [(f"{n}, {f}", singles(d, f)) for n, d in zip(names, documents) for f in ["fp16", "fp32"]]) + [""]
    lines += table(
        "casts from fp32 without flags, 10^9 a second",
        ["to fp16, nearest even", "to bf16", "to fp16, bf16, tf32, e4m3, e5m2, slowest rounding"],
        [(n, casts(d)) for n, d in zip(names, documents)]) + [""]
    lines += functions(documents) + [""]
    lines += products(documents) + [""]
    lines += [
        f"One core of an {machine['cpu']} ({' '.join(machine['cpuFlags'])}), operands in the first cache levels; AVX2 is the build of "
        "`HALFWAY_MARCH=x86-64-v3`. From `halfway bench --export reports/verification/bench.json` and `bench-avx2.json`."]
    return "\n".join(lines)


def between_markers(text, name, table):
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    for marker in [start, end]:
        if text.count(marker) != 1:
            raise Problem(f"README.md: '{marker}' stands there {text.count(marker)} times, must once")
    head, rest = text.split(start)
    if end not in rest:
        raise Problem(f"README.md: '{end}' stands before '{start}'")
    return head + start + "\n" + table + "\n" + end + rest.split(end)[1]


def rewritten(text):
    try:
        tables = [("campaigns", campaigns()), ("bench", bench())]
    except (LookupError, StopIteration, TypeError, ValueError) as error:
        raise Problem(f"{shown(RESULTS)}: a result is not what the tables need: {error!r}")
    for name, table in tables:
        text = between_markers(text, name, table)
    return text


def main():
    parser = argparse.ArgumentParser(
        description="Writes the README's tables of results from reports/verification/*.json.",
        allow_abbrev=False)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; status 1 where the tables differ from the JSON")
    check = parser.parse_args().check
    try:
        before = read(README)
        text = rewritten(before)
    except Problem as problem:
        print(f"tables.py: {problem}", file=sys.stderr)
        sys.exit(2)
    if check:
        sys.exit(0 if text == before else "README.md differs from reports/verification: run tables.py")
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)


main()
