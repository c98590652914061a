"""What does the runs of a study: in this process, in several, or elsewhere."""

from taskgraft.execution.engines._allocation import Allocation, Machine, Work, allocate
from taskgraft.execution.engines._engine import Engine
from taskgraft.execution.engines._extensions import check_reachable, unreachable_modules
from taskgraft.execution.engines._local import LocalEngine

__all__ = [
    "Allocation",
    "Engine",
    "LocalEngine",
    "Machine",
    "Work",
    "allocate",
    "check_reachable",
    "unreachable_modules",
]
