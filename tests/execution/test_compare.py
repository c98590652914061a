import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from listening import Listening
from taskgraft.architecture import BY_DEFAULT
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.execution import compare
from taskgraft.recipe import Recipe
from taskgraft.study import RunRecord, Study, read_history, run_directory
from taskgraft.study._run_files import read_predictions

RUN_FILES = {"history.jsonl", "result.json", "model.safetensors", "predictions.safetensors"}


class Counting(Listening):
    """Counts the runs, and stops the study when told to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.done: list[tuple[str, int]] = []
        self._stop_after = stop_after

    def on_run_end(self, record: RunRecord) -> None:
        self.done.append((record.variant, record.seed))
        if len(self.done) == self._stop_after:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """All six architectures, two seeds."""
    return compare(tiny_data, "all", tiny_recipe, 2, out=tmp_path_factory.mktemp("study"))


def test_every_architecture_runs_once_with_every_seed(study: Study) -> None:
    assert [(run.variant, run.seed) for run in study.runs] == [(n, s) for n in BY_DEFAULT for s in (0, 1)]
    assert study.missing == ()
    for run in study.runs:
        directory = run_directory(study.directory, run.variant, run.seed)
        files = {path.name for path in directory.iterdir()}
        flows = {"flows.safetensors"} if "-to-" in run.variant else set()
        assert files == RUN_FILES | flows | {".lock"}


def test_scores_can_be_had_again_from_the_saved_predictions(study: Study) -> None:
    for run in study.runs:
        arrays = read_predictions(run_directory(study.directory, run.variant, run.seed))
        for level in ("group", "colour"):
            preds = arrays[f"test.logits.{level}"].argmax(axis=1)
            assert np.mean(preds == arrays[f"test.targets.{level}"]) == run.scores[f"accuracy.{level}"]


def test_predictions_carry_the_dataset_s_own_test_images(study: Study, tiny_data: Dataset) -> None:
    arrays = read_predictions(run_directory(study.directory, "shared", 0))
    np.testing.assert_array_equal(arrays["test.indices"], tiny_data.indices["test"])
    np.testing.assert_array_equal(arrays["test.targets.colour"], tiny_data.labels_of("test")[:, 1])


def test_history_has_a_row_an_epoch_with_losses_and_val_accuracy_of_every_level(study: Study) -> None:
    history = read_history(run_directory(study.directory, "shared", 0), ("group", "colour"))
    assert [row.epoch for row in history] == [1, 2]
    assert set(history[0].val_accuracies) == set(history[0].train_losses) == {"group", "colour"}


def test_results_csv_has_a_line_a_run_with_every_score_and_cost(study: Study) -> None:
    with (study.directory / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 14
    first = study.runs[0]
    assert {name: float(rows[0][name]) for name in first.scores} == first.scores
    assert float(rows[0]["val.full_path_accuracy"]) == first.val_scores["full_path_accuracy"]
    assert float(rows[0]["latency_p50_milliseconds"]) > 0
    assert int(rows[0]["peak_memory_bytes"]) > 50_000_000


def test_study_json_is_readable_and_says_what_the_study_is(study: Study) -> None:
    request = json.loads((study.directory / "study.json").read_text())["request"]
    assert request["data"]["num_images"] == {"train": 160, "val": 40, "test": 60}
    assert [variant["name"] for variant in request["variants"]] == list(BY_DEFAULT)
    assert {variant["recipe"]["batch_size"] for variant in request["variants"]} == {32}
    assert request["seeds"] == [0, 1]


def test_a_finished_study_is_not_touched_again(study: Study, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    files = {path: path.stat().st_mtime_ns for path in study.directory.glob("runs/*/*")}
    counting = Counting()
    again = compare(tiny_data, "all", tiny_recipe, 2, out=study.directory, listener=counting)
    assert counting.done == []
    assert {path: path.stat().st_mtime_ns for path in study.directory.glob("runs/*/*")} == files
    assert again.runs == study.runs


def test_a_study_cut_off_goes_on_and_ends_as_if_it_had_not_been(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        compare(tiny_data, "all", tiny_recipe, 2, out=tmp_path, listener=Counting(stop_after=3))
    part = Study.open(tmp_path)
    assert len(part.runs) == 3
    assert ("shared", 1) in part.missing
    counting = Counting()
    whole = compare(tiny_data, "all", tiny_recipe, 2, out=tmp_path, listener=counting)
    assert len(counting.done) == 11
    for run, expected in zip(whole.runs, study.runs, strict=True):
        assert run.scores == expected.scores
        name = f"runs/{run.variant}-seed{run.seed}/model.safetensors"
        ours, theirs = load_file(whole.directory / name), load_file(study.directory / name)
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize(
    "name", ["history.jsonl", "model.safetensors", "predictions.safetensors", "result.json"]
)
@pytest.mark.parametrize("damage", ["truncated", "missing", "flipped"])
def test_a_torn_run_is_not_believed(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, name: str, damage: str
) -> None:
    short = tiny_recipe.model_copy(update={"epochs": 0.2})
    compare(tiny_data, ["shared"], short, 1, out=tmp_path)
    path = run_directory(tmp_path, "shared", 0) / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(content[: len(content) // 2])
    else:
        # A flipped bit in the first byte of JSON is no JSON; in the others the digest tells.
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert Study.open(tmp_path).missing == (("shared", 0),)
    counting = Counting()
    compare(tiny_data, ["shared"], short, 1, out=tmp_path, listener=counting)
    assert counting.done == [("shared", 0)]
    assert path.read_bytes()[:1] == content[:1]


def test_another_request_on_the_directory_is_refused_with_what_differs(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    other = tiny_recipe.model_copy(update={"batch_size": 16})
    with pytest.raises(
        RequestError, match=r"recipe\.batch_size: 32 before, 16 now; seeds: \[0, 1\] before, \[0\] now"
    ):
        compare(tiny_data, "all", other, 1, out=study.directory)


def test_other_data_on_the_directory_is_refused(
    study: Study, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    with pytest.raises(RequestError, match=r"images: 160 train \+ 40 val \+ 60 test before, 180 train"):
        compare(tiny_data.with_val_fraction(0.1), "all", tiny_recipe, 2, out=study.directory)


def test_fewer_variants_are_another_request(study: Study, tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    with pytest.raises(RequestError, match=r"variants: independent, .* before, shared now"):
        compare(tiny_data, "shared", tiny_recipe, 2, out=study.directory)


def test_a_folder_of_something_else_is_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RequestError, match="to be a new, empty or study directory"):
        compare(tiny_data, "shared", tiny_recipe, 1, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_directory_that_cannot_be_made_is_a_wrong_request(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RequestError, match=r"Expected out to be in a folder, but got '.*file, which"):
        compare(tiny_data, "shared", tiny_recipe, 1, out=tmp_path / "file" / "study")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 4}'])
def test_a_study_record_that_is_torn_is_not_believed(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, content: str
) -> None:
    (tmp_path / "study.json").write_text(content)
    with pytest.raises(StudyError, match="to be a complete study record"):
        compare(tiny_data, "shared", tiny_recipe, 1, out=tmp_path)
    assert (tmp_path / "study.json").read_text() == content


@pytest.mark.parametrize("seeds", [0, -1, [], [1, 1], [-1]])
def test_seeds_that_make_no_sense_are_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, seeds: int | list[int]
) -> None:
    with pytest.raises(
        RequestError,
        match=r"Expected (the number of seeds to be 1 or more|seeds to be different whole numbers)",
    ):
        compare(tiny_data, "all", tiny_recipe, seeds, out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("epochs", [0, -1, float("nan"), float("inf")])
def test_epochs_that_make_no_sense_are_refused(tiny_data: Dataset, tmp_path: Path, epochs: float) -> None:
    with pytest.raises(RequestError, match="Expected epochs to be a number above 0"):
        compare(tiny_data, "all", "quick", 1, out=tmp_path / "x", epochs=epochs)
    assert not (tmp_path / "x").exists()


def test_one_level_has_a_study_of_the_control_alone(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    from taskgraft.taxonomy import Taxonomy

    flat = Taxonomy(tiny_data.taxonomy.levels[1:], ())
    data = Dataset(tiny_data.images, tiny_data.labels[:, 1:], flat, tiny_data.indices, tiny_data.provenance)
    study = compare(data, "all", tiny_recipe, 1, out=tmp_path, epochs=0.2)
    assert [run.variant for run in study.runs] == ["independent"]


def test_prediction_is_measured_once_for_every_variant(study: Study) -> None:
    assert set(study.inference()) == set(BY_DEFAULT)
    for cost in study.inference().values():
        assert 0 < cost.latency_p50_milliseconds <= cost.latency_p99_milliseconds
        assert cost.images_per_second > 0


def test_the_process_has_its_threads_again_afterwards(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    before = torch.get_num_threads()
    study = compare(tiny_data, "shared", tiny_recipe, out=tmp_path / "study", num_threads=before + 1)
    assert study.record.environment.num_threads == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(RequestError):
        compare(tiny_data, "shared", tiny_recipe, out=tmp_path / "other", num_threads=before + 1, size=7)
    assert torch.get_num_threads() == before
