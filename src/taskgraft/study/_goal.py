"""What a study is to decide: one primary score, and how far behind the best is near enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from taskgraft.errors import unknown_name
from taskgraft.parameter import Parameter
from taskgraft.request import OPEN
from taskgraft.study._checked import Record

FULL_PATH, LATENCY = "full-path", "latency"


def count_seeds(number: int) -> str:
    """So many seeds, in words.

    Example:
        >>> count_seeds(1), count_seeds(10)
        ('1 seed', '10 seeds')
    """
    return f"{number:,} seed{'' if number == 1 else 's'}"


class Goal(Record):
    """What a study declares before it is trained, so that nobody chooses it by its results.

    Attributes:
        prefer: What is preferred: a level, `full-path` or `latency`; None for the full path or, where it has
            no score, the finest level that has one.
        margin: By how many percentage points a cheaper variant may be worse than the best.
        max_seeds: With how many seeds at most it is to be decided, however often it is looked at before;
            `open` for any number, and None where it was not declared.
    """

    prefer: str | None = None
    margin: float = 1.0
    max_seeds: Annotated[int, Field(ge=1)] | Literal["open"] | None = None

    def __str__(self) -> str:
        points = f"{self.margin:.6g}"
        what = f"{self.prefer or 'the usual score'} within {points} {'point' if points == '1' else 'points'}"
        if self.max_seeds is None:
            return what
        number = (
            "any number of seeds" if self.max_seeds == OPEN else f"at most {count_seeds(int(self.max_seeds))}"
        )
        return f"{what}, by {number}"

    def changed(self, prefer: str | None = None, margin: float | None = None) -> Goal:
        """The same with what is given in its place.

        Example:
            >>> Goal(prefer="fine").changed(margin=2)
            Goal(prefer='fine', margin=2.0, max_seeds=None)
        """
        given = {"prefer": prefer, "margin": margin}
        return Goal(**{**self.model_dump(), **{k: v for k, v in given.items() if v is not None}})


def preferences(levels: Sequence[str]) -> tuple[str, ...]:
    """What can be preferred: every level's accuracy, the full path's, or speed."""
    return (*levels, *([FULL_PATH] if len(levels) > 1 else []), LATENCY)


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
