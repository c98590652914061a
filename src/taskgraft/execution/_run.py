"""One run: trained, assessed on the test split once, and written to its directory, the result last."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset, Split
from taskgraft.errors import StudyError
from taskgraft.execution._flow_use import preds_under_interventions
from taskgraft.file_writing import write_bytes, write_text
from taskgraft.hardware import Hardware, is_out_of_memory, peak_memory_bytes, reset_peak_memory
from taskgraft.history import Epoch, Observer
from taskgraft.inference import predict_logits
from taskgraft.network import Network, cost
from taskgraft.recipe import Recipe
from taskgraft.scores import score
from taskgraft.study import (
    FLOWS,
    HISTORY,
    PREDICTIONS,
    RESULT,
    WEIGHTS,
    DamagedFileError,
    Logits,
    RunCost,
    RunRecord,
    describe_environment,
    digest,
    read_split,
    read_weights,
    write_arrays,
    write_record,
    write_weights,
)
from taskgraft.training import Checkpoints, new_network, train_pflop, train_within_memory


def execute_run(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    hardware: Hardware,
    directory: Path,
    observer: Observer,
    identity: str,
    batch_size: int | None = None,
) -> RunRecord:
    """Trains and assesses one run and writes its files.

    Args:
        architecture: What to train.
        data: What on.
        recipe: Every number of the run.
        seed: The run's seed.
        hardware: Where and how to compute.
        directory: The run's own directory, which is there.
        observer: Told of its progress.
        identity: `Request.identity` of the architecture.
        batch_size: The recipe's, where it is another than was asked for.

    Raises:
        RunError: If it diverges, or the memory is not enough.
        StudyError: If a file cannot be written; what is written stays whole.
    """
    reset_peak_memory(hardware.device)
    checkpoints = Checkpoints(directory, _fingerprint(identity, seed, hardware, batch_size), _write)
    network, history = train_within_memory(architecture, data, recipe, seed, hardware, observer, checkpoints)
    peak = peak_memory_bytes(hardware.device)
    write_weights(directory / WEIGHTS, network.state_dict(), make_parents=False)
    lines = "".join(row.model_dump_json() + "\n" for row in history)
    write_text(directory / HISTORY, lines, make_parents=False)
    splits: tuple[Split, ...] = ("val", "test")
    logits = {s: predict_logits(network, data, s, hardware, flip=recipe.test_time_flip) for s in splits}
    write_arrays(directory / PREDICTIONS, _predictions(data, logits), make_parents=False)
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
        digests=_digests(directory, architecture),
        identity=identity,
        batch_size=batch_size,
    )
    write_record(directory / RESULT, record, make_parents=False)
    checkpoints.remove()
    return record


def assess_again(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    hardware: Hardware,
    directory: Path,
    record: RunRecord,
    identity: str,
) -> None:
    """Brings a run that an older version finished up to date, from its weights and its saved logits.

    Nothing is trained, and the predictions stay as they are. The older record holds until the new one stands.
    """
    names = data.taxonomy.level_names
    val_scores, scores = (
        score(*read_split(directory, names, split), data.taxonomy) for split in ("val", "test")
    )
    network = read_network(architecture, data, recipe, hardware, directory)
    _write_flows(network, data, record.seed, hardware, directory)
    update = {
        "val_scores": val_scores,
        "scores": scores,
        "digests": _digests(directory, architecture),
        "identity": identity,
    }
    current = record.brought_up_to_date().model_copy(update=update)
    write_record(directory / RESULT, current, make_parents=False)


def read_network(
    architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware, directory: Path
) -> Network:
    """The trained network of a finished run."""
    network = new_network(architecture, data, recipe, hardware)
    path = directory / WEIGHTS
    try:
        network.load_state_dict(read_weights(path))
    # torch tells weights of another network by a RuntimeError of many lines.
    except (FileNotFoundError, RuntimeError, ValueError, TypeError) as error:
        if is_out_of_memory(error):
            raise
        raise DamagedFileError.of(path, f"no weights of {architecture.name}") from error
    return network.eval()


def _write(path: Path, content: bytes) -> None:
    write_bytes(path, content, make_parents=False)


def _fingerprint(identity: str, seed: int, hardware: Hardware, batch_size: int | None) -> str:
    """Stands for all that decides a run's numbers to the bit."""
    here = describe_environment(hardware)
    told = here.model_dump(exclude={"num_cores", "keeps_freed_memory"}, mode="json")
    return hashlib.sha256(json.dumps([identity, seed, told, batch_size], sort_keys=True).encode()).hexdigest()


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
        make_parents=False,
    )


def _digests(directory: Path, architecture: Architecture) -> dict[str, str]:
    names = (HISTORY, WEIGHTS, PREDICTIONS, *([FLOWS] if architecture.flows else []))
    try:
        return {name: digest(directory / name) for name in names}
    except FileNotFoundError as error:
        raise StudyError.expected(
            str(error.filename), "there still", error.strerror, "Run the command of the study again."
        ) from error


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
