"""What a verdict looks at: the primary score and the margin that the study declared, or others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from taskgraft.errors import RequestError
from taskgraft.parameter import Parameter
from taskgraft.study import LATENCY, preferences, score_preferred
from taskgraft.verdict._evidence import Evidence
from taskgraft.verdict._wording import in_points

_FULL_PATH = "full-path"


@dataclass(frozen=True)
class Aim:
    """What a verdict is to decide.

    Attributes:
        prefer: What is preferred: a level's name, `full-path` or `latency`.
        score: The primary score.
        margin: By how much of it a cheaper variant may be worse than the best, as a share.
        declared: What the study declared, in words, where this is something else; empty where it is that.
    """

    prefer: str
    score: str
    margin: float
    declared: str = ""

    @classmethod
    def of(cls, evidence: Evidence, prefer: str | None = None, margin: float | None = None) -> Self:
        """What the study declared, with what is given in its place.

        Args:
            evidence: The runs.
            prefer: As for `conclude`.
            margin: As for `conclude`.

        Raises:
            RequestError: For a preference the study cannot have, or one whose score no label of the test
                images allows.
        """
        levels, names = evidence.study.taxonomy.level_names, evidence.score_names
        goal = evidence.study.record.goal
        chosen = goal.changed(prefer, margin)
        preferred = chosen.prefer or default_preference(levels, names)
        declared = goal.prefer or default_preference(levels, names)
        is_declared = (preferred, chosen.margin) == (declared, goal.margin)
        return cls(
            preferred,
            score_looked_at(preferred, levels, names),
            chosen.margin / 100,
            "" if is_declared else f"{declared} within {in_points(goal.margin / 100)}",
        )


def check_aim(levels: Sequence[str], prefer: str | None, margin: float | None) -> None:
    """Refuses, before everything is scored, what can be seen without it.

    Raises:
        RequestError: For a preference that there is not, or a margin that is none.
    """
    if prefer is not None:
        score_preferred(prefer, levels)
    if margin is not None and not 0 < margin < 100:
        raise RequestError.expected(
            Parameter("margin"), "above 0 and below 100 points", margin, "Pass 1 for one point."
        )


def default_preference(levels: Sequence[str], score_names: Sequence[str]) -> str:
    """The full path or, where it has no score, the finest level that has one.

    Example:
        >>> default_preference(["a", "b"], ["accuracy.a", "accuracy.b", "full_path_accuracy"])
        'full-path'
        >>> default_preference(["a", "b"], ["accuracy.a"])
        'a'
    """
    if "full_path_accuracy" in score_names:
        return _FULL_PATH
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
