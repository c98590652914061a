"""The runs of a study as MLflow has them: one for the study, and one below it for each."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from taskgraft.execution.loggers._scalars import Scalar
from taskgraft.recipe import flattened
from taskgraft.study import StudyRecord, run_name

_EXPERIMENT = "taskgraft"
_STUDY, _RUN, _PARENT = "taskgraft.study", "taskgraft.run", "mlflow.parentRunId"
_NAME, _NOTE = "mlflow.runName", "mlflow.note.content"
# Of a request, and of a value.
_MOST_PARAMS, _LONGEST = 100, 500
_NOT_IN_NAMES = re.compile(r"[^\w\-. ]")


class MlflowRuns:
    """Begins, continues and ends the runs of a study.

    Args:
        client: An `MlflowClient`.
        title: What the study is called.
        record: What it is.
    """

    def __init__(self, client: Any, title: str, record: StudyRecord) -> None:
        self._client, self._record = client, record
        # Its beginning and its data: what a study that grows, or is moved, keeps.
        mark = f"{record.created} {record.request.data.digest} {title}"
        self._study = hashlib.sha256(mark.encode(errors="surrogateescape")).hexdigest()[:32]
        self._levels = {level: number for number, level in enumerate(record.request.levels)}
        self._experiment = self._find_experiment()
        self._ids: dict[str, str] = {}
        self._last_steps: dict[str, int] = {}
        parents = [run for run in self._search(_STUDY, self._study) if _PARENT not in run.data.tags]
        self._parent = parents[0].info.run_id if parents else self._create(title, {}, _described(record))
        self._client.update_run(self._parent, status="RUNNING")

    def begin(self, variant: str, seed: int, step: int) -> None:
        """A run begins; or goes on behind a step, if MLflow has it."""
        name = run_name(variant, seed)
        before = [run for run in self._search(_PARENT, self._parent) if run.data.tags.get(_RUN) == name]
        if step > 0 and before:
            self._ids[name] = before[0].info.run_id
            history = self._client.get_metric_history(self._ids[name], "train_loss")
            self._last_steps[name] = max((metric.step for metric in history), default=0)
            self._client.update_run(self._ids[name], status="RUNNING")
            return
        for run in before:
            if run.info.status == "RUNNING":
                self._client.set_terminated(run.info.run_id, "KILLED")
        values = {"variant": variant, "seed": seed, **self._values(variant)}
        self._ids[name] = self._create(name, {_PARENT: self._parent, _RUN: name}, values)
        self._last_steps[name] = 0

    def keep(self, name: str, scalars: Iterable[Scalar], step: int) -> None:
        """Numbers of a run at a step; of an epoch that MLflow has already, none."""
        from mlflow.entities import Metric  # noqa: PLC0415

        last_step = self._last_steps.get(name, 0)
        now = time.time_ns() // 1_000_000
        metrics = [Metric(self._key(each), each.value, now, step) for each in scalars]
        if step > last_step or any(metric.key.startswith("test_") for metric in metrics):
            self._client.log_batch(self._ids[name], metrics=metrics)

    def keep_file(self, name: str | None, path: Path) -> None:
        """A file of a run, or of the study; nothing if there is none."""
        if path.is_file():
            self._client.log_artifact(self._parent if name is None else self._ids[name], str(path))

    def keep_picture(self, picture: Image.Image, file_name: str) -> None:
        """A picture of the study."""
        self._client.log_image(self._parent, picture, artifact_file=file_name)

    def note(self, name: str, text: str) -> None:
        """What stands beside a run."""
        self._client.set_tag(self._ids[name], _NOTE, text)

    def end(self, name: str, status: str) -> None:
        """A run is over."""
        self._client.set_terminated(self._ids.pop(name), status)

    def close(self, status: str) -> None:
        """The study is over; runs that are not have been cut off."""
        for name in tuple(self._ids):
            self.end(name, "KILLED")
        self._client.set_terminated(self._parent, status)

    def _find_experiment(self) -> str:
        number = os.environ.get("MLFLOW_EXPERIMENT_ID")
        if number:
            return number
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or _EXPERIMENT
        there_is = self._client.get_experiment_by_name(name)
        return str(there_is.experiment_id if there_is else self._client.create_experiment(name))

    def _search(self, tag: str, value: str) -> list[Any]:
        """Runs with a tag, the newest first."""
        return list(self._client.search_runs([self._experiment], f"tags.`{tag}` = '{value}'"))

    def _create(self, name: str, tags: dict[str, str], values: dict[str, Any]) -> str:
        from mlflow.entities import Param  # noqa: PLC0415

        run = self._client.create_run(
            self._experiment, tags={_NAME: name, _STUDY: self._study, **tags}, run_name=name
        )
        params = [Param(key, str(value)[:_LONGEST]) for key, value in values.items()]
        for first in range(0, len(params), _MOST_PARAMS):
            self._client.log_batch(run.info.run_id, params=params[first : first + _MOST_PARAMS])
        return str(run.info.run_id)

    def _values(self, variant: str) -> dict[str, Any]:
        chosen = self._record.request.variant(variant)
        recipe = flattened(chosen.recipe.model_dump(mode="json"))
        return {
            "architecture": chosen.architecture.name,
            **{f"recipe.{key}": value for key, value in recipe.items()},
        }

    def _key(self, scalar: Scalar) -> str:
        """The name of a number; letters that MLflow does not take are replaced, and such a level numbered."""
        level = _NOT_IN_NAMES.sub("_", scalar.level)
        number = "" if level == scalar.level else f"-{self._levels.get(scalar.level, 0) + 1}"
        name = _NOT_IN_NAMES.sub("_at_", scalar.name)
        return f"{name}.{level}{number}" if level else name


def _described(record: StudyRecord) -> dict[str, Any]:
    request = record.request
    return dict(_facts(record)) | {
        f"images.{split}": number for split, number in request.data.num_images.items()
    }


def _facts(record: StudyRecord) -> Iterator[tuple[str, Any]]:
    request = record.request
    yield "data", request.data.source
    yield "levels", ", ".join(request.levels)
    yield "image_shape", "x".join(map(str, request.data.image_shape))
    yield "device", request.device
    yield "command", record.command or "from Python"
