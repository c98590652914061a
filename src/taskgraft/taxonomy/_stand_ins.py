"""Classes that end early, and stand for themselves at every finer level: what they are called there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from taskgraft.taxonomy._level import Level

ITSELF = " (itself)"
"""What stands behind the name of a class that ends early, further down, where a namesake lives."""


def is_itself(name: str, below: str | None) -> bool:
    """Whether a class one level further down is nothing but the class of a name, carried on.

    Example:
        >>> is_itself("bread", "bread"), is_itself("bread", "bread (itself)"), is_itself("bread", "rye")
        (True, True, False)
    """
    return below is None or below in (name, continued_name(name, {name}))


def continued_name(name: str, taken: Collection[str]) -> str:
    """What a class that ends early is called one level further down, where a namesake may live.

    Example:
        >>> continued_name("orange", {"lemon"}), continued_name("orange", {"orange"})
        ('orange', 'orange (itself)')
    """
    while name in taken:
        name = f"{name}{ITSELF}"
    return name


def stand_ins_of(levels: Sequence[Level], parents: Sequence[Sequence[int]]) -> tuple[frozenset[int], ...]:
    """Of each level the classes that only stand for the one above, which has no finer ones.

    Args:
        levels: Coarsest first.
        parents: Of the classes of each level but the first; empty without a tree.
    """
    rows = parents or ((),) * (len(levels) - 1)
    pairs = zip(levels, levels[1:], rows, strict=False)
    return (frozenset(), *(_of_level(above.classes, below.classes, row) for above, below, row in pairs))


def _of_level(above: Sequence[str], below: Sequence[str], parents: Sequence[int]) -> frozenset[int]:
    counts = Counter(parents)
    only = (k for k, parent in enumerate(parents) if counts[parent] == 1)
    return frozenset(k for k in only if below[k].replace(ITSELF, "") == above[parents[k]].replace(ITSELF, ""))
