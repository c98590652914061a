"""A study whose seeds take new partitions of train and test in turns, from options to report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taskgraft.adaptation import plan_adaptation
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.evaluation import evaluate
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import read_model
from taskgraft.recipe import Recipe
from taskgraft.report import verdict_markdown, verdict_text, write_report
from taskgraft.study import MODEL, Study, read_gallery, read_indices, run_directory
from taskgraft.verdict import conclude, conclude_two

NAMES = "independent,shared-coarse-to-fine"


def resplit(data: Dataset, recipe: Recipe, out: Path, seeds: int = 4, **given: Any) -> Study:
    options = {"listener": silent, "jobs": 1, "num_threads": 1, "resplits": 2, **given}
    return compare(data, NAMES, recipe, seeds, out=out, **options)


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two variants from four seeds on two partitions."""
    return resplit(tiny_data, tiny_recipe, tmp_path_factory.mktemp("resplit") / "study")


def test_seeds_take_partitions_in_turns(study: Study, tiny_data: Dataset) -> None:
    assert len(study.runs) == 8
    for run in study.runs:
        partition = tiny_data.with_partition(run.seed % 2)
        directory = run_directory(study.directory, run.variant, run.seed)
        np.testing.assert_array_equal(read_indices(directory, "test"), partition.indices["test"])
        np.testing.assert_array_equal(read_indices(directory, "val"), tiny_data.indices["val"])


def test_the_names_of_predictions_are_those_of_the_partition(study: Study, tiny_data: Dataset) -> None:
    for seed in (0, 1):
        predictions = study.predictions(f"independent-seed{seed}")
        partition = tiny_data.with_partition(seed)
        assert list(predictions.names) == partition.names_of("test")
        np.testing.assert_array_equal(predictions.targets, partition.labels_of("test"))
    assert list(study.predictions("independent-seed1", "val").names) == tiny_data.names_of("val")


def test_a_model_says_its_partition_and_is_judged_on_its_test_images(
    study: Study, tiny_data: Dataset
) -> None:
    path = run_directory(study.directory, "independent", 1) / MODEL
    assert read_model(path).description.origin.partition == 1
    evaluation = evaluate(path, tiny_data)
    score = study.runs[1].scores["accuracy.group"]
    assert (study.runs[1].variant, study.runs[1].seed) == ("independent", 1)
    assert "study that trained" in evaluation.split_reason
    assert evaluation.num_images == 60
    assert evaluation.scores["accuracy.group"].estimate == pytest.approx(score, abs=1 / 60)


def test_a_model_of_a_partition_does_not_go_on(study: Study, tiny_data: Dataset) -> None:
    path = run_directory(study.directory, "independent", 1) / MODEL
    with pytest.raises(RequestError, match="split of its data, but got partition 2 of train and test"):
        plan_adaptation(path, tiny_data)


def test_the_verdict_speaks_of_training_sets(study: Study, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    verdict = conclude(study)
    assert verdict.population.startswith("Intervals speak of other training sets and splits")
    assert "160 train images drawn from these 220, by 2 partitions" in verdict.population
    assert "between the seeds of one" in verdict.population
    assert "4 seeds on 2 partitions" in verdict.sight
    comparison = verdict.comparisons[0]
    values = {
        name: np.array([run.scores[comparison.score] for run in study.runs if run.variant == name])
        for name in (comparison.first, comparison.second)
    }
    differences = values[comparison.first] - values[comparison.second]
    means = np.array([differences[[0, 2]].mean(), differences[[1, 3]].mean()])
    assert comparison.interval.estimate == pytest.approx(means.mean())
    # Two partitions have four patterns of signs, and what was seen is one of two extremes.
    assert comparison.exact_p in (0.5, 1.0)


def test_flows_and_the_gallery_are_of_the_images_that_were_tested(study: Study, tiny_data: Dataset) -> None:
    verdict = conclude(study)
    assert len(verdict.flows) == 1
    assert verdict.flows[0].changes["shuffled"].num_seeds == 4
    test = tiny_data.with_partition(0).indices["test"]
    for kind, kept in read_gallery(study.directory).items():
        np.testing.assert_array_equal(kept.images, tiny_data.images[test[kept.positions]])
        assert [one.position for one in verdict.opinions[kind]] == kept.positions.tolist()


def test_reports_say_how_it_was_split(study: Study) -> None:
    verdict = conclude(study)
    page = write_report(study, verdict).read_text()
    for text in (verdict_text(study, verdict), verdict_markdown(study, verdict), page):
        assert "2 new partitions of train and test" in " ".join(text.split())
        assert "interval over training sets, seeds and test images" in " ".join(text.split())
    assert "other training sets and splits" in page


def test_it_goes_on_and_grows_and_keeps_its_partitions(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    began = resplit(tiny_data, tiny_recipe, tmp_path / "study", seeds=2)
    assert len(began.runs) == 4
    grown = resplit(tiny_data, tiny_recipe, tmp_path / "study", seeds=4)
    assert [run.scores for run in grown.runs] == [run.scores for run in study.runs]
    for other in (3, None):
        with pytest.raises(RequestError, match="a study of the same request, but got 'resplits: 2 before"):
            resplit(tiny_data, tiny_recipe, tmp_path / "study", seeds=4, resplits=other)


def test_other_processes_do_the_same_runs(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    parallel = resplit(tiny_data, tiny_recipe, tmp_path / "study", seeds=2, jobs=2)
    expected = {(run.variant, run.seed): run.scores for run in study.runs}
    assert {(run.variant, run.seed): run.scores for run in parallel.runs} == {
        key: scores for key, scores in expected.items() if key[1] < 2
    }


def test_identities_know_of_partitions_and_the_usual_one_is_as_before(study: Study) -> None:
    request = study.record.request
    usual = request.model_copy(update={"resplits": None})
    assert request.identities() != usual.identities()
    before = json.loads(usual.model_dump_json())
    del before["resplits"]
    assert type(request).model_validate_json(json.dumps(before)).identities() == usual.identities()


def test_two_such_studies_are_compared_by_their_partitions(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    other = resplit(tiny_data, tiny_recipe, tmp_path / "other", seeds=2, epochs=1)
    _, _, between = conclude_two(study, other)
    assert between.reason == ""
    usual = compare(
        tiny_data, NAMES, tiny_recipe, 1, out=tmp_path / "usual", listener=silent, jobs=1, num_threads=1
    )
    _, _, between = conclude_two(study, usual)
    assert between.reason in ("they were tested on other images", "they drew other partitions")
