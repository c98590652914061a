"""How much answers tell, and how often they are wrong, over all thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taskgraft.scores._certainty import depths_at, path_information
from taskgraft.scores._pool import Probs
from taskgraft.taxonomy import IntArray, Taxonomy


@dataclass(frozen=True)
class RiskCoverage:
    """Risk against coverage, from saying nothing to all that a rule can say.

    Attributes:
        thresholds: Descending, the first infinite: shape (P,).
        coverages: Mean information of the answers, 0 to 1, ascending: shape (P,).
        risks: Share of all images whose answer is wrong; saying nothing is not wrong: shape (P,).
    """

    thresholds: Probs
    coverages: Probs
    risks: Probs

    @property
    def area(self) -> float:
        """The area under the curve (hAURC), by trapezoids, as far as it goes; lower is better."""
        return float(area_under(self.coverages, self.risks))

    def at(self, threshold: float) -> tuple[float, float]:
        """Coverage and risk of the answers at a threshold.

        Example:
            >>> RiskCoverage(np.array([np.inf, 0.7]), np.array([0.0, 0.5]), np.array([0.0, 0.1])).at(0.8)
            (0.0, 0.0)
        """
        # The last point whose own threshold is no lower.
        point = np.searchsorted(-self.thresholds, -threshold, side="right") - 1
        return float(self.coverages[point]), float(self.risks[point])

    def coverage_at(self, risk: float) -> float:
        """The largest coverage of at most this risk.

        Example:
            >>> nothing = np.zeros(1)
            >>> RiskCoverage(nothing, nothing, nothing).coverage_at(0.05)
            0.0
        """
        return float(self.coverages[self.risks <= risk].max())

    def risk_at(self, coverages: Probs) -> Probs:
        """The risk at given coverages, on the lines between the points."""
        return np.interp(coverages, self.coverages, self.risks)


def risk_coverage(certainties: Probs, preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> RiskCoverage:
    """The curve of a rule that says the classes of a path whose certainty reaches a threshold.

    Source: Goren et al. (2024), "Hierarchical Selective Classification", whose climbing rule it draws if the
    probabilities along the path are passed as certainties.

    Args:
        certainties: Up to which threshold each class is said: shape (N, L). Below 0 it never is.
        preds: The path, shape (N, L).
        targets: True classes, shape (N, L), -1 where not known; images that lack one are left out.
        taxonomy: The L levels, a tree.

    Example:
        >>> t = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
        >>> preds, targets = np.array([[0, 0], [1, 3]]), np.array([[0, 0], [1, 2]])
        >>> curve = risk_coverage(np.array([[0.9, 0.7], [0.9, 0.3]]), preds, targets, t)
        >>> curve.coverages.tolist(), curve.risks.tolist(), curve.area
        ([0.0, 0.5, 0.75, 1.0], [0.0, 0.0, 0.0, 0.5], 0.0625)
    """
    is_judged = (targets >= 0).all(axis=1)
    preds, is_wrong = preds[is_judged], (preds != targets)[is_judged]
    reached = np.minimum.accumulate(certainties[is_judged], axis=1)
    said = np.maximum.accumulate(path_information(preds, taxonomy), axis=1)
    # What each step down adds, taken in the order in which a falling threshold takes it.
    steps = np.stack([np.diff(said, prepend=0.0), np.diff(_ever(is_wrong), prepend=0.0)], axis=2)
    order = np.argsort(-reached, axis=None, kind="stable")
    order = order[: np.count_nonzero(reached >= 0)]
    thresholds, totals = reached.ravel()[order], np.cumsum(steps.reshape(-1, 2)[order], axis=0)
    # Answers of one certainty are given together.
    is_last = np.append(thresholds[1:] != thresholds[:-1], True)[: len(thresholds)]
    coverages, risks = np.vstack([np.zeros(2), totals[is_last]]).T / max(1, len(preds))
    return RiskCoverage(np.append(np.inf, thresholds[is_last]), coverages, risks)


def selective_terms(
    certainties: Probs, preds: IntArray, targets: IntArray, taxonomy: Taxonomy, num_points: int
) -> tuple[Probs, Probs]:
    """What each image adds to the curve at some thresholds, for images that are drawn again.

    Args:
        certainties: As in `risk_coverage`, none below 0.
        preds: The path, shape (N, L).
        targets: True classes, shape (N, L), all known.
        taxonomy: The L levels, a tree.
        num_points: Thresholds, G: quantiles of the certainties at even distances, the lowest among them.

    Returns:
        Information of the answer, and whether it is wrong, at each threshold from the highest: (N, G) each.
    """
    thresholds = np.quantile(certainties, np.linspace(1, 0, num_points, endpoint=True), method="lower")
    depths = depths_at(certainties[:, :, None], thresholds)
    # Of no class, then of one, and so on.
    said = np.hstack([np.zeros((len(preds), 1)), path_information(preds, taxonomy)])
    wrong = np.hstack([np.zeros((len(preds), 1)), _ever(preds != targets)])
    return np.take_along_axis(said, depths, axis=1), np.take_along_axis(wrong, depths, axis=1)


def area_under(coverages: Probs, risks: Probs) -> Probs:
    """Areas by trapezoids, over the last axis.

    Example:
        >>> area_under(np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.0, 0.5])).tolist()
        0.125
    """
    heights = (risks[..., 1:] + risks[..., :-1]) / 2
    areas: Probs = np.sum(np.diff(coverages, axis=-1) * heights, axis=-1)
    return areas


def _ever(is_wrong: npt.NDArray[np.bool_]) -> Probs:
    """1 from the first wrong class of a path on, 0 before it."""
    return np.maximum.accumulate(is_wrong, axis=1).astype(np.float64)
