"""The order of names from outside: as people count, and the same in every process."""

from __future__ import annotations

import re

NaturalKey = tuple[tuple[tuple[int, int, str], ...], str]


def natural(name: str) -> NaturalKey:
    """A key that sorts names as people do: numbers by their size, and equal numbers by how they are written.

    No two names have the same key, so the order never depends on the order that they came in.

    Example:
        >>> sorted(["b10", "b9", "a", "b09"], key=natural)
        ['a', 'b09', 'b9', 'b10']
    """
    parts = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple(_part(part) for part in parts), name


def _part(part: str) -> tuple[int, int, str]:
    if "0" <= part[0] <= "9":
        # Compared as text of a length: a name may hold more digits than a number can be made of.
        digits = part.lstrip("0")
        return 0, len(digits), digits
    return 1, 0, part
