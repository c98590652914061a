"""A trained model after its tree has changed: trained on from where it stands."""

from taskgraft.adaptation._adapt import Adaptation, Adapted, adapt, plan_adaptation, run_adaptation
from taskgraft.adaptation._old_classes import Kept, compare_on_old_classes

__all__ = [
    "Adaptation",
    "Adapted",
    "Kept",
    "adapt",
    "compare_on_old_classes",
    "plan_adaptation",
    "run_adaptation",
]
