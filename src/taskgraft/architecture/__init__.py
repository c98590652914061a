"""What is shared and what flows, as frozen data without torch."""

from taskgraft.architecture._architecture_file import read_architectures
from taskgraft.architecture._catalogue import (
    ALL,
    BY_DEFAULT,
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
from taskgraft.architecture._lanes import Levels, Mixed, StageLanes, stage_lanes, what_is_mixed
from taskgraft.architecture._parts import Experts, Flow, Mixing
from taskgraft.architecture._soft import SOFT_NAMES
from taskgraft.architecture._spec import Architecture
from taskgraft.architecture._stages_wanted import stages_wanted
from taskgraft.architecture._twin_name import MEASURES, parse_twin, twin_name

__all__ = [
    "ALL",
    "BY_DEFAULT",
    "CONTROL",
    "EVERY_NAME",
    "FLAT",
    "INTERVENTIONS",
    "MEASURES",
    "NAMES",
    "SOFT_NAMES",
    "Architecture",
    "Experts",
    "Flow",
    "Intervention",
    "Levels",
    "Mixed",
    "Mixing",
    "StageLanes",
    "catalogue",
    "check_named_once",
    "check_tree",
    "factors",
    "flat",
    "is_reserved_name",
    "known_architectures",
    "look_up",
    "parse_twin",
    "read_architectures",
    "select",
    "stage_lanes",
    "stages_wanted",
    "twin_name",
    "what_is_mixed",
]
