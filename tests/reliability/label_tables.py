"""Draws hostile tables of labels: names of all kinds, unknowns, homonyms, skipped ranks, early ends."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hostile_words import LEVELS, PLAIN, POISON, POOLS, column_of
from label_cells import Refused, Unclear
from label_lookup import Tree
from label_reference import expected

MOST_ROWS = 20
_TEXT_GAPS = ("", " ", "-1", "\t")
_NO_COLUMNS: tuple[Any, ...] = ("cat", b"cat", {"cat", "dog"}, {"cat": 1}, 5, None, frozenset({1}))
Row = tuple[str | None, ...]


@dataclass
class Table:
    """A table of labels, its cells as they come."""

    seed: int
    columns: dict[str, Any]
    has_tree: bool = True
    is_text: bool = False
    taxonomy: Tree | None = None
    order: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        cells = {
            level: list(column) if hasattr(column, "__iter__") else column
            for level, column in self.columns.items()
        }
        return (
            f"table {self.seed}: {cells}, {self.has_tree=}, {self.is_text=}, {self.taxonomy=}, {self.order=}"
        )


def draw_table(seed: int) -> Table:
    """A table for the door itself, whatever its cells are."""
    rng = random.Random(seed)
    rows = draw_rows(rng)
    levels = rng.sample(LEVELS, len(rows[0]))
    if rng.random() < 0.1:
        levels[-1] = rng.choice([f" {levels[-1]}\n", f"{levels[0]} ", "\t"])
    table = Table(seed, {}, has_tree=rng.random() < 0.88, is_text=rng.random() < 0.25)
    if table.has_tree and rng.random() < 0.2:
        table.taxonomy = taxonomy_of(rows, levels)
    gapped = with_gaps(rng, rows)
    if table.taxonomy is not None and rng.random() < 0.2:
        gapped = with_a_wrong_parent(rng, gapped)
    for i, level in enumerate(levels):
        names = [row[i] for row in gapped]
        if table.is_text:
            table.columns[level] = [rng.choice(_TEXT_GAPS) if name is None else name for name in names]
        else:
            table.columns[level] = column_of(rng, names)
    if table.taxonomy is not None and len(levels) > 1 and rng.random() < 0.5:
        del table.columns[levels[0]]
    if table.taxonomy is None and rng.random() < 0.15:
        table.order = draw_order(rng, rows, levels)
    if rng.random() < 0.06:
        poison(rng, table)
    return table


def draw_order(rng: random.Random, rows: Sequence[Row], levels: Sequence[str]) -> dict[str, list[str]]:
    """Of some levels, numbers of their own, as a dataset of the hub has them; some classes have no image."""
    orders = {}
    for i, level in enumerate(levels):
        names = list(
            dict.fromkeys([row[i].strip() for row in rows if row[i] is not None] + ["nobody", "bread"])
        )
        rng.shuffle(names)
        if rng.random() < 0.7:
            orders[level] = names
    return orders


def poison(rng: random.Random, table: Table) -> None:
    """Puts something that is no name, or no column, into a table."""
    level = rng.choice(list(table.columns))
    column = table.columns[level]
    if table.is_text or rng.random() < 0.15:
        table.columns[level] = rng.choice(_NO_COLUMNS)
        return
    cells = list(column)
    if rng.random() < 0.1:
        cells.append("one too many")
    else:
        cells[rng.randrange(len(cells))] = rng.choice(POISON)
    table.columns[level] = cells


def taxonomy_of(rows: Sequence[Row], levels: Sequence[str]) -> Tree | None:
    """The tree of a table, where it has one."""
    try:
        tree = expected({level: [row[i] for row in rows] for i, level in enumerate(levels)}).tree
    except (Refused, Unclear):
        return None
    return tree if len(tree.names) == len(levels) else None


def draw_rows(rng: random.Random, words: Sequence[str] = ()) -> list[Row]:
    """Paths of names, one for each image: at least two classes at the top, mostly."""
    num_levels = rng.choice([1, 2, 2, 2, 3, 3, 4, 5])
    words = words or _draw_words(rng)
    shared = rng.random() < 0.35
    stock = [*words]
    rng.shuffle(stock)
    paths: list[Row] = []

    def name_from(taken: set[str]) -> str | None:
        free = [word for word in (words if shared else stock) if word not in taken]
        name = rng.choice(free) if free else None
        if name in stock and not shared:
            stock.remove(name)
        return name

    def grow(path: Row) -> None:
        if len(path) == num_levels or (path and rng.random() < 0.12):
            paths.append(path + (None,) * (num_levels - len(path)))
            return
        if path and len(path) < num_levels - 1 and rng.random() < 0.08:
            grow((*path, None))
            return
        taken: set[str] = set()
        for _ in range(rng.choice([2, 3]) if not path else rng.choice([1, 2, 2])):
            name = name_from(taken)
            if name is not None:
                taken.add(name)
                grow((*path, name))

    grow(())
    paths = paths or [(word, *[None] * (num_levels - 1)) for word in PLAIN[:2]]
    rows = [path for path in paths for _ in range(rng.choice([1, 1, 2, 3]))][:MOST_ROWS]
    rng.shuffle(rows)
    return rows


def _draw_words(rng: random.Random) -> list[str]:
    pools = rng.sample(POOLS, rng.choice([1, 1, 2, 3]))
    return list(dict.fromkeys(word for pool in (*pools, PLAIN) for word in pool if rng.random() < 0.8))


def with_a_wrong_parent(rng: random.Random, rows: Sequence[Row]) -> list[Row]:
    """One image whose coarsest name is that of another one."""
    at = rng.randrange(len(rows))
    return [*rows[:at], (rng.choice(rows)[0], *rows[at][1:]), *rows[at + 1 :]]


def with_gaps(rng: random.Random, rows: Sequence[Row]) -> list[Row]:
    """Some images of which less is known: nothing below a level, nothing above one, or nothing at all."""
    rate = rng.choice([0.0, 0.1, 0.3])
    gapped: list[Row] = []
    for row in rows:
        if rng.random() >= rate:
            gapped.append(row)
            continue
        at = rng.randrange(len(row))
        kind = rng.random()
        if kind < 0.5:
            gapped.append(row[:at] + (None,) * (len(row) - at))
        elif kind < 0.75:
            gapped.append((*row[:at], None, *row[at + 1 :]))
        else:
            gapped.append((None,) * at + row[at:])
    return gapped
