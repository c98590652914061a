"""What the logs of a study hold: read back by the tools that they are for, also after a run was cut off."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.events import EpochDone, TrainingStarted, silent
from taskgraft.execution import ReportWritten, RoundStarted, RunBegan, RunProgress, StudyNote, StudyStarted
from taskgraft.execution._progress import PlainProgress
from taskgraft.execution.loggers import LOGGERS, CsvLogger, MlflowLogger
from taskgraft.execution.loggers._logger import Logger
from taskgraft.history import Epoch
from taskgraft.recipe import Recipe
from taskgraft.request import LARGEST_SEED
from taskgraft.stopping import STOP, Stopped
from taskgraft.study import Study, read_history, run_directory

NAMES = ("independent", "shared")
LEVELS = ("group", "colour")


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"):
        monkeypatch.delenv(name, raising=False)
    yield
    STOP.clear()


def stop_after(step: int) -> Any:
    """A listener that stops the command once an epoch has ended at a step."""

    def listener(event: Any) -> None:
        match event:
            case RunProgress(event=EpochDone(row=row)) if row.step == step:
                STOP.make(15)

    return listener


@pytest.fixture(scope="module")
def cut_off(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Study, list[str]]:
    """A study of which the first run was stopped after an epoch of two, and its notes."""
    out = tmp_path_factory.mktemp("logs") / "study"
    given: dict[str, Any] = {"out": out, "log": ",".join(LOGGERS), "num_threads": 1, "jobs": 1}
    with pytest.raises(Stopped):
        tg.compare(tiny_data, NAMES, tiny_recipe, listener=stop_after(5), **given)
    STOP.clear()
    heard: list[Any] = []
    study = tg.compare(tiny_data, NAMES, tiny_recipe, listener=heard.append, **given)
    return study, [event.text for event in heard if isinstance(event, StudyNote)]


def epochs(study: Study, name: str) -> list[Any]:
    return list(read_history(run_directory(study.directory, name, 0), LEVELS))


def test_no_log_failed(cut_off: tuple[Study, list[str]]) -> None:
    assert cut_off[1] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_each_epoch_once(cut_off: tuple[Study, list[str]], name: str) -> None:
    study = cut_off[0]
    with (study.directory / "logs" / "csv" / f"{name}-seed0.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [5, 10]
    for row, epoch in zip(rows, epochs(study, name), strict=True):
        assert (row["variant"], row["seed"]) == (name, "0")
        for level in LEVELS:
            assert float(row[f"val_accuracy.{level}"]) == epoch.val_accuracies[level]
            assert float(row[f"train_loss.{level}"]) == epoch.train_losses[level]
        assert float(row["learning_rate"]) == epoch.learning_rate


def test_tensorboard_shows_each_epoch_once(cut_off: tuple[Study, list[str]]) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    study = cut_off[0]
    for record in study.runs:
        shown = EventAccumulator(str(study.directory / "logs" / "tensorboard" / record.name))
        shown.Reload()
        for level in LEVELS:
            points = shown.Scalars(f"val_loss/{level}")
            assert [point.step for point in points] == [5, 10]
            history = [epoch.val_losses[level] for epoch in epochs(study, record.variant)]
            assert [point.value for point in points] == pytest.approx(history, rel=1e-6)
            (score,) = shown.Scalars(f"test_accuracy/{level}")
            assert score.value == pytest.approx(record.scores[f"accuracy.{level}"])
        assert shown.Tags()["tensors"] == ["recipe/text_summary"]
    pictures = EventAccumulator(str(study.directory / "logs" / "tensorboard" / "study"))
    pictures.Reload()
    assert pictures.Tags()["images"] == ["worst mistakes"]


def test_mlflow_has_a_run_below_the_study_for_each_run(cut_off: tuple[Study, list[str]]) -> None:
    from mlflow import MlflowClient

    study = cut_off[0]
    client = MlflowClient(tracking_uri=(study.directory / "logs" / "mlflow").as_uri())
    experiment = client.get_experiment_by_name("taskgraft")
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"study", "independent-seed0", "shared-seed0"}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    parent = runs.pop("study")
    assert parent.data.params["levels"] == "group, colour"
    assert {file.path for file in client.list_artifacts(parent.info.run_id)} == {
        "results.csv",
        "worst-mistakes.png",
    }
    for record in study.runs:
        run = runs[record.name]
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert run.data.params["recipe.batch_size"] == "32"
        assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["model.safetensors"]
        assert run.data.metrics["test_accuracy.colour"] == record.scores["accuracy.colour"]
        history = client.get_metric_history(run.info.run_id, "val_accuracy.colour")
        kept = [epoch.val_accuracies["colour"] for epoch in epochs(study, record.variant)]
        assert [(each.step, each.value) for each in history] == list(zip([5, 10], kept, strict=True))


def test_a_report_is_kept(cut_off: tuple[Study, list[str]], tmp_path: Path) -> None:
    from mlflow import MlflowClient

    study = cut_off[0]
    logger = MlflowLogger()
    logger.on_study(study.directory, study.record)
    (tmp_path / "report.html").write_text("<p>")
    logger.hear(ReportWritten(tmp_path / "report.html"))
    logger.on_kept(study)
    logger.close()
    client = MlflowClient(tracking_uri=(study.directory / "logs" / "mlflow").as_uri())
    (parent,) = client.search_runs(["0", *_experiments(client)], "tags.`mlflow.runName` = 'study'")
    assert "report.html" in {file.path for file in client.list_artifacts(parent.info.run_id)}


def _experiments(client: Any) -> list[str]:
    return [each.experiment_id for each in client.search_experiments()]


def test_a_server_that_does_not_answer_is_one_line(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    heard: list[Any] = []
    study = tg.compare(
        tiny_data, "shared", tiny_recipe, epochs=0.2, out=tmp_path, log="mlflow,csv", listener=heard.append
    )
    assert not study.missing
    (said,) = [event.text for event in heard if isinstance(event, StudyNote)]
    assert said.startswith("The log mlflow is off from here on, and the study goes on: MlflowException")
    assert "\n" not in said
    assert (tmp_path / "logs" / "csv" / "shared-seed0.csv").is_file()


@pytest.mark.parametrize(("name", "module"), [("tensorboard", "tensorboard"), ("mlflow", "mlflow")])
def test_an_extra_that_is_missing_is_named_before_any_work(
    name: str,
    module: str,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda each, *rest: None if each == module else find(each, *rest)
    )
    with pytest.raises(RequestError) as caught:
        tg.compare(
            tiny_data, "shared", tiny_recipe, out=tmp_path / "study", log=["csv", name], listener=silent
        )
    assert str(caught.value) == (
        f"Expected the extra '{name}' to be installed, but got no {module} package. "
        f"pip install taskgraft[{name}], or choose another log."
    )
    assert not (tmp_path / "study").exists()


def test_a_table_that_is_torn_or_of_other_levels_is_begun_again(
    cut_off: tuple[Study, list[str]], tmp_path: Path
) -> None:
    folder = tmp_path / "logs" / "csv"
    folder.mkdir(parents=True)
    for content in (b'a,b\r\n1,"2', b"", b"\xff\x00"):
        (folder / "shared-seed0.csv").write_bytes(content)
        logger = CsvLogger()
        logger.on_study(tmp_path, cut_off[0].record)
        logger.on_run("shared", 0, 5)
        assert (folder / "shared-seed0.csv").read_bytes().startswith(b"variant,seed,step,")
        assert len((folder / "shared-seed0.csv").read_bytes().splitlines()) == 1


class Heard(Logger):
    """Keeps which runs a log hears of."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def on_epoch(self, run: str, row: Epoch) -> None:
        self.runs.append(run)


