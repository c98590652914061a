"""Sequences whose items are made when somebody looks at them."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar, overload

T = TypeVar("T")


class Computed(Sequence[T]):
    """A sequence of parts, one behind another.

    Args:
        lengths: Number of items of each part.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self._ends = list(accumulate(lengths))

    @abstractmethod
    def _item(self, part: int, index: int) -> T:
        """The item at an index of a part, both from 0."""

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        part = bisect_right(self._ends, position)
        return self._item(part, position - (self._ends[part - 1] if part else 0))
