"""A study to what it concludes, as data and sentences."""

from taskgraft.verdict._across import Across, AcrossEffect, conclude_across
from taskgraft.verdict._cautions import seed_cautions
from taskgraft.verdict._classes import (
    ClassRow,
    Confused,
    class_rows,
    scores_of_classes,
    times,
    worst_confusions,
)
from taskgraft.verdict._conclude import conclude
from taskgraft.verdict._copies import Copies
from taskgraft.verdict._diagnosed import Diagnosed, Pull
from taskgraft.verdict._factors import varied_levels
from taskgraft.verdict._failures import check_has_runs
from taskgraft.verdict._judge import Judgement, judge
from taskgraft.verdict._look import LookTaken, looks_at
from taskgraft.verdict._pairs import is_main
from taskgraft.verdict._prediction_records import Bin, Calibration, Confusion, Opinions
from taskgraft.verdict._recommendation import Contender, Questions, Recommendation
from taskgraft.verdict._records import Comparison, Decoded, Effect, FlowUse, OverFlat, Standing, Verdict
from taskgraft.verdict._selective import PROMISED, Promised, Selective
from taskgraft.verdict._sentences import JOINT
from taskgraft.verdict._sight import Redrawn, sight, sight_ahead
from taskgraft.verdict._study_differences import BetweenStudies, StudyDifference
from taskgraft.verdict._suggestion import Suggestion, suggest, suggestion_lines, transfer
from taskgraft.verdict._topics import Topic
from taskgraft.verdict._tuning import Tuned, tuned_variants
from taskgraft.verdict._two_studies import conclude_two
from taskgraft.verdict._wording import MINUS, count, in_points, listed, magnitude, named, points, span

__all__ = [
    "JOINT",
    "MINUS",
    "PROMISED",
    "Across",
    "AcrossEffect",
    "BetweenStudies",
    "Bin",
    "Calibration",
    "ClassRow",
    "Comparison",
    "Confused",
    "Confusion",
    "Contender",
    "Copies",
    "Decoded",
    "Diagnosed",
    "Effect",
    "FlowUse",
    "Judgement",
    "LookTaken",
    "Opinions",
    "OverFlat",
    "Promised",
    "Pull",
    "Questions",
    "Recommendation",
    "Redrawn",
    "Selective",
    "Standing",
    "StudyDifference",
    "Suggestion",
    "Topic",
    "Tuned",
    "Verdict",
    "check_has_runs",
    "class_rows",
    "conclude",
    "conclude_across",
    "conclude_two",
    "count",
    "in_points",
    "is_main",
    "judge",
    "listed",
    "looks_at",
    "magnitude",
    "named",
    "points",
    "scores_of_classes",
    "seed_cautions",
    "sight",
    "sight_ahead",
    "span",
    "suggest",
    "suggestion_lines",
    "times",
    "transfer",
    "tuned_variants",
    "varied_levels",
    "worst_confusions",
]
