"""Names of images that a source only numbers: `test.bin 17`."""

from __future__ import annotations

from collections.abc import Mapping

from taskgraft.data.sources._computed import Computed


class NumberedNames(Computed[str]):
    """The name of each image is that of its part and its number there, from 0.

    Args:
        parts: Name of each part and how many images it has, in the order of the images.

    Example:
        >>> names = NumberedNames({"train.bin": 50_000, "test.bin": 10_000})
        >>> names[3], names[50_017], len(names)
        ('train.bin 3', 'test.bin 17', 60000)
    """

    def __init__(self, parts: Mapping[str, int]) -> None:
        super().__init__(list(parts.values()))
        self._parts = tuple(parts)

    def _item(self, part: int, index: int) -> str:
        return f"{self._parts[part]} {index}"
