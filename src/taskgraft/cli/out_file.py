"""Files that a verb writes its results to."""

from __future__ import annotations

import os
from pathlib import Path

from taskgraft.place import check_file_place

STANDARD_OUTPUT = "-"


def out_file(out: str) -> Path | None:
    """Where `--out` leads, looked at before any work; None for standard output.

    Args:
        out: As it was typed.

    Raises:
        RequestError: If no file can have that place.
    """
    if out == STANDARD_OUTPUT:
        return None
    check_file_place("--out", Path(out))
    # A link is written through, as a shell would: what it leads to is replaced, not the link.
    return Path(os.path.realpath(out))
