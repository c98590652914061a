"""Test images that are in train or val, too: which they are, and what a study scores without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from taskgraft.study import DamagedFileError, Study, read_names
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._copied_images import copied_positions
from taskgraft.verdict._wording import count, named, points

if TYPE_CHECKING:
    from taskgraft.verdict._evidence import Evidence

MOST_NAMED = 50


@dataclass(frozen=True)
class Copies:
    """Test images that have exactly the pixels of a train or val image.

    Attributes:
        num_in_train: Of them those that are in train.
        num_in_val: Those that are in val.
        num_images: All of them.
        names: What the source calls the first of them; empty where that is not on record.
        score: The primary score, each level decoded by itself.
        with_copies: By variant, of all test images, mean over seeds.
        without_copies: Of the others.
    """

    num_in_train: int
    num_in_val: int
    num_images: int
    names: tuple[str, ...]
    score: str
    with_copies: dict[str, float]
    without_copies: dict[str, float]


def copies_of(evidence: Evidence, score: str) -> Copies | None:
    """What the copies make of the primary score; None where there are none, or nobody has looked."""
    positions = copied_positions(evidence.study)
    every = np.unique(np.concatenate([np.zeros(0, np.int64), *positions.values()]))
    readings = {name: evidence.variants[name].without_copies for name in evidence.names}
    without = {
        name: fmean(one[score] for one in runs)
        for name, runs in readings.items()
        if runs and all(score in one for one in runs)
    }
    if not len(every) or not without:
        return None
    return Copies(
        len(positions["train"]),
        len(positions["val"]),
        len(every),
        _names(evidence.study, every),
        score,
        {name: evidence.interval(score, name).estimate for name in without},
        without,
    )


def _names(study: Study, positions: IntArray) -> tuple[str, ...]:
    try:
        names = read_names(study.directory, study.record.request.data.digest)["test"]
    except (FileNotFoundError, DamagedFileError):
        return ()
    return tuple(names[place] for place in positions[:MOST_NAMED].tolist() if place < len(names))


def of_copies(copies: Copies | None, num_test: int) -> Iterator[str]:
    """What a reader has to know of them, in a sentence or two."""
    if copies is None:
        return
    gaps = {name: copies.with_copies[name] - share for name, share in copies.without_copies.items()}
    name = max(gaps, key=lambda name: abs(gaps[name]))
    yield (
        f"Copies: {copies.num_images:,} of {count(num_test, 'test image')} have exactly the pixels of an "
        f"image of train ({copies.num_in_train:,}) or val ({copies.num_in_val:,}). They change the "
        f"{named(copies.score)} of {name} most, by {points(gaps[name])} points; the report shows it without "
        "them."
    )
