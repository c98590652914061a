"""At which look of how many a verdict stands, and what of the error the looks have used up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.request import OPEN
from taskgraft.statistics import Looks, VarianceParts
from taskgraft.study import Goal, StudyRecord
from taskgraft.verdict._wording import count


@dataclass(frozen=True)
class LookTaken:
    """The look that a verdict is.

    Attributes:
        number: Which one it is, counted from 1; one seed is no look.
        seeds: Those that all variants in the race have.
        planned: With how many the study is to be decided; None for an open horizon.
        spent: Share of all studies without any difference that have claimed one by now, at most; of an open
            horizon the share that ever will.
        is_only: Whether it is the one look, at all that was planned.
        text: This in words.
        variances: Of a typical pair's difference in the primary score that the study declared; None where no
            pair has two seeds, or another score is looked at.
    """

    number: int
    seeds: tuple[int, ...]
    planned: int | None
    spent: float
    is_only: bool
    text: str
    variances: VarianceParts | None = None

    @property
    def parts(self) -> tuple[float, float, float] | None:
        """The variances as `keep_look` writes them down."""
        return self.variances.numbers if self.variances else None


def looks_of(record: StudyRecord) -> Looks | None:
    """How a study is looked at; None where it was not declared, and every look is taken for the only one."""
    return looks_at(record.goal, [len(look.seeds) for look in record.looks])


def looks_at(goal: Goal, looked: Sequence[int]) -> Looks | None:
    """The same of what a study declares, with looks at so many seeds."""
    if goal.max_seeds is None:
        return None
    return Looks(None if goal.max_seeds == OPEN else int(goal.max_seeds), tuple(looked))


def look_taken(
    looks: Looks | None, seeds: tuple[int, ...], variances: VarianceParts | None = None
) -> LookTaken | None:
    """The look at these seeds; None where none is taken, as of a single seed, which shows nothing."""
    num_seeds = len(seeds)
    if looks is None or num_seeds < 2:
        return None
    number, is_only = len(looks.before(num_seeds)) + 1, looks.is_only(num_seeds)
    is_open = looks.planned is None or looks.is_beyond(num_seeds)
    spent = 0.05 if is_open else looks.spent(num_seeds)
    text = _text(looks, number, num_seeds)
    return LookTaken(number, seeds, looks.planned, spent, is_only, text, variances)


def _text(looks: Looks, number: int, num_seeds: int) -> str:
    seeds, planned = count(num_seeds, "seed"), looks.planned
    if planned is None:
        return (
            f"Look {number}, at {seeds}, of a study with an open horizon: intervals of the primary score "
            f"hold however often one looks, {_price(looks, num_seeds)}."
        )
    if looks.is_beyond(num_seeds):
        return (
            f"{seeds} are more than the {planned} that this study planned, whose looks may spend all of the "
            "5 % that false claims are allowed. What is said of the primary score from now on rests on "
            f"intervals that hold however often one looks, {_price(looks, num_seeds)}; together with what "
            "was claimed before, errors may add up to 10 %."
        )
    if looks.is_only(num_seeds):
        return f"One look was planned, at {seeds}, and this is it."
    where = (
        f"all {planned} planned seeds" if num_seeds == planned else f"{num_seeds} of {planned} planned seeds"
    )
    return (
        f"Look {number}, at {where}: {_spent(looks, num_seeds)} of the 5 % that false claims are allowed are "
        "spent. Intervals of the primary score are wider than those of a single look, so that "
        "all looks hold together."
    )


def _spent(looks: Looks, num_seeds: int) -> str:
    percent = 100 * looks.spent(num_seeds)
    return f"{percent:.2g}" if percent >= 0.01 else "less than 0.01"


def _price(looks: Looks, num_seeds: int) -> str:
    ratio = looks.open_price(num_seeds)
    if ratio is None:
        return "by which so few seeds can show nothing"
    return f"and are up to {ratio:.1f} times as wide as those of a single look"
