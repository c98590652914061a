"""A trained model on labelled data: scores with intervals, every class, confusions, promises."""

from taskgraft.evaluation._class_match import ClassMatch, UnmatchedClass, match_classes
from taskgraft.evaluation._evaluate import evaluate
from taskgraft.evaluation._evaluation import Confused, Evaluation, LevelCalibration, Promise

__all__ = [
    "ClassMatch",
    "Confused",
    "Evaluation",
    "LevelCalibration",
    "Promise",
    "UnmatchedClass",
    "evaluate",
    "match_classes",
]
