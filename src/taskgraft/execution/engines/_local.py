"""Runs on this machine: one after another in this process, or several at once in others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from taskgraft.execution._attempt import attempt_run
from taskgraft.execution._claim import claims
from taskgraft.execution._events import EngineEvent, Waiting
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution.engines._engine import Engine
from taskgraft.execution.engines._pool import pooled


class LocalEngine(Engine):
    """Does runs on this machine.

    Several commands on one study share its runs, whatever their jobs.

    Args:
        num_jobs: 1 for this process; more for so many processes, each of which does one run at a time. One
            that dies, for lack of memory or by a fault in a library, fails its run alone. Runs that several
            processes make together are never done by this one.
    """

    def __init__(self, num_jobs: int = 1) -> None:
        self.num_jobs = num_jobs

    def run(self, specs: Sequence[RunSpec]) -> Iterator[EngineEvent]:
        """Does the runs, in this order where one process does them."""
        # The processes of one run are not this one, which may be a script's.
        if specs and (self.num_jobs > 1 or specs[0].hardware.num_processes > 1):
            yield from pooled(specs, self.num_jobs)
            return
        for claim in claims(specs):
            if isinstance(claim, Waiting):
                yield claim
            else:
                yield from attempt_run(claim, claim.hardware)
