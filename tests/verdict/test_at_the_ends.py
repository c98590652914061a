"""Studies whose runs get everything right, or nothing: what images that all agree leave open."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_study import NUM_IMAGES, drawn_study
from scipy import stats

from taskgraft.architecture import CONTROL
from taskgraft.report import verdict_markdown, verdict_text
from taskgraft.study import Study
from taskgraft.verdict import Verdict, conclude, conclude_two

ALL_RIGHT, NONE_RIGHT = 2.0, -2.0
SHARED = "shared"
LOW = stats.binomtest(NUM_IMAGES, NUM_IMAGES).proportion_ci(method="wilson").low


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Verdict]:
    directory = tmp_path_factory.mktemp("right")
    study = drawn_study(
        directory,
        gains={CONTROL: ALL_RIGHT, SHARED: ALL_RIGHT, "coarse-to-fine": NONE_RIGHT},
        seeds=(0, 1, 2),
        flow_worth={"coarse-to-fine": 0.0},
    )
    return study, conclude(study)


def scores_of(verdict: Verdict, name: str) -> dict[str, tuple[float, float]]:
    (standing,) = [s for s in verdict.standings if s.variant == name]
    return {score: (interval.low, interval.high) for score, interval in standing.scores.items()}


def test_all_right_is_not_certain(right: tuple[Study, Verdict]) -> None:
    scores = scores_of(right[1], SHARED)
    for score in ("accuracy.kind", "accuracy.species", "full_path_accuracy", "consistency.kind>species"):
        assert scores[score] == pytest.approx((LOW, 1))


def test_nothing_right_is_not_certain(right: tuple[Study, Verdict]) -> None:
    scores = scores_of(right[1], "coarse-to-fine")
    for score in ("accuracy.kind", "accuracy.species", "full_path_accuracy", "macro_f1.kind"):
        low, high = scores[score]
        assert low == 0
        assert high >= 1 - LOW - 1e-9


def test_where_classes_are_of_unequal_size_fewer_images_speak(right: tuple[Study, Verdict]) -> None:
    scores = scores_of(right[1], SHARED)
    assert scores["balanced_accuracy.species"][0] < scores["accuracy.species"][0]
    assert scores["balanced_accuracy.species"][0] == pytest.approx(LOW, abs=0.001)


def test_variants_that_agree_on_every_image_may_differ_on_others(right: tuple[Study, Verdict]) -> None:
    verdict = right[1]
    (pair,) = [
        c
        for c in verdict.comparisons
        if (c.first, c.second, c.score) == (SHARED, CONTROL, "full_path_accuracy")
    ]
    assert (pair.interval.low, pair.interval.high) == pytest.approx((LOW - 1, 1 - LOW))
    assert pair.interval.p == 1
    assert not pair.is_detected
    (standing,) = [s for s in verdict.standings if s.variant == SHARED]
    assert standing.gain is not None
    assert standing.gain.low < 0 < standing.gain.high
    (taking,) = [one for one in verdict.sentences if "haring the trunk" in one]
    assert "0.0 to 0.0" not in " ".join(verdict.sentences)
    assert taking


def test_what_is_right_everywhere_and_what_is_right_nowhere_are_told_apart(
    right: tuple[Study, Verdict],
) -> None:
    (pair,) = [
        c
        for c in right[1].comparisons
        if (c.first, c.second, c.score) == ("coarse-to-fine", CONTROL, "accuracy.kind")
    ]
    assert pair.is_detected
    assert pair.interval.low == -1
    assert -1 < pair.interval.high < -0.9


def test_the_terminal_and_markdown_show_the_farther_end(right: tuple[Study, Verdict]) -> None:
    reach = f"{100 * (1 - LOW):.1f}"
    (row,) = [
        line for line in verdict_text(*right).splitlines() if line.startswith("shared ") and "±" in line
    ]
    assert f"100.0 ±{reach}" in row
    assert f"100.0 ± {reach}" in verdict_markdown(*right)


def test_two_studies_that_are_all_right_may_differ_on_other_images(tmp_path: Path) -> None:
    gains = dict.fromkeys((CONTROL, SHARED), ALL_RIGHT)
    pair = [drawn_study(tmp_path / name, gains=gains, seeds=(0, 1, 2)) for name in "ab"]
    between = conclude_two(*pair)[2]
    (one,) = [d for d in between.differences if (d.first, d.score) == (SHARED, "accuracy.kind")]
    assert (one.interval.low, one.interval.high) == pytest.approx((LOW - 1, 1 - LOW))
