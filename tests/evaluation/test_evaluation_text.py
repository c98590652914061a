"""An evaluation on a terminal: a screen of 40 lines, 80 columns, lists cut and counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_evaluation import made_evaluation

from taskgraft.data import Dataset
from taskgraft.evaluation import Evaluation, evaluate, evaluation_text
from taskgraft.evaluation._evaluation import PromiseKept, RuleRisk
from taskgraft.evaluation._text import times
from taskgraft.recipe import Recipe
from trained_model import trained_model


@pytest.fixture(scope="module")
def evaluation(tiny_data: Dataset, tiny_recipe: Recipe) -> Evaluation:
    return evaluate(trained_model(tiny_data, tiny_recipe), tiny_data)


@pytest.mark.parametrize("is_large", [True, False])
def test_it_fits_a_screen(evaluation: Evaluation, is_large: bool):
    lines = evaluation_text(made_evaluation() if is_large else evaluation).splitlines()
    assert len(lines) <= 38
    assert max(map(len, lines)) <= 80


def test_it_says_what_matters(evaluation: Evaluation):
    text = evaluation_text(evaluation)
    assert "\n\n\n" not in text
    words = " ".join(text.split())
    assert "60 images, the test split of the study that trained the model" in words
    assert "other seeds are not covered" in words
    assert f"{100 * evaluation.decoded['full-path'].estimate:.1f} ±" in text
    assert "60 images are few" in words


def test_long_lists_are_cut_and_counted():
    text = evaluation_text(made_evaluation())
    assert "Classes of the data that the model does not know" in text
    assert "Classes without images here: 51 of thing" in text
    assert "more: see the page" in text
    assert "\u202e" not in text


def test_many_levels_and_nothing_to_say_fit_too(evaluation: Evaluation):
    bare = replace(
        evaluation, promises=(), rule_risks=(), confused=(), calibrations={}, scores={}, cautions=(), notes=()
    )
    text = evaluation_text(replace(bare, not_promised=()))
    assert "\n\n\n" not in text
    assert "Worst" not in text
    assert "To be careful about" not in text
    assert len(text.splitlines()) < 20


def test_every_usual_promise_is_shown_and_what_is_not_promised_is_said(evaluation: Evaluation):
    large = made_evaluation()
    promise = large.promises[0]
    whole = replace(
        large, promises=tuple(replace(promise, target_accuracy=t) for t in (0.8, 0.9, 0.95, 0.97))
    )
    text = evaluation_text(whole)
    assert len(text.splitlines()) <= 38
    rows = [
        line.split()[0] for line in text.partition("promised, %")[2].partition("\n\n")[0].splitlines()[2:]
    ]
    assert rows[:4] == ["80", "90", "95", "97"]
    assert "Not promised: 99 %, which needs more than 200 validation images." in text
    assert "Not promised: 95 and 99 %, which need more than 40 validation images." in evaluation_text(
        evaluation
    )
    assert "Nothing is promised" in evaluation_text(replace(evaluation, promises=(), promising_images=0))
    many: tuple[PromiseKept, ...] = tuple(replace(promise, target_accuracy=k / 100) for k in range(50, 60))
    assert "  and 6 more: see the page" in evaluation_text(replace(large, promises=many)).splitlines()


def test_every_rule_is_a_row_or_stands_in_a_sentence(evaluation: Evaluation):
    rows = evaluation_text(evaluation).partition("coverage, %")[2].partition("\n\n")[0].splitlines()[2:]
    assert [row.rsplit(maxsplit=5)[0] for row in rows] == [one.rule for one in evaluation.rule_risks]
    climbing, first, *_, none = evaluation.rule_risks
    levels = tuple(
        RuleRisk(
            f"only {k}", first.area, first.curve, 1.0, tuple((risk, k / 10) for risk in (0.05, 0.1, 0.2))
        )
        for k in range(9)
    )
    text = evaluation_text(replace(made_evaluation(), rule_risks=(climbing, *levels, none)))
    assert len(text.splitlines()) <= 38
    assert "Coverage with 10 % wrong, %: climbing " in text
    assert "only 8 80.0, none " in " ".join(text.split())
    assert "only 7" not in text


@pytest.mark.parametrize(("number", "words"), [(1, "once"), (2, "twice"), (40, "40 times")])
def test_times_are_words(number: int, words: str):
    assert times(number) == words
