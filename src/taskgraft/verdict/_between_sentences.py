"""Two studies compared: their differences as sentences."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.verdict._change import Change, spoken
from taskgraft.verdict._evidence import PLAIN
from taskgraft.verdict._pairs import by_score, is_main
from taskgraft.verdict._study_differences import StudyDifference
from taskgraft.verdict._wording import DECODED, listed, named


def headline_between(differences: Sequence[StudyDifference], score: str) -> str:
    """Of which variants B beats A at the primary score, and of which A beats B."""
    main = [d for d in differences if d.score == score]
    names = list(dict.fromkeys(d.name for d in main))
    if all(d.adjusted_p is None for d in main):
        return (
            "A single seed in either study settles nothing: the intervals cover the choice of test images "
            "only."
        )
    changed = [(d.name, d.interval.estimate > 0) for d in main if d.is_detected]
    better, worse = ([name for name in names if (name, is_up) in changed] for is_up in (True, False))
    parts = [
        f"detectably {how} than A in {named(score)}: {', '.join(who)} ({len(who)} of {len(names)})"
        for how, who in (("better", better), ("worse", worse))
        if who
    ]
    if parts:
        return f"B is {'; and '.join(parts)}."
    return f"No detectable difference between A and B in {named(score)}."


def looks_between(first: int, second: int) -> str:
    """What looks at A and at B mean for a difference, which pays for none; empty where each had one at most.

    Args:
        first: Looks at A that its record lists.
        second: Those at B.

    Example:
        >>> print(looks_between(1, 3))
        A was looked at once and B 3 times while they grew. Differences between studies pay for no looks: \
who adds seeds until one shows claims too many.
    """
    if max(first, second) < 2:
        return ""
    of_first, of_second = (
        {0: "not at all", 1: "once"}.get(number, f"{number} times") for number in (first, second)
    )
    return (
        f"A was looked at {of_first} and B {of_second} while they grew. Differences between studies pay for "
        "no looks: who adds seeds until one shows claims too many."
    )


def sentences_between(
    differences: Sequence[StudyDifference], num_images: int, recommended: Sequence[tuple[str, str]] = ()
) -> list[str]:
    """What B in place of A does to the accuracies of each pair of variants.

    Args:
        differences: Of some pairs, at every score.
        num_images: Test images of both.
        recommended: The variants that A and B recommend: what is said of them says so.
    """
    pairs = dict.fromkeys((d.first, d.second) for d in differences)
    changes = (
        _change(
            [d for d in differences if (d.first, d.second) == pair and is_main(d.score)],
            num_images,
            is_recommended=pair in recommended,
        )
        for pair in pairs
    )
    return list(spoken(changes))


def _change(differences: Sequence[StudyDifference], num_images: int, *, is_recommended: bool) -> Change:
    seeds = differences[0].num_seeds
    end = f"{num_images:,} test images paired, seeds unpaired ({seeds[0]} and {seeds[1]})"
    if min(seeds) == 1:
        end += ", and one seed settles nothing"
    subject = _subject(differences[0], is_recommended=is_recommended)
    return Change(subject, by_score(differences), end=end, short=subject)


def _subject(one: StudyDifference, *, is_recommended: bool) -> str:
    first, second = one.first, one.second
    if is_recommended:
        how = [DECODED[decoding] for decoding in one.decodings]
        return f"What B recommends ({second}, {how[1]}) in place of what A recommends ({first}, {how[0]})"
    decoded = "" if one.decodings == (PLAIN, PLAIN) else f" ({_in_words(one.decodings)})"
    if first == second:
        return f"{first}{decoded}: B in place of A"
    return f"{second} of B in place of {first} of A{decoded}"


def _in_words(decodings: tuple[str, str]) -> str:
    """How A and B are decoded.

    Example:
        >>> _in_words(("joint", "joint")), _in_words(("independent", "joint"))
        ('decoded jointly in both', 'each level by itself in A and decoded jointly in B')
    """
    first, second = (DECODED[decoding] for decoding in decodings)
    return f"{first} in both" if first == second else listed([f"{first} in A", f"{second} in B"], "and")
