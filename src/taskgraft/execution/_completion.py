"""What a study measures once its runs stand: older runs brought up to date, and what prediction costs."""

from __future__ import annotations

from taskgraft.execution._plan import Plan
from taskgraft.execution._run import assess_again, read_network
from taskgraft.inference import measure_inference
from taskgraft.study import (
    INFERENCE,
    DamagedFileError,
    InferenceRecord,
    describe_environment,
    read_record,
    run_directory,
    write_record,
)
from taskgraft.training import remove_checkpoints


def update_runs(plan: Plan) -> None:
    """Assesses again, from their weights, the finished runs that an older version wrote."""
    for run in plan.runs:
        name = run.architecture.name
        record = plan.ledger.state(name, run.seed).record
        if record is not None and not record.is_current:
            assess_again(
                run.architecture,
                plan.data,
                plan.request.recipe,
                plan.hardware,
                run_directory(plan.directory, name, run.seed),
                record,
                plan.request.identity(name),
            )


def remove_finished_checkpoints(plan: Plan) -> None:
    """Removes what a process that was killed right behind its last write had no more time to remove."""
    for run in plan.runs:
        if plan.ledger.state(run.architecture.name, run.seed).record is not None:
            remove_checkpoints(run_directory(plan.directory, run.architecture.name, run.seed))


def measure_predictions(plan: Plan) -> None:
    """Writes `inference.json`: one network of every architecture with a finished run, timed in turns.

    Measured once a study, and again when the file is damaged.
    """
    finished = [run for run in plan.runs if plan.ledger.state(run.architecture.name, run.seed).record]
    if not finished:
        return
    known, names = _read(plan), {run.architecture.name for run in finished}
    if known is not None and set(known.costs) == names:
        if not known.is_current:
            _write(plan, known.brought_up_to_date())
        return
    networks = {}
    for run in finished:
        directory = run_directory(plan.directory, run.architecture.name, run.seed)
        if run.architecture.name not in networks:
            networks[run.architecture.name] = read_network(
                run.architecture, plan.data, plan.request.recipe, plan.hardware, directory
            )
    costs = measure_inference(networks, plan.data.image_shape, plan.hardware)
    _write(plan, InferenceRecord(environment=describe_environment(plan.hardware), costs=costs))


def _read(plan: Plan) -> InferenceRecord | None:
    try:
        return read_record(plan.directory / INFERENCE, InferenceRecord)
    except (FileNotFoundError, DamagedFileError):
        return None


def _write(plan: Plan, record: InferenceRecord) -> None:
    write_record(plan.directory / INFERENCE, record, make_parents=False)
