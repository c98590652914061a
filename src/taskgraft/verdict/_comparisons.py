"""Every pair of variants at every score, and the effects of the factorial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from taskgraft.statistics import holm_over
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._factors import Factorial
from taskgraft.verdict._family import family_seeds
from taskgraft.verdict._pair_differences import PairDifferences
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
    groups = [
        PairDifferences(evidence, [pair for pair, held in pairs.items() if held == seeds], seeds)
        for seeds in dict.fromkeys(pairs.values())
    ]
    return tuple(c for how in measured for c in _pairs_at(groups, list(pairs), *how))


def _pairs_at(
    groups: Sequence[PairDifferences], pairs: Sequence[tuple[str, str]], decoding: str, score: str
) -> list[Comparison]:
    """All pairs at one score, in their order; of each group over its seeds."""
    by_pair = {
        pair: of for group in groups for pair, of in zip(group.pairs, group.at(score, decoding), strict=True)
    }
    ps = holm_over([by_pair[pair][0] for pair in pairs])
    return [Comparison(*pair, score, *by_pair[pair], p, decoding) for pair, p in zip(pairs, ps, strict=True)]


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
        for effect, interval, p in zip(factorial.effects, intervals, holm_over(intervals), strict=True)
    ]
