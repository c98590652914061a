"""Two studies on one page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_study import seven, told
from parsed_page import Page

from taskgraft.errors import StudyError
from taskgraft.report import write_side_by_side
from taskgraft.statistics import Interval
from taskgraft.verdict import BetweenStudies, StudyDifference


@pytest.fixture
def two(tmp_path):
    levels = ("coarse", "fine")
    return (
        told(tmp_path / "a"),
        told(tmp_path / "b", architectures=seven(levels)[:3], seeds=range(5), has_inference=False),
    )


UNLIKE = BetweenStudies("they were tested on other images")


def between_of(names):
    """A study that is two points better than the other."""
    interval = Interval(0.02, 0.012, 0.028, num_seeds=3, p=0.001)
    scores = ("accuracy.coarse", "accuracy.fine", "full_path_accuracy", "nll.fine")
    differences = tuple(StudyDifference(n, n, s, interval, (3, 5), 0.002) for s in scores for n in names)
    decoded = tuple(
        StudyDifference(n, n, s, interval, (3, 5), 0.002, ("independent", "joint"))
        for s in scores[:3]
        for n in names
    )
    return BetweenStudies(
        "",
        200,
        "B is detectably better than A.",
        ("shared: B in place of A.",),
        differences,
        ("What B recommends in place of what A recommends.",),
        decoded,
    )


def written(two, path: Path, between: BetweenStudies = UNLIKE) -> Page:
    pairs = [(story.study, story.verdict) for story in two]
    return Page(write_side_by_side(*pairs, between, path).read_text(encoding="utf-8"))


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


def test_what_b_scores_less_a_stands_first_with_its_intervals(two, tmp_path):
    page = written(two, tmp_path / "both.html", between_of(["independent", "shared"]))
    assert page.complaints == []
    text = page.text
    assert next(attrs["id"] for attrs in page.all("section")) == "between"
    assert "B is detectably better than A." in text
    assert "Both were tested on the same 200 images" in text
    assert "95 % interval, images paired, seeds unpaired" in text
    assert "shared +2.0 +1.2 to +2.8 0.002 3 5" in text
    titles = [attrs.get("aria-labelledby") for attrs in page.all("svg")]
    assert len(titles) == len(set(titles)) == 6


def test_what_is_recommended_is_compared_as_it_is_decoded(two, tmp_path):
    text = written(two, tmp_path / "both.html", between_of(["independent", "shared"])).text
    assert "What B recommends in place of what A recommends." in text
    assert "shared A: independent, B: joint +2.0 +1.2 to +2.8 0.002 3 5" in text
    plain = replace(between_of(["shared"]), decoded_sentences=(), decoded_differences=())
    assert "As each study recommends" not in written(two, tmp_path / "plain.html", plain).text


def test_what_is_not_paired_is_said(two, tmp_path):
    text = written(two, tmp_path / "both.html").text
    assert "Nothing is paired, so no difference is given: they were tested on other images." in text


def test_the_same_study_twice_differs_in_nothing(two, tmp_path):
    assert (
        "Nothing: both studies are the same request."
        in written((two[0], two[0]), tmp_path / "same.html").text
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
