# SPDX-License-Identifier: Apache-2.0
"""Rounding by IEEE 754-2019, clauses 4.3 and 7.4, in exact rational numbers: what tests expect of the library. It shares
nothing with it."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction


@dataclasses.dataclass(frozen=True)
class Layout:
    """Field widths, and whether the last exponent field has infinities and NaNs, a NaN alone, or numbers."""

    exponent_bits: int
    fraction_bits: int
    specials: str = "ieee"

    @property
    def bias(self) -> int:
        return (1 << (self.exponent_bits - 1)) - 1

    @property
    def least_exponent(self) -> int:
        return 1 - self.bias

    @property
    def largest(self) -> Fraction:
        last = (1 << self.exponent_bits) - 1 - self.bias
        unit = Fraction(1, 1 << self.fraction_bits)
        if self.specials == "ieee":
            return Fraction(2) ** (last - 1) * (2 - unit)
        return Fraction(2) ** last * (2 - unit * (2 if self.specials == "nan" else 1))


LAYOUTS = {
    "fp16": Layout(5, 10),
    "bf16": Layout(8, 7),
    "tf32": Layout(8, 10),
    "fp32": Layout(8, 23),
    "e5m2": Layout(5, 2),
    "e4m3": Layout(4, 3, "nan"),
    "e3m2": Layout(3, 2, "finite"),
    "e2m3": Layout(2, 3, "finite"),
    "e2m1": Layout(2, 1, "finite"),
    "e5m7": Layout(5, 7),
    "e3m4": Layout(3, 4),
}


def rounded(x: Fraction, name: str, rounding: str = "nearest-even", saturate: bool = False) -> float:
    """The nearest number of a format to a nonzero rational one, in a direction; exact in FP64."""
    layout = LAYOUTS[name]
    negative, magnitude = x < 0, abs(x)
    exponent = math.floor(math.log2(magnitude)) if magnitude else 0
    while Fraction(2) ** exponent > magnitude:
        exponent -= 1
    while Fraction(2) ** (exponent + 1) <= magnitude:
        exponent += 1
    unit = Fraction(2) ** (max(exponent, layout.least_exponent) - layout.fraction_bits)
    whole = math.floor(magnitude / unit)
    rest = magnitude / unit - whole
    up = {
        "nearest-even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
        "nearest-away": rest >= Fraction(1, 2),
        "toward-zero": False,
        "up": rest > 0 and not negative,
        "down": rest > 0 and negative,
        "to-odd": rest > 0 and whole % 2 == 0,
    }[rounding]
    result = (whole + up) * unit
    if result > layout.largest:
        to_infinity = rounding.startswith("nearest") or rounding == ("down" if negative else "up")
        if not to_infinity or saturate or layout.specials == "finite":
            result = layout.largest
        else:
            return math.nan if layout.specials == "nan" else -math.inf if negative else math.inf
    return -float(result) if negative else float(result)
