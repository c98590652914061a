"""A study planned for data in memory."""

from __future__ import annotations

from typing import Any

from taskgraft.data import Dataset
from taskgraft.execution import Plan, plan_study
from taskgraft.request import CompareOptions


def planned(data: Dataset, architectures: Any, recipe: Any, seeds: Any, **options: Any) -> Plan:
    """The plan of what `compare` would run with these arguments."""
    values = {"architectures": architectures, "recipe": recipe, "seeds": seeds, **options}
    return plan_study(CompareOptions.of(values), data)
