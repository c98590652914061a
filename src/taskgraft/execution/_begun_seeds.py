"""Seeds of a study that adds them itself: those it has begun, and the next."""

from __future__ import annotations

from itertools import count

from taskgraft.request import CompareOptions
from taskgraft.study import StudyRecord

# One seed shows nothing of how seeds vary.
_FIRST_SEEDS = 2


def begun_seeds(record: StudyRecord | None) -> tuple[int, ...]:
    """The seeds that a study has begun, if there is one, and two at least."""
    seeds: tuple[int, ...] = () if record is None else record.request.seeds
    while len(seeds) < _FIRST_SEEDS:
        seeds = (*seeds, next_seed(seeds))
    return seeds


def most_seeds(record: StudyRecord | None, options: CompareOptions) -> int:
    """As many as a study declared when it began or, where it declared no number, as are given now."""
    declared = record.goal.max_seeds if record else None
    return declared if isinstance(declared, int) else int(options.goal["max_seeds"])


def next_seed(seeds: tuple[int, ...]) -> int:
    """The smallest that is not among them."""
    return next(seed for seed in count() if seed not in seeds)
