# SPDX-License-Identifier: Apache-2.0
"""What Halfway does with PyTorch: `watch` runs a training's steps beside their exact twins and reports on them."""

from halfway.torch.versions import check

check()

from halfway.torch.loop import Watch, watch  # noqa: E402

__all__ = ["Watch", "watch"]
