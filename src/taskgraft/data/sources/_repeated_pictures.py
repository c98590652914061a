"""One file that stands in several rows of a source: twice in a split, in two splits, or under two labels."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from taskgraft.data._dataset import Dataset
from taskgraft.data.labels import SPLITS
from taskgraft.taxonomy import IntArray

_LEAK = "networks are judged on images that they were trained on"


def on_repeated_pictures(data: Dataset, files: Sequence[Path | None]) -> Iterator[str]:
    """A sentence for each way in which files stand in several rows, with how many do.

    Args:
        data: The images with their labels and splits.
        files: What each image was read from, None for what is no file. Only paths are compared: equal
            contents are for `taskgraft data check` to find.

    Example:
        >>> from taskgraft.data.sources import from_arrays
        >>> data = from_arrays(np.zeros((40, 8, 8), np.uint8), {"kind": [0, 1] * 20}, test=range(8))
        >>> files = [Path("a.png"), *(Path(f"{i}.png") for i in range(38)), Path("a.png")]
        >>> next(on_repeated_pictures(data, files))
        '1 file stands in several rows, such as a.png in 2.'
    """
    rows: dict[object, list[int]] = {}
    for position, file in enumerate(files):
        if file is not None:
            rows.setdefault(_identity(file), []).append(position)
    repeated = {path: positions for path, positions in rows.items() if len(positions) > 1}
    if not repeated:
        return
    names = data.names or [str(file) for file in files]
    yield _sentence(repeated, "several rows", names, lambda of: f"in {len(of)}")
    splits = _split_of_each(data)
    leaking = {path: of for path, of in repeated.items() if len({*splits[of].tolist()} - {-1}) > 1}
    if leaking:
        yield _sentence(leaking, "several splits", names, lambda of: f"in {_words(splits[of])}: {_LEAK}")
    torn = {path: of for path, of in repeated.items() if len(np.unique(data.labels[of], axis=0)) > 1}
    if torn:
        yield _sentence(torn, "rows of different labels", names, lambda of: f"in {len(of)}")


def _identity(file: Path) -> object:
    """The same for every name of a file, links among them."""
    try:
        status = os.stat(file)
    except OSError:
        return os.path.normpath(file)
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.normpath(file)


def _split_of_each(data: Dataset) -> IntArray:
    numbers = np.full(len(data.images), -1, dtype=np.int64)
    for number, split in enumerate(SPLITS):
        numbers[data.indices[split]] = number
    return numbers


def _words(numbers: IntArray) -> str:
    return " and ".join(SPLITS[number] for number in sorted({*numbers.tolist()} - {-1}))


def _sentence(
    files: dict[object, list[int]], place: str, names: Sequence[str], example: Callable[[list[int]], str]
) -> str:
    count = "1 file stands" if len(files) == 1 else f"{len(files):,} files stand"
    first = next(iter(files.values()))
    return f"{count} in {place}, such as {names[first[0]]} {example(first)}."
