"""The words by which people name a split."""

from __future__ import annotations

import re
from typing import Literal

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

_SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "testing": "test",
}
SPLIT_WORDS = tuple(_SPLIT_NAMES)
_DECORATED = re.compile(r"(?:seg[ _-])?([a-z]+?)(?:[ _-]?(?:set|data|images|split))?")


def split_of(word: str) -> Split | None:
    """The split that a folder or a cell names, in the spellings people use; None for another word.

    Example:
        >>> split_of("Validation"), split_of("test_set"), split_of("seg_train"), split_of("cats")
        ('val', 'test', 'train', None)
    """
    match = _DECORATED.fullmatch(word.strip().lower())
    return _SPLIT_NAMES.get(match.group(1)) if match else None
