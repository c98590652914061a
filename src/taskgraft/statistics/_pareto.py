"""Which architectures are worth their cost: the Pareto front."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from taskgraft.errors import RequestError
from taskgraft.statistics._finite import finite


def pareto_front(scores: npt.ArrayLike, costs: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Whether each architecture is on the front of score, higher better, against cost, lower better.

    One is off the front when another is at least as good and at most as dear, and better in one of the
    two. Those equal in both stand or fall together.

    Args:
        scores: Shape (A,).
        costs: Shape (A,).

    Returns:
        Shape (A,).

    Example:
        >>> pareto_front(scores=[0.70, 0.75, 0.74, 0.70], costs=[1, 2, 3, 1]).tolist()
        [True, True, False, True]
    """
    scores, costs = finite(scores, "the scores"), finite(costs, "the costs")
    if scores.ndim != 1 or scores.shape != costs.shape:
        raise RequestError.expected(
            "scores and costs",
            "one of each an architecture",
            (scores.shape, costs.shape),
            "Pass one axis each.",
        )
    as_good = scores[None, :] >= scores[:, None]
    as_cheap = costs[None, :] <= costs[:, None]
    better = (scores[None, :] > scores[:, None]) | (costs[None, :] < costs[:, None])
    front: npt.NDArray[np.bool_] = ~np.any(as_good & as_cheap & better, axis=1)
    return front
