"""What a study measures once its runs stand: older runs brought up to date, and what prediction costs."""

from __future__ import annotations

from taskgraft.evaluation.inference_cost import measure_inference
from taskgraft.study.environment import describe_environment
from taskgraft.study.files import INFERENCE, write_text
from taskgraft.study.plan import Plan
from taskgraft.study.records import FORMAT, InferenceRecord
from taskgraft.study.run import assess_again, read_network, read_run, run_directory
from taskgraft.study.study import read_inference


def update_runs(plan: Plan) -> None:
    """Assesses again, from their weights, the finished runs that an older version wrote."""
    for run in plan.runs:
        directory = run_directory(plan.directory, run.architecture.name, run.seed)
        record = read_run(directory)
        if record is not None and record.format < FORMAT:
            assess_again(run.architecture, plan.data, plan.request.recipe, run.seed, plan.hardware, directory)


def measure_predictions(plan: Plan) -> None:
    """Writes `inference.json`: one network of every architecture, timed in turns; once a study."""
    names = {run.architecture.name for run in plan.runs}
    if set(read_inference(plan.directory)) == names:
        return
    networks = {}
    for run in plan.runs:
        directory = run_directory(plan.directory, run.architecture.name, run.seed)
        if run.architecture.name not in networks:
            networks[run.architecture.name] = read_network(
                run.architecture, plan.data, plan.request.recipe, plan.hardware, directory
            )
    costs = measure_inference(networks, plan.data.image_shape, plan.hardware)
    record = InferenceRecord(environment=describe_environment(plan.hardware), costs=costs)
    write_text(plan.directory / INFERENCE, record.model_dump_json(indent=2) + "\n")
