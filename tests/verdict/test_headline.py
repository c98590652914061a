"""The headline: who is ahead of all, and who is better or worse than the control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import catalogue, flat
from taskgraft.statistics import Interval
from taskgraft.verdict import Comparison, conclude
from taskgraft.verdict._headline import _ahead_of_all, headline

LEVELS = TAXONOMY.level_names
SEVEN = (*catalogue(LEVELS).values(), flat(LEVELS)["flat"])
SCORE = "full-path accuracy with each level by itself"
CONTROL = "independent, the control,"


@pytest.mark.parametrize(
    ("gains", "said"),
    [
        ({"flat": 0.2}, f"flat is detectably ahead of all others in {SCORE}."),
        (
            {"flat": 0.3, "shared": 0.1, "coarse-to-fine": -0.2},
            f"flat is detectably ahead of all others in {SCORE}. Detectably better than {CONTROL[:-1]}: "
            f"shared (1 of 6). Detectably worse than {CONTROL[:-1]}: coarse-to-fine (1 of 6).",
        ),
        ({"independent": 0.2}, f"{CONTROL} is detectably ahead of all others in {SCORE}."),
        (
            {"flat": 0.2, "shared": 0.2},
            f"Detectably better than {CONTROL} in {SCORE}: shared, flat (2 of 6).",
        ),
        ({"flat": -0.2}, f"Detectably worse than {CONTROL} in {SCORE}: flat (1 of 6)."),
    ],
)
def test_it_names_who_is_ahead_of_all_and_says_better_from_worse(
    tmp_path: Path, gains: dict[str, float], said: str
) -> None:
    verdict = conclude(drawn_study(tmp_path, gains=gains, architectures=SEVEN, side=16))
    assert verdict.headline == said


def compared(*pairs: tuple[str, str, float, float]) -> Sequence[Comparison]:
    """First, second, difference and adjusted p."""
    return [
        Comparison(a, b, "nll.kind", Interval(gain, gain - 1, gain + 1, 5, p), p, p)
        for a, b, gain, p in pairs
    ]


def test_where_less_is_better_the_lowest_is_ahead() -> None:
    three = compared(("a", "b", -0.1, 0.01), ("a", "c", -0.2, 0.01), ("b", "c", -0.1, 0.01))
    assert _ahead_of_all(three, -1) == "a"
    assert _ahead_of_all(three, 1) == "c"


def test_one_difference_that_is_not_detected_leaves_no_one_ahead() -> None:
    three = compared(("a", "b", 0.1, 0.2), ("a", "c", 0.2, 0.01), ("b", "c", 0.1, 0.01))
    assert _ahead_of_all(three, 1) is None


def test_one_that_is_ahead_of_all_and_falls_behind_once_decoded_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = drawn_study(tmp_path, gains={"flat": 0.2}, architectures=SEVEN, side=16)
    behind = Interval(0.0151, 0.01, 0.02, 5, 0.001)

    def decoded_otherwise(evidence, design, findings, score, recommendation):
        contenders = tuple(
            replace(one, place="behind", rival="shared", loss=behind) if one.variant == "flat" else one
            for one in recommendation.contenders
        )
        return headline(evidence, design, findings, score, replace(recommendation, contenders=contenders))

    monkeypatch.setattr("taskgraft.verdict._conclude.headline", decoded_otherwise)
    assert conclude(study).headline == (
        f"flat is detectably ahead of all others in {SCORE}. "
        "Each decoded as val favours, it is 1.5 points behind shared."
    )
