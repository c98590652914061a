from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from taskgraft.report._facts import tuning_in_words
from taskgraft.report.charts import Look
from taskgraft.report.page._tuning import tuning_section
from taskgraft.statistics import expected_maximum
from taskgraft.verdict import Tuned

LOOKS = {"shared": Look(0, True), "flat": Look(1, False)}


def tuned(variant: str, scores: list[float], pflop: float) -> Tuned:
    return Tuned(
        variant=variant,
        score="full_path_accuracy",
        budget_pflop=3.0,
        train_pflop=pflop * len(scores),
        num_trials=len(scores),
        num_pruned=1,
        num_diverged=0,
        ranges={"optimizer.learning_rate": "0.025 to 1.6 (log)"},
        before={"optimizer.learning_rate": 0.2},
        values={"optimizer.learning_rate": 0.31},
        score_before=scores[0],
        score_best=max(scores),
        curve=tuple((pflop * (i + 1), float(v)) for i, v in enumerate(expected_maximum(scores))),
    )


SEARCHED = (tuned("shared", [0.5, 0.6, 0.55], 0.5), tuned("flat", [0.52, 0.4, 0.58, 0.51], 0.4))


def test_each_variant_has_a_line_against_operations_and_a_row() -> None:
    section = tuning_section(SimpleNamespace(tuning=SEARCHED), LOOKS, {"shared"})
    assert section is not None
    [figure] = section.figures
    root = ElementTree.fromstring(figure.svg)
    text = " ".join(each.text or "" for each in root.iter())
    assert "PFLOP of trials" in text
    assert "shared, PFLOP 1.5: 58.33" in text
    assert [row.name for row in section.table.rows] == ["shared", "flat"]
    value, before, best, trials, pflop = section.table.rows[0].cells
    assert (value.text, value.note, before.text, best.text) == ("0.31", "was 0.2", "50.0", "60.0")
    assert (trials.text, trials.note, pflop.text) == ("3", "1 cut short", "1.5")
    assert [(number, name, is_shown) for number, name, _, is_shown in section.legend] == [
        (1, "shared", True),
        (2, "flat", False),
    ]


def test_the_axis_of_a_tiny_search_is_of_a_smaller_unit() -> None:
    tiny = replace(tuned("shared", [0.5, 0.6], 0.0001), budget_pflop=0.0002)
    section = tuning_section(SimpleNamespace(tuning=(tiny,)), LOOKS, {"shared"})
    assert section is not None
    text = " ".join(each.text or "" for each in ElementTree.fromstring(section.figures[0].svg).iter())
    assert "TFLOP of trials" in text
    assert "shared, TFLOP 0.2: 57.5" in text


def test_a_key_that_a_variant_does_not_have_and_a_score_that_was_not_had_are_dashes() -> None:
    other = replace(
        SEARCHED[1], values={"finest_weight": 2.0}, before={"finest_weight": 2.0}, score_before=None
    )
    section = tuning_section(SimpleNamespace(tuning=(SEARCHED[0], other)), LOOKS, ())
    assert section is not None
    cells = section.table.rows[1].cells
    assert [cell.text for cell in cells[:3]] == ["–", "2", "–"]
    assert cells[1].note == "as it was"


def test_the_report_says_what_was_searched_or_that_nothing_was() -> None:
    assert tuning_in_words(()) == "none: no variant has a recipe that was searched for it"
    words = tuning_in_words(SEARCHED)
    assert words.startswith("shared (3 trials), flat (4 trials): at most 3 PFLOP each")
    assert ", by full path on val, " in words
    assert words.endswith("Searched: optimizer.learning_rate from 0.025 to 1.6 (log)")


def test_without_a_search_there_is_no_section() -> None:
    assert tuning_section(SimpleNamespace(tuning=()), LOOKS, ()) is None


def test_the_expected_best_is_that_of_the_curve() -> None:
    assert SEARCHED[0].curve[-1][1] == pytest.approx(expected_maximum([0.5, 0.6, 0.55])[-1])
