"""One run: trained, scored on the test split once, and written to its directory, the result last."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from safetensors.numpy import load_file

from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset, Split
from taskgraft.evaluation.scores import score
from taskgraft.hardware.device import Hardware
from taskgraft.hardware.memory import peak_memory_bytes, reset_peak_memory
from taskgraft.inference.predict import predict_logits
from taskgraft.model.cost import cost
from taskgraft.study.environment import describe_environment
from taskgraft.study.files import (
    HISTORY,
    PREDICTIONS,
    RESULT,
    WEIGHTS,
    digest,
    write_arrays,
    write_text,
    write_weights,
)
from taskgraft.study.records import RunCost, RunRecord
from taskgraft.training.history import Epoch, Observer
from taskgraft.training.recipe import Recipe
from taskgraft.training.train import train
from taskgraft.training.work import train_pflop

Logits = npt.NDArray[np.float32]


def run_directory(study: Path, architecture: str, seed: int) -> Path:
    """Where one run's files stand."""
    return study / "runs" / f"{architecture}-seed{seed}"


def execute_run(
    architecture: Architecture, data: Dataset, recipe: Recipe, seed: int,
    hardware: Hardware, directory: Path, observer: Observer,
) -> RunRecord:  # fmt: skip
    """Trains and scores one run and writes its four files.

    Args:
        architecture: What to train.
        data: What on.
        recipe: Every number of the run.
        seed: The run's seed.
        hardware: Where and how to compute.
        directory: The run's own directory.
        observer: Told of its progress.
    """
    reset_peak_memory(hardware.device)
    network, history = train(architecture, data, recipe, seed, hardware, observer)
    peak = peak_memory_bytes(hardware.device)
    splits: tuple[Split, ...] = ("val", "test")
    logits = {s: predict_logits(network, data, s, hardware, flip=recipe.test_time_flip) for s in splits}
    val_scores, scores = (score(logits[split], data.labels_of(split), data.taxonomy) for split in splits)
    write_arrays(directory / PREDICTIONS, _predictions(data, logits))
    write_weights(directory / WEIGHTS, network.state_dict())
    write_text(directory / HISTORY, "".join(row.model_dump_json() + "\n" for row in history))
    record = RunRecord(
        architecture=architecture.name,
        seed=seed,
        epochs=history[-1].epoch,
        steps=history[-1].step,
        scores=scores,
        val_scores=val_scores,
        cost=_cost(architecture, data, recipe, history[-1], peak),
        environment=describe_environment(hardware),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        digests={name: digest(directory / name) for name in (HISTORY, WEIGHTS, PREDICTIONS)},
    )
    write_text(directory / RESULT, record.model_dump_json(indent=2) + "\n")
    return record


def read_run(directory: Path) -> RunRecord | None:
    """The record of a finished run; None for one that is missing, torn or does not match its files."""
    try:
        record = RunRecord.model_validate_json((directory / RESULT).read_bytes())
        whole = all(digest(directory / name) == told for name, told in record.digests.items())
    except (OSError, ValidationError):
        return None
    return record if whole and set(record.digests) == {HISTORY, WEIGHTS, PREDICTIONS} else None


def read_history(directory: Path) -> list[Epoch]:
    """The epochs of a finished run."""
    lines = (directory / HISTORY).read_text(encoding="utf-8").splitlines()
    return [Epoch.model_validate_json(line) for line in lines]


def read_predictions(directory: Path) -> dict[str, npt.NDArray[np.generic]]:
    """A finished run's logits, targets and image indices, by the names of `_predictions`."""
    arrays: dict[str, npt.NDArray[np.generic]] = load_file(directory / PREDICTIONS)
    return arrays


def _predictions(data: Dataset, logits: dict[Split, list[Logits]]) -> dict[str, npt.NDArray[np.generic]]:
    """`<split>.logits.<level>`, `<split>.targets.<level>` and `<split>.indices`, for val and test."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for split, levels in logits.items():
        arrays[f"{split}.indices"] = data.indices[split]
        targets = data.labels_of(split)
        for i, name in enumerate(data.taxonomy.level_names):
            arrays[f"{split}.logits.{name}"] = levels[i]
            arrays[f"{split}.targets.{name}"] = targets[:, i]
    return arrays


def _cost(architecture: Architecture, data: Dataset, recipe: Recipe, last: Epoch, peak: int) -> RunCost:
    known = cost(architecture, recipe.network, data.taxonomy.num_classes, data.image_shape)
    return RunCost(
        **asdict(known),
        train_pflop=train_pflop(architecture, recipe, data, last.step),
        train_seconds=last.seconds,
        peak_memory_bytes=peak,
    )
