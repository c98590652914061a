"""Which variant to take, and how to decode it: the cheapest that nothing detectably beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.errors import RequestError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.statistics import Interval, pareto_front
from taskgraft.verdict._decoded_cost import macs_read
from taskgraft.verdict._decodings import best_on_val
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._records import Recommendation, Standing
from taskgraft.verdict._wording import DECODED, named, points, span

FULL_PATH, LATENCY = "full-path", "latency"
# How far apart two costs may be and still count as the same; milliseconds are measured on noisy machines.
_SAME_MACS, _SAME_MILLISECONDS = 0.02, 0.1
# A loss that an interval leaves room for, from which on more seeds are advised: two points.
_ROOM = 0.02


@dataclass(frozen=True)
class _Rival:
    """A variant, decoded in the way that its val split favours.

    Attributes:
        standing: The variant.
        decoding: How it is decoded.
        score: What it scores on test, decoded so.
        behind: By how much it lies behind the best; zero for the best itself.
        macs: Multiply-accumulates for one image, of what the decoding reads.
    """

    standing: Standing
    decoding: str
    score: float
    behind: Interval
    macs: int


def preferences(levels: Sequence[str]) -> tuple[str, ...]:
    """What can be preferred: every level's accuracy, the full path's, or speed."""
    return (*levels, *([FULL_PATH] if len(levels) > 1 else []), LATENCY)


def default_preference(levels: Sequence[str], score_names: Sequence[str]) -> str:
    """The full path or, where it has no score, the finest level that has one.

    Example:
        >>> default_preference(["a", "b"], ["accuracy.a", "accuracy.b", "full_path_accuracy"])
        'full-path'
        >>> default_preference(["a", "b"], ["accuracy.a"])
        'a'
    """
    if "full_path_accuracy" in score_names:
        return FULL_PATH
    return next(level for level in reversed(levels) if f"accuracy.{level}" in score_names)


def score_looked_at(prefer: str, levels: Sequence[str], score_names: Sequence[str]) -> str:
    """The score that a preference looks at in this study.

    Raises:
        RequestError: For a preference the study cannot have, or one whose score no label of the test images
            allows.

    Example:
        >>> score_looked_at("latency", ["a", "b"], ["accuracy.a"])
        'accuracy.a'
    """
    if prefer == LATENCY:
        prefer = default_preference(levels, score_names)
    score = score_preferred(prefer, levels)
    if score not in score_names:
        held = [name for name in preferences(levels) if score_preferred(name, levels) in score_names]
        raise RequestError.expected(
            Parameter("prefer"),
            f"something that test images have labels for ({', '.join([*held, LATENCY])})",
            prefer,
            "Prefer one of these.",
        )
    return score


def score_preferred(prefer: str, levels: Sequence[str]) -> str:
    """The score a preference looks at; for speed, the one that must not suffer.

    Raises:
        RequestError: For a preference this study cannot have.

    Example:
        >>> score_preferred("full-path", ["coarse", "fine"]), score_preferred("fine", ["coarse", "fine"])
        ('full_path_accuracy', 'accuracy.fine')
    """
    if prefer not in preferences(levels):
        raise unknown_name(Parameter("prefer"), prefer, preferences(levels))
    if prefer in levels:
        return f"accuracy.{prefer}"
    return "full_path_accuracy" if len(levels) > 1 else f"accuracy.{levels[0]}"


def recommend(
    prefer: str, score: str, evidence: Evidence, standings: Sequence[Standing]
) -> Recommendation | None:
    """Takes the cheapest variant that the best one does not detectably beat.

    Each is decoded in the way that its val split favours; the test split only compares them. Cheapest is
    fewest MACs, of what that decoding reads; for `latency` it is the least time for one image, where that was
    measured. Of those that cost the same, the one with the highest score is taken.

    Args:
        prefer: One of `preferences`.
        score: What it looks at.
        evidence: The runs.
        standings: All architectures.

    Returns:
        None for a single variant.
    """
    if len(standings) < 2:
        return None
    rivals = _rivals(evidence, standings, score)
    level = [rival for rival in rivals if not rival.behind.is_detectable]
    most = min(_expense(rival, prefer) for rival in level) * (1 + _tie(prefer))
    affordable = [rival for rival in level if _expense(rival, prefer) <= most]
    taken = max(affordable, key=lambda rival: rival.score)
    front = pareto_front([r.score for r in rivals], [r.macs for r in rivals])
    best_value = [rival for rival, is_on in zip(rivals, front, strict=True) if is_on]
    return Recommendation(
        prefer,
        taken.standing.variant,
        taken.decoding,
        _reason(score, prefer, rivals, taken),
        tuple(r.standing.variant for r in sorted(best_value, key=lambda r: r.macs)),
    )


def _rivals(evidence: Evidence, standings: Sequence[Standing], score: str) -> list[_Rival]:
    """Every variant that shares a seed with the best one, the best first."""
    decodings = {s.variant: best_on_val(evidence, s.variant, score) for s in standings}
    scores = {name: evidence.interval(score, name, how).estimate for name, how in decodings.items()}
    best = max(standings, key=lambda standing: scores[standing.variant])
    variants = {variant.name: variant for variant in evidence.study.record.request.variants}
    macs = {
        s.variant: macs_read(evidence.study, variants[s.variant], s.cost.macs, decodings[s.variant])
        for s in standings
    }
    level = Interval(0, 0, 0, len(best.seeds))
    name = best.variant
    rivals = [_Rival(best, decodings[name], scores[name], level, macs[name])]
    for standing in standings:
        name = standing.variant
        if standing is not best and evidence.seeds(name, best.variant):
            weights = {best.variant: 1.0, name: -1.0}
            behind = evidence.contrast(score, weights, decodings)
            rivals.append(_Rival(standing, decodings[name], scores[name], behind, macs[name]))
    return rivals


def _expense(rival: _Rival, prefer: str) -> float:
    """Time of all of the network, as it was measured, or MACs of what the decoding reads."""
    if prefer == LATENCY and rival.standing.inference is not None:
        return rival.standing.inference.latency_p50_milliseconds
    return float(rival.macs)


def _tie(prefer: str) -> float:
    return _SAME_MILLISECONDS if prefer == LATENCY else _SAME_MACS


def _reason(score: str, prefer: str, rivals: Sequence[_Rival], taken: _Rival) -> str:
    best, label = rivals[0], named(score)
    score_text = f"{100 * taken.score:.1f} % ({_how(taken.decoding)})"
    caveat = " One seed settles nothing: run more before relying on it." if _is_weak(rivals) else ""
    if taken is best:
        least = _expense(taken, prefer) / (1 + _tie(prefer))
        cheaper = [rival for rival in rivals if _expense(rival, prefer) < least]
        other = "faster" if prefer == LATENCY else "cheaper"
        rest = f"every {other} one is detectably below it" if cheaper else f"none is {other}"
        return f"It has the highest {label}, {score_text}, and {rest}.{_speed(taken, best, prefer)}{caveat}"
    behind = taken.behind
    room = (
        f" It may be up to {points(behind.high).removeprefix('+')} points worse: more seeds would tell."
        if behind.high > _ROOM and not caveat
        else ""
    )
    return (
        f"Its {label}, {score_text}, cannot be told apart from the highest, {100 * best.score:.1f} % of "
        f"{best.standing.variant} ({_how(best.decoding)}): {points(-behind.estimate)} points "
        f"(95 % interval {span(-behind.high, -behind.low)}), at "
        f"{taken.macs / best.macs:.2f} times the MACs."
        f"{_speed(taken, best, prefer)}{room}{caveat}"
    )


def _how(decoding: str) -> str:
    """How a variant is decoded, and that val says so where it is not the plain way."""
    return DECODED[decoding] if decoding == PLAIN else f"{DECODED[decoding]}, which val favours"


def _is_weak(rivals: Sequence[_Rival]) -> bool:
    return any(rival.behind.num_seeds == 1 for rival in rivals)


def _speed(taken: _Rival, best: _Rival, prefer: str) -> str:
    cost, other = taken.standing.inference, best.standing.inference
    if prefer != LATENCY or cost is None or other is None:
        return ""
    text = f" One image takes {cost.latency_p50_milliseconds:.2f} ms"
    return f"{text}." if taken is best else f"{text}, against {other.latency_p50_milliseconds:.2f} ms."
