"""From a request to finished runs in a study directory."""

from taskgraft.execution._auto import AutoRecipes
from taskgraft.execution._compare import (
    Listener,
    compare,
    plan_caution,
    plan_compare,
    run_plan,
    study_events,
)
from taskgraft.execution._environment import describe_environment
from taskgraft.execution._events import (
    EngineEvent,
    ReportWritten,
    RoundStarted,
    RunBegan,
    RunElsewhere,
    RunEnded,
    RunFailed,
    RunProgress,
    StudyEnded,
    StudyEvent,
    StudyKept,
    StudyNote,
    StudyStarted,
    Waiting,
)
from taskgraft.execution._fit import ChosenRecipe, FittedRecipe, fit_recipe
from taskgraft.execution._forecast import Forecast
from taskgraft.execution._observers import Observers
from taskgraft.execution._plan import Plan, PlannedRun
from taskgraft.execution._planning import check_study_place, plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.execution._selection import select_architectures
from taskgraft.execution._stages import divided_for
from taskgraft.execution._tuning import Search, search_text
from taskgraft.execution._variants import Selection
from taskgraft.execution.engines import Engine, LocalEngine
from taskgraft.execution.loggers import LOGGERS

__all__ = [
    "LOGGERS",
    "AutoRecipes",
    "ChosenRecipe",
    "Engine",
    "EngineEvent",
    "FittedRecipe",
    "Forecast",
    "Listener",
    "LocalEngine",
    "Observers",
    "Plan",
    "PlannedRun",
    "ReportWritten",
    "RoundStarted",
    "RunBegan",
    "RunElsewhere",
    "RunEnded",
    "RunFailed",
    "RunProgress",
    "Search",
    "Selection",
    "StudyEnded",
    "StudyEvent",
    "StudyKept",
    "StudyNote",
    "StudyStarted",
    "Waiting",
    "check_study_place",
    "compare",
    "describe_environment",
    "divided_for",
    "fit_recipe",
    "plan_caution",
    "plan_compare",
    "plan_study",
    "progress_for",
    "run_plan",
    "search_text",
    "select_architectures",
    "study_events",
]
