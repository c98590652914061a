"""The verdict in a terminal of 80 columns and 40 lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from made_study import Told

from taskgraft.architecture import Architecture
from taskgraft.report import verdict_text
from taskgraft.report._columns import bullets, wrapped
from taskgraft.report._terminal import MAX_LINES

LEVELS = (("coarse", "fine"), ("group", "kind", "article"), ("a", "b", "c", "d", "e"))
LONG = "A caution of some length, in which a run is named with all that went wrong. " * 4


def screen(told: Told) -> list[str]:
    return verdict_text(told.study, told.verdict).splitlines()


@pytest.mark.parametrize("levels", LEVELS)
def test_it_fits_a_screen_and_no_figure_is_cut(tell: Callable[..., Told], levels: tuple[str, ...]) -> None:
    told = tell(levels=levels)
    lines = screen(told)
    assert max(map(len, lines)) <= 80
    assert len(lines) <= MAX_LINES
    for standing in told.verdict.standings:
        (line,) = [line for line in lines if line.startswith(f"{standing.variant} ") and "±" in line]
        for score in (f"accuracy.{levels[-1]}", "full_path_accuracy"):
            interval = standing.scores[score]
            assert f"{100 * interval.estimate:.1f} ±{100 * interval.reach:.1f}" in line


def test_headline_recommendation_and_cautions_are_all_said(tell: Callable[..., Told]) -> None:
    told = tell()
    text = " ".join(verdict_text(told.study, told.verdict).split())
    chosen = told.verdict.recommendation
    for said in (told.verdict.headline, chosen.reason, *told.verdict.cautions):
        assert " ".join(said.split()) in text
    assert f"For {chosen.prefer}, take {chosen.variant}." in text
    # Findings one by one stand in the report.
    assert told.verdict.sentences[0] not in text


def test_costs_stand_beside_the_scores(tell: Callable[..., Told]) -> None:
    lines = screen(tell())
    heading = next(line for line in lines if line.startswith("architecture"))
    assert heading.split()[1:] == ["coarse", "fine", "full", "path", "verdict", "MACs"]


@pytest.mark.parametrize("num_cautions", [1, 12])
def test_forty_variants_of_long_names_and_many_cautions_fit_all_the_same(
    tell: Callable[..., Told], num_cautions: int
) -> None:
    names = [f"an-architecture-with-a-rather-long-name-{number:02}" for number in range(40)]
    told = tell(architectures=[Architecture(name, ("coarse", "fine")) for name in names], seeds=(0, 1))
    told = told.but(
        cautions=(LONG,) * num_cautions,
        headline=LONG * 3,
        recommendation=replace(told.verdict.recommendation, reason=LONG * 3),
    )
    lines = screen(told)
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= 80
    (more,) = [line for line in lines if line.startswith("and ") and line.endswith("see the report")]
    shown = sum(line.startswith("an-architecture") for line in lines)
    assert more == f"and {40 - shown} more architectures: see the report"
    assert shown >= 2
    # The one to take is the last of them, and is shown.
    assert any("name-39" in line for line in lines) or "name-39"[-4:] in "".join(lines)
    if num_cautions > 1:
        assert lines[-1] == f"- and {num_cautions - 1} more: see the report"


def test_the_shown_rows_keep_the_order_of_the_study_and_hold_the_control(tell: Callable[..., Told]) -> None:
    names = ["independent", *(f"x{number:02}" for number in range(40))]
    lines = screen(tell(architectures=[Architecture(name, ("coarse", "fine")) for name in names]))
    shown = [line.split()[0] for line in lines if line.split() and line.split()[0] in names]
    assert shown[0] == "independent"
    assert shown == sorted(shown)
    assert "x39" in shown


def test_a_paragraph_that_is_too_long_ends_in_dots() -> None:
    assert wrapped("a b", 1) == ["a b"]
    lines = wrapped("word " * 100, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("...")
    assert len(lines[-1]) <= 80


def test_a_list_counts_what_it_leaves_out() -> None:
    assert bullets([], 5) == []
    assert bullets(["a"], 2) == ["- a"]
    assert bullets(["a", "b"], 2) == ["- a", "- b"]
    assert bullets(["a", LONG], 3) == ["- a", "- and 1 more: see the report"]
    first, *_, last = bullets([LONG, "b"], 3)
    assert first.startswith("- A caution")
    assert last == "- and 1 more: see the report"
