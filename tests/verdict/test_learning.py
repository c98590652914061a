"""Runs that have hardly begun to learn recommend nothing, and say so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from drawn_study import drawn_study, epoch

from taskgraft.architecture import catalogue
from taskgraft.history import Epoch
from taskgraft.verdict import conclude, judge
from taskgraft.verdict._learning import Learning, _reason

CHANCE = math.log(9)
TARGETS = np.arange(900) % 9


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        # At chance, however long it was trained.
        (
            [epoch(500, CHANCE, 0.13)],
            "13.0 % of species right on val, where always the most frequent class gets 11.1 %",
        ),
        # Wrong on most images but clearly better than a guess; or right although its loss is high.
        ([epoch(500, 0.7 * CHANCE, 0.13)], ""),
        ([epoch(500, CHANCE, 0.3)], ""),
        # A short one that still rises, one that has levelled off, and one that nobody saw level off.
        (
            [epoch(30, 1.9, 0.2), epoch(60, 1.5, 0.4)],
            "60 steps, species on val still rising at their end, from 20.0 to 40.0 %",
        ),
        ([epoch(40, 1.0, 0.79), epoch(60, 0.9, 0.8)], ""),
        ([epoch(60, 1.5, 0.4)], "60 steps, species on val still rising at their end"),
        # As steep, but of enough steps.
        ([epoch(60, 1.9, 0.2), epoch(120, 1.5, 0.4)], ""),
    ],
)
def test_what_counts_as_hardly_begun(history: Sequence[Epoch], reason: str) -> None:
    assert _reason(history, "species", TARGETS) == reason


def test_half_of_the_runs_or_of_the_variants_runs_are_enough() -> None:
    learning = Learning(6, ((("a", 0), "why"), (("a", 1), "why")))
    assert not learning.is_too_early
    assert learning.is_too_early_for("a", (0, 1, 2))
    assert not learning.is_too_early_for("a", (0, 1, 2, 3, 4))
    assert not learning.is_too_early_for("a", (1, 2, 3))
    assert not learning.is_too_early_for("b", (0, 1, 2))
    assert not learning.is_too_early_for(None, (0, 1))
    assert Learning(4, learning.hardly_begun).is_too_early_for(None, (0, 1))
    assert not Learning().is_too_early


def pair(directory: Path, history: Sequence[Epoch]):
    six = catalogue(["kind", "species"])
    study = drawn_study(directory, architectures=[six["independent"], six["shared"]], history=history)
    return conclude(study, margin=5)


def test_a_study_at_its_beginning_recommends_nothing(tmp_path: Path) -> None:
    verdict = pair(tmp_path, [epoch(3, CHANCE, 0.11), epoch(6, CHANCE, 0.11)])
    chosen = verdict.recommendation
    assert chosen is not None
    assert chosen.variant is None
    assert chosen.best in ("independent", "shared")
    assert chosen.reason.startswith("Its runs have hardly begun to learn")
    assert "Train for longer" in chosen.remedy
    assert chosen.command is None
    assert chosen.questions.undecided == ("Which one to take.",)
    assert chosen.questions.decided == ()
    assert [one.split(":")[0] for one in chosen.questions.beyond] == [
        "Anything but full-path accuracy",
        "Other data",
    ]
    said = "Hardly begun to learn: 10 of 10 runs, independent-seed0 for one (11.0 % of species right on val"
    assert chosen.cautions[1].startswith(said)
    assert verdict.cautions[: len(chosen.cautions)] == chosen.cautions


def test_a_study_that_grows_ends_at_its_beginning_and_nobody_leaves(tmp_path: Path) -> None:
    six = catalogue(["kind", "species"])
    study = drawn_study(
        tmp_path,
        architectures=[six["independent"], six["shared"]],
        gains={"independent": 0.3},
        history=[epoch(3, CHANCE, 0.11), epoch(6, CHANCE, 0.11)],
    )
    judgement = judge(study)
    assert (judgement.dropped, judgement.is_over) == ((), True)
    assert judgement.text.startswith("After 5 seeds it is over: runs have hardly begun to learn")


def test_one_that_has_learned_is_recommended(tmp_path: Path) -> None:
    chosen = pair(tmp_path, [epoch(300, 1.0, 0.6), epoch(600, 0.5, 0.7)]).recommendation
    assert chosen is not None
    assert chosen.variant == "shared"
    # Another margin than was declared is a caution by itself.
    assert len(chosen.cautions) == 1


def test_few_steps_that_have_levelled_off_are_a_caution(tmp_path: Path) -> None:
    chosen = pair(tmp_path, [epoch(30, 0.6, 0.7), epoch(60, 0.5, 0.7)]).recommendation
    assert chosen is not None
    assert chosen.variant == "shared"
    assert chosen.cautions[1].startswith("Few steps: a run made 60, and below 100")
