"""The memory that a run needs by itself."""

from __future__ import annotations

from taskgraft.execution._run_spec import RunSpec
from taskgraft.hardware import Hardware
from taskgraft.training import Job, step_bytes

# What a process takes before its first step: Python, torch and its libraries.
_PROCESS_BYTES = 500_000_000


def run_bytes(spec: RunSpec, hardware: Hardware) -> int:
    """What the processes take that make a run: its largest step, and themselves.

    Args:
        spec: The run.
        hardware: What it computes on.
    """
    job = Job(spec.variant.architecture, spec.data.open(), spec.recipe, hardware)
    return step_bytes(job) + hardware.num_processes * _PROCESS_BYTES
