"""Classes of data matched to those of a model, by the path of names from the root: never by their numbers."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.errors import Phrase, RequestError
from taskgraft.taxonomy import IntArray, Taxonomy

Names = tuple[str, ...]


@dataclass(frozen=True)
class UnmatchedClass:
    """A class of the data that the model does not have.

    Attributes:
        level: Its level, as the model calls it.
        path: Its name, after those above it.
        num_images: Images labelled with it.
        closest: The path of the model that reads most like it; empty where none does.
    """

    level: str
    path: Names
    num_images: int
    closest: Names


@dataclass(frozen=True)
class ClassMatch:
    """What the labels of data are among the classes of a model.

    Attributes:
        targets: Classes of the model, int64 of shape (N, L); -1 where the data have no label, or one that the
            model does not have.
        unmatched: Classes of the data that the model does not have.
        without_images: By level of the model, the classes of which no image is labelled.
        left_out: Levels of the data that are none of the model's.
        derived: Levels of the model that the data lack, filled in from the classes below.
    """

    targets: IntArray
    unmatched: tuple[UnmatchedClass, ...]
    without_images: dict[str, Names]
    left_out: Names
    derived: Names


def match_classes(labels: IntArray, data: Taxonomy, model: Taxonomy) -> ClassMatch:
    """Turns labels of data into classes of a model.

    Levels match by their names or, where no name is shared, by their order if they are as many. A class
    matches if its name and all names above it, at the levels that both have, are the same.

    Args:
        labels: Of the data, int64 of shape (N, L of the data), -1 where not known.
        data: The data's taxonomy.
        model: The model's.

    Raises:
        RequestError: If no level or no class matches.

    Example:
        >>> data = Taxonomy.from_names(["kind", "sort"], [("pear", "nashi"), ("apple", "gala")])
        >>> paths = [("apple", "gala"), ("apple", "fuji"), ("pear", "red")]
        >>> model = Taxonomy.from_names(["kind", "sort"], paths)
        >>> match = match_classes(np.array([[0, 0], [1, 1]]), data, model)
        >>> match.targets.tolist(), [each.path for each in match.unmatched]
        ([[1, -1], [0, 0]], [('pear', 'nashi')])
    """
    levels = _matched_levels(data, model)
    targets = np.full((len(labels), model.num_levels), -1, dtype=np.int64)
    unmatched: list[UnmatchedClass] = []
    for place in levels:
        theirs, ours = _paths(data, place, levels), _paths(model, levels[place], _turned(levels))
        numbers = _numbers(ours)
        lookup = np.array([*(numbers.get(path, -1) for path in theirs), -1])
        targets[:, levels[place]] = lookup[labels[:, place]]
        counts = np.bincount(labels[labels[:, place] >= 0, place], minlength=len(theirs))
        unmatched += _unmatched(model.level_names[levels[place]], theirs, lookup, counts, list(numbers))
    derived = _fill_in(targets, model, set(levels.values()))
    if not (targets >= 0).any():
        raise RequestError.expected(
            "the classes of the data",
            "the model's, by their names",
            Phrase("none that is"),
            f"The data have {_some(data)}; the model has {_some(model)}.",
        )
    left_out = tuple(name for i, name in enumerate(data.level_names) if i not in levels)
    return ClassMatch(targets, tuple(unmatched), _without_images(targets, model), left_out, derived)


def _matched_levels(data: Taxonomy, model: Taxonomy) -> dict[int, int]:
    """By level of the data, the level of the model."""
    ours = {name: i for i, name in enumerate(model.level_names)}
    by_name = {i: ours[name] for i, name in enumerate(data.level_names) if name in ours}
    if by_name:
        return by_name
    if data.num_levels == model.num_levels:
        return {i: i for i in range(data.num_levels)}
    raise RequestError.expected(
        "the levels of the data",
        f"those of the model ({', '.join(model.level_names)})",
        ", ".join(data.level_names),
        "Name them so, with the option for level names, or with the columns of labels.",
    )


def _turned(levels: dict[int, int]) -> dict[int, int]:
    return {ours: theirs for theirs, ours in levels.items()}


def _paths(taxonomy: Taxonomy, level: int, levels: dict[int, int]) -> list[Names]:
    """The path of every class of a level: names at the levels above it that are matched, and its own."""
    above = [i for i in sorted(levels) if i < level] if taxonomy.is_tree else []
    columns = [taxonomy.ancestors(i, level) for i in above]
    classes = taxonomy.levels[level].classes
    return [
        (*(taxonomy.levels[i].classes[column[k]] for i, column in zip(above, columns, strict=True)), name)
        for k, name in enumerate(classes)
    ]


def _numbers(paths: Sequence[Names]) -> dict[Names, int]:
    """Numbers of the paths that are of one class alone."""
    seen: dict[Names, int] = {}
    for number, path in enumerate(paths):
        seen[path] = -1 if path in seen else number
    return {path: number for path, number in seen.items() if number >= 0}


def _unmatched(
    level: str, paths: Sequence[Names], lookup: IntArray, counts: IntArray, known: Sequence[Names]
) -> Iterator[UnmatchedClass]:
    names = {"/".join(path): path for path in known}
    for path, number, count in zip(paths, lookup, counts, strict=False):
        if number < 0:
            close = difflib.get_close_matches("/".join(path), names, n=1) if len(names) <= 2000 else []
            yield UnmatchedClass(level, path, int(count), names[close[0]] if close else ())


def _fill_in(targets: IntArray, model: Taxonomy, matched: set[int]) -> Names:
    """Gives levels that the data lack the classes above those that they have."""
    if not model.is_tree:
        return ()
    derived = []
    for level in reversed(range(model.num_levels - 1)):
        below = targets[:, level + 1]
        if level in matched or not (below >= 0).any():
            continue
        targets[:, level] = np.append(model.parents_of(level + 1), -1)[below]
        derived.append(model.level_names[level])
    return tuple(reversed(derived))


def _without_images(targets: IntArray, model: Taxonomy) -> dict[str, Names]:
    return {
        level.name: tuple(name for k, name in enumerate(level.classes) if not (targets[:, i] == k).any())
        for i, level in enumerate(model.levels)
    }


def _some(taxonomy: Taxonomy) -> str:
    classes = taxonomy.levels[-1].classes
    return ", ".join(classes[:3]) + (f" and {len(classes) - 3:,} more" if len(classes) > 3 else "")
