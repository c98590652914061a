"""How many processes a study's runs have, what a plan says of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planned import planned
from taskgraft.cli.plan_text import plan_json, plan_lines
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import Plan
from taskgraft.execution._attempt import attempt_run
from taskgraft.execution._begin import begin_study
from taskgraft.execution.engines import Machine, Work, allocate
from taskgraft.hardware import num_cores
from taskgraft.parameter import spelled
from taskgraft.recipe import Recipe
from taskgraft.request import CompareOptions


@pytest.fixture
def plan_of(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> Any:
    def plan(**options: Any) -> Plan:
        return planned(tiny_data, "shared", tiny_recipe, 2, out=tmp_path / "study", device="cpu", **options)

    return plan


def refusal(plan_of: Any, **options: Any) -> str:
    with pytest.raises(RequestError) as refused:
        plan_of(**options)
    return spelled(str(refused.value))


def test_one_process_leaves_every_identity_and_record_as_it_was(plan_of: Any) -> None:
    one, two = plan_of(), plan_of(processes_per_run=2)
    assert one.request == two.request
    assert one.request.identities() == two.request.identities()
    record, _ = begin_study(one, None)
    content = record.model_dump_json()
    assert "num_processes" not in content
    assert "shards" not in content


def test_batch_norms_to_themselves_are_another_study(plan_of: Any) -> None:
    one, each = plan_of(), plan_of(processes_per_run=2, batch_norm="each")
    assert each.request.shards == 2
    assert one.request.identities() != each.request.identities()


def test_a_plan_says_what_each_run_has(plan_of: Any) -> None:
    plan = plan_of(processes_per_run=2, jobs=1, num_threads=3)
    (line,) = (line for line in plan_lines(plan, ()) if line.startswith("computes"))
    assert line.endswith("1 job x 2 processes x 3 threads, batch norm synchronised")
    assert plan_json(plan)["num_processes"] == 2
    each = plan_of(processes_per_run=2, batch_norm="each", jobs=1)
    assert each.hardware.jobs_and_threads.endswith("batch norm each")


def test_cores_are_shared_out_to_processes(plan_of: Any) -> None:
    plan = plan_of(processes_per_run=num_cores())
    assert (plan.hardware.num_jobs, plan.hardware.num_threads) == (1, 1)
    large = Work(num_runs=4, pflop=1.0, step_gmac=5.0)
    # Of eight cores, each of four processes has two.
    assert allocate(large, Machine("cpu", 8 // 4), num_jobs=1).num_threads == 2


def test_a_study_goes_on_as_it_was_begun(plan_of: Any) -> None:
    begun = plan_of(processes_per_run=2, batch_norm="each")
    begin_study(begun, None)
    again = plan_of()
    assert (again.hardware.num_processes, again.hardware.batch_norm) == (2, "each")
    for options in ({"processes_per_run": 3}, {"processes_per_run": 1}, {"batch_norm": "synchronised"}):
        said = refusal(plan_of, **options)
        assert "where they see one of 2 parts of a batch each, but got batch norms that see " in said
        assert said.endswith("Leave processes_per_run and batch_norm out, or use another out.")
    assert "whose runs have 2 processes each, but got 'ray'" in refusal(plan_of, engine="ray")
    # An engine that knows of no other processes.
    with pytest.raises(RequestError, match="to be 1 with this engine, which gives each run one process"):
        list(attempt_run(begun.runs[0].spec, begun.hardware))


def test_synchronised_processes_may_become_more_or_fewer(plan_of: Any) -> None:
    begin_study(plan_of(processes_per_run=2), None)
    assert plan_of().hardware.num_processes == 2
    assert [plan_of(processes_per_run=number).hardware.num_processes for number in (1, 3)] == [1, 3]
    assert "where they see whole batches" in refusal(plan_of, batch_norm="each")


def test_what_cannot_be_is_refused(plan_of: Any) -> None:
    assert refusal(plan_of, processes_per_run=33) == (
        "Expected processes_per_run to be at most 32, the images of a batch of shared, but got 33. "
        "Use fewer processes, or a larger batch."
    )
    assert refusal(plan_of, batch_norm="each") == (
        "Expected batch_norm to be used with processes_per_run of 2 or more, but got 'each'. Leave it out."
    )
    with pytest.raises(RequestError, match="Expected processes_per_run to be 1 with engine='ray'"):
        CompareOptions.of({"processes_per_run": 2, "engine": "ray"})
    with pytest.raises(RequestError, match="synchronised"):
        CompareOptions.of({"processes_per_run": 2, "batch_norm": "synchronized"})


def test_a_gpu_is_needed_for_each_process(plan_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from taskgraft.execution import _planning, _processes

    on_gpu = replace(plan_of().hardware, device="cuda")
    monkeypatch.setattr(_planning, "choose_hardware", lambda device, num_threads: on_gpu)
    monkeypatch.setattr(_processes.torch.cuda, "device_count", lambda: 1)
    assert "at most 1, one for each device of cuda, but got 2" in refusal(plan_of, processes_per_run=2)