def test_trials_are_in_no_log_and_runs_of_any_seed_are() -> None:
    row = Epoch(
        epoch=1,
        step=5,
        seconds=1,
        learning_rate=0.1,
        train_loss=1,
        train_losses={},
        val_losses={},
        val_accuracies={},
    )
    began = RunBegan("shared", LARGEST_SEED)
    trained = [RunProgress("shared", LARGEST_SEED, each) for each in (TrainingStarted(5), EpochDone(row))]
    logger, shown = Heard(), StringIO()
    progress = PlainProgress(Console(file=shown, width=200), {"shared": 4})
    todo = (("shared", LARGEST_SEED, 1.0),)
    record: Any = None
    for started in (
        RoundStarted(todo, 0, "1 job x 1 thread", False),
        StudyStarted(todo, 0, "1 job x 1 thread", False, Path("study"), record),
    ):
        for event in (started, began, *trained):
            logger.hear(event)
            progress.show(event)
    assert logger.runs == [f"shared-seed{LARGEST_SEED}"]
    lines = [line for line in shown.getvalue().splitlines() if "epoch 1/" in line]
    assert [line.partition(", loss")[0] for line in lines] == [
        "[1/1] shared trial 1: epoch 1/2",
        f"[1/1] shared seed {LARGEST_SEED}: epoch 1/4",
    ]


def test_a_folder_of_logs_that_is_a_link_is_refused(cut_off: tuple[Study, list[str]], tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "logs").symlink_to(tmp_path)
    with pytest.raises(StudyError, match="a directory, but got"):
        CsvLogger().on_study(tmp_path / "study", cut_off[0].record)
