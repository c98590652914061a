"""Of which population a verdict speaks: of which other runs it would hold as well."""

from __future__ import annotations

import math
from itertools import combinations
from statistics import median

from taskgraft.statistics import partition_parts
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._family import has_left
from taskgraft.verdict._wording import count, in_both, magnitude


def population_of(evidence: Evidence, score: str) -> str:
    """For what else than these runs the intervals and p-values speak, in sentences.

    Args:
        evidence: The runs.
        score: The primary one.
    """
    data = evidence.study.record.request.data
    most = max((len(evidence.seeds(name)) for name in evidence.names), default=0)
    if most < 2:
        return "Intervals speak of other test images of this kind, not of other seeds or training sets."
    if evidence.resplits is None:
        return (
            "Intervals speak of other seeds on this split, and of other test images of this kind: of "
            f"networks trained on these {data.num_images['train']:,} images. Other training sets may turn a "
            f"verdict round: {in_both('resplits', 10)}."
        )
    num_train, num_test = data.num_images["train"], data.num_images["test"]
    numbers = {*evidence.resplits.indices}
    one = " One partition is not enough to speak of others." if len(numbers) == 1 else ""
    return (
        "Intervals speak of other training sets and splits, of other seeds and of other test images of this "
        f"kind: of {num_train:,} train images drawn from these {num_train + num_test:,}, by "
        f"{count(len(numbers), 'partition')}.{one}{_parts(evidence, score)} What training on quite other "
        "images would do, partitions of the same ones show in part only (docs/statistics.md)."
    )


def _parts(evidence: Evidence, score: str) -> str:
    """What of the variance partitions make, and what the seeds of one; empty where that cannot be said."""
    names = [name for name in evidence.names if not has_left(evidence, name)]
    parts = []
    for first, second in combinations(names, 2):
        seeds = evidence.seeds(first, second)
        differences = evidence.arrays(first, seeds, score)[0] - evidence.arrays(second, seeds, score)[0]
        parts.append(partition_parts(differences, evidence.partitions(seeds) or []) if len(seeds) else None)
    of_pairs = [one for one in parts if one is not None]
    if not of_pairs:
        return ""
    between, within = (magnitude(math.sqrt(median(each))) for each in zip(*of_pairs, strict=True))
    middle = f", median of {count(len(of_pairs), 'pair')}" if len(of_pairs) > 1 else ""
    return (
        f" A difference of two variants varies by about {between} points between partitions, and by {within} "
        f"between the seeds of one (standard deviations{middle})."
    )
