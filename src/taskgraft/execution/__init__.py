"""From a request to finished runs in a study directory."""

from taskgraft.execution._compare import compare, run_plan
from taskgraft.execution._plan import Plan, check_study_place, plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.execution._request import fit_recipe, resolve_recipe, resolve_seeds
from taskgraft.execution._selection import select_architectures

__all__ = [
    "Plan",
    "check_study_place",
    "compare",
    "fit_recipe",
    "plan_study",
    "progress_for",
    "resolve_recipe",
    "resolve_seeds",
    "run_plan",
    "select_architectures",
]
