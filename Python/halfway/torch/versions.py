# SPDX-License-Identifier: Apache-2.0
"""Whether torch is new enough for this package; imports nothing of it that an older one lacks."""

from __future__ import annotations

import re

import torch

from halfway._errors import HalfwayError

#: The least version of torch that has all that is used here.
LEAST = (2, 6)


def check() -> None:
    """Raises HalfwayError where torch is older."""
    have = tuple(int(one) for one in re.findall(r"\d+", torch.__version__)[:2])
    if have < LEAST:
        raise HalfwayError(
            f"torch {torch.__version__} is older than {LEAST[0]}.{LEAST[1]}, which halfway.torch needs: "
            "pip install --upgrade torch"
        )
