"""Imports torch where the working directory was removed: Intel's library would end the process there.

`taskgraft` imports this before all else, and only there; anywhere else, what computes with torch imports it.
"""

from __future__ import annotations

import os

_removed = os.open(".", os.O_RDONLY)
os.chdir("/")
try:
    import torch  # noqa: F401
finally:
    os.fchdir(_removed)
    os.close(_removed)
