"""What a table of labels should become: slow, plain, and written from decision 26 alone.

A class is the path of names to it. `("animalia", None, "morus")` is the class at the third level of a branch
that skips the second, `("bread", None)` the one at the second level of a branch that ended before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from label_cells import LOOKS_LIKE_A_GAP, Refused, Unclear, names_of, natural_key
from label_lookup import Row, Tree, looked_up

MOST_LEVELS = 16
Path = tuple[str | None, ...]


@dataclass
class Expected:
    """What a table of labels becomes: a tree, a row of numbers an image, and what a note should speak of."""

    tree: Tree
    labels: list[list[int]]
    facts: set[tuple[str, str]]


def expected(
    columns: Mapping[str, Any],
    *,
    has_tree: bool = True,
    is_text: bool = False,
    taxonomy: Tree | None = None,
    order: Mapping[str, Sequence[str]] | None = None,
) -> Expected:
    """Numbers a table of labels; `order` are the classes of a level in the order of their own numbers.

    Raises:
        Refused: If the rules refuse it.
        Unclear: If they do not say.
    """
    columns = by_level(columns)
    order = by_level(order or {})
    if not 1 <= len(columns) <= MOST_LEVELS:
        raise Refused(f"{len(columns)} levels")
    written = {level: names_of(column, is_text) for level, column in columns.items()}
    if len({len(names) for names in written.values()}) > 1:
        raise Refused("columns of several lengths")
    facts = facts_of_names(written)
    stripped = {level: [name and name.strip() for name in names] for level, names in written.items()}
    rows = [list(row) for row in zip(*stripped.values(), strict=True)]
    if taxonomy is not None:
        return Expected(taxonomy, looked_up(rows, list(columns), taxonomy), facts)
    levels, rows = without_empty_levels(list(columns), rows, facts)
    orders = {level: list(dict.fromkeys(map(str.strip, names))) for level, names in order.items()}
    tree, labels = in_a_tree(rows, levels, orders, facts) if has_tree else without_tree(rows, levels)
    tree, labels = without_single_levels(tree, labels, facts)
    if not tree.parents:
        tree, labels = with_all_classes(tree, labels, orders)
        facts = {fact for fact in facts if fact[0] != "without a parent"}
    if "" in tree.names:
        raise Refused("a level without a name")
    return Expected(tree, labels, facts)


def by_level(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns by the names of their levels, which are names like any other."""
    named = {level.strip(): column for level, column in columns.items()}
    if len(named) < len(columns):
        raise Refused("two levels of one name")
    return named


def facts_of_names(written: Mapping[str, list[str | None]]) -> set[tuple[str, str]]:
    """What was stripped, and which names look like gaps."""
    facts = set()
    for level, names in written.items():
        for name in {name for name in names if name is not None}:
            if name != name.strip():
                facts.add(("stripped", level))
            if name.strip().lower() in LOOKS_LIKE_A_GAP:
                facts.add(("looks like a gap", name.strip()))
    return facts


# Levels without a tree, and levels that tell nothing apart.


def without_tree(rows: list[Row], levels: list[str]) -> tuple[Tree, list[list[int]]]:
    """Each level by itself."""
    names = [{row[i] for row in rows if row[i] is not None} for i in range(len(levels))]
    tree = Tree(levels, [sorted(each, key=natural_key) for each in names])
    return tree, [
        [-1 if name is None else tree.classes[i].index(name) for i, name in enumerate(row)] for row in rows
    ]


def with_all_classes(
    tree: Tree, labels: list[list[int]], orders: Mapping[str, list[str]]
) -> tuple[Tree, list[list[int]]]:
    """Where no class needs a parent, those without an image stay, and all keep the dataset's own numbers."""
    classes = []
    for level, named in zip(tree.names, tree.classes, strict=True):
        order = orders.get(level, [])
        classes.append(order + [name for name in named if name not in order])
    renumbered = [
        [-1 if k < 0 else new.index(old[k]) for k, old, new in zip(row, tree.classes, classes, strict=True)]
        for row in labels
    ]
    return Tree(tree.names, classes), renumbered


def without_empty_levels(
    levels: list[str], rows: list[Row], facts: set[tuple[str, str]]
) -> tuple[list[str], list[Row]]:
    """A level of which no image says anything is none."""
    kept = [i for i in range(len(levels)) if any(row[i] is not None for row in rows)]
    facts |= {("left out", levels[i]) for i in range(len(levels)) if i not in kept}
    return [levels[i] for i in kept], [[row[i] for i in kept] for row in rows]


def without_single_levels(
    tree: Tree, labels: list[list[int]], facts: set[tuple[str, str]]
) -> tuple[Tree, list[list[int]]]:
    """A level of one class has nothing to tell apart. In a tree only the topmost ones can be such."""
    kept = [i for i in range(len(tree.names)) if len(tree.classes[i]) > 1]
    if not kept:
        raise Refused("no level has two classes")
    facts |= {("left out", tree.names[i]) for i in range(len(tree.names)) if i not in kept}
    smaller = Tree([tree.names[i] for i in kept], [tree.classes[i] for i in kept])
    if tree.parents:
        smaller.parents = [tree.parents[i - 1] for i in kept[1:]]
    return smaller, [[numbers[i] for i in kept] for numbers in labels]


# A tree.


