"""Intervals, tests and effects of paired scores, in NumPy alone."""

from taskgraft.statistics._across import across_interval
from taskgraft.statistics._bootstrap import image_weights, weight_blocks
from taskgraft.statistics._contrast import contrast_interval, contrast_intervals, interval_at, settled
from taskgraft.statistics._expected_maximum import expected_maximum
from taskgraft.statistics._factorial import Cell, Factor, FactorialEffect, factorial_effects
from taskgraft.statistics._full_cross import full_cross
from taskgraft.statistics._gain import relative_gain
from taskgraft.statistics._holm import holm_adjusted, holm_over
from taskgraft.statistics._interval import Interval
from taskgraft.statistics._looks import Looks
from taskgraft.statistics._outlook import MOST_SEEDS, Outlook, VarianceParts, outlook, smallest_difference
from taskgraft.statistics._pareto import pareto_front
from taskgraft.statistics._partitions import by_partition, partition_parts
from taskgraft.statistics._permutation import sign_flip_p, sign_flip_ps, smallest_p
from taskgraft.statistics._student import Bounds, t_quantile
from taskgraft.statistics._unpaired import unpaired_interval

__all__ = [
    "MOST_SEEDS",
    "Bounds",
    "Cell",
    "Factor",
    "FactorialEffect",
    "Interval",
    "Looks",
    "Outlook",
    "VarianceParts",
    "across_interval",
    "by_partition",
    "contrast_interval",
    "contrast_intervals",
    "expected_maximum",
    "factorial_effects",
    "full_cross",
    "holm_adjusted",
    "holm_over",
    "image_weights",
    "interval_at",
    "outlook",
    "pareto_front",
    "partition_parts",
    "relative_gain",
    "settled",
    "sign_flip_p",
    "sign_flip_ps",
    "smallest_difference",
    "smallest_p",
    "t_quantile",
    "unpaired_interval",
    "weight_blocks",
]
