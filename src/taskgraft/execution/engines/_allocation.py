"""How many runs at once, and with how many threads each: chosen here, once."""

from __future__ import annotations

from dataclasses import dataclass

# A third of the demo, and 20 s of one quiet core: what is shorter is over when a process has imported torch.
_LEAST_PFLOP = 0.01

# What a second thread is worth starting for (docs/performance.md, "Jobs and threads"). Below it threads wait
# for one another longer than they compute.
_LEAST_GMAC = 0.5


@dataclass(frozen=True)
class Work:
    """What is to be done.

    Attributes:
        num_runs: Runs to do.
        pflop: What training all of them takes, in 1e15 operations.
        step_gmac: Multiply-accumulates of the largest step, in 1e9: of an image forward, times the batch.
    """

    num_runs: int
    pflop: float
    step_gmac: float


@dataclass(frozen=True)
class Machine:
    """Where.

    Attributes:
        device: `cpu`, `cuda` or `mps`.
        num_cores: Cores that this process may use.
    """

    device: str
    num_cores: int


@dataclass(frozen=True)
class Allocation:
    """Jobs and threads.

    Attributes:
        num_jobs: Runs at once.
        num_threads: CPU threads of each.
    """

    num_jobs: int
    num_threads: int


def allocate(
    work: Work, machine: Machine, num_jobs: int | None = None, num_threads: int | None = None
) -> Allocation:
    """Chooses jobs and threads; what is given stays as it is.

    Args:
        work: What is to be done.
        machine: Where.
        num_jobs: Runs at once, where somebody has said how many.
        num_threads: CPU threads of each, where somebody has said how many, or the study's runs have them.

    Example:
        Small networks on two cores: one thread each.

        >>> demo = Work(num_runs=12, pflop=0.04, step_gmac=5.0)
        >>> allocate(demo, Machine("cpu", 2))
        Allocation(num_jobs=2, num_threads=1)
        >>> allocate(demo, Machine("cpu", 2), num_jobs=1)
        Allocation(num_jobs=1, num_threads=2)

        Where a step is tiny, a second thread would slow it.

        >>> allocate(Work(num_runs=1, pflop=0.04, step_gmac=0.2), Machine("cpu", 2))
        Allocation(num_jobs=1, num_threads=1)
    """
    if num_jobs is None:
        num_jobs = _jobs(work, machine, num_threads)
    num_jobs = max(1, min(num_jobs, work.num_runs))
    return Allocation(num_jobs, num_threads or _threads(work, machine, num_jobs))


def _jobs(work: Work, machine: Machine, num_threads: int | None) -> int:
    """As many as there are cores for, where the runs are worth starting processes."""
    if machine.device != "cpu" or work.pflop < _LEAST_PFLOP:
        return 1
    return min(work.num_runs, machine.num_cores // (num_threads or 1))


def _threads(work: Work, machine: Machine, num_jobs: int) -> int:
    """The cores shared out, or one where a step is too small to be divided."""
    is_tiny = machine.device == "cpu" and work.num_runs > 0 and work.step_gmac < _LEAST_GMAC
    return 1 if is_tiny else max(1, machine.num_cores // num_jobs)
