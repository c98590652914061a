"""The engine that the options of a study name."""

from __future__ import annotations

from taskgraft.execution.engines._engine import Engine
from taskgraft.request import RunOptions


def engine_of(options: RunOptions) -> Engine | None:
    """The engine that does the runs; None for this machine, whose jobs are chosen by the plan.

    Raises:
        RequestError: If what it needs is not installed, or there can be no such address.
    """
    if options.engine == "local":
        return None
    # Whoever computes here needs nothing of it.
    from taskgraft.execution.engines.cluster import RayEngine  # noqa: PLC0415

    return RayEngine(options.address, options.jobs)
