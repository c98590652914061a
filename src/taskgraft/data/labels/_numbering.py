"""From columns of names to numbers: the classes of each level in order, and the labels that count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np

from taskgraft.data.labels._cells import shown
from taskgraft.data.labels._columns import Column, listing, named_column
from taskgraft.data.labels._lookup import looked_up
from taskgraft.data.labels._order import natural
from taskgraft.data.labels._tree import NamedRows, Row, named_rows
from taskgraft.errors import DataError, Phrase, TaxonomyError
from taskgraft.taxonomy import IntArray, Level, Taxonomy, judged_taxonomy

UNKNOWN = -1
_FEWEST_ONE_HOT = 3
_FEWEST = {
    1: ("of a class", "Label the images."),
    2: ("of two classes or more", "Add another class."),
}


class Labelling(NamedTuple):
    """Labels with the taxonomy they are numbers of.

    Attributes:
        taxonomy: The levels.
        labels: int64 of shape (N, L); -1 where nothing is known.
        notes: What was decided on the way, a sentence each.
        only_classes: By level that was left out because it has a single class, coarsest first, that class.
    """

    taxonomy: Taxonomy
    labels: IntArray
    notes: tuple[str, ...] = ()
    only_classes: Mapping[str, str] = {}


def label_columns(
    columns: Mapping[str, Column],
    *,
    has_tree: bool = True,
    taxonomy: Taxonomy | None = None,
    order: Mapping[str, Column] | None = None,
    is_text: bool = False,
    images: Sequence[str] | None = None,
    keeps_single: bool = False,
) -> Labelling:
    """Turns the cells of one column a level, coarsest first, into classes and their numbers.

    What is a name, what is unknown and what is a class stands in `docs/decisions/0026`. A level of a single
    class has nothing to tell apart and is left out, unless a model is to be judged.

    Args:
        columns: By level, coarsest first, one cell an image, as it came.
        has_tree: Whether each finer class lies under one coarser class.
        taxonomy: The classes and their numbers, where they are settled; else they come from the columns, and
            are numbered by parent and name.
        order: By level, its classes in the order of their numbers, in place of that.
        is_text: Whether cells came as text alone, as those of a CSV file do.
        images: What messages call each image.
        keeps_single: Whether levels of a single class stay.

    Raises:
        DataError: If a cell is not one label, or columns differ in length.
        TaxonomyError: If a class lies under no parent, or is not in the taxonomy.

    Example:
        >>> columns = {"colour": ["red", "", "blue"], "shape": ["bar", "disc", ""]}
        >>> labelling = label_columns(columns, has_tree=False)
        >>> labelling.labels.tolist()
        [[1, 0], [-1, 1], [0, -1]]
        >>> labelling = label_columns({"kind": ["pet", "pet", "wild"], "animal": ["cat", "dog", ""]})
        >>> labelling.taxonomy.levels[1].classes, labelling.labels.tolist()
        (('cat', 'dog', 'wild'), [[0, 0], [0, 1], [1, 2]])
    """
    named = {
        level: named_column(level, column, is_text=is_text, images=images)
        for level, column in _by_level(columns).items()
    }
    lengths = {level: len(column.names) for level, column in named.items()}
    if len(set(lengths.values())) > 1:
        raise TaxonomyError.expected(
            "label columns",
            "of one length",
            lengths,
            "Give every image a label, or an empty one, at every level.",
        )
    _check_not_one_hot({level: column.names for level, column in named.items()})
    notes = tuple(chain.from_iterable(column.notes for column in named.values()))
    names = {level: column.names for level, column in named.items()}
    if taxonomy is not None:
        return Labelling(taxonomy, looked_up(names, taxonomy), notes)
    ordered = {level: named_column(level, column).names for level, column in _by_level(order or {}).items()}
    labelling = _from_names(names, has_tree, ordered, images, 1 if keeps_single else 2)
    return labelling._replace(notes=notes + labelling.notes)


def _check_not_one_hot(names: Mapping[str, Sequence[str | None]]) -> None:
    """Refuses a column a class, of which each row marks one: every such column would pass for a level."""
    marks = {True: "True", False: "False"}, {True: "1", False: "0"}
    columns = list(names.values())
    if len(columns) < _FEWEST_ONE_HOT or not columns[0]:
        return
    for mark in marks:
        if all(set(column) <= set(mark.values()) for column in columns) and all(
            row.count(mark[True]) == 1 for row in set(zip(*columns, strict=True))
        ):
            raise DataError.expected(
                "the columns of labels",
                "one a level, with the name of a class in each row",
                Phrase(f"one a class: {listing(list(names))}"),
                "Give one column of names.",
            )


def _by_level(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Columns by the names of their levels, which follow the rule of class names."""
    if not hasattr(columns, "items"):
        raise DataError.expected(
            "the columns of labels",
            "given by level, as {level: labels}",
            Phrase(shown(columns)),
            "Name the level of each column.",
        )
    levels: dict[str, Column] = {}
    for level, column in columns.items():
        name = level.strip() if isinstance(level, str) else level
        if name in levels:
            raise DataError.expected("every level", "named once", name, "Rename one of the two.")
        levels[name] = column
    return levels