def in_a_tree(
    rows: list[Row], levels: list[str], orders: Mapping[str, list[str]], facts: set[tuple[str, str]]
) -> tuple[Tree, list[list[int]]]:
    """Every finer class under one coarser class."""
    paths = [path_of(row) for row in filled(rows)]
    finer = {path[:i] for path in paths for i in range(1, len(path))}
    # A class that never has a finer one stands for itself at every finer level.
    ends = [path if path in finer else path + (None,) * (len(levels) - len(path)) for path in paths if path]
    known = {path[: i + 1] for path in ends for i in range(len(path))}
    tree = Tree(levels, [])
    numbers: dict[Path, int] = {}
    for i in range(len(levels)):
        at = [path for path in known if len(path) == i + 1]
        called = calls(at, known, facts)
        at.sort(key=lambda path: (numbers[path[:-1]] if i else 0, natural_key(called[path])))
        order = orders.get(levels[i], [])
        at.sort(key=lambda path: place_in(order, path, called[path]))
        named = {path[-1] for path in at} | set(called.values())
        facts |= {("without a parent", name) for name in order if name not in named and i and len(at) > 1}
        numbers |= {path: k for k, path in enumerate(at)}
        tree.classes.append([called[path] for path in at])
        if i:
            tree.parents.append([numbers[path[:-1]] for path in at])
    return tree, [labels_of(path, len(levels), numbers) for path in paths]


def place_in(order: list[str], path: Path, name: str) -> int:
    """The place of a class in an order of names: of its own, and after all others where it has none."""
    places = [order.index(each) for each in (path[-1], name) if each in order]
    return places[0] if places else len(order)


def labels_of(path: Path, num_levels: int, numbers: Mapping[Path, int]) -> list[int]:
    """The numbers of a path; an image that stops at a class goes on as the class itself if that is all."""
    while 0 < len(path) < num_levels:
        last = [name for name in path if name is not None][-1]
        finer = [other[-1] for other in numbers if other[:-1] == path]
        if finer not in ([None], [last], [f"{last} (itself)"]):
            break
        path = (*path, finer[0])
    known = [numbers[path[: i + 1]] for i in range(len(path))]
    return known + [-1] * (num_levels - len(path))


def path_of(row: Row) -> Path:
    """The names of a row down to its finest; nothing for an image of which nothing is known."""
    while row and row[-1] is None:
        row = row[:-1]
    if row and row[0] is None:
        raise Refused("a class without any parent up to the top")
    return tuple(row)


def filled(rows: list[Row]) -> list[Row]:
    """Gaps above a finer name filled in from other rows of the same class, whatever the order of filling."""
    outcomes = [outcome_of_filling(rows), outcome_of_filling(rows, one_by_one=True)]
    outcomes.append(outcome_of_filling(rows[::-1], one_by_one=True)[::-1])
    if any(outcome != outcomes[0] for outcome in outcomes):
        raise Unclear("the order in which gaps are filled decides")
    if not outcomes[0]:
        surest_first = outcome_of_filling(rows, from_all=False)
        if outcome_of_filling(rows, by_all=True) or outcome_of_filling(surest_first):
            raise Unclear(
                "a class of several parents named without one, but other rows may settle which is meant"
            )
        raise Refused("a class of several parents named without one")
    if outcome_of_filling(rows, from_all=False) != outcomes[0]:
        raise Unclear("gaps that could only be filled in from rows that have gaps themselves")
    return outcomes[0]


def outcome_of_filling(
    rows: list[Row], *, one_by_one: bool = False, from_all: bool = True, by_all: bool = False
) -> list[Row]:
    """The filled rows, or none where a gap has several candidates."""
    rows = [list(row) for row in rows]
    while True:
        before = [list(row) for row in rows]
        for row in rows:
            for i in range(len(row)):
                if row[i] is None and any(name is not None for name in row[i:]):
                    sources = [
                        other for other in (rows if one_by_one else before) if from_all or is_full(other)
                    ]
                    candidates = candidates_for(row, i, sources, by_all=by_all)
                    if len(candidates) > 1:
                        return []
                    row[i] = candidates.pop() if candidates else None
        if rows == before:
            return rows


def is_full(row: Row) -> bool:
    """Whether a row has no gap above its finest name."""
    return None not in path_of(row) if row[0] is not None else False


def candidates_for(row: Row, level: int, rows: list[Row], *, by_all: bool) -> set[str]:
    """What other rows have in the place of a gap: those of the class below, or of any below that is sure."""
    below = [i for i in range(level + 1, len(row)) if row[i] is not None]
    found = [
        {
            other[level]
            for other in rows
            if other[level] is not None and other[i] == row[i] and agree(row, other, i)
        }
        for i in (below if by_all else below[:1])
    ]
    certain = [names for names in found if len(names) == 1]
    return set.union(*(certain or found))


def agree(row: Row, other: Row, down_to: int) -> bool:
    """Whether two rows name the same classes where both name one."""
    return all(row[i] == other[i] for i in range(down_to) if None not in (row[i], other[i]))


def calls(at: Sequence[Path], known: set[Path], facts: set[tuple[str, str]]) -> dict[Path, str]:
    """What the classes of one level are called, no two the same."""
    called = {path: call(path, at, known, facts) for path in at}
    if len(set(called.values())) == len(called):
        return called
    real = [name for path, name in called.items() if path[-1] is not None]
    if len(set(real)) < len(real):
        raise Refused("a path that reads like the name of another class")
    raise Unclear("two classes that stand for themselves are called the same")


def call(path: Path, at: Sequence[Path], known: set[Path], facts: set[tuple[str, str]]) -> str:
    """What one class is called."""
    if path[-1] is None:
        above = [other for other in known if len(other) == len(path) - 1]
        name = call(path[:-1], above, known, facts)
        return f"{name} (itself)" if any(other[-1] == name for other in at) else name
    if sum(other[-1] == path[-1] for other in at) == 1:
        return path[-1]
    facts.add(("of several parents", path[-1]))
    return "/".join(name for name in path if name is not None)
