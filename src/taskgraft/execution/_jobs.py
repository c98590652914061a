"""Jobs and threads of a study: what the user says, what the study has, or what is chosen."""

from __future__ import annotations

from dataclasses import replace

from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines import (
    Machine,
    Work,
    allocate,
    check_reachable,
    run_bytes,
    unreachable_modules,
)
from taskgraft.hardware import Hardware, available_bytes, num_cores
from taskgraft.study import StudyRecord

# Some is left for what else the machine does.
_MOST_OF_MEMORY = 0.8


def with_jobs(
    hardware: Hardware,
    work: Work,
    largest: RunSpec | None,
    record: StudyRecord | None,
    *,
    num_jobs: int | None,
    num_threads: int | None,
) -> Hardware:
    """The hardware with jobs and threads.

    A study continues with the threads that it was begun with: they decide the last bits of its numbers.

    Args:
        hardware: Chosen for the study, with the threads that torch has.
        work: The runs to do.
        largest: The one whose step takes the most.
        record: What the directory says of the study; None for a new one.
        num_jobs: Runs at once; None to choose.
        num_threads: CPU threads of each; None for those of the study or, if it is new, to choose.

    Raises:
        RequestError: For several jobs of what other processes cannot import.
    """
    # By default torch has as many threads as there are cores for it, or `OMP_NUM_THREADS`.
    cores = hardware.num_threads if num_threads is None and record is None else num_cores()
    if num_threads is None and record is not None:
        num_threads = record.environment.num_threads
    if num_jobs is None and unreachable_modules():
        num_jobs = 1
    if (num_jobs is not None and num_jobs > 1) or hardware.num_processes > 1:
        check_reachable()
    # Each of a run's processes has a part of its steps, and cores to itself.
    machine = Machine(hardware.device, max(1, cores // hardware.num_processes))
    work = replace(work, step_gmac=work.step_gmac / hardware.num_processes)
    chosen = allocate(work, machine, num_jobs, num_threads)
    if num_jobs is None and chosen.num_jobs > 1 and largest is not None:
        fitting = min(chosen.num_jobs, _jobs_in_memory(largest, hardware))
        chosen = allocate(work, machine, fitting, num_threads)
    return replace(hardware, num_jobs=chosen.num_jobs, num_threads=chosen.num_threads)


def _jobs_in_memory(largest: RunSpec, hardware: Hardware) -> int:
    """How many of a run have room at once; at least one, which is refused elsewhere if it has none."""
    free = available_bytes(hardware.device)
    if free is None:
        return 1
    return max(1, int(_MOST_OF_MEMORY * free / run_bytes(largest, hardware)))
