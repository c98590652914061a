"""Pure functions of logits and targets, and the registry of scores; decodings and calibration."""

from taskgraft.scores._calibration import (
    bins_of,
    brier,
    expected_calibration_error,
    fit_temperature,
    reliability_bins,
)
from taskgraft.scores._certainty import CONFIDENCE, CertaintyCurve, critical_values, depths_at
from taskgraft.scores._decoding import DECODINGS, Decoding, probs_of
from taskgraft.scores._hierarchy import consistency
from taskgraft.scores._images import LevelImages, PathImages
from taskgraft.scores._level import accuracy, negative_log_likelihood, top_classes
from taskgraft.scores._measurement import (
    Additive,
    Measurement,
    Reweighted,
    mean,
    mean_ratio,
    over_labelled,
    share,
)
from taskgraft.scores._nested_decoding import NESTED, nested_decoding
from taskgraft.scores._path import hierarchical_f1, judged
from taskgraft.scores._registry import SCORES, about, kind_of, measure, register_score
from taskgraft.scores._score import LevelScore, PairScore, PathScore, Score
from taskgraft.scores._scores import score
from taskgraft.scores._severity import lca_heights, mistake_severity
from taskgraft.scores._tree_probs import along_path, tree_probs
from taskgraft.scores._vote import majority

__all__ = [
    "CONFIDENCE",
    "DECODINGS",
    "NESTED",
    "SCORES",
    "Additive",
    "CertaintyCurve",
    "Decoding",
    "LevelImages",
    "LevelScore",
    "Measurement",
    "PairScore",
    "PathImages",
    "PathScore",
    "Reweighted",
    "Score",
    "about",
    "accuracy",
    "along_path",
    "bins_of",
    "brier",
    "consistency",
    "critical_values",
    "depths_at",
    "expected_calibration_error",
    "fit_temperature",
    "hierarchical_f1",
    "judged",
    "kind_of",
    "lca_heights",
    "majority",
    "mean",
    "mean_ratio",
    "measure",
    "mistake_severity",
    "negative_log_likelihood",
    "nested_decoding",
    "over_labelled",
    "probs_of",
    "register_score",
    "reliability_bins",
    "score",
    "share",
    "top_classes",
    "tree_probs",
]
