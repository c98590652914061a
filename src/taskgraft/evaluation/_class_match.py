"""Classes of data matched to those of a model, by the path of names from the root: never by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.correspondence import match_levels, same_classes, single_classes, single_levels
from taskgraft.errors import RequestError
from taskgraft.evaluation._closest import closest
from taskgraft.taxonomy import IntArray, Names, Taxonomy, class_paths


@dataclass(frozen=True)
class UnmatchedClass:
    """A class of the data, with images, that the model does not have.

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
        unmatched: Classes of the data that the model does not have, those of most images first.
        without_images: By level of the model, the classes of which no image is labelled.
        left_out: Levels of the data that are none of the model's.
        derived: Levels of the model that the data lack, filled in from the classes below.
    """

    targets: IntArray
    unmatched: tuple[UnmatchedClass, ...]
    without_images: dict[str, Names]
    left_out: Names
    derived: Names


def match_classes(
    labels: IntArray, data: Taxonomy, model: Taxonomy, only_classes: Mapping[str, str] | None = None
) -> ClassMatch:
    """Turns labels of data into classes of a model.

    `match_levels` says which level is which. A class matches if its name is the same and so are all names
    above it, at the levels that both have. Of classes that cannot be told apart so, none matches.

    Args:
        labels: Of the data, int64 of shape (N, L of the data), -1 where not known.
        data: The data's taxonomy.
        model: The model's.
        only_classes: Levels that the labels lack, of a single class each, as `Dataset.only_classes` has them.

    Raises:
        RequestError: If nothing matches.

    Example:
        >>> data = Taxonomy.from_names(["kind", "sort"], [("pear", "nashi"), ("apple", "gala")])
        >>> paths = [("apple", "gala"), ("apple", "fuji"), ("pear", "red")]
        >>> model = Taxonomy.from_names(["kind", "sort"], paths)
        >>> match = match_classes(np.array([[0, 0], [1, 1]]), data, model)
        >>> match.targets.tolist(), [each.path for each in match.unmatched]
        ([[1, -1], [0, 0]], [('pear', 'nashi')])
    """
    levels = match_levels(data, model)
    only = {**(only_classes or {}), **_only_classes(data, levels)}
    places = single_levels(only, model, levels.values())
    single = {ours: only[name] for ours, name in places.items()}
    targets = np.full((len(labels), model.num_levels), -1, dtype=np.int64)
    unmatched: list[UnmatchedClass] = []
    for theirs, ours in levels.items():
        classes = np.array([*same_classes(data, model, levels, theirs, single), -1], dtype=np.int64)
        targets[:, ours] = classes[labels[:, theirs]]
        unmatched += _unmatched(labels[:, theirs], classes, data, model, (theirs, ours))
    for ours, number in single_classes(model, single).items():
        targets[_is_of(places[ours], labels, data), ours] = number
    derived = _fill_in(targets, model, {*levels.values(), *single})
    if not (targets >= 0).any():
        raise _no_match(labels, data, model)
    taken = {*places.values(), *(data.level_names[i] for i in levels)}
    left_out = tuple(name for name in data.level_names if name not in taken)
    return ClassMatch(targets, tuple(unmatched), _without_images(targets, model), left_out, derived)


def _only_classes(data: Taxonomy, levels: Mapping[int, int]) -> dict[str, str]:
    """By level of a single class that no level of the model's is by itself, that class."""
    return {
        level.name: level.classes[0]
        for i, level in enumerate(data.levels)
        if i not in levels and level.num_classes == 1
    }


def _is_of(level: str, labels: IntArray, data: Taxonomy) -> npt.NDArray[np.bool_]:
    """Which images are of the only class of a level: shape (N,)."""
    if level in data.level_names:
        return np.asarray(labels[:, data.level_names.index(level)] >= 0)
    return np.asarray((labels >= 0).any(axis=1))


def _unmatched(
    labels: IntArray, classes: IntArray, data: Taxonomy, model: Taxonomy, pair: tuple[int, int]
) -> list[UnmatchedClass]:
    theirs, ours = pair
    counts = np.bincount(labels[labels >= 0], minlength=len(classes) - 1)
    paths = class_paths(data)[theirs]
    missing = [k for k in np.flatnonzero(counts).tolist() if classes[k] < 0]
    missing.sort(key=lambda k: (-counts[k], paths[k]))
    nearest = closest([paths[k] for k in missing], class_paths(model)[ours])
    level = model.level_names[ours]
    return [
        UnmatchedClass(level, paths[k], int(counts[k]), near)
        for k, near in zip(missing, nearest, strict=True)
    ]


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
    with_images = [set(column.tolist()) for column in targets.T]
    return {
        level.name: tuple(name for k, name in enumerate(level.classes) if k not in labelled)
        for level, labelled in zip(model.levels, with_images, strict=True)
    }


def _no_match(labels: IntArray, data: Taxonomy, model: Taxonomy) -> RequestError:
    if not (labels >= 0).any():
        return RequestError.expected(
            "the images", "labelled at some level", "no label", "Choose another split, or label them."
        )
    return RequestError.expected(
        "the classes of the data",
        "the model's, by the path of their names",
        " > ".join(class_paths(data)[-1][0]),
        f"The model has {' > '.join(class_paths(model)[-1][0])}, for one.",
    )
