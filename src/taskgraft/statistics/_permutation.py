"""The exact paired test over seeds: what can be said when nothing is assumed but symmetry."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import FloatArray, finite

# Of so few seeds all patterns of signs are multiplied out; of more, those of two halves are counted together.
_MAX_LISTED_SEEDS = 10
# Beyond this many, patterns are drawn: a half would have too many to list.
_MAX_EXACT_SEEDS = 30
_NUM_DRAWN = 2**20
# Patterns at a time: what is multiplied stays in the processor's cache.
_BLOCK = 2**13


def sign_flip_p(differences: npt.ArrayLike) -> float:
    """Two-sided p-value of paired differences without a sign.

    If two architectures do not differ, each seed's difference could as well have had the other sign. The
    p-value is the share of all 2^S patterns of signs whose absolute mean is at least the one seen. It is
    exact for any distribution of the differences, and never below `smallest_p`. Beyond 30 seeds it is
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
    array = np.asarray(differences)
    if array.ndim != 1 or not len(array):
        raise RequestError.expected(
            "the differences", "one number a seed, shape (S,)", array.shape, "Pass one axis."
        )
    return float(sign_flip_ps(array[None])[0])


def sign_flip_ps(differences: npt.ArrayLike) -> FloatArray:
    """The same of many questions of equally many seeds, for which patterns are listed or drawn once.

    Args:
        differences: One for each question and seed, shape (Q, S).

    Returns:
        Shape (Q,).

    Example:
        >>> sign_flip_ps([[0.02, 0.01, 0.03], [0.02, -0.01, 0.03]]).tolist()
        [0.25, 0.5]
    """
    differences = finite(differences, "the differences of the seeds")
    if differences.ndim != 2 or not differences.shape[1]:
        raise RequestError.expected(
            "the differences",
            "one number a question and seed, shape (Q, S)",
            differences.shape,
            "Pass two axes.",
        )
    # Patterns that tie with the one seen differ from it in the last bits, by the order of adding.
    seen = np.abs(differences.sum(axis=1)) - 1e-9 * np.abs(differences).sum(axis=1)
    num_seeds = differences.shape[1]
    if num_seeds > _MAX_EXACT_SEEDS:
        number: FloatArray = _num_as_far(differences, seen, _drawn_signs(num_seeds))
        return (number + 1) / (_NUM_DRAWN + 1)
    if num_seeds > _MAX_LISTED_SEEDS:
        return np.array([_exact_p(*one) for one in zip(differences, seen, strict=True)])
    signs = _all_signs(num_seeds)
    shares: FloatArray = _num_as_far(differences, seen, signs) / signs.shape[1]
    return shares


def smallest_p(num_seeds: int) -> float:
    """Smallest p-value `sign_flip_p` can give: 2 / 2^S, when all differences have one sign.

    Example:
        >>> [smallest_p(num_seeds) for num_seeds in (1, 3, 5, 6)]
        [1.0, 0.25, 0.0625, 0.03125]
    """
    if num_seeds < 1:
        raise RequestError.expected("the number of seeds", "at least 1", num_seeds, "Pass a positive number.")
    return float(2.0 ** (1 - num_seeds))


def _num_as_far(differences: FloatArray, seen: FloatArray, signs: npt.NDArray[np.int8]) -> FloatArray:
    """Of each question, in how many patterns of signs (S, P) the sum is as far from zero as the one seen."""
    number = np.zeros(len(differences))
    for first in range(0, signs.shape[1], _BLOCK):
        sums = differences @ signs[:, first : first + _BLOCK].astype(np.float64)
        number += np.count_nonzero(np.abs(sums, out=sums) >= seen[:, None], axis=1)
    return number


def _exact_p(differences: FloatArray, seen: float) -> float:
    """The share of all patterns, from the patterns of two halves of the seeds.

    A pattern is one of the first half and one of the second. For each of the first, those of the second that
    reach as far with it are a stretch of the sorted ones: 2^(S/2) searches in place of 2^S sums. Every
    pattern has an opposite, so one side is counted, and twice.

    Source:
        Horowitz and Sahni, *Computing partitions with applications to the knapsack problem*, Journal of the
        ACM 21, 1974.
    """
    if seen <= 0:
        return 1.0
    middle = len(differences) // 2
    first, second = (np.sort(_all_sums(half)) for half in (differences[:middle], differences[middle:]))
    num_below = int(np.searchsorted(second, seen - first, side="left").sum())
    return float(2 * (len(first) * len(second) - num_below) / 2 ** len(differences))


def _all_sums(differences: FloatArray) -> FloatArray:
    sums = np.zeros(1)
    for difference in differences:
        sums = np.concatenate([sums + difference, sums - difference])
    return sums


def _all_signs(num_seeds: int) -> npt.NDArray[np.int8]:
    patterns = np.arange(2**num_seeds) >> np.arange(num_seeds)[:, None]
    return (1 - 2 * (patterns & 1)).astype(np.int8)


@functools.lru_cache(maxsize=1)
def _drawn_signs(num_seeds: int) -> npt.NDArray[np.int8]:
    """Drawn once for all questions of a study."""
    rng = np.random.default_rng(0)
    return np.stack([rng.choice(np.array([-1, 1], np.int8), size=_NUM_DRAWN) for _ in range(num_seeds)])
