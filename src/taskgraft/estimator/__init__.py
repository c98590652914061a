"""A classifier for scikit-learn."""

from taskgraft.estimator._classifier import TaskgraftClassifier

__all__ = [
    "TaskgraftClassifier",
]
