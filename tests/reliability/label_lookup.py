"""The reference for labels whose classes a taxonomy gives: rule 7 of decision 26, slow and plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from label_cells import Refused

Row = list[str | None]


@dataclass
class Tree:
    """Levels of classes and their parents, as plain lists."""

    names: list[str]
    classes: list[list[str]]
    parents: list[list[int]] = field(default_factory=list)


def looked_up(rows: list[Row], levels: list[str], tree: Tree) -> list[list[int]]:
    """Numbers of the names in a taxonomy that is there already."""
    if not set(levels) <= set(tree.names):
        raise Refused("a level that the taxonomy lacks")
    return [look_up(dict(zip(levels, row, strict=True)), tree) for row in rows]


def look_up(row: Mapping[str, str | None], tree: Tree) -> list[int]:
    """The numbers of one row, the levels above filled in where there is a tree."""
    cells = [row.get(level) for level in tree.names]
    numbers = [number_in(cells, i, tree) for i in range(len(cells))]
    if not tree.parents:
        return numbers
    for i in range(len(cells) - 1, 0, -1):
        if numbers[i] < 0:
            continue
        parent = tree.parents[i - 1][numbers[i]]
        if numbers[i - 1] not in (-1, parent):
            raise Refused("a class under another parent than the taxonomy's")
        numbers[i - 1] = parent
    return continued(numbers, tree)


def number_in(cells: Sequence[str | None], level: int, tree: Tree) -> int:
    """The number of the name at one level: as it is, then by its path."""
    name, classes = cells[level], tree.classes[level]
    if name is None:
        return -1
    for way in (name, "/".join(cell for cell in cells[: level + 1] if cell is not None)):
        if way in classes:
            return classes.index(way)
    raise Refused(f"{name!r} is not in the taxonomy")


def continued(numbers: Sequence[int], tree: Tree) -> list[int]:
    """An image that stops at a class goes on as that class itself, as long as it has no other finer one."""
    row = [*numbers, *[-1] * (len(tree.names) - len(numbers))]
    for i in range(1, len(row)):
        if row[i] >= 0 or row[i - 1] < 0:
            continue
        name = tree.classes[i - 1][row[i - 1]]
        children = [k for k, parent in enumerate(tree.parents[i - 1]) if parent == row[i - 1]]
        if [tree.classes[i][k] for k in children] in ([name], [f"{name} (itself)"]):
            row[i] = children[0]
    return row
