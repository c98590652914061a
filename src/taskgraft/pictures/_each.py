"""Goes through whatever holds several things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, cast

_Item = TypeVar("_Item")


def each_of(items: Iterable[_Item]) -> Iterator[_Item]:
    """Yields every item; those of a sequence by its length.

    What fetches its items, such as a dataset of torch, need not refuse a place behind its end, and plain
    iteration would never stop there.

    Args:
        items: A sequence, anything with a length and items but no iteration, or anything to iterate over.

    Example:
        >>> list(each_of("abc")), list(each_of({1: 2}))
        (['a', 'b', 'c'], [1])
    """
    is_iterated = hasattr(items, "__iter__") and not isinstance(items, Sequence)
    if is_iterated or not hasattr(items, "__len__"):
        return iter(items)
    fetched = cast("Sequence[_Item]", items)
    return (fetched[place] for place in range(len(fetched)))
