"""Pure functions of logits and targets, and the registry of scores; decodings and calibration."""

from taskgraft.scores._calibration import (
    TEMPERATURES,
    bins_of,
    brier,
    expected_calibration_error,
    fit_temperature,
    reliability_bins,
)
from taskgraft.scores._certainty import (
    certainties,
    class_information,
    depths_at,
    path_information,
)
from taskgraft.scores._class_scores import ClassScores, class_scores, class_scores_of
from taskgraft.scores._climbing import Answers, Rule, climbing, decided, fixed_level
from taskgraft.scores._decoding import DECODINGS, Decoding, levels_read, paths_to, probs_of
from taskgraft.scores._fit_promise import fit_promise
from taskgraft.scores._hierarchy import consistency
from taskgraft.scores._images import LevelImages, PathImages
from taskgraft.scores._level import accuracy, negative_log_likelihood
from taskgraft.scores._measurement import (
    Additive,
    Measurement,
    Reweighted,
    mean,
    mean_ratio,
    over_labelled,
    share,
)
from taskgraft.scores._order import top_classes
from taskgraft.scores._path import SetSizes, hierarchical_f1, judged, set_sizes
from taskgraft.scores._pool import MOST_WEIGHT, equal_weights, fit_pool
from taskgraft.scores._preference import Preference
from taskgraft.scores._prob_facts import ProbFacts, prob_facts
from taskgraft.scores._promise import CONFIDENCE, MOST_CRITICAL, MOST_THRESHOLD, Promise, critical_values
from taskgraft.scores._registry import (
    SCORES,
    about,
    has_further_scores,
    kind_of,
    measure,
    measurements,
    register_score,
)
from taskgraft.scores._risk_coverage import RiskCoverage, risk_coverage
from taskgraft.scores._row_blocks import row_blocks
from taskgraft.scores._score import LevelScore, PairScore, PathScore, Score
from taskgraft.scores._scores import score
from taskgraft.scores._severity import lca_heights, mistake_severity, num_levels_apart
from taskgraft.scores._tree_probs import POOLED, along_path, most_probable_paths, tree_probs
from taskgraft.scores._vote import majority

__all__ = [
    "CONFIDENCE",
    "DECODINGS",
    "MOST_CRITICAL",
    "MOST_THRESHOLD",
    "MOST_WEIGHT",
    "POOLED",
    "SCORES",
    "TEMPERATURES",
    "Additive",
    "Answers",
    "ClassScores",
    "Decoding",
    "LevelImages",
    "LevelScore",
    "Measurement",
    "PairScore",
    "PathImages",
    "PathScore",
    "Preference",
    "ProbFacts",
    "Promise",
    "Reweighted",
    "RiskCoverage",
    "Rule",
    "Score",
    "SetSizes",
    "about",
    "accuracy",
    "along_path",
    "bins_of",
    "brier",
    "certainties",
    "class_information",
    "class_scores",
    "class_scores_of",
    "climbing",
    "consistency",
    "critical_values",
    "decided",
    "depths_at",
    "equal_weights",
    "expected_calibration_error",
    "fit_pool",
    "fit_promise",
    "fit_temperature",
    "fixed_level",
    "has_further_scores",
    "hierarchical_f1",
    "judged",
    "kind_of",
    "lca_heights",
    "levels_read",
    "majority",
    "mean",
    "mean_ratio",
    "measure",
    "measurements",
    "mistake_severity",
    "most_probable_paths",
    "negative_log_likelihood",
    "num_levels_apart",
    "over_labelled",
    "path_information",
    "paths_to",
    "prob_facts",
    "probs_of",
    "register_score",
    "reliability_bins",
    "risk_coverage",
    "row_blocks",
    "score",
    "set_sizes",
    "share",
    "top_classes",
    "tree_probs",
]
