"""Every pair of architectures at every score, and the effects of the factorial."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from taskgraft.architecture import CONTROL, NAMES, factors
from taskgraft.statistics import Interval, factorial_effects, holm_adjusted, sign_flip_p
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._records import Comparison, Effect


def compare_pairs(evidence: Evidence) -> tuple[Comparison, ...]:
    """All pairs that share a seed, score by score; the control, where it is one of two, comes second."""
    return tuple(c for score in evidence.score_names for c in _pairs_at(evidence, score, PLAIN))


def compare_decoded_pairs(evidence: Evidence) -> tuple[Comparison, ...]:
    """All pairs in accuracy under each decoding but the plain one; none for a single level."""
    return tuple(
        c for decoding, score in _decoded_scores(evidence) for c in _pairs_at(evidence, score, decoding)
    )


def compute_effects(evidence: Evidence) -> tuple[Effect, ...]:
    """Effects of sharing and of each flow, and their interactions; none unless the six share a seed."""
    return tuple(e for score in evidence.score_names for e in _effects_on(evidence, score, PLAIN))


def compute_decoded_effects(evidence: Evidence) -> tuple[Effect, ...]:
    """The same effects on accuracy under each decoding but the plain one."""
    return tuple(
        e for decoding, score in _decoded_scores(evidence) for e in _effects_on(evidence, score, decoding)
    )


def _decoded_scores(evidence: Evidence) -> list[tuple[str, str]]:
    """Decodings with the scores they have, the plain one left out."""
    runs = iter(evidence.decoded.values())
    first = next(runs, None)
    return [key for key in first.samples if key[0] != PLAIN] if first else []


def _effects_on(evidence: Evidence, score: str, decoding: str) -> list[Effect]:
    if not set(NAMES) <= set(evidence.names) or not evidence.seeds(*NAMES):
        return []
    contrasts = factorial_effects({name: factors(name) for name in NAMES})
    decodings = dict.fromkeys(NAMES, decoding)
    intervals = [evidence.contrast(score, weights, decodings) for weights in contrasts.values()]
    return [
        Effect(name, score, interval, p, decoding)
        for name, interval, p in zip(contrasts, intervals, _adjusted(intervals), strict=True)
    ]


def _pairs_at(evidence: Evidence, score: str, decoding: str) -> list[Comparison]:
    pairs = [
        (second, first) if first == CONTROL else (first, second)
        for first, second in combinations(evidence.names, 2)
        if evidence.seeds(first, second)
    ]
    decodings = dict.fromkeys(evidence.names, decoding)
    intervals = [evidence.contrast(score, {a: 1.0, b: -1.0}, decodings) for a, b in pairs]
    return [
        Comparison(a, b, score, interval, _exact_p(evidence, a, b, score, decoding), p, decoding)
        for (a, b), interval, p in zip(pairs, intervals, _adjusted(intervals), strict=True)
    ]


def _exact_p(evidence: Evidence, first: str, second: str, score: str, decoding: str) -> float | None:
    seeds = evidence.seeds(first, second)
    if len(seeds) < 2:
        return None
    own, other = (
        np.array([evidence.sample(name, seed, score, decoding).value for seed in seeds])
        for name in (first, second)
    )
    return sign_flip_p(own - other)


def _adjusted(intervals: Sequence[Interval]) -> list[float | None]:
    """Holm's correction over the intervals that have a p; those of one seed have none."""
    ps = [interval.p for interval in intervals if interval.p is not None]
    adjusted = iter(holm_adjusted(ps).tolist() if ps else [])
    return [None if interval.p is None else float(next(adjusted)) for interval in intervals]
