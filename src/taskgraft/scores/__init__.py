"""Pure functions of logits and targets: per level, across levels, calibration, decoding."""

from taskgraft.scores._additive import about, additive_scores
from taskgraft.scores._calibration import brier, expected_calibration_error, fit_temperature, reliability_bins
from taskgraft.scores._decoding import DECODINGS, Decoding, probs_of
from taskgraft.scores._hierarchy import consistency
from taskgraft.scores._level import accuracy, confusion_matrix, negative_log_likelihood
from taskgraft.scores._path import asked, hierarchical_f1
from taskgraft.scores._scores import score
from taskgraft.scores._severity import lca_heights, mistake_severity
from taskgraft.scores._terms import Additive, over_known, share
from taskgraft.scores._vote import majority

__all__ = [
    "DECODINGS",
    "Additive",
    "Decoding",
    "about",
    "accuracy",
    "additive_scores",
    "asked",
    "brier",
    "confusion_matrix",
    "consistency",
    "expected_calibration_error",
    "fit_temperature",
    "hierarchical_f1",
    "lca_heights",
    "majority",
    "mistake_severity",
    "negative_log_likelihood",
    "over_known",
    "probs_of",
    "reliability_bins",
    "score",
    "share",
]
