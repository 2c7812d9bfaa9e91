# SPDX-License-Identifier: Apache-2.0
"""The package is the one of this tree, whatever is installed."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
