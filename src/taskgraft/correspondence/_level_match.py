"""Levels of data matched to those of a model, by the classes that they share and by their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from taskgraft.errors import RequestError
from taskgraft.taxonomy import Taxonomy, class_paths

# A shared class counts more than all names of levels, a name more than all places.
_CLASS, _NAME, _PLACE = 10_000, 100, 1


def alike_levels(data: Taxonomy, model: Taxonomy, among: Collection[int] | None = None) -> dict[int, int]:
    """By level of one taxonomy, the level of another that it is, as far as there is one.

    Levels are those that share most classes: folders call theirs `level_1` and so on, however many lie
    above. Among equals the name decides, then the place, counted from the finest. Levels of one name
    match without a shared class, too: all their classes were renamed.

    Args:
        data: The one.
        model: The other.
        among: Levels of the one to look at, rising; all unless given.

    Example:
        >>> paths = [("apple", "gala"), ("apple", "fuji"), ("pear", "red")]
        >>> model = Taxonomy.from_names(["level_1", "level_2"], paths)
        >>> alike_levels(Taxonomy.from_names(["level_1"], [("gala",), ("red",)]), model)
        {0: 1}
    """
    # Half a second that whoever only matches classes need not wait.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    rows = [*range(data.num_levels)] if among is None else [*among]
    words, ours = _words(data), _words(model)
    theirs = [words[i] for i in rows]
    num_shared = np.array([[len(one & other) for other in ours] for one in theirs])
    has_one_name = np.array(
        [[data.level_names[i] == other for other in model.level_names] for i in rows], dtype=np.int64
    )
    from_finest = np.subtract.outer(rows, np.arange(model.num_levels))
    is_in_place = from_finest == data.num_levels - model.num_levels
    weights = _CLASS * num_shared + _NAME * has_one_name + _PLACE * is_in_place
    pairs = zip(*(side.tolist() for side in linear_sum_assignment(weights, maximize=True)), strict=True)
    return {rows[i]: j for i, j in pairs if num_shared[i, j] or has_one_name[i, j]}


def match_levels(data: Taxonomy, model: Taxonomy) -> dict[int, int]:
    """As `alike_levels`, where one has to be; levels of a single class count only where no other does.

    What all images share tells nothing apart, and may be the name of a folder around the others: of such
    levels the finest that the model has is taken.

    Args:
        data: The data's taxonomy.
        model: The model's.

    Raises:
        RequestError: If no level matches.
    """
    single = [i for i, count in enumerate(data.num_classes) if count == 1]
    varied = [i for i in range(data.num_levels) if i not in single]
    tried = [varied, *([i] for i in reversed(single))]
    levels = next(filter(None, (alike_levels(data, model, among) for among in tried if among)), None)
    if levels is None:
        raise RequestError.expected(
            "the classes of the data",
            "the model's, by their names",
            f"{_some(data)}",
            f"The model has {_some(model)}.",
        )
    return levels


def single_levels(
    only_classes: Mapping[str, str], model: Taxonomy, matched: Collection[int]
) -> dict[int, str]:
    """By level of the model, the level of the data at which all images have one class of the model's.

    Such levels tell nothing apart, and data to train on leave them out; the path of a class begins with them
    all the same. A class that the model does not have is no part of it: a folder around all others, perhaps.

    Args:
        only_classes: By level of a single class, coarsest first, that class.
        model: The model's taxonomy.
        matched: Its levels that are others of the data.
    """
    words = _words(model)
    single: dict[int, str] = {}
    for level_name, name in only_classes.items():
        free = [j for j in range(model.num_levels) if j not in matched and j not in single]
        if (level := next((j for j in free if name in words[j]), None)) is not None:
            single[level] = level_name
    return single


def _words(taxonomy: Taxonomy) -> list[set[str]]:
    """What the classes of each level are called, by words and by names."""
    levels = zip(taxonomy.levels, class_paths(taxonomy), strict=True)
    return [{*level.classes, *(path[-1] for path in paths)} for level, paths in levels]


def _some(taxonomy: Taxonomy) -> str:
    classes = taxonomy.levels[-1].classes
    return ", ".join(classes[:3]) + (f" and {len(classes) - 3:,} more" if len(classes) > 3 else "")
