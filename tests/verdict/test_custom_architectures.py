"""Sentences of studies that hold other architectures than the six."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from drawn_study import TAXONOMY, drawn_study

from taskgraft.architecture import Architecture, Flow, catalogue
from taskgraft.file_writing import write_text
from taskgraft.report import verdict_text
from taskgraft.study import RESULT, RunRecord, Study, run_directory
from taskgraft.verdict import conclude

LEVELS = TAXONOMY.level_names
SIX = list(catalogue(LEVELS).values())
MINE = Architecture("mine", LEVELS, "shared", (Flow(*LEVELS, "probs"),))
FORKS = [Architecture(f"forked-{k}", LEVELS, "forked", forks=(k, k)) for k in (1, 2, 3)]
FAVOUR = "Of the forks forked-1, forked-2 and forked-3, val favours "


def favour_on_val(study: Study, name: str) -> Study:
    """Makes an architecture the best on val, whatever it is on test."""
    for run in study.runs:
        scores = {**run.val_scores, "full_path_accuracy": 0.9 if run.variant == name else 0.1}
        path = run_directory(study.directory, run.variant, run.seed) / RESULT
        write_text(path, RunRecord.model_copy(run, update={"val_scores": scores}).model_dump_json())
    return Study.open(study.directory)


def test_beside_the_six_a_custom_one_is_told_of_and_every_pair_compared(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=[*SIX, MINE], gains={"mine": 0.2}))
    assert len({(c.first, c.second) for c in verdict.comparisons}) == 21
    told = [s for s in verdict.sentences if s.startswith("Taking ")]
    assert [s.partition(" raised")[0] for s in told] == ["Taking mine in place of independent"]
    assert any("haring the trunk" in s for s in verdict.sentences)
    assert any("mine in place of independent" in s for s in verdict.exploratory if "ecoded jointly" in s)
    assert "mine" in verdict.headline


def test_with_the_control_alone_a_custom_one_is_told_of(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=[SIX[0], MINE]))
    assert verdict.effects == ()
    assert any(s.startswith("Taking mine in place of independent made no") for s in verdict.sentences)


def test_one_alone_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=[SIX[1]]))
    assert verdict.headline == "One architecture, shared: there is nothing to compare it with."


def test_without_the_control_the_first_one_takes_its_place(tmp_path: Path) -> None:
    other = replace(MINE, name="other", flows=())
    verdict = conclude(drawn_study(tmp_path, architectures=[MINE, other], gains={"other": 0.2}))
    assert any(s.startswith("Taking other in place of mine raised") for s in verdict.sentences)
    assert any("does not hold the control" in caution for caution in verdict.cautions)


def test_a_sweep_is_told_of_the_fork_val_favours_against_both_ends(tmp_path: Path) -> None:
    gains = {"forked-2": 0.2, "forked-3": 0.1, "shared": 0.1}
    study = drawn_study(tmp_path, architectures=[*SIX, *FORKS], gains=gains)
    verdict = conclude(study)
    own = [s for s in verdict.sentences if "forked-" in s]
    assert own[0].startswith(f"{FAVOUR}forked-2: taken in place of independent, it raised")
    assert own[1].startswith("Taking forked-2 in place of shared raised")
    # What is best on test decides nothing.
    verdict = conclude(favour_on_val(study, "forked-1"))
    assert any(s.startswith(f"{FAVOUR}forked-1: taken in place of independent") for s in verdict.sentences)


def test_forks_alone_are_compared_with_the_first_and_the_last(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=FORKS, gains={"forked-2": 0.2}))
    own = [s for s in verdict.sentences if "forked-" in s and "baseline" not in s]
    assert [s.partition(" raised")[0] for s in own[:2]] == [
        f"{FAVOUR}forked-2: taken in place of forked-1, it",
        "Taking forked-2 in place of forked-3",
    ]


def test_one_fork_is_told_of_like_any_other(tmp_path: Path) -> None:
    verdict = conclude(drawn_study(tmp_path, architectures=[SIX[0], SIX[1], FORKS[1]]))
    (told,) = [s for s in verdict.sentences if "forked-2" in s]
    assert told.startswith("No detectable difference in full-path accuracy")
    assert "; forked-2 in place of shared (" in told
    assert ": forked-2 in place of independent (" in told


def test_names_of_any_length_stay_within_80_columns(tmp_path: Path) -> None:
    long = replace(MINE, name="a-name-of-sixty-letters-" + 36 * "x")
    study = drawn_study(tmp_path, architectures=[SIX[0], long], seeds=[0, 1])
    assert max(map(len, verdict_text(study, conclude(study)).splitlines())) <= 80
