"""How long a plan would take on this machine, from some steps of its networks."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from taskgraft.execution._plan import Plan, PlannedRun
from taskgraft.execution._run_spec import RunSpec
from taskgraft.training import Job, Pace, measure_pace, num_steps

# Networks that are measured: the cheapest, the dearest and one between them.
_MOST_MEASURED = 3


class Forecast:
    """Seconds of runs, each from the pace of the measured network that is nearest in operations a step.

    Args:
        plan: Its data and hardware are measured with.
        runs: Whose networks are measured; without them, those of the runs that are still to be done.
    """

    def __init__(self, plan: Plan, runs: Iterable[PlannedRun] | None = None) -> None:
        self._data, self._hardware = plan.data, plan.hardware
        by_operations: dict[int, RunSpec] = {}
        for run in plan.todo if runs is None else runs:
            by_operations.setdefault(run.step_macs(plan.data), run.spec)
        self._paces = {
            macs: measure_pace(self._job(by_operations[macs])) for macs in _spread(sorted(by_operations))
        }

    def seconds(self, run: PlannedRun) -> float:
        """What is left of a run: all of it but for the steps that a checkpoint holds."""
        job = self._job(run.spec)
        left = 1 - (run.saved_step or 0) / num_steps(job.recipe, job.data)
        return self._pace(run.step_macs(job.data)).seconds(job) * max(0.0, left)

    def of_runs(self, runs: Iterable[PlannedRun]) -> float:
        """What runs take in this order, as many at once as the plan has jobs."""
        return side_by_side([self.seconds(run) for run in runs], self._hardware.num_jobs)

    def _job(self, spec: RunSpec) -> Job:
        return Job(spec.variant.architecture, self._data, spec.recipe, self._hardware)

    def _pace(self, macs: int) -> Pace:
        return self._paces[min(self._paces, key=lambda each: abs(each - macs))]


def side_by_side(seconds: Sequence[float], num_jobs: int) -> float:
    """When the last of some jobs ends, if each begins as soon as one of those before has ended.

    Example:
        >>> side_by_side([3, 1, 1, 1], 2), side_by_side([], 2)
        (3.0, 0.0)
    """
    ends = [0.0] * num_jobs
    for each in seconds:
        heapq.heappush(ends, heapq.heappop(ends) + each)
    return max(ends)


def _spread(values: Sequence[int]) -> Sequence[int]:
    """The first, the last and one between them."""
    if len(values) <= _MOST_MEASURED:
        return values
    return values[0], values[len(values) // 2], values[-1]
