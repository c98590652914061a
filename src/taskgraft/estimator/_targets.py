"""From the labels scikit-learn hands round to classes, numbers and a taxonomy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from taskgraft.data.labels import NotOneLabelError, Plain, cells_of, name_of, plain
from taskgraft.estimator._refusal import EstimatorError
from taskgraft.taxonomy import IntArray, Level, Taxonomy

Array = npt.NDArray[Any]
_UNKNOWN = -1


class Column(NamedTuple):
    """One level of labels as they were given.

    Attributes:
        values: The labels, shape (N,), of any dtype.
        is_labelled: Which of them are labels and not gaps, bool of shape (N,).
    """

    values: Array
    is_labelled: npt.NDArray[np.bool_]


def columns_of(y: Any) -> list[Column]:
    """The levels of labels of shape (N,) or (N, L), coarsest first.

    With several levels None, NaN, an empty name and -1 say that a label is not known. A single level has no
    such gaps: there, -1 is a class like any other.

    Raises:
        EstimatorError: If y has another number of axes, or a single level has gaps.

    Example:
        >>> [column.is_labelled.tolist() for column in columns_of([["pet", "cat"], ["pet", None]])]
        [[True, True], [True, False]]
        >>> columns_of([-1, 1])[0].is_labelled.tolist()
        [True, True]
    """
    table = _table(y)
    if table.ndim not in (1, 2):
        raise EstimatorError.expected(
            "the shape of y", "(n_samples,) or (n_samples, n_levels)", table.shape, "Mend its shape."
        )
    if table.ndim == 2:
        _check_not_one_hot(table)
    columns = [table] if table.ndim == 1 else list(table.T)
    if len(columns) > 1:
        return [_column(values) for values in columns]
    column = _column(columns[0])
    for gap in column.values[~column.is_labelled].tolist() if column.values.dtype.kind == "O" else ():
        if not isinstance(gap, int | float) or gap != _UNKNOWN:
            raise EstimatorError.expected("y", "a label for every sample", gap, "Leave these samples out.")
    return [column._replace(is_labelled=np.ones(len(column.values), dtype=np.bool_))]


def _table(y: Any) -> Array:
    if isinstance(y, np.ma.MaskedArray):
        with_gaps: Array = np.array(y.tolist(), dtype=object)
        return with_gaps
    if hasattr(y, "detach"):
        y = y.detach().cpu()
    # NumPy would turn a list of a name and a NaN into two names.
    return np.asarray(y, dtype=object) if isinstance(y, list | tuple) else np.asarray(y)


def _check_not_one_hot(table: Array) -> None:
    """Refuses rows of scores, of which each column would pass for a level of two classes."""
    if table.shape[1] < 2 or table.dtype.kind not in "Obiuf" or not len(table):
        return
    if table.dtype.kind == "O" and not all(isinstance(value, int | float) for value in table.flat):
        return
    ones, zeros = table == 1, table == 0
    if np.all(ones | zeros) and np.all(ones.sum(axis=1) == 1):
        raise EstimatorError.expected(
            "y",
            "one label a sample at each level",
            f"one-hot rows of {table.shape[1]}",
            "Pass their argmax: y.argmax(axis=1).",
        )


def _column(values: Array) -> Column:
    """A level with its names in plain text; numbers keep their type."""
    if values.dtype.kind in "biuf":
        gaps = values == _UNKNOWN
        return Column(values, np.asarray(~(gaps | np.isnan(values) if values.dtype.kind == "f" else gaps)))
    cells = cells_of("y", values)
    plain_values = [_plain(value) for value in cells]
    is_labelled = np.fromiter(
        (value is not None for value in plain_values), dtype=np.bool_, count=len(values)
    )
    kept = np.empty(len(values), dtype=object)
    # A gap stays what it was: -1 is a class where a single level has no gaps.
    kept[:] = [given if value is None else value for value, given in zip(plain_values, cells, strict=True)]
    return Column(kept, is_labelled)


def _plain(value: object) -> Plain:
    try:
        return plain(value)
    except NotOneLabelError as error:
        raise EstimatorError.expected(
            "every label of y", "one name or one integer", error, "Give one label a sample and level."
        ) from error


def class_name(label: Any) -> str:
    """What a class of any type is called in the taxonomy.

    Example:
        >>> class_name(2.0), class_name("cat"), class_name(-1)
        ('2', 'cat', '-1')
    """
    return name_of(_plain(label)) or f"{label:g}"


def numbered(column: Column) -> tuple[Array, IntArray]:
    """The sorted classes of a level, shape (K,), and the number of each label, -1 where it is not known.

    Raises:
        EstimatorError: If names and numbers are mixed.

    Example:
        >>> classes, numbers = numbered(columns_of([["b", 2], ["a", None]])[0])
        >>> classes.tolist(), numbers.tolist()
        (['a', 'b'], [1, 0])
    """
    labels = column.values[column.is_labelled]
    if labels.dtype.kind == "O":
        examples = {_kind(value): value for value in reversed(labels.tolist())}
        if len(examples) > 1:
            raise EstimatorError.expected(
                "the labels of a level",
                "all names, all numbers or all truth values",
                list(examples.values())[::-1],
                "Turn all of them into names.",
            )
        # NumPy's texts lose zeros at their ends.
        is_kept = not any(isinstance(value, str) and value.endswith("\0") for value in labels)
        labels = np.asarray(labels.tolist()) if is_kept else labels
    classes, positions = np.unique(labels, return_inverse=True)
    numbers = np.full(len(column.values), _UNKNOWN, dtype=np.int64)
    numbers[column.is_labelled] = positions
    return classes, numbers


def _kind(value: object) -> type:
    """What labels of a level have in common; Python takes True for 1."""
    return next(kind for kind in (str, bool, object) if isinstance(value, kind))


def share_right(predicted: Sequence[Array], truth: Sequence[Column], weights: Any = None) -> float:
    """Share of the samples of which every known label is predicted right; those without any are left out.

    Args:
        predicted: Predicted labels of each level, shape (N,).
        truth: The labels of each level.
        weights: What each sample counts, shape (N,); all the same if None.

    Raises:
        EstimatorError: If the levels are not as many, or no label is known.

    Example:
        >>> share_right([np.array([1, 2, 3])], columns_of([1, 2, 4]))
        0.6666666666666666
    """
    if len(predicted) != len(truth):
        raise EstimatorError.expected(
            "y", f"of {len(predicted)} levels, as in fit", len(truth), "Give a column for each level."
        )
    counted = np.any([column.is_labelled for column in truth], axis=0)
    if not counted.any():
        raise EstimatorError.expected("y", "labels, some of them known", "none", "Give the true classes.")
    wrong = np.zeros(len(counted), dtype=np.bool_)
    for column, level in zip(predicted, truth, strict=True):
        rows = level.is_labelled
        wrong[rows] |= column[rows].astype(object) != level.values[rows].astype(object)
    chosen = None if weights is None else np.asarray(weights)[counted]
    return float(np.average(~wrong[counted], weights=chosen))


def find_taxonomy(levels: Sequence[Level], labels: IntArray) -> tuple[Taxonomy, IntArray]:
    """The tree that the labels show, or levels without one.

    There is a tree if every class of a finer level is seen under one and the same class of the level above,
    and none of those is without a finer one. What a finer label says of coarser ones is filled in then.

    Args:
        levels: Names and classes, coarsest first.
        labels: int64 of shape (N, L), -1 where not known.

    Returns:
        The taxonomy and the labels, filled in if it is a tree.

    Example:
        >>> levels = [Level("kind", ("pet", "wild")), Level("animal", ("cat", "dog", "fox"))]
        >>> taxonomy, labels = find_taxonomy(levels, np.array([[0, 0], [0, 1], [1, 2], [-1, 2]]))
        >>> taxonomy.parents, labels[3].tolist()
        (((0, 0, 1),), [1, 2])
    """
    filled = labels.copy()
    parents: list[tuple[int, ...]] = []
    for i in range(len(levels) - 1, 0, -1):
        above = _parents(filled[:, i - 1], filled[:, i], levels[i - 1].num_classes, levels[i].num_classes)
        if above is None:
            return Taxonomy.without_tree(levels), labels
        is_labelled = (filled[:, i - 1] < 0) & (filled[:, i] >= 0)
        filled[is_labelled, i - 1] = above[filled[is_labelled, i]]
        parents.insert(0, tuple(above.tolist()))
    return Taxonomy(tuple(levels), tuple(parents)), filled


def _parents(coarser: IntArray, finer: IntArray, num_coarser: int, num_finer: int) -> IntArray | None:
    """Parent of each finer class, shape (num_finer,); None if the labels do not show one for each."""
    both = (coarser >= 0) & (finer >= 0)
    pairs = np.unique(np.stack([finer[both], coarser[both]], axis=1), axis=0)
    has_one_each = np.array_equal(pairs[:, 0], np.arange(num_finer))
    return pairs[:, 1] if has_one_each and len(np.unique(pairs[:, 1])) == num_coarser else None
