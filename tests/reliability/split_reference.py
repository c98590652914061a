"""What splits should become: the reference for rules 10 to 12 of decision 26, slow and plain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from label_cells import Refused, name_of, unwrapped

WORDS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


def split_of(cell: Any) -> str | None:
    """The split that a cell names; None where it names none."""
    name = name_of(cell)
    if name is None:
        return None
    word = name.strip().lower().removesuffix("_set").removeprefix("seg_")
    for split, words in WORDS.items():
        if word in words:
            return split
    raise Refused(f"{name!r} is no split")


def indices_of(given: Any, num_images: int) -> list[int]:
    """Indices of images, from numbers or from one truth value for each image."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise Refused("no indices")
    values = [unwrapped(value) for value in given]
    if values and all(isinstance(value, bool) for value in values):
        if len(values) != num_images:
            raise Refused("a mask of another length")
        return [i for i, value in enumerate(values) if value]
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < num_images:
            raise Refused(f"{value!r} is no index")
    if len(set(values)) < len(values):
        raise Refused("an index twice")
    return sorted(values)


def splits_of(test: Any, val: Any, num_images: int) -> dict[str, list[int]]:
    """All three splits, where both of these are given."""
    parts = {"val": indices_of(val, num_images), "test": indices_of(test, num_images)}
    if set(parts["val"]) & set(parts["test"]):
        raise Refused("an image in two splits")
    parts["train"] = [i for i in range(num_images) if i not in parts["val"] and i not in parts["test"]]
    return parts


def splits_of_words(cells: Sequence[Any]) -> dict[str, list[int]]:
    """All three splits from a column of words; what is in none is trained on."""
    words = [split_of(cell) or "train" for cell in cells]
    return {split: [i for i, word in enumerate(words) if word == split] for split in WORDS}


def check_labelled(parts: Mapping[str, Sequence[int]], labels: Sequence[Sequence[int]]) -> None:
    """Every split has an image, and of one of them something is known."""
    for split, indices in parts.items():
        if not any(number >= 0 for i in indices for number in labels[i]):
            raise Refused(f"nothing known in {split}")


def as_parts(indices: Mapping[str, Any]) -> dict[str, list[int]]:
    """The splits of a dataset, to be compared."""
    return {split: np.asarray(at).tolist() for split, at in indices.items()}
