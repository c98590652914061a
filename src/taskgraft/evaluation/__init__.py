"""A trained model on labelled data: scores with intervals, every class, confusions, promises."""

from taskgraft.evaluation._class_match import ClassMatch, UnmatchedClass, match_classes
from taskgraft.evaluation._evaluate import accuracies_of, evaluate
from taskgraft.evaluation._evaluation import (
    Evaluation,
    LevelCalibration,
    PromiseKept,
    RuleRisk,
)
from taskgraft.evaluation._page import write_evaluation
from taskgraft.evaluation._plain import classes_csv, plain
from taskgraft.evaluation._text import evaluation_text
from taskgraft.verdict import Confused

__all__ = [
    "ClassMatch",
    "Confused",
    "Evaluation",
    "LevelCalibration",
    "PromiseKept",
    "RuleRisk",
    "UnmatchedClass",
    "accuracies_of",
    "classes_csv",
    "evaluate",
    "evaluation_text",
    "match_classes",
    "plain",
    "write_evaluation",
]
