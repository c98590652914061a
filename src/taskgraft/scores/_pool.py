"""One distribution over the leaves from the logits of all levels: how much each level counts is fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from taskgraft.scores._along_tree import handed_down
from taskgraft.scores._decoding import probs_of
from taskgraft.scores._level import FloatArray
from taskgraft.scores._pool_likelihood import likelihood_of
from taskgraft.taxonomy import IntArray, Taxonomy

Weights = npt.NDArray[np.float64]
Probs = npt.NDArray[np.float64]

MOST_WEIGHT = 1000.0
# Weights are drawn towards equal ones as a normal prior of this width does: a handful of validation images
# do not decide alone. LOG.md has what widths did to them.
_PRIOR_WIDTH = 1.0
# A few weights need no more numbers than these to be fitted: of more images evenly many are looked at.
_MOST_NUMBERS = 1 << 22
_ENOUGH_IMAGES = 1000


def equal_weights(taxonomy: Taxonomy) -> Weights:
    """Weights of levels that count alike: one divided by their number, shape (L,).

    Example:
        >>> equal_weights(Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])).tolist()
        [0.5, 0.5]
    """
    return np.full(taxonomy.num_levels, 1 / taxonomy.num_levels)


def pooled_leaf_probs(logits: Sequence[FloatArray], weights: Weights, taxonomy: Taxonomy) -> Probs:
    """Probabilities of the leaves, from all levels: a logarithmic opinion pool.

    log p(leaf) = sum over levels of weight * logit of the leaf's ancestor at that level, up to a constant.
    Equal weights of 1 are the product of the levels' probabilities, a 1 for the finest level and 0 elsewhere
    is that level alone; heads that agree because they share a trunk are counted twice by the former. Source:
    Genest and Zidek (1986), "Combining Probability Distributions: A Critique and an Annotated Bibliography".

    Args:
        logits: One array (N, K) a level, coarsest first; a constant added to a row changes nothing.
        weights: Of each level, shape (L,).
        taxonomy: The L levels, a tree.

    Returns:
        float64 of shape (N, leaves); each row sums to 1.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> logits = [np.log([[0.6, 0.4]]), np.log([[0.3, 0.32, 0.38]])]
        >>> pooled_leaf_probs(logits, np.array([1.0, 1.0]), t).round(2).tolist()
        [[0.34, 0.37, 0.29]]
    """
    weighted = (weight * np.float64(of_level) for weight, of_level in zip(weights, logits, strict=True))
    return probs_of(handed_down(weighted, taxonomy))


def fit_pool(logits: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy) -> Weights:
    """The weights, 0 to `MOST_WEIGHT`, under which the true leaves of validation images are most probable.

    The likelihood of the pool is that of a logistic regression with one coefficient a level, so it has one
    maximum. A normal prior around `equal_weights` keeps a few images from saying much.

    Args:
        logits: One array (N, K) a level, coarsest first.
        targets: True classes, shape (N, L), -1 where not known; images without a leaf are left out.
        taxonomy: The L levels, a tree.

    Returns:
        Shape (L,); `equal_weights` where no image has a leaf.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> rng = np.random.default_rng(0)
        >>> leaves = rng.integers(0, 3, 2000)
        >>> targets = np.stack([t.ancestors(0)[leaves], leaves], axis=1)
        >>> noise, telling = rng.normal(size=(2000, 2)), np.eye(3)[leaves] + rng.normal(size=(2000, 3))
        >>> fit_pool([noise, telling], targets, t).round(1).tolist()
        [0.1, 1.0]
    """
    # Half a second that whoever predicts need not wait.
    from scipy.optimize import minimize  # noqa: PLC0415

    prior = equal_weights(taxonomy)
    chosen = _enough_of(np.flatnonzero(targets[:, -1] >= 0), taxonomy.num_classes[-1])
    if not len(chosen):
        return prior
    loss_and_slope = likelihood_of([level[chosen] for level in logits], targets[chosen, -1], taxonomy)

    def cost(weights: Weights) -> tuple[float, Weights]:
        """Negative log of likelihood times prior, and its slope."""
        away = (weights - prior) / _PRIOR_WIDTH**2
        loss, slope = loss_and_slope(weights)
        return loss + float(away @ (weights - prior)) / 2, slope + away

    bounds = [(0.0, MOST_WEIGHT)] * taxonomy.num_levels
    weights: Weights = minimize(cost, prior, jac=True, method="L-BFGS-B", bounds=bounds).x
    return weights


def _enough_of(images: IntArray, num_leaves: int) -> IntArray:
    most = max(_ENOUGH_IMAGES, _MOST_NUMBERS // num_leaves)
    return images[:: max(1, -(-len(images) // most))]
