"""What is shared and what flows, as frozen data without torch."""

from taskgraft.architecture._architecture_file import read_architectures
from taskgraft.architecture._catalogue import (
    ALL,
    CONTROL,
    EVERY_NAME,
    FLAT,
    NAMES,
    catalogue,
    check_named_once,
    factors,
    flat,
    is_reserved_name,
    known_architectures,
    look_up,
    select,
)
from taskgraft.architecture._derived import check_tree
from taskgraft.architecture._interventions import INTERVENTIONS, Intervention
from taskgraft.architecture._parts import Flow, Mixing
from taskgraft.architecture._spec import Architecture

__all__ = [
    "ALL",
    "CONTROL",
    "EVERY_NAME",
    "FLAT",
    "INTERVENTIONS",
    "NAMES",
    "Architecture",
    "Flow",
    "Intervention",
    "Mixing",
    "catalogue",
    "check_named_once",
    "check_tree",
    "factors",
    "flat",
    "is_reserved_name",
    "known_architectures",
    "look_up",
    "read_architectures",
    "select",
]
