"""The exact paired test over seeds: what can be said when nothing is assumed but symmetry."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite

# Patterns of signs that are counted or, beyond this many seeds, drawn.
_MAX_EXACT_SEEDS = 20


def sign_flip_p(differences: npt.ArrayLike) -> float:
    """Two-sided p-value of paired differences without a sign.

    If two architectures do not differ, each seed's difference could as well have had the other sign. The
    p-value is the share of all 2^S patterns of signs whose absolute mean is at least the one seen. It is
    exact for any distribution of the differences, and never below `smallest_p`. Beyond 20 seeds it is
    estimated from 2^20 patterns of a fixed seed, the one seen counted among them.

    The test images are held fixed: it says nothing of other images.

    Args:
        differences: One for each seed, shape (S,).

    Source:
        Fisher, *The Design of Experiments*, 1935, section 21; Phipson and Smyth, *Permutation p-values should
        never be zero*, Statistical Applications in Genetics and Molecular Biology 9, 2010.

    Example:
        >>> sign_flip_p([0.02, 0.01, 0.03])
        0.25
        >>> sign_flip_p([0.02, -0.01, 0.03])
        0.5
    """
    differences = finite(differences, "the differences of the seeds")
    if differences.ndim != 1 or not len(differences):
        raise RequestError.expected(
            "the differences", "one number a seed, shape (S,)", differences.shape, "Pass one axis."
        )
    # Patterns that tie with the one seen differ from it in the last bits, by the order of adding.
    seen = abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    if len(differences) <= _MAX_EXACT_SEEDS:
        return float(np.mean(np.abs(_all_sums(differences)) >= seen))
    drawn = np.count_nonzero(np.abs(_drawn_sums(differences)) >= seen)
    return float((drawn + 1) / (2**_MAX_EXACT_SEEDS + 1))


def smallest_p(num_seeds: int) -> float:
    """Smallest p-value `sign_flip_p` can give: 2 / 2^S, when all differences have one sign.

    Example:
        >>> [smallest_p(num_seeds) for num_seeds in (1, 3, 5, 6)]
        [1.0, 0.25, 0.0625, 0.03125]
    """
    if num_seeds < 1:
        raise RequestError.expected("the number of seeds", "at least 1", num_seeds, "Pass a positive number.")
    return float(2.0 ** (1 - num_seeds))


def _all_sums(differences: FloatArray) -> FloatArray:
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _drawn_sums(differences: FloatArray) -> FloatArray:
    rng = np.random.default_rng(0)
    sums = np.zeros(2**_MAX_EXACT_SEEDS)
    for difference in differences:
        sums += difference * rng.choice([-1.0, 1.0], size=len(sums))
    return sums
