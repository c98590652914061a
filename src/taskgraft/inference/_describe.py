"""The description of a network that has just been trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from taskgraft.inference._description import (
    CertaintyDescription,
    ModelDescription,
    NetworkDescription,
    Origin,
    Preprocessing,
    TaxonomyDescription,
)
from taskgraft.legible import legible
from taskgraft.network import Network
from taskgraft.numerics import NUMERICS
from taskgraft.recipe import Recipe
from taskgraft.scores import (
    DECODINGS,
    along_path,
    critical_values,
    fit_temperature,
    nested_decoding,
    probs_of,
    tree_probs,
)
from taskgraft.taxonomy import IntArray, Taxonomy

if TYPE_CHECKING:
    # A model is used without the packages that read data.
    from taskgraft.data import Dataset


@dataclass(frozen=True)
class Use:
    """How a trained network is used, as validation images say.

    Attributes:
        decoding: How classes are chosen.
        temperatures: As `fit_temperatures` gives them; None without validation images.
        certainty: From which thresholds answers are right how often.
    """

    decoding: str = "independent"
    temperatures: dict[str, float | None] | None = None
    certainty: CertaintyDescription | None = None


def fit_use(
    logits: Sequence[npt.NDArray[np.float32]],
    targets: IntArray,
    taxonomy: Taxonomy,
    decoding: str | None = None,
) -> Use:
    """Chooses on validation images how a network is used: calibrated, decoded along the tree, sure so far.

    Args:
        logits: Of validation images, one array (N, K) a level.
        targets: Their classes, -1 where not known: shape (N, L).
        taxonomy: The L levels.
        decoding: How classes are chosen, where that is settled already.

    Example:
        >>> taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
        >>> logits = [np.log(np.float32([[0.9, 0.1]] * 4)), np.log(np.float32([[0.5, 0.3, 0.2]] * 4))]
        >>> use = fit_use(logits, np.array([[0, 0], [0, 0], [0, 1], [1, 2]]), taxonomy)
        >>> use.decoding, use.certainty.num_images, len(use.certainty.critical)
        ('joint', 4, 2)
    """
    temperatures = fit_temperatures(logits, targets, taxonomy)
    probs = [
        probs_of(level / (temperatures[name] or 1.0))
        for name, level in zip(taxonomy.level_names, logits, strict=True)
    ]
    decoding = decoding or nested_decoding(probs, targets, taxonomy)
    return Use(decoding, temperatures, _certainty(probs, targets, taxonomy, decoding))


def _certainty(
    probs: Sequence[npt.NDArray[np.float64]], targets: IntArray, taxonomy: Taxonomy, decoding: str
) -> CertaintyDescription | None:
    if not taxonomy.is_tree:
        return None
    preds = DECODINGS[decoding](probs, taxonomy)
    path_probs = along_path(tree_probs(probs, taxonomy, decoding), preds)
    critical = critical_values(path_probs, preds, targets)
    if not len(critical):
        return None
    above = np.sort(critical[critical > 0]).tolist()
    return CertaintyDescription(critical=tuple(above), num_images=len(critical))


def describe_model(
    network: Network,
    recipe: Recipe,
    data: Dataset,
    origin: Origin,
    *,
    use: Use | None = None,
) -> ModelDescription:
    """Describes a trained network, so that its file needs nothing else to be used.

    Args:
        network: The network.
        recipe: What it was trained with, made for the data's images.
        data: What it was trained on.
        origin: Where it comes from; see `origin_of`.
        use: How it is used; None for each level by itself, and no validation images.
    """
    channels, height, width = data.image_shape
    use = use or Use()
    return ModelDescription(
        version=version("taskgraft"),
        numerics=NUMERICS,
        network=NetworkDescription(
            architecture=network.architecture,
            spec=recipe.network,
            num_classes=data.taxonomy.num_classes,
            image_shape=data.image_shape,
        ),
        taxonomy=TaxonomyDescription.of(data.taxonomy),
        preprocessing=Preprocessing(
            channels=channels,
            height=height,
            width=width,
            fit=data.provenance.fit,
            resampling=data.provenance.resampling,
            mean=tuple(network.pixel_mean.flatten().tolist()),
            std=tuple(network.pixel_std.flatten().tolist()),
        ),
        test_time_flip=recipe.test_time_flip,
        decoding=use.decoding,
        temperatures=use.temperatures,
        certainty=use.certainty,
        origin=origin,
    )


def origin_of(
    variant: str, data: Dataset, *, seed: int | None, data_digest: str | None = None, study: str | None = None
) -> Origin:
    """Where a model comes from that was trained just now.

    Args:
        variant: Name of what was trained.
        data: What it was trained on.
        seed: Of its run.
        data_digest: `Dataset.digest`, where it is known: computing it reads all images.
        study: Name of the study's directory.
    """
    return Origin(
        # A directory's name need not be UTF-8.
        study=None if study is None else legible(study),
        variant=variant,
        seed=seed,
        data=data.provenance.source,
        data_digest=data_digest,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def fit_temperatures(
    logits: Sequence[npt.NDArray[np.float32]], targets: IntArray, taxonomy: Taxonomy
) -> dict[str, float | None]:
    """By level, the temperature that calibrates its probabilities; None where no image has a label.

    Args:
        logits: Of validation images, one array (N, K) a level.
        targets: Their classes, -1 where not known: shape (N, L).
        taxonomy: The L levels.

    Example:
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
