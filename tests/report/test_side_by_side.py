"""Two studies on one page."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_study import seven, told
from parsed_page import Page

from taskgraft.errors import StudyError
from taskgraft.report import write_side_by_side


@pytest.fixture
def two(tmp_path):
    levels = ("coarse", "fine")
    return (
        told(tmp_path / "a"),
        told(tmp_path / "b", architectures=seven(levels)[:3], seeds=range(5), has_inference=False),
    )


def written(two, path: Path) -> Page:
    pairs = [(story.study, story.verdict) for story in two]
    return Page(write_side_by_side(*pairs, path).read_text(encoding="utf-8"))


def test_both_verdicts_and_what_differs_are_told(two, tmp_path):
    page = written(two, tmp_path / "both.html")
    assert page.complaints == []
    assert page.text.count(two[0].verdict.headline) == 2
    assert "A: shapes: 7 architectures compared" in page.text
    assert "B: shapes: 3 architectures compared" in page.text
    assert "seeds: [0, 1, 2] in A, [0, 1, 2, 3, 4] in B" in page.text


def test_scores_and_costs_of_one_name_stand_in_one_row(two, tmp_path):
    text = written(two, tmp_path / "both.html").text
    assert "A: coarse accuracy, % B: coarse accuracy, %" in text
    assert "A: MACs B: MACs" in text
    assert "A: latency p50, ms" in text
    first, second = (story.verdict.standings[0].scores["accuracy.coarse"] for story in two)
    assert (
        f"independent {100 * first.estimate:.1f} {100 * first.low:.1f}–{100 * first.high:.1f} "
        f"{100 * second.estimate:.1f}"
    ) in text
    assert "no interval" in text


def test_the_same_study_twice_differs_in_nothing(two, tmp_path):
    assert (
        "Nothing: both studies asked for the same." in written((two[0], two[0]), tmp_path / "same.html").text
    )


def test_studies_of_other_levels_can_be_shown_too(two, tmp_path):
    other = told(tmp_path / "c", levels=("kingdom", "family", "species"))
    page = written((two[0], other), tmp_path / "both.html")
    assert page.complaints == []
    assert "B: species accuracy, %" in page.text


def test_opening_it_sends_no_request(two, tmp_path):
    page = written(two, tmp_path / "both.html")
    assert all(href.startswith(("#", "data:")) for href in page.values("href"))
    assert page.values("src") == []
    assert len({*page.values("id")}) == len(page.values("id"))


def test_a_page_that_cannot_be_written_is_an_error(two, tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(StudyError, match="taken to be writable"):
        written(two, tmp_path / "taken")
