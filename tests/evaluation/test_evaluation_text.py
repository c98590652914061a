"""An evaluation on a terminal: a screen of 40 lines, 80 columns, lists cut and counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_evaluation import made_evaluation

from taskgraft.data import Dataset
from taskgraft.evaluation import Evaluation, evaluate, evaluation_text
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
    text = evaluation_text(bare)
    assert "Worst" not in text
    assert "To be careful about" not in text
    assert len(text.splitlines()) < 20


@pytest.mark.parametrize(("number", "words"), [(1, "once"), (2, "twice"), (40, "40 times")])
def test_times_are_words(number: int, words: str):
    assert times(number) == words
