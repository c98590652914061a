"""From a request to finished runs in a study directory."""

from taskgraft.execution._compare import compare, run_plan
from taskgraft.execution._fit import ChosenRecipe, FittedRecipe, fit_recipe
from taskgraft.execution._plan import Plan, check_study_place, plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.execution._selection import select_architectures

__all__ = [
    "ChosenRecipe",
    "FittedRecipe",
    "Plan",
    "check_study_place",
    "compare",
    "fit_recipe",
    "plan_study",
    "progress_for",
    "run_plan",
    "select_architectures",
]
