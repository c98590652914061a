"""A study to what it concludes, as data and sentences."""

from taskgraft.verdict._cautions import seed_cautions
from taskgraft.verdict._conclude import conclude
from taskgraft.verdict._recommend import score_preferred
from taskgraft.verdict._records import (
    Calibration,
    Comparison,
    Confusion,
    Decoded,
    Effect,
    FlowUse,
    Opinions,
    Standing,
    Verdict,
)
from taskgraft.verdict._sentences import JOINT
from taskgraft.verdict._wording import MINUS, count, named, points, span

__all__ = [
    "JOINT",
    "MINUS",
    "Calibration",
    "Comparison",
    "Confusion",
    "Decoded",
    "Effect",
    "FlowUse",
    "Opinions",
    "Standing",
    "Verdict",
    "conclude",
    "count",
    "named",
    "points",
    "score_preferred",
    "seed_cautions",
    "span",
]
