"""One difference between two requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Change(NamedTuple):
    """What differs, how it was, and how it is."""

    what: str
    old: object
    new: object

    def words(self, names: tuple[str, str] = ("before", "now")) -> str:
        """One line.

        Args:
            names: What to call the two sides.

        Example:
            >>> Change("epochs", 4, 6).words(), Change("epochs", 4, 6).words(("in A", "in B"))
            ('epochs: 4 before, 6 now', 'epochs: 4 in A, 6 in B')
        """
        return f"{self.what}: {self.old} {names[0]}, {self.new} {names[1]}"


def unlike(what: str, old: object, new: object) -> Iterator[Change]:
    """The change from one value to another; nothing for equal ones."""
    if old != new:
        yield Change(what, old, new)
