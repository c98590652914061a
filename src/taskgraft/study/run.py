"""One run: trained, assessed on the test split once, and written to its directory, the result last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_weights

from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset, Split
from taskgraft.errors import StudyError
from taskgraft.evaluation.flow_use import preds_under_interventions
from taskgraft.evaluation.scores import score
from taskgraft.hardware.device import Hardware
from taskgraft.hardware.memory import peak_memory_bytes, reset_peak_memory
from taskgraft.inference.predict import predict_logits
from taskgraft.model.cost import cost
from taskgraft.model.network import Network
from taskgraft.study.environment import describe_environment
from taskgraft.study.files import (
    FLOWS,
    HISTORY,
    PREDICTIONS,
    RESULT,
    WEIGHTS,
    digest,
    write_arrays,
    write_text,
    write_weights,
)
from taskgraft.study.records import FORMAT, RunCost, RunRecord
from taskgraft.training.history import Epoch, Observer
from taskgraft.training.recipe import Recipe
from taskgraft.training.train import new_network, train
from taskgraft.training.work import train_pflop

Logits = npt.NDArray[np.float32]


def run_directory(study: Path, architecture: str, seed: int) -> Path:
    """Where one run's files stand."""
    return study / "runs" / f"{architecture}-seed{seed}"


def execute_run(
    architecture: Architecture, data: Dataset, recipe: Recipe, seed: int,
    hardware: Hardware, directory: Path, observer: Observer,
) -> RunRecord:  # fmt: skip
    """Trains and assesses one run and writes its files.

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
    write_weights(directory / WEIGHTS, network.state_dict())
    write_text(directory / HISTORY, "".join(row.model_dump_json() + "\n" for row in history))
    splits: tuple[Split, ...] = ("val", "test")
    logits = {s: predict_logits(network, data, s, hardware, flip=recipe.test_time_flip) for s in splits}
    write_arrays(directory / PREDICTIONS, _predictions(data, logits))
    val_scores, scores = (score(logits[split], data.labels_of(split), data.taxonomy) for split in splits)
    _write_flows(network, data, seed, hardware, directory)
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
        digests=_digests(directory),
    )
    _write_result(directory, record)
    return record


def assess_again(
    architecture: Architecture, data: Dataset, recipe: Recipe, seed: int, hardware: Hardware, directory: Path
) -> None:
    """Brings a run that an older version finished up to date, from its weights and its saved logits.

    Nothing is trained, and the predictions stay as they are. The older record holds until the new one stands.
    """
    record = read_run(directory)
    if record is None:
        return
    names = data.taxonomy.level_names
    val_scores, scores = (
        score(*read_split(directory, names, split), data.taxonomy) for split in ("val", "test")
    )
    network = read_network(architecture, data, recipe, hardware, directory)
    _write_flows(network, data, seed, hardware, directory)
    update = {
        "format": FORMAT, "val_scores": val_scores, "scores": scores, "digests": _digests(directory),
    }  # fmt: skip
    _write_result(directory, record.model_copy(update=update))


def read_network(
    architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware, directory: Path
) -> Network:
    """The trained network of a finished run."""
    network = new_network(architecture, data, recipe, hardware)
    network.load_state_dict(load_weights(directory / WEIGHTS))
    return network.eval()


def read_run(directory: Path) -> RunRecord | None:
    """The record of a finished run; None for one that is missing, torn or does not match its files."""
    try:
        record = RunRecord.model_validate_json((directory / RESULT).read_bytes())
        whole = all(digest(directory / name) == told for name, told in record.digests.items())
    except (OSError, ValidationError):
        return None
    return record if whole and {HISTORY, WEIGHTS, PREDICTIONS} <= set(record.digests) else None


def read_history(directory: Path) -> list[Epoch]:
    """The epochs of a finished run."""
    lines = (directory / HISTORY).read_text(encoding="utf-8").splitlines()
    return [Epoch.model_validate_json(line) for line in lines]


def read_predictions(directory: Path) -> dict[str, npt.NDArray[np.generic]]:
    """A finished run's logits, targets and image indices, by the names of `_predictions`."""
    arrays: dict[str, npt.NDArray[np.generic]] = load_file(directory / PREDICTIONS)
    return arrays


def read_split(
    directory: Path, levels: Sequence[str], split: Split
) -> tuple[list[Logits], npt.NDArray[np.int64]]:
    """A finished run's logits, one array (N, K) a level, and targets (N, L) of a split.

    Raises:
        StudyError: If the predictions are not those of these levels.
    """
    arrays = read_predictions(directory)
    try:
        logits = [arrays[f"{split}.logits.{name}"].astype(np.float32, copy=False) for name in levels]
        targets = [arrays[f"{split}.targets.{name}"].astype(np.int64, copy=False) for name in levels]
    except KeyError as error:
        raise StudyError.expected(
            f"the predictions of {directory.name}", f"those of levels {', '.join(levels)}",
            f"none of {error}", "Delete the run's directory and run the command of the study again.",
        ) from error  # fmt: skip
    return logits, np.stack(targets, axis=1)


def read_flows(directory: Path) -> dict[str, npt.NDArray[np.generic]]:
    """Predictions under interventions of a finished run, as `<source>><target>.<intervention>`.

    Empty for an architecture without flows, or a run of a version that did not measure them.
    """
    path = directory / FLOWS
    arrays: dict[str, npt.NDArray[np.generic]] = load_file(path) if path.exists() else {}
    return arrays


def _write_flows(network: Network, data: Dataset, seed: int, hardware: Hardware, directory: Path) -> None:
    """Writes what the target levels predict when something else flows; nothing without flows."""
    if not network.architecture.flows:
        return
    splits: tuple[Split, ...] = ("val", "test")
    logits = {split: predict_logits(network, data, split, hardware) for split in splits}
    preds = preds_under_interventions(network, data, logits, seed, hardware)
    write_arrays(
        directory / FLOWS,
        {f"{source}>{target}.{kind}": found for (source, target, kind), found in preds.items()},
    )


def _write_result(directory: Path, record: RunRecord) -> None:
    write_text(directory / RESULT, record.model_dump_json(indent=2) + "\n")


def _digests(directory: Path) -> dict[str, str]:
    names = (HISTORY, WEIGHTS, PREDICTIONS, FLOWS)
    return {name: digest(directory / name) for name in names if (directory / name).exists()}


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
