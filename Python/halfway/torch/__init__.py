# SPDX-License-Identifier: Apache-2.0
"""What Halfway does with PyTorch.

`watch` runs a training's steps beside their exact twins and reports on them; `emulate` lets a model compute as a
policy or a matrix unit has it; `dump` writes a step's tensors for `halfway scan`.
"""

from halfway.torch.versions import check

check()

from halfway.torch.dumping import Dump, dump  # noqa: E402
from halfway.torch.emulation import Emulation, emulate  # noqa: E402
from halfway.torch.loop import Watch, watch  # noqa: E402

__all__ = ["Dump", "Emulation", "Watch", "dump", "emulate", "watch"]
