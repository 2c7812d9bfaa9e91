# SPDX-License-Identifier: Apache-2.0
"""What a call that fails raises."""

from __future__ import annotations


class HalfwayError(Exception):
    """The library or the command is missing or cannot do what is asked; one line that says what to do.

    Wrong values raise ValueError, wrong types TypeError, files that cannot be used OSError.
    """
