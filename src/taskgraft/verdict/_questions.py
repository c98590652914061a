"""What a study decided, what is undecided and what would decide it, and what it cannot decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.statistics import MOST_SEEDS
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._more_seeds import with_seeds
from taskgraft.verdict._reason import Choice
from taskgraft.verdict._recommendation import Contender, Questions
from taskgraft.verdict._wording import count, few, in_points, magnitude, named

_MOST_SENTENCES = 3


def questions_of(choice: Choice, evidence: Evidence) -> Questions:
    """The three lists of a choice."""
    if choice.race.best is None or choice.is_too_early:
        return Questions((), ("Which one to take.",), tuple(_beyond(choice, evidence)))
    numbers = [one.num_seeds for one in _placed(choice, "undecided") if one.num_seeds is not None]
    return Questions(
        tuple(_decided(choice)),
        tuple(_undecided(choice)),
        tuple(_beyond(choice, evidence)),
        with_seeds(evidence.study.record, min(numbers)) if numbers else None,
    )


def _decided(choice: Choice) -> Iterator[str]:
    margin = in_points(choice.aim.margin)
    taken, level = _placed(choice, "recommended"), _placed(choice, "level")
    if taken:
        yield f"{taken[0].variant} is within {margin} of the best{_at_most(taken[0])}: the cheapest such one."
    if level:
        yield f"Within {margin} of the best, too: {few([_bounded(one) for one in level])}."
    if behind := _placed(choice, "behind"):
        losses = [f"{one.variant} ({_behind(one)})" for one in behind]
        yield f"Behind another by more than {margin}: {few(losses)}."
    if out := _placed(choice, "out"):
        failed = [f"{one.variant} ({count(one.num_failed, 'run')} failed)" for one in out]
        yield f"Out, for half of their runs failed: {few(failed)}."


def _undecided(choice: Choice) -> Iterator[str]:
    """Those that more seeds would show within the margin, the fewest seeds first; then those behind."""
    margin = in_points(choice.aim.margin)
    waiting = [one for one in _placed(choice, "undecided") if one.num_seeds is not None]
    for number in sorted({one.num_seeds or 0 for one in waiting}):
        ones = [_bounded(one) for one in waiting if one.num_seeds == number]
        yield f"Within {margin} of the best? {few(ones)}: {number} seeds in all would show it."
    if losing := [one for one in _placed(choice, "undecided") if one.obstacle == "margin"]:
        ones = [_bounded(one) for one in losing]
        yield f"Really behind? {few(ones)}: by more than {margin} as it stands, which more seeds may show."


def _beyond(choice: Choice, evidence: Evidence) -> Iterator[str]:
    # What more seeds would show of networks that have hardly begun says nothing.
    open_ones = [] if choice.is_too_early else _placed(choice, "undecided")
    yield from _beyond_images([one for one in open_ones if one.obstacle == "images"], evidence)
    if many := [one.variant for one in open_ones if one.obstacle == "seeds"]:
        yield f"{few(many)}: more than {_most(evidence)} would be needed."
    yield (
        f"Anything but {named(choice.aim.score)}: other scores, decodings and flows are exploratory here, "
        "for another study to declare."
    )
    what = "one split of it, and networks trained on that"
    if evidence.resplits is not None:
        what = "and networks trained on images of it"
    yield f"Other data: this is one dataset, {what}."


def _beyond_images(ones: Sequence[Contender], evidence: Evidence) -> Iterator[str]:
    """A sentence each or, of more than a few, one for all."""
    alone = f"{evidence.num_images:,} test images alone leave up to"
    if len(ones) > _MOST_SENTENCES:
        most = magnitude(max(one.floor or 0.0 for one in ones))
        names = few([one.variant for one in ones])
        yield f"{alone} {most} points open, whatever the seeds; more images would tell of {names}."
        return
    for one in ones:
        points = magnitude(one.floor or 0.0)
        yield f"{one.variant}: {alone} {points} points open. More of them would tell, more seeds would not."


def _most(evidence: Evidence) -> str:
    partitions = evidence.study.record.request.resplits
    return f"{MOST_SEEDS} seeds" if partitions is None else f"the {partitions} partitions of this study"


def _placed(choice: Choice, place: str) -> Sequence[Contender]:
    return [one for one in choice.contenders if one.place == place and (one.loss or place != "undecided")]


def _bounded(one: Contender) -> str:
    return f"{one.variant}{_at_most(one)}"


def _behind(one: Contender) -> str:
    return f"{magnitude(one.loss.estimate)} below {one.rival}" if one.loss else "its runs failed"


def _at_most(one: Contender) -> str:
    if one.loss is None:
        return ""
    if one.loss.high <= 0:
        return " (loses nothing)"
    return f" (may lose {magnitude(one.loss.high)} points)"
