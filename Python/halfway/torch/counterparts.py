# SPDX-License-Identifier: Apache-2.0
"""FP64 counterparts of operations whose own kernels take no FP64, or that need the run's random numbers."""

from __future__ import annotations

from typing import Any, Protocol

import torch


class Counterpart(Protocol):
    """What an operation does, in FP64.

    args and kwargs are the operation's, in FP64; actual: what the run's own call returned, None where it has not yet run.
    """

    def __call__(self, function: Any, args: list, kwargs: dict, actual: Any = None) -> Any: ...


def _dropout(function: Any, args: list, kwargs: dict, actual: Any = None) -> Any:
    if actual is None:
        raise NotImplementedError("the mask is not drawn yet")
    share = args[1]
    mask = actual[1]
    return args[0] * mask * (0.0 if share == 1 else 1.0 / (1.0 - share)), mask.clone()


COUNTERPARTS: dict[str, Counterpart] = {
    "native_dropout": _dropout,
}
