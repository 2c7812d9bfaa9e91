#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/house.svg: every module of Sources under those that import it, from the imports themselves.

An arrow that a longer way through other modules implies is left out; `HouseTests` compares those that are drawn
with the imports of today. usage: house.py >docs/house.svg
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources"
WIDTH, ROW, BOX, MARGIN = 1000, 92, 34, 16


def imports():
    """The modules that each module imports."""
    names = {path.name for path in ROOT.iterdir() if path.is_dir()}
    found = {}
    for name in sorted(names):
        text = "\n".join(path.read_text() for path in sorted((ROOT / name).rglob("*.swift")))
        words = set(re.findall(r"^\s*(?:@\w+ )*import (\w+)", text, re.M))
        found[name] = (words & names) - {name}
    return found


def reached(arrows, name):
    """All that a module reaches in one step or more."""
    seen, stack = set(), list(arrows[name])
    while stack:
        other = stack.pop()
        if other not in seen:
            seen.add(other)
            stack += arrows[other]
    return seen


def reduced(arrows):
    """The arrows that no longer way implies."""
    far = {name: reached(arrows, name) for name in arrows}
    return {
        name: {other for other in others if not any(other in far[way] for way in others - {other})}
        for name, others in arrows.items()
    }


def levels(arrows):
    """The modules in rows, each as high as those that import it allow."""
    users = {name: {n for n in arrows if name in arrows[n]} for name in arrows}
    depth = {}

    def of(name):
        if name not in depth:
            depth[name] = 1 + max((of(user) for user in users[name]), default=-1)
        return depth[name]

    for name in arrows:
        of(name)
    last = max(depth.values())
    return [[n for n in sorted(arrows) if depth[n] == last - h] for h in range(last + 1)]


def ordered(rows, arrows):
    """Rows in an order in which arrows seldom cross: each module near the mean place of its neighbours."""
    place = {name: (i + 0.5) / len(row) for row in rows for i, name in enumerate(row)}
    users = {name: {n for n in arrows if name in arrows[n]} for name in arrows}
    for turn in range(24):
        for row in rows if turn % 2 == 0 else reversed(rows):
            near = arrows if turn % 2 == 0 else users
            wanted = {
                name: sum(place[n] for n in near[name]) / len(near[name]) if near[name] else place[name]
                for name in row
            }
            row.sort(key=lambda name: (wanted[name], name))
            for i, name in enumerate(row):
                place[name] = (i + 0.5) / len(row)
    return rows


def main():
    arrows = imports()
    drawn = reduced(arrows)
    rows = ordered(levels(arrows), drawn)
    height = len(rows) * ROW + MARGIN
    x, y, half = {}, {}, {}
    for level, row in enumerate(rows):
        for i, name in enumerate(row):
            x[name] = round(WIDTH * (i + 0.5) / len(row))
            y[name] = height - (level + 1) * ROW + MARGIN
            half[name] = round(len(name) * 4.6) + 12
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="system-ui, sans-serif" font-size="15">'
    )
    print("<title>The modules of Halfway and what each imports</title>")
    print("<desc>Arrows go down, from a module to those it imports; what a longer way implies is left out.</desc>")
    print(
        "<style>svg{background:#fff}path{fill:none;stroke:#4c72b0;stroke-width:1.2}rect{fill:#eef3fa;"
        "stroke:#4c72b0}text{fill:#1b2a41;text-anchor:middle}</style>"
    )
    for name in sorted(drawn):
        for other in sorted(drawn[name]):
            top, bottom = y[name] + BOX, y[other]
            bend = (bottom - top) / 2
            print(
                f'<path data-from="{name}" data-to="{other}" d="M{x[name]} {top}C{x[name]} {top + bend:g} '
                f'{x[other]} {bottom - bend:g} {x[other]} {bottom}"/>'
            )
    for name in sorted(arrows):
        print(
            f'<rect x="{x[name] - half[name]}" y="{y[name]}" width="{2 * half[name]}" height="{BOX}" rx="6"/>'
            f'<text x="{x[name]}" y="{y[name] + 22}">{name}</text>'
        )
    print("</svg>")


main()
