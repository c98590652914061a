"""What would settle what a study leaves open: so many more seeds, or nothing that more seeds could."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from taskgraft.recipe import FEWEST_STEPS
from taskgraft.statistics import MOST_SEEDS
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._reason import Choice
from taskgraft.verdict._recommendation import Contender
from taskgraft.verdict._wording import few, in_both, in_points, listed, magnitude

# Of more numbers of seeds than these the larger ones are not said.
_MOST_NUMBERS = 3
# After so many steps `quick` gets most of what it will right (`taskgraft/recipe/_few_steps.py`).
_ENOUGH_STEPS = 3 * FEWEST_STEPS


def next_seeds(choice: Choice) -> int | None:
    """The fewest seeds with which something that is open would be settled; None if none would."""
    if choice.is_too_early:
        return None
    return min((one.num_seeds for one in _open(choice) if one.num_seeds is not None), default=None)


def remedy_of(choice: Choice, evidence: Evidence) -> str:
    """What would settle what is open, in sentences; empty where nothing is."""
    return " ".join(_sentences(choice, evidence))


def _open(choice: Choice) -> list[Contender]:
    places = ("undecided",) if choice.taken else ("undecided", "behind")
    return [one for one in choice.open if one.place in places and one.loss is not None]


def _sentences(choice: Choice, evidence: Evidence) -> Iterator[str]:
    if choice.race.best is None or len(choice.race.seeds) < _num_finished(choice):
        yield "Only seeds that all have count: finish those that are missing, or leave out what fails."
    if choice.race.best is None:
        return
    if choice.is_too_early:
        yield _longer(evidence)
        return
    seeds = next_seeds(choice)
    if seeds is not None and len(choice.race.seeds) == 1:
        yield (
            f"About {seeds} seeds show that a variant as good as the best is within "
            f"{in_points(choice.aim.margin)} of it: {in_both('seeds', seeds)}."
        )
        return
    if seeds is not None:
        by_number: dict[int, list[str]] = {}
        for one in sorted(_open(choice), key=lambda one: one.num_seeds or 0):
            if one.num_seeds is not None:
                by_number.setdefault(one.num_seeds, []).append(one.variant)
        parts = [
            f"{number} would for {few(names)}" for number, names in list(by_number.items())[:_MOST_NUMBERS]
        ]
        yield (
            f"If differences stay as they are, about so many seeds in all settle it: {listed(parts, 'and')}; "
            f"{in_both('seeds', seeds)}."
        )
    yield from _hopeless(choice, evidence)


def _longer(evidence: Evidence) -> str:
    """Twice the training, or more where that is not enough for a network to learn much."""
    runs = [run for name in evidence.names for run in evidence.runs(name)]
    fewest = min(runs, key=lambda run: run.steps)
    factor = max(2.0, _ENOUGH_STEPS / max(fewest.steps, 1))
    return (
        "Train for longer, in another study directory, and leave what more seeds would show for then: "
        f"{in_both('epochs', ceil(factor * fewest.epochs))}."
    )


def _num_finished(choice: Choice) -> int:
    return max(len(standing.seeds) for standing in choice.standings.values())


def _hopeless(choice: Choice, evidence: Evidence) -> Iterator[str]:
    """Of which variants no number of seeds would show anything, and why."""
    partitions = evidence.study.record.request.resplits
    most = MOST_SEEDS if partitions is None else f"its {partitions} partitions"
    reasons = {
        "margin": "behind by more than the margin as it stands",
        "images": f"{evidence.num_images:,} test images alone leave up to {{}} points open",
        "seeds": f"more than {most} would be needed",
    }
    parts = []
    for obstacle, words in reasons.items():
        ones = [one for one in _open(choice) if one.obstacle == obstacle]
        if ones:
            floor = max(one.floor or 0.0 for one in ones)
            parts.append(f"{_names(ones)} ({words.format(magnitude(floor))})")
    if parts:
        yield f"No number of seeds would show it of {listed(parts, 'or')}."


def _names(ones: Sequence[Contender]) -> str:
    return few([one.variant for one in ones])
