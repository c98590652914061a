"""Device, precision, layout, threads, memory: chosen and measured in one place."""

from taskgraft.hardware._device import (
    PRECISIONS,
    Hardware,
    Precision,
    choose_hardware,
    cpu_capability,
    keeping_threads,
    multiplies_bf16,
    num_cores,
    synchronise,
    using_threads,
)
from taskgraft.hardware._load import OtherLoad
from taskgraft.hardware._memory import (
    available_bytes,
    give_back_memory,
    is_out_of_memory,
    num_oom_kills,
    peak_memory_bytes,
    reset_peak_memory,
    spare_address_space,
)
from taskgraft.hardware._team import ALONE, Team, joined

__all__ = [
    "ALONE",
    "PRECISIONS",
    "Hardware",
    "OtherLoad",
    "Precision",
    "Team",
    "available_bytes",
    "choose_hardware",
    "cpu_capability",
    "give_back_memory",
    "is_out_of_memory",
    "joined",
    "keeping_threads",
    "multiplies_bf16",
    "num_cores",
    "num_oom_kills",
    "peak_memory_bytes",
    "reset_peak_memory",
    "spare_address_space",
    "synchronise",
    "using_threads",
]
