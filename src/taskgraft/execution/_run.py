"""One run: trained, assessed on the test split once, and written to its directory, the result last."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from taskgraft.data import Dataset, Split
from taskgraft.errors import StudyError
from taskgraft.events import RunEvent
from taskgraft.execution._environment import describe_environment
from taskgraft.execution._events import RunEnded
from taskgraft.execution._flow_use import preds_under_interventions
from taskgraft.execution._run_checkpoints import checkpoints_of
from taskgraft.execution._run_spec import RunSpec
from taskgraft.file_writing import write_text
from taskgraft.hardware import ALONE, Hardware, Team, peak_memory_bytes, reset_peak_memory
from taskgraft.history import Epoch
from taskgraft.inference import (
    describe_model,
    fit_use,
    origin_of,
    predict_logits,
    write_model,
)
from taskgraft.network import Network, cost, reading_macs
from taskgraft.scores import score
from taskgraft.study import (
    DIAGNOSIS,
    FAILURE,
    FLOWS,
    HISTORY,
    MODEL,
    PREDICTIONS,
    RESULT,
    Logits,
    RunCost,
    RunRecord,
    digest,
    write_arrays,
    write_record,
)
from taskgraft.training import Job, train_pflop, training_events, within_memory
from taskgraft.training.diagnosis import Diagnosis

_SPLITS: tuple[Split, ...] = ("val", "test")


def execute_run(spec: RunSpec, hardware: Hardware, team: Team = ALONE) -> Iterator[RunEvent | RunEnded]:
    """Trains and assesses one run and writes its files.

    Args:
        spec: The run; its directory exists.
        hardware: Where and how to compute, set up.
        team: The processes that train it together; this is the first of them.

    Yields:
        What happens while it trains; the last is a `RunEnded`.

    Raises:
        DataError: If the data cannot be opened.
        RunError: If it diverges, or the memory is not enough.
        StudyError: If a file cannot be written; what is written stays complete.
    """
    data = spec.open_data()
    reset_peak_memory(hardware.device)
    checkpoints = checkpoints_of(spec, hardware)
    job = Job(spec.variant.architecture, data, spec.recipe, hardware, team)
    diagnosis = Diagnosis(job, spec.seed) if spec.diagnose else None
    with within_memory(job):
        network, history = yield from training_events(job, spec.seed, checkpoints, diagnosis)
    peak = peak_memory_bytes(hardware.device)
    _write_lines(spec.directory / HISTORY, history)
    if diagnosis is not None and diagnosis.probes:
        _write_lines(spec.directory / DIAGNOSIS, diagnosis.probes)
    flip, folder = spec.recipe.test_time_flip, spec.directory
    logits = {s: predict_logits(network, data, s, hardware, flip=flip, folder=folder) for s in _SPLITS}
    write_arrays(spec.directory / PREDICTIONS, _predictions(data, logits), make_parents=False)
    _write_model(spec, network, data, logits["val"])
    _write_flows(spec, network, data, hardware, None if spec.recipe.test_time_flip else logits)
    record = RunRecord(
        variant=spec.variant.name,
        seed=spec.seed,
        epochs=history[-1].epoch,
        steps=history[-1].step,
        scores=score(logits["test"], data.labels_of("test"), data.taxonomy),
        val_scores=score(logits["val"], data.labels_of("val"), data.taxonomy),
        cost=_cost(spec, data, history[-1], peak),
        environment=describe_environment(hardware),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        digests=_digests(spec, is_probed=bool(diagnosis is not None and diagnosis.probes)),
        identity=spec.identity,
        batch_size=spec.batch_size,
    )
    write_record(spec.directory / RESULT, record, make_parents=False)
    checkpoints.remove()
    with contextlib.suppress(OSError):
        (spec.directory / FAILURE).unlink(missing_ok=True)
    yield RunEnded(record)


def _write_model(spec: RunSpec, network: Network, data: Dataset, val_logits: list[Logits]) -> None:
    """Writes the trained network with all that is needed to use it."""
    description = describe_model(
        network,
        spec.recipe,
        data,
        origin_of(
            spec.variant.name,
            data,
            seed=spec.seed,
            data_digest=spec.data.digest,
            study=spec.study.absolute().name,
            partition=spec.partition,
        ),
        use=fit_use(val_logits, data.labels_of("val"), data.taxonomy),
    )
    write_model(spec.directory / MODEL, network, description, make_parents=False)


def _write_flows(
    spec: RunSpec,
    network: Network,
    data: Dataset,
    hardware: Hardware,
    logits: dict[Split, list[Logits]] | None,
) -> None:
    """Writes what the target levels predict when something else flows; nothing without flows.

    Args:
        spec: The run.
        network: Its trained network.
        data: What it is on.
        hardware: Where and how to compute.
        logits: The network's, of val and test; None where they are averaged over mirror images.
    """
    if not network.architecture.flows:
        return
    # What flows is never averaged.
    folder = spec.directory
    logits = logits or {s: predict_logits(network, data, s, hardware, folder=folder) for s in _SPLITS}
    preds = preds_under_interventions(network, data, logits, spec.seed, hardware)
    arrays = {f"{source}>{target}.{kind}": its for (source, target, kind), its in preds.items()}
    write_arrays(spec.directory / FLOWS, arrays, make_parents=False)


def _write_lines(path: Path, rows: Iterable[BaseModel]) -> None:
    lines = (row.model_dump_json(exclude_none=True) + "\n" for row in rows)
    write_text(path, "".join(lines), make_parents=False)


def _digests(spec: RunSpec, *, is_probed: bool) -> dict[str, str]:
    names = [HISTORY, MODEL, PREDICTIONS]
    names += [FLOWS] if spec.variant.architecture.flows else []
    names += [DIAGNOSIS] if is_probed else []
    try:
        return {name: digest(spec.directory / name) for name in names}
    except FileNotFoundError as error:
        raise StudyError.expected(
            str(error.filename), "a file", error.strerror, "Run the command of the study again."
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


def _cost(spec: RunSpec, data: Dataset, last: Epoch, peak: int) -> RunCost:
    architecture, network = spec.variant.architecture, spec.recipe.network
    of = network, data.taxonomy.num_classes, data.image_shape
    size = cost(architecture, *of)
    return RunCost(
        num_parameters=size.num_parameters,
        num_trainable_parameters=size.num_trainable_parameters,
        macs=size.macs,
        train_pflop=train_pflop(architecture, spec.recipe, data, last.step),
        train_seconds=last.seconds,
        peak_memory_bytes=peak,
        finest_macs=reading_macs(architecture, *of, architecture.levels[-1:]),
    )
