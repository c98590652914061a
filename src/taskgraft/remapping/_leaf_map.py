"""Where each leaf of an older tree goes in a newer one, or why no network can follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.correspondence import ARROW, Correspondence, Renames, alike_levels, correspond
from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import Names, Taxonomy, class_paths

_MOST_NAMED = 3


@dataclass(frozen=True)
class LeafMap:
    """What becomes of the leaves of an older tree.

    Attributes:
        leaves: For each of them, the number of the newer leaf that it is in; -1 if it is retired.
        retired: Paths of those that are.
        merged: By path of a newer leaf, those of the older ones that became one in it.
        renamed: By path of every other newer leaf whose path is new, that of the older one.
        is_same_tree: Whether the trees differ in names and in the order of classes alone.
    """

    leaves: tuple[int, ...]
    retired: tuple[Names, ...]
    merged: Mapping[Names, tuple[Names, ...]]
    renamed: Mapping[Names, Names]
    is_same_tree: bool


def map_leaves(older: Taxonomy, newer: Taxonomy, renames: Renames | None = None) -> LeafMap:
    """Finds the newer leaf of every older one.

    A leaf is the older one of the same path of words, at the levels that both trees have; renames say what
    paths do not. A newer leaf that is an inner class of the older tree takes all leaves below that.

    Args:
        older: The tree of a model.
        newer: The tree that it is to have.
        renames: By newer path, the older ones; see `taskgraft.correspondence.read_renames`.

    Raises:
        RequestError: If one of them is no tree, a newer leaf has no older one behind it, or an older leaf
            stands behind several: a network cannot tell apart what it was not trained to.

    Example:
        >>> older = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("pet", "dog"), ("farm", "cow")])
        >>> newer = Taxonomy.from_names(["kind", "sort"], [("pet", "cat"), ("farm", "cow")])
        >>> leaf_map = map_leaves(older, newer)
        >>> leaf_map.leaves, leaf_map.retired
        ((0, -1, 1), (('pet', 'dog'),))
    """
    for name, taxonomy in {"the model": older, "the new taxonomy": newer}.items():
        if not taxonomy.is_tree:
            raise RequestError.expected(
                name,
                "one with a tree between its levels",
                Phrase("none"),
                "Probabilities have no sums there.",
            )
    behind = correspond(older, newer, renames, _levels(older, newer))
    under = [_leaves_under(older, newer, behind, leaf) for leaf in range(newer.num_classes[-1])]
    paths, old_paths = class_paths(newer)[-1], class_paths(older)[-1]
    _check_all_old(under, paths, old_paths)
    _check_unsplit(under, paths, old_paths)
    leaves = np.full(older.num_classes[-1], -1)
    for leaf, old in enumerate(under):
        leaves[list(old)] = leaf
    named = {path: tuple(old_paths[k] for k in old) for path, old in zip(paths, under, strict=True)}
    return LeafMap(
        leaves=tuple(leaves.tolist()),
        retired=tuple(path for path, leaf in zip(old_paths, leaves, strict=True) if leaf < 0),
        merged={path: old for path, old in named.items() if len(old) > 1},
        renamed={path: old[0] for path, old in named.items() if len(old) == 1 and old[0] != path},
        is_same_tree=_is_same_tree(older, newer, leaves),
    )


def _levels(older: Taxonomy, newer: Taxonomy) -> dict[int, int]:
    """By level of the newer tree that is one of the older's, which."""
    if older.level_names == newer.level_names:
        return {level: level for level in range(newer.num_levels)}
    levels = alike_levels(newer, older)
    finest, old_finest = newer.num_levels - 1, older.num_levels - 1
    if finest not in levels and old_finest not in levels.values():
        # All leaves have other names, or their level has.
        levels[finest] = old_finest
    return levels


def _leaves_under(older: Taxonomy, newer: Taxonomy, behind: Correspondence, leaf: int) -> tuple[int, ...]:
    """The older leaves that are in a newer one."""
    level, number = newer.num_levels - 1, leaf
    # A class that ends early is what it was at the level where it ended.
    while not behind.sources[level][number] and number in newer.stand_ins[level]:
        level, number = level - 1, newer.parents[level - 1][number]
    classes = behind.sources[level][number]
    if not classes:
        return ()
    is_under = np.isin(older.ancestors(behind.levels[level]), classes)
    return tuple(np.flatnonzero(is_under).tolist())


def _check_all_old(under: Sequence[tuple[int, ...]], paths: list[Names], old_paths: list[Names]) -> None:
    added = [path for path, old in zip(paths, under, strict=True) if not old]
    if not added:
        return
    used = {k for old in under for k in old}
    free = {path[-1]: path for k, path in enumerate(old_paths) if k not in used}
    alike = next(((path, free[path[-1]]) for path in added if path[-1] in free), None)
    new, old = map(ARROW.join, alike or (added[0], ("older", "path")))
    raise RequestError.expected(
        "every finest class of the new taxonomy",
        "one that the model has, at the same path of names",
        Phrase(_listed(added)),
        f'If it was renamed, moved or merged, say so in a file of {Parameter("renames")}: "{new}" = "{old}". '
        "What is new or split has to be trained: taskgraft adapt.",
    )


def _check_unsplit(under: Sequence[tuple[int, ...]], paths: list[Names], old_paths: list[Names]) -> None:
    first: dict[int, Names] = {}
    for path, old in zip(paths, under, strict=True):
        for k in old:
            if k in first:
                raise RequestError.expected(
                    f"the class {ARROW.join(old_paths[k])} of the model",
                    "part of one class of the new taxonomy",
                    Phrase(f"part of {_listed([first[k], path])}"),
                    "A split has to be trained: taskgraft adapt.",
                )
            first[k] = path


def _is_same_tree(older: Taxonomy, newer: Taxonomy, leaves: np.ndarray) -> bool:
    if older.num_classes != newer.num_classes or (leaves < 0).any():
        return False
    pairs = (
        set(zip(older.ancestors(level).tolist(), newer.ancestors(level)[leaves].tolist(), strict=True))
        for level in range(older.num_levels)
    )
    return all(len(each) == number for each, number in zip(pairs, older.num_classes, strict=True))


def _listed(paths: Sequence[Names]) -> str:
    more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
    return ", ".join(ARROW.join(path) for path in paths[:_MOST_NAMED]) + more
