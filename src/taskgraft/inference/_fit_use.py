"""How a trained network is used, chosen on validation images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from taskgraft.inference._answers import Logits, answers_of
from taskgraft.inference._description import PromiseDescription
from taskgraft.scores import POOLED, Rule, fit_pool, fit_promise, fit_temperature
from taskgraft.taxonomy import IntArray, Taxonomy


@dataclass(frozen=True)
class Use:
    """How a trained network is used, as validation images say.

    Attributes:
        decoding: How classes are chosen; None for `pooled`, or `independent` without a tree.
        temperatures: As `fit_temperatures` gives them; None without validation images.
        pool_weights: By level, as `fit_pool` gives them; None for equal ones, and without a tree.
        promise: From which thresholds answers are right how often.
    """

    decoding: str | None = None
    temperatures: dict[str, float | None] | None = None
    pool_weights: dict[str, float] | None = None
    promise: PromiseDescription | None = None


def fit_use(logits: Logits, targets: IntArray, taxonomy: Taxonomy, decoding: str | None = None) -> Use:
    """Chooses on validation images how a network is used: calibrated, pooled, sure so far.

    Args:
        logits: Of validation images, one array (N, K) a level.
        targets: Their classes, -1 where not known: shape (N, L).
        taxonomy: The L levels.
        decoding: How classes are chosen, where that is settled already.

    Example:
        >>> import numpy as np
        >>> taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
        >>> logits = [np.log(np.float32([[0.9, 0.1]] * 4)), np.log(np.float32([[0.5, 0.3, 0.2]] * 4))]
        >>> use = fit_use(logits, np.array([[0, 0], [0, 0], [0, 1], [1, 2]]), taxonomy)
        >>> use.promise.num_images, use.promise.num_critical
        (4, 2)
    """
    temperatures = fit_temperatures(logits, targets, taxonomy)
    if not taxonomy.is_tree:
        return Use(decoding, temperatures)

    def fit(some: Logits, of_some: IntArray) -> Rule:
        weights = _pool_weights(some, of_some, taxonomy)
        return partial(
            answers_of,
            taxonomy=taxonomy,
            decoding=decoding or POOLED,
            temperatures=temperatures,
            weights=weights,
        )

    promise = fit_promise(logits, targets, fit)
    return Use(
        decoding,
        temperatures,
        _pool_weights(logits, targets, taxonomy),
        None if promise is None else PromiseDescription.of(promise),
    )


def _pool_weights(logits: Logits, targets: IntArray, taxonomy: Taxonomy) -> dict[str, float]:
    if taxonomy.num_levels == 1:
        # One level has nothing to be pooled with: its temperature says all.
        temperatures = fit_temperatures(logits, targets, taxonomy)
        return {name: 1 / (temperature or 1.0) for name, temperature in temperatures.items()}
    weights = fit_pool(logits, targets, taxonomy).tolist()
    return dict(zip(taxonomy.level_names, weights, strict=True))


def fit_temperatures(logits: Logits, targets: IntArray, taxonomy: Taxonomy) -> dict[str, float | None]:
    """By level, the temperature that calibrates its probabilities; None where no image has a label.

    Args:
        logits: Of validation images, one array (N, K) a level.
        targets: Their classes, -1 where not known: shape (N, L).
        taxonomy: The L levels.

    Example:
        >>> import numpy as np
        >>> taxonomy = Taxonomy.from_names(["a"], [("x",), ("y",)])
        >>> logits = [np.float32(3 * np.log([[0.8, 0.2]] * 5))]
        >>> fitted = fit_temperatures(logits, np.array([[0], [0], [0], [0], [1]]), taxonomy)
        >>> round(fitted["a"], 2)
        3.0
    """
    return {
        name: fit_temperature(level, classes) if (classes >= 0).any() else None
        for name, level, classes in zip(taxonomy.level_names, logits, targets.T, strict=True)
    }
