"""The largest full factorial among cells that were not planned as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from taskgraft.statistics._factorial import Cell

# So many sets of cells are weighed for each factor: plenty for any real design, and a bound for others.
_MOST_SETS = 1024


def full_cross(cells: Mapping[str, Cell], min_factors: int = 2) -> dict[str, Cell]:
    """The largest part of some cells that is every combination of its levels, each exactly once.

    Args:
        cells: For each cell's name the level of each factor. Of several names in one cell the first counts.
        min_factors: How many factors must have two levels or more.

    Returns:
        The part, in the order given; of several equally large ones, one that holds earlier levels. Empty
        where there is none.

    Example:
        >>> cells = {"a": ("1", "x"), "b": ("2", "x"), "c": ("3", "x"), "d": ("1", "y"), "e": ("2", "y")}
        >>> list(full_cross(cells)), full_cross({"a": ("1", "x"), "b": ("2", "x")})
        (['a', 'b', 'd', 'e'], {})
    """
    names: dict[Cell, str] = {}
    for name, cell in cells.items():
        names.setdefault(cell, name)
    largest = _largest(list(names), min_factors) or []
    kept = {names[cell] for cell in largest}
    return {name: cell for name, cell in cells.items() if name in kept}


def _largest(cells: Sequence[Cell], min_factors: int) -> list[Cell] | None:
    """Factor by factor: levels of the first, crossed with the largest cross that all of them have."""
    if not cells:
        return None
    if not cells[0]:
        return None if min_factors > 0 else [()]
    best: list[Cell] | None = None
    for levels, rest in _shared_rests(cells):
        # No cross is larger than all that its levels have in common.
        if best is not None and len(levels) * len(rest) <= len(best):
            continue
        part = _largest(rest, min_factors - (len(levels) > 1))
        if part is not None and (best is None or len(levels) * len(part) > len(best)):
            best = [(level, *cell) for level in levels for cell in part]
    return best


def _shared_rests(cells: Sequence[Cell]) -> list[tuple[list[str], list[Cell]]]:
    """Sets of levels of the first factor, each with what all of them are combined with.

    Only largest sets: all levels that are combined with at least the same.
    """
    by_level: dict[str, dict[Cell, None]] = {}
    for level, *rest in cells:
        by_level.setdefault(level, {})[tuple(rest)] = None
    shared: dict[frozenset[Cell], list[Cell]] = {}
    for rests in by_level.values():
        for one in (rests, *map(dict.fromkeys, list(shared.values()))):
            common = [rest for rest in one if rest in rests]
            if common and len(shared) < _MOST_SETS:
                shared.setdefault(frozenset(common), common)
    return [
        ([level for level, rests in by_level.items() if key <= rests.keys()], common)
        for key, common in shared.items()
    ]
