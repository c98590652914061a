"""Cautions that travel with a recommendation: val and test, classes without images, a busy machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_study import NUM_IMAGES, TAXONOMY, drawn_study

from imagined import ENVIRONMENT
from taskgraft.architecture import catalogue
from taskgraft.inference_cost import InferenceCost
from taskgraft.study import INFERENCE, InferenceRecord, Study, write_record
from taskgraft.study._data_facts import DataFacts
from taskgraft.study._files import DATA
from taskgraft.verdict import conclude
from taskgraft.verdict._aim import Aim
from taskgraft.verdict._gather import gather
from taskgraft.verdict._grave_cautions import grave_cautions
from taskgraft.verdict._learning import Learning

SCORE = "full_path_accuracy"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    six = catalogue(TAXONOMY.level_names)
    return drawn_study(tmp_path, architectures=[six["independent"], six["shared"]], seeds=[0, 1])


def said(study: Study) -> tuple[str, ...]:
    evidence = gather(study)
    return grave_cautions(evidence, Aim.of(evidence), Learning())


@pytest.mark.parametrize(("gap", "is_far"), [(0.02, False), (0.07, False), (0.14, True), (-0.14, True)])
def test_val_and_test_far_apart(study: Study, gap: float, is_far: bool) -> None:
    # Of 600 images each, three standard errors are 8.6 points.
    runs = tuple(
        run.model_copy(update={"val_scores": {**run.val_scores, SCORE: run.scores[SCORE] + gap}})
        for run in study.runs
    )
    cautions = said(replace(study, runs=runs))
    assert [one.startswith("Val and test are far apart") for one in cautions] == [True] * is_far
    if is_far:
        assert f"({'+' if gap > 0 else '−'}14.0 points in the middle of all)" in cautions[0]


def test_classes_without_images_in_a_split(study: Study) -> None:
    counts = dict.fromkeys(("train", "val", "test"), ((100, 100, 100), (50,) * 9))
    counts["train"] = ((100, 100, 100), (0, *(50,) * 8))
    counts["val"] = ((100, 100, 0), (50,) * 6 + (0,) * 3)
    write_record(study.directory / DATA, DataFacts(data="0" * 64, class_counts=counts))
    (caution,) = said(study)
    assert caution == (
        "Of 9 classes of species, 1 has no train images (species 0); 3 have no val images (species 6, "
        "species 7, species 8): what is said here does not hold for them."
    )


def test_facts_of_other_data_say_nothing(study: Study) -> None:
    counts = dict.fromkeys(("train", "val", "test"), ((0, 0, 0), (0,) * 9))
    write_record(study.directory / DATA, DataFacts(data="1" * 64, class_counts=counts))
    assert said(study) == ()


@pytest.mark.parametrize(
    ("cores", "others", "is_busy"), [(2, 0.1, False), (2, 1.9, True), (8, 3.0, False), (8, 5.0, True)]
)
def test_a_busy_machine(study: Study, cores: int, others: float, is_busy: bool) -> None:
    cost = InferenceCost(latency_p50_milliseconds=1, latency_p99_milliseconds=2, images_per_second=3)
    record = InferenceRecord(
        environment=ENVIRONMENT.model_copy(update={"num_cores": cores, "num_threads": 1}),
        costs=dict.fromkeys(("independent", "shared"), cost),
        other_cores=others,
    )
    write_record(study.directory / INFERENCE, record)
    cautions = said(study)
    assert bool(cautions) == is_busy
    if is_busy:
        assert f"other processes used {others} of {cores} cores" in cautions[0]
        assert conclude(study).recommendation.cautions == cautions


def test_nothing_to_say_of_a_sound_study(study: Study) -> None:
    assert said(study) == ()
    assert study.record.request.data.num_images["test"] == NUM_IMAGES
