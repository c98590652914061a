"""Which images are test and val, as others say it: by words, by indices, or by a mask."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from taskgraft.data.labels._cells import NotOneLabelError, name_of, plain, shown
from taskgraft.data.labels._columns import Column, cells_of
from taskgraft.data.labels._split_words import SPLIT_WORDS, Split, split_of
from taskgraft.errors import DataError, Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import IntArray

_REMEDY = "Pass the positions of its images, or one truth value an image."


def splits_of_cells(what: str, cells: Column) -> list[Split | None]:
    """The split that each cell names; None where a cell is empty.

    Args:
        what: What messages call the cells.
        cells: As they came.

    Raises:
        RequestError: If a cell holds another word.

    Example:
        >>> splits_of_cells("the splits", ["Train", "", "test_set"])
        ['train', None, 'test']
    """
    words = [_word(cell) for cell in cells_of(what, cells)]
    splits: dict[str | None, Split | None] = {None: None}
    for word in dict.fromkeys(words):
        if word is not None:
            splits[word] = _named(what, word)
    return [splits[word] for word in words]


def _word(cell: object) -> str | None:
    try:
        return name_of(plain(cell))
    except NotOneLabelError as error:
        return str(error)


def _named(what: str, word: str) -> Split:
    split = split_of(word)
    if split is None:
        raise RequestError.expected(
            what,
            f"one of {', '.join(SPLIT_WORDS)}",
            word,
            f"Write one of these, or name another {Parameter('split_column')}.",
        )
    return split


def split_indices(split: str, given: Column, num_images: int) -> IntArray:
    """The images of a split, in ascending order.

    Args:
        split: Its name, for messages.
        given: Distinct integers from 0 to N - 1, or N truth values.
        num_images: N.

    Raises:
        DataError: If it is neither.

    Example:
        >>> split_indices("test", [4, 2], 5).tolist(), split_indices("test", [True, False, True], 3).tolist()
        ([2, 4], [0, 2])
    """
    listed = list(given) if isinstance(given, Set) else given
    cells = [_flat(cell) for cell in cells_of(f"the {split} split", listed, _REMEDY)]
    if cells and all(isinstance(cell, bool) for cell in cells):
        if len(cells) != num_images:
            raise DataError.expected(
                f"the mask of the {split} split",
                f"{num_images} truth values long, one for each image",
                len(cells),
                _REMEDY,
            )
        return np.flatnonzero(cells)
    # Shown is what spoils the rest: neither a truth value nor an integer, if there is such a one.
    for cell in sorted(cells, key=lambda cell: isinstance(cell, bool | int)):
        if isinstance(cell, bool) or not isinstance(cell, int):
            raise DataError.expected(
                f"the {split} split",
                "made of integers, or of truth values alone",
                Phrase(shown(cell)),
                _REMEDY,
            )
        if not 0 <= cell < num_images:
            raise DataError.expected(
                f"the {split} split", f"made of integers from 0 to {num_images - 1}", cell, _REMEDY
            )
    indices = np.sort(np.array(cells, dtype=np.int64))
    check_splits({split: indices}, num_images)
    return indices


def _flat(cell: Any) -> Any:
    """The number within a scalar or a list of one."""
    while isinstance(cell, np.ndarray | list | tuple) and len(cell) == 1:
        cell = cell[0]
    return cell.item() if isinstance(cell, np.generic) else cell


def check_splits(splits: Mapping[Any, Any], num_images: int, source: str = "") -> None:
    """Refuses splits that share images, hold one twice, or name one that does not exist.

    Args:
        splits: By name, the indices of each split: int64 arrays, or lists.
        num_images: N.
        source: What messages call the data.

    Raises:
        DataError: If they do.

    Example:
        >>> check_splits({"train": [0, 1], "test": [1]}, 2)
        Traceback (most recent call last):
        ...
        taskgraft.errors.DataError: Expected the train and test splits to be without a shared image, but got \
1 in both, such as 1. Give every image to one split.
    """
    of = f" of {source}" if source else ""
    first_of = np.full(num_images, -1, dtype=np.int64)
    names = list(splits)
    for number, (name, given) in enumerate(splits.items()):
        indices = _distinct(f"the {name} split{of}", np.asarray(given), num_images)
        shared = indices[first_of[indices] >= 0]
        if len(shared):
            raise DataError.expected(
                f"the {names[first_of[shared[0]]]} and {name} splits{of}",
                "without a shared image",
                Phrase(f"{len(shared)} in both, such as {shared[0]}"),
                "Give every image to one split.",
            )
        first_of[indices] = number


def _distinct(what: str, indices: npt.NDArray[Any], num_images: int) -> IntArray:
    """Indices that are distinct integers in range, in ascending order."""
    if indices.ndim != 1 or (len(indices) and indices.dtype.kind not in "iu"):
        got = Phrase(f"{indices.dtype} of shape {indices.shape}")
        raise DataError.expected(what, "a list of integers", got, _REMEDY)
    indices = indices.astype(np.int64)
    outside = indices[(indices < 0) | (indices >= num_images)]
    if len(outside):
        raise DataError.expected(
            what, f"made of integers from 0 to {num_images - 1}", int(outside[0]), _REMEDY
        )
    values, counts = np.unique(indices, return_counts=True)
    if len(values) < len(indices):
        twice = values[counts > 1]
        raise DataError.expected(
            what,
            "made of different images",
            Phrase(f"{len(twice)} of them repeatedly, such as {twice[0]}"),
            "Name each image once; a mask is made of truth values, not of 0 and 1.",
        )
    return values
