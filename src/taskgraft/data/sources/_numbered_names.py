"""Names of images that a source only numbers: `test.bin 17`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import overload


class NumberedNames(Sequence[str]):
    """The name of each image is that of its part and its number there, from 0; made when it is looked at.

    Args:
        parts: Name of each part and how many images it has, in the order of the images.

    Example:
        >>> names = NumberedNames({"train.bin": 50_000, "test.bin": 10_000})
        >>> names[3], names[50_017], len(names)
        ('train.bin 3', 'test.bin 17', 60000)
    """

    def __init__(self, parts: Mapping[str, int]) -> None:
        self._parts = tuple(parts)
        self._ends = list(accumulate(parts.values()))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        part = bisect_right(self._ends, position)
        return f"{self._parts[part]} {position - (self._ends[part - 1] if part else 0)}"
