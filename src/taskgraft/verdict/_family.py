"""Which seeds the tests of a study rest on: those that all of its variants have, so that none has fewer."""

from __future__ import annotations

from collections import Counter

from taskgraft.verdict._evidence import Evidence


def running(evidence: Evidence) -> tuple[str, ...]:
    """The variants with runs, without those that have left the race, and those that are no choice.

    Of such a one every second run fails.
    """
    failed = Counter(failure.variant for failure in evidence.study.failures)
    num_planned = len(evidence.study.record.request.seeds)
    return tuple(
        name for name in evidence.names if 2 * failed[name] < num_planned and not has_left(evidence, name)
    )


def has_left(evidence: Evidence, name: str) -> bool:
    """Whether a variant has left the race, and has no runs of later seeds."""
    seeds = evidence.study.record.dropped.get(name)
    has_no_more = seeds is not None and not set(evidence.seeds(name)) - set(seeds)
    return has_no_more or name in evidence.leaving


def family_seeds(evidence: Evidence, *names: str) -> tuple[int, ...]:
    """The seeds over which some variants are compared, as a part of all that is tested together.

    Tests that are corrected for one another rest on the same seeds: those that all variants have. Where there
    are none, each comparison rests on those that it has, which a caution says.

    Args:
        evidence: The runs.
        names: The variants.

    Returns:
        Empty where these variants lack one of the family's seeds: they are no part of it.
    """
    held = running(evidence)
    family = evidence.seeds(*held) if held else ()
    common = evidence.seeds(*names)
    if not family:
        return common
    return family if set(family) <= set(common) else ()
