"""Why sharing helps or hurts: what the gradients of the levels do to one another while a run trains."""

from taskgraft.training.diagnosis._budget import BUDGET_RATIO, ProbePlan, probe_plan
from taskgraft.training.diagnosis._diagnosis import Diagnosis

__all__ = ["BUDGET_RATIO", "Diagnosis", "ProbePlan", "probe_plan"]
