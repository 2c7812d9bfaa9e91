# SPDX-License-Identifier: Apache-2.0
"""Low-precision arithmetic for NumPy and PyTorch, bit for bit as Halfway's campaigns prove it against MPFR."""

from halfway._errors import HalfwayError
from halfway._library import instructions, version

__version__ = "0.1.0"

__all__ = ["HalfwayError", "instructions", "version"]
