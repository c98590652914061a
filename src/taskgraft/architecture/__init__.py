"""What is shared and what flows, as frozen data without torch."""

from taskgraft.architecture._architecture_file import read_architectures
from taskgraft.architecture._catalogue import (
    ALL,
    CONTROL,
    NAMES,
    catalogue,
    check_named_once,
    factors,
    is_reserved_name,
    known_architectures,
    look_up,
    select,
)
from taskgraft.architecture._interventions import INTERVENTIONS, Intervention
from taskgraft.architecture._spec import Architecture, Flow, Mixing

__all__ = [
    "ALL",
    "CONTROL",
    "INTERVENTIONS",
    "NAMES",
    "Architecture",
    "Flow",
    "Intervention",
    "Mixing",
    "catalogue",
    "check_named_once",
    "factors",
    "is_reserved_name",
    "known_architectures",
    "look_up",
    "read_architectures",
    "select",
]
