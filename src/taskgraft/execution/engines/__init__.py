"""What does the runs of a study: in this process, in several, or elsewhere."""

from taskgraft.execution.engines._allocation import Allocation, Machine, Work, allocate
from taskgraft.execution.engines._choose import engine_of
from taskgraft.execution.engines._engine import Engine, Placement
from taskgraft.execution.engines._extensions import check_reachable, unreachable_modules
from taskgraft.execution.engines._local import LocalEngine
from taskgraft.execution.engines._ongoing import Ongoing
from taskgraft.execution.engines._run_bytes import run_bytes

__all__ = [
    "Allocation",
    "Engine",
    "LocalEngine",
    "Machine",
    "Ongoing",
    "Placement",
    "Work",
    "allocate",
    "check_reachable",
    "engine_of",
    "run_bytes",
    "unreachable_modules",
]