def _from_names(
    names: Mapping[str, Sequence[str | None]],
    has_tree: bool,
    order: Mapping[str, Sequence[str | None]],
    images: Sequence[str] | None,
    fewest_classes: int,
) -> Labelling:
    """Classes and numbers of names that no taxonomy settles."""
    filled = {level: column for level, column in names.items() if any(column)}
    rows = list(zip(*filled.values(), strict=True))
    counts = Counter(rows)

    def image_of(row: Row) -> str:
        place = rows.index(row)
        return str(place) if images is None else images[place]

    tree = named_rows(counts, list(filled), image_of) if has_tree else _as_they_are(counts, len(filled))
    kept, notes = _without_constant_levels(tree, list(filled), fewest_classes)
    notes += [f"Level {level!r} was left out: it has no labels." for level in names if level not in filled]
    notes += _on_order_of_levels(counts, list(filled)) if has_tree else []
    levels = {level: _Classes(tree.words[i], order.get(level, ())) for i, level in kept.items()}
    named = {row: tuple(path[i] for i in kept) for row, path in tree.names.items()}
    nests = has_tree and len(levels) > 1
    taxonomy = _tree(levels, set(named.values())) if nests else _flat(levels)
    numbers = [{name: k for k, name in enumerate(level.classes)} for level in taxonomy.levels]
    counted = {
        row: [
            UNKNOWN if name is None else of_level[name] for of_level, name in zip(numbers, path, strict=True)
        ]
        for row, path in named.items()
    }
    labels = np.array([counted[row] for row in rows], dtype=np.int64).reshape(len(rows), len(levels))
    left_out = _on_left_out(levels, taxonomy) if nests else ()
    only = {
        level: next(iter(tree.words[i]))
        for i, level in enumerate(filled)
        # Without a tree, an image that is labelled elsewhere may be of no class here.
        if i not in kept and (has_tree or all(row[i] is not None for row in counts if any(row)))
    }
    return Labelling(taxonomy, labels, (*tree.notes, *notes, *left_out), only)


def _as_they_are(rows: Iterable[Row], num_levels: int) -> NamedRows:
    """Names of levels that do not nest."""
    words = [{name: name for row in rows if (name := row[i]) is not None} for i in range(num_levels)]
    return NamedRows({row: row for row in rows}, words, ())


def _without_constant_levels(
    tree: NamedRows, levels: Sequence[str], fewest_classes: int
) -> tuple[dict[int, str], list[str]]:
    """The levels that tell something apart, by their place, and a note for each other one."""
    kept = {i: level for i, level in enumerate(levels) if len(tree.words[i]) >= fewest_classes}
    if not kept:
        rule, remedy = _FEWEST[fewest_classes]
        raise TaxonomyError.expected("labels", f"{rule} at some level", [*chain(*tree.words)], remedy)
    notes = [
        f"Level {level!r} was left out: its only class is {next(iter(tree.words[i]))!r}."
        for i, level in enumerate(levels)
        if i not in kept
    ]
    return kept, notes


def _on_order_of_levels(rows: Iterable[Row], levels: Sequence[str]) -> Iterator[str]:
    """A sentence for each two levels that make a plainer tree the other way round."""
    for i, (coarser, finer) in enumerate(pairwise(levels)):
        pairs = {(row[i], row[i + 1]) for row in rows if row[i] is not None and row[i + 1] is not None}
        above, below = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
        if len(pairs) == len(above) > len(below) > 1:
            yield (
                f"Each class of level {coarser!r} has one class of level {finer!r}, which has fewer. "
                f"If the levels are the wrong way round, name them coarsest first: {finer},{coarser}."
            )


class _Classes:
    """The classes of a level that have images, and those that the source lists beside them.

    Args:
        words: For each class the last name that was given.
        order: The source's names in the order of their numbers, if it has one.
    """

    def __init__(self, words: Mapping[str, str], order: Iterable[str | None]) -> None:
        self._words = words
        self._place = {name: k for k, name in enumerate(dict.fromkeys(filter(None, order)))}
        # Of a level of a single class that one stays alone: images to be judged are of it.
        self.unseen = [name for name in self._place if name not in set(words.values()) and len(words) > 1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def sorted(self, names: Iterable[str], key: Callable[[str], Any]) -> list[str]:
        """Names in the source's order, then by the key."""
        place, last = self._place, len(self._place)
        return sorted(names, key=lambda name: (place.get(self._words.get(name, name), last), key(name)))


def _flat(levels: Mapping[str, _Classes]) -> Taxonomy:
    """Levels that do not nest, or a single one: the source's numbers stay, with or without images."""
    return judged_taxonomy(
        [
            Level(level, tuple(classes.sorted([*classes, *classes.unseen], natural)))
            for level, classes in levels.items()
        ]
    )


def _tree(levels: Mapping[str, _Classes], paths: Iterable[Row]) -> Taxonomy:
    """Classes of a level in the source's order; else in that of their parents, then of their names."""
    (top, classes), *finer = levels.items()
    made = [Level(top, tuple(classes.sorted(classes, natural)))]
    parents: list[tuple[int, ...]] = []
    for i, (level, classes) in enumerate(finer):
        number = {name: k for k, name in enumerate(made[-1].classes)}
        pairs = {(path[i], path[i + 1]) for path in paths}
        parent = {below: number[above] for above, below in pairs if above is not None and below is not None}
        if len(number) == 1 and i == len(finer) - 1:
            # They can only lie under the class that everything does.
            parent |= dict.fromkeys(classes.unseen, 0)
        ordered = classes.sorted(parent, lambda name: (parent[name], natural(name)))  # noqa: B023
        made.append(Level(level, tuple(ordered)))
        parents.append(tuple(parent[name] for name in ordered))
    return judged_taxonomy(made, parents)


def _on_left_out(levels: Mapping[str, _Classes], taxonomy: Taxonomy) -> Iterator[str]:
    """A sentence for each level whose numbers cannot be the source's."""
    for depth, (level, classes) in enumerate(levels.items()):
        missing = [name for name in classes.unseen if name not in taxonomy.levels[depth].classes]
        if missing:
            unseen = listing([repr(name) for name in missing])
            why = "no image says what their parent is" if depth else "no image has it"
            yield f"Level {level!r} is numbered without {unseen}: {why}."
