"""Every pair of variants at every score, and the effects of the factorial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from taskgraft.statistics import Interval, by_partition, holm_adjusted, sign_flip_p
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._factors import Factorial
from taskgraft.verdict._family import family_seeds
from taskgraft.verdict._records import Comparison, Effect

# A decoding, and a score that runs have under it.
Measured = tuple[str, str]


def plain_scores(evidence: Evidence) -> list[Measured]:
    """Every score under the plain decoding."""
    return [(PLAIN, score) for score in evidence.score_names]


def decoded_scores(evidence: Evidence) -> list[Measured]:
    """The accuracies under each decoding but the plain one; none for a single level."""
    runs = iter(evidence.decoded.values())
    first = next(runs, None)
    return [key for key in first.samples if key[0] != PLAIN] if first else []


def compare_pairs(
    evidence: Evidence, control: str | None, measured: Sequence[Measured]
) -> tuple[Comparison, ...]:
    """All pairs that have the seeds of the family; the control, where it is one of two, comes second."""
    pairs = {
        (second, first) if first == control else (first, second): seeds
        for first, second in combinations(evidence.names, 2)
        if (seeds := family_seeds(evidence, first, second))
    }
    return tuple(c for decoding, score in measured for c in _pairs_at(evidence, score, decoding, pairs))


def compute_effects(
    evidence: Evidence, factorial: Factorial | None, measured: Sequence[Measured]
) -> tuple[Effect, ...]:
    """Every effect of the factorial, score by score; none unless all of its variants share a seed."""
    if factorial is None or not is_complete(evidence, factorial):
        return ()
    return tuple(e for decoding, score in measured for e in _effects_on(evidence, score, decoding, factorial))


def is_complete(evidence: Evidence, factorial: Factorial) -> bool:
    """Whether all variants of a factorial share a seed."""
    return bool(evidence.seeds(*factorial.cells))


def _effects_on(evidence: Evidence, score: str, decoding: str, factorial: Factorial) -> list[Effect]:
    decodings = dict.fromkeys(factorial.cells, decoding)
    seeds = evidence.seeds(*factorial.cells)
    intervals = [evidence.contrast(score, effect.weights, decodings, seeds) for effect in factorial.effects]
    return [
        Effect(effect.name, score, interval, p, decoding)
        for effect, interval, p in zip(factorial.effects, intervals, adjusted(intervals), strict=True)
    ]


def _pairs_at(
    evidence: Evidence, score: str, decoding: str, pairs: Mapping[tuple[str, str], tuple[int, ...]]
) -> list[Comparison]:
    """The pairs at one score, each over its seeds."""
    decodings = dict.fromkeys(evidence.names, decoding)
    intervals = [
        evidence.contrast(score, {a: 1.0, b: -1.0}, decodings, seeds) for (a, b), seeds in pairs.items()
    ]
    return [
        Comparison(a, b, score, interval, _exact_p(evidence, (a, b), seeds, (score, decoding)), p, decoding)
        for ((a, b), seeds), interval, p in zip(pairs.items(), intervals, adjusted(intervals), strict=True)
    ]


def _exact_p(
    evidence: Evidence, pair: tuple[str, str], seeds: tuple[int, ...], how: tuple[str, str]
) -> float | None:
    if len(seeds) < 2:
        return None
    first, second = (evidence.arrays(name, seeds, *how) for name in pair)
    differences, _ = by_partition(first[0] - second[0], first[1] - second[1], evidence.partitions(seeds))
    return sign_flip_p(differences)


def adjusted(intervals: Sequence[Interval]) -> list[float | None]:
    """Holm's correction over the intervals that have a p; those of one seed have none."""
    ps = [interval.p for interval in intervals if interval.p is not None]
    corrected = iter(holm_adjusted(ps).tolist() if ps else [])
    return [None if interval.p is None else float(next(corrected)) for interval in intervals]
