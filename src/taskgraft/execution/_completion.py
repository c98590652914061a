"""What a study measures once its runs are finished: what prediction costs."""

from __future__ import annotations

from taskgraft.execution._environment import describe_environment
from taskgraft.execution._plan import Plan
from taskgraft.hardware import OtherLoad
from taskgraft.inference import measure_inference, read_model
from taskgraft.study import (
    INFERENCE,
    MODEL,
    DamagedFileError,
    InferenceRecord,
    read_record,
    write_record,
)
from taskgraft.training import remove_checkpoints


def remove_finished_checkpoints(plan: Plan) -> None:
    """Removes what a process that was killed right behind its last write had no more time to remove."""
    for spec in plan.finished:
        remove_checkpoints(spec.directory)


def measure_predictions(plan: Plan) -> None:
    """Writes `inference.json`: one network of every variant with a finished run, timed in turns.

    Measured once a study, and again when the file is damaged.
    """
    first = {spec.variant.name: spec for spec in reversed(plan.finished)}
    recorded = _read(plan)
    if not first or (recorded is not None and recorded.costs.keys() == first.keys()):
        return
    networks = {
        name: read_model(first[name].directory / MODEL).network
        for name in plan.request.names
        if name in first
    }
    others = OtherLoad.begin()
    costs = measure_inference(networks, plan.data.image_shape, plan.hardware)
    record = InferenceRecord(
        environment=describe_environment(plan.hardware), costs=costs, other_cores=others.num_cores()
    )
    write_record(plan.directory / INFERENCE, record, make_parents=False)


def _read(plan: Plan) -> InferenceRecord | None:
    try:
        return read_record(plan.directory / INFERENCE, InferenceRecord)
    except (FileNotFoundError, DamagedFileError):
        return None
