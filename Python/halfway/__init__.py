# SPDX-License-Identifier: Apache-2.0
"""Low-precision arithmetic for NumPy and PyTorch, bit for bit as Halfway's campaigns prove it against MPFR.

>>> import halfway, numpy as np
>>> halfway.round(np.float32([0.1, 70000]), "fp16").tolist()
[0.0999755859375, inf]
>>> values, flags = halfway.fma(np.float32([0.1, 300]), 3, -0.3, format="bf16", flags=True)
>>> values.tolist(), flags.tolist()
([-0.00048828125, 900.0], [0, 1])
"""

from halfway._arrays import set_threads
from halfway._command import explain
from halfway._errors import HalfwayError
from halfway._formats import Format, format_info, formats, matrix_units
from halfway._functions import elementary, erf, exp, gelu, log, normal, rsqrt, sigmoid, tanh
from halfway._library import instructions, version
from halfway._matmul import matmul
from halfway._operations import (
    add,
    compare,
    div,
    fma,
    log_b,
    maximum,
    maximum_number,
    minimum,
    minimum_number,
    mul,
    next_down,
    next_up,
    operate,
    remainder,
    round_to_integral,
    scale_b,
    sqrt,
    sub,
    to_int32,
    to_int64,
)
from halfway._round import decode, encode, round
from halfway._semantics import Flags

__version__ = "0.1.0"

__all__ = [
    "Flags",
    "Format",
    "HalfwayError",
    "add",
    "compare",
    "decode",
    "div",
    "elementary",
    "encode",
    "erf",
    "exp",
    "explain",
    "fma",
    "format_info",
    "formats",
    "gelu",
    "instructions",
    "log",
    "log_b",
    "matmul",
    "matrix_units",
    "maximum",
    "maximum_number",
    "minimum",
    "minimum_number",
    "mul",
    "next_down",
    "next_up",
    "normal",
    "operate",
    "remainder",
    "round",
    "round_to_integral",
    "rsqrt",
    "scale_b",
    "set_threads",
    "sigmoid",
    "sqrt",
    "sub",
    "tanh",
    "to_int32",
    "to_int64",
    "version",
]


def __getattr__(name: str) -> object:
    """`halfway.watch`, which needs torch: it is imported when it is first asked for."""
    if name == "watch":
        try:
            import torch  # noqa: F401
        except ImportError as error:
            raise HalfwayError(f"torch cannot be imported ({error}): pip install torch") from None
        from halfway.torch import watch

        return watch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
