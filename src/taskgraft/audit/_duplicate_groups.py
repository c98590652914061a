"""Duplicates as groups: which images belong together, whose labels disagree, what leaks between splits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from taskgraft.audit._near import NearPairs
from taskgraft.audit._records import Conflicts, DuplicateGroup, Duplicates, Kind
from taskgraft.audit._roll import Roll
from taskgraft.data import SPLITS
from taskgraft.taxonomy import IntArray

BoolArray = npt.NDArray[np.bool_]
_TRAIN, _VAL, _TEST = range(len(SPLITS))


@dataclass(frozen=True)
class _Twins:
    """Pictures that differ, T of them, each with the images that have exactly its pixels.

    Attributes:
        of: Picture of each image, shape (N,).
        splits: Whether a picture is in a split, shape (T, 3).
        labels: By level, the labels of each picture as a sparse table of zeros and ones, shape (T, K).
        near: Pairs of different pictures that show the same.
    """

    of: IntArray
    splits: BoolArray
    labels: tuple[csr_array, ...]
    near: NearPairs

    @property
    def sizes(self) -> IntArray:
        """Images of each picture, shape (T,)."""
        return np.bincount(self.of)


def gather(roll: Roll, twin: IntArray, near: NearPairs) -> Duplicates:
    """Everything about the duplicates among images.

    Args:
        roll: The N images.
        twin: The picture that each is, shape (N,); equal pixels, equal numbers, 0 to T - 1.
        near: Pairs of pictures that show the same, by these numbers.
    """
    twins = _gather_twins(roll, twin, near)
    sizes = twins.sizes
    linked = _linked_splits(twins)
    differences = [_differences(twins, depth) for depth in range(roll.labels.shape[1])]
    is_leak = (roll.splits == _TEST) & linked[twin][:, [_TRAIN, _VAL]].any(1)
    has_twin = sizes > 1
    has_twin[np.concatenate([near.first, near.second])] = True
    return Duplicates(
        num_exact_pairs=int((sizes * (sizes - 1) // 2).sum()),
        num_near_pairs=int((~near.is_mirrored).sum()),
        num_mirrored_pairs=int(near.is_mirrored.sum()),
        num_images=int(has_twin[twin].sum()),
        conflicts=tuple(_conflicts(roll, twins, differences)),
        num_test_leaks=int(is_leak.sum()),
        num_exact_test_leaks=int((is_leak & twins.splits[twin][:, [_TRAIN, _VAL]].any(1)).sum()),
        num_val_leaks=int(((roll.splits == _VAL) & linked[twin, _TRAIN]).sum()),
        test_leaks=roll.images(is_leak),
        required_likeness=near.required,
        is_cut=near.is_cut,
        groups=_groups(roll, twins, differences, is_leak),
    )


def _gather_twins(roll: Roll, twin: IntArray, near: NearPairs) -> _Twins:
    num_twins = int(twin.max()) + 1
    splits = np.zeros((num_twins, len(SPLITS)), bool)
    splits[twin, roll.splits] = True
    labels = (
        _labels(twin, column, (num_twins, level.num_classes))
        for column, level in zip(roll.labels.T, roll.data.taxonomy.levels, strict=True)
    )
    return _Twins(twin, splits, tuple(labels), near)


def _labels(twin: IntArray, column: IntArray, shape: tuple[int, int]) -> csr_array:
    """Which labels pictures have at one level."""
    is_known = column >= 0
    at = np.unique(twin[is_known] * shape[1] + column[is_known])
    return csr_array((np.ones(len(at), np.int32), np.divmod(at, shape[1])), shape=shape)


def _linked_splits(twins: _Twins) -> BoolArray:
    """Whether a picture or one that is linked to it is in a split: shape (T, 3)."""
    linked = twins.splits.copy()
    np.logical_or.at(linked, twins.near.first, twins.splits[twins.near.second])
    np.logical_or.at(linked, twins.near.second, twins.splits[twins.near.first])
    return linked


def _differences(twins: _Twins, depth: int) -> tuple[BoolArray, BoolArray]:
    """At one level: whether a picture has two labels, (T,), and whether those of a pair differ, (P,)."""
    has = twins.labels[depth]
    first, second = has[twins.near.first], has[twins.near.second]
    in_common = np.asarray(first.multiply(second).sum(axis=1))
    differs = (first.sum(axis=1) > 0) & (second.sum(axis=1) > 0) & (in_common == 0)
    return np.asarray(has.sum(axis=1) > 1, bool), np.asarray(differs, bool)


def _conflicts(
    roll: Roll, twins: _Twins, differences: list[tuple[BoolArray, BoolArray]]
) -> Iterator[Conflicts]:
    """What disagrees at the same levels together, the most levels first, with the images behind it."""
    exact, pairs = (np.stack(levels, axis=1) for levels in zip(*differences, strict=True))
    names = roll.data.taxonomy.level_names
    which = {tuple(row) for row in np.concatenate([exact, pairs]).tolist() if any(row)}
    for at in sorted(which, key=lambda row: (-sum(row), [not differs for differs in row])):
        alike, linked = (np.asarray((some == at).all(1), bool) for some in (exact, pairs))
        in_pair = np.zeros(len(twins.splits), bool)
        in_pair[np.concatenate([twins.near.first[linked], twins.near.second[linked]])] = True
        images = (roll.images(some[twins.of]) for some in (alike, in_pair))
        levels = tuple(name for name, differs in zip(names, at, strict=True) if differs)
        yield Conflicts(levels, int(alike.sum()), int(linked.sum()), *images)


def _groups(
    roll: Roll, twins: _Twins, differences: list[tuple[BoolArray, BoolArray]], is_leak: BoolArray
) -> tuple[DuplicateGroup, ...]:
    """Connected pictures, with all their images."""
    near, num_twins = twins.near, len(twins.splits)
    graph = coo_array((np.ones(len(near.first)), (near.first, near.second)), shape=(num_twins, num_twins))
    _, group_of = connected_components(graph, directed=False)
    num_groups = int(group_of.max()) + 1
    conflicting = np.zeros((num_groups, len(differences)), bool)
    for depth, (exact, pairs) in enumerate(differences):
        conflicting[group_of[exact], depth] = True
        conflicting[group_of[near.first[pairs]], depth] = True
    is_near, is_mirrored, leaks = (np.zeros(num_groups, bool) for _ in range(3))
    is_near[group_of[near.first]] = True
    is_mirrored[group_of[near.first[near.is_mirrored]]] = True
    leaks[group_of[twins.of[is_leak]]] = True
    members = _members(group_of[twins.of])
    names = roll.data.taxonomy.level_names
    groups = [
        DuplicateGroup(
            _kind(is_near[number], is_mirrored[number]),
            tuple(name for name, differs in zip(names, conflicting[number], strict=True) if differs),
            bool(leaks[number]),
            tuple(map(roll.image, positions)),
        )
        for number, positions in members
    ]
    return tuple(sorted(groups, key=_weight))


def _weight(group: DuplicateGroup) -> tuple[int, bool, bool, int]:
    # Equal pixels under two names are the surest; near duplicates may be two things that look alike.
    has_conflict = bool(group.conflicting_levels)
    is_sure = has_conflict and group.kind == "exact"
    return (
        -len(group.conflicting_levels) if is_sure else 1,
        not has_conflict,
        not group.leaks,
        -len(group.images),
    )


def _kind(is_near: bool, is_mirrored: bool) -> Kind:
    if is_mirrored:
        return "mirrored"
    return "near" if is_near else "exact"


def _members(group_of: IntArray) -> list[tuple[int, list[int]]]:
    """Each group of two images or more, with the numbers of its images."""
    order = np.argsort(group_of, kind="stable")
    numbers, starts, sizes = np.unique(group_of[order], return_index=True, return_counts=True)
    return [
        (int(numbers[i]), order[starts[i] : starts[i] + sizes[i]].tolist()) for i in np.flatnonzero(sizes > 1)
    ]
