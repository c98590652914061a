"""Which seeds the tests of a study rest on: those that all of its variants have, so that none has fewer."""

from __future__ import annotations

from collections import Counter

from taskgraft.verdict._evidence import Evidence


def running(evidence: Evidence) -> tuple[str, ...]:
    """The variants with runs, without those of which every second run fails: such a one is no choice."""
    failed = Counter(failure.variant for failure in evidence.study.failures)
    num_planned = len(evidence.study.record.request.seeds)
    return tuple(name for name in evidence.names if 2 * failed[name] < num_planned)


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
