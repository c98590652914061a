"""The description of a network that has just been trained."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from taskgraft.errors import FileFaultError, UnreadableError
from taskgraft.file_reading import NoFileError, sha256_of
from taskgraft.inference._description import (
    ModelDescription,
    NetworkDescription,
    Origin,
    Preprocessing,
    versions_of,
)
from taskgraft.inference._fit_use import Use
from taskgraft.inference._model_file import read_model
from taskgraft.inference._tree_description import TaxonomyDescription, TreeVersion
from taskgraft.legible import legible
from taskgraft.network import Network
from taskgraft.numerics import NUMERICS
from taskgraft.recipe import Recipe, StartSpec
from taskgraft.scores import POOLED

if TYPE_CHECKING:
    # A model is used without the packages that read data.
    from taskgraft.data import Dataset


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
    taxonomy = TaxonomyDescription.of(data.taxonomy)
    return ModelDescription(
        version=version("taskgraft"),
        numerics=NUMERICS,
        network=NetworkDescription(
            architecture=network.architecture,
            spec=recipe.network,
            num_classes=data.taxonomy.num_classes,
            image_shape=data.image_shape,
        ),
        taxonomy=taxonomy,
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
        decoding=use.decoding or (POOLED if data.taxonomy.is_tree else "independent"),
        temperatures=use.temperatures,
        pool_weights=use.pool_weights,
        promise=use.promise,
        origin=origin,
        tree_versions=_versions(recipe.start, taxonomy.digest, origin.created),
    )


def _versions(start: StartSpec | None, digest: str, date: str) -> tuple[TreeVersion, ...]:
    """The trees of an adapted model; none for one that was trained from the beginning: it has one alone."""
    if start is None:
        return ()
    return (*_versions_before(start), TreeVersion(digest=digest, date=date, change="adapted"))


def _versions_before(start: StartSpec) -> tuple[TreeVersion, ...]:
    """Trees of the model that a training began from; none if its file has gone since."""
    try:
        is_it = sha256_of(Path(start.model)) == start.sha256
        return versions_of(read_model(start.model).description) if is_it else ()
    except (FileNotFoundError, NoFileError, FileFaultError, UnreadableError):
        return ()


def origin_of(
    variant: str,
    data: Dataset,
    *,
    seed: int | None,
    data_digest: str | None = None,
    study: str | None = None,
    partition: int | None = None,
) -> Origin:
    """Where a model comes from that was trained just now.

    Args:
        variant: Name of what was trained.
        data: What it was trained on.
        seed: Of its run.
        data_digest: `Dataset.digest`, where it is known: computing it reads all images.
        study: Name of the study's directory.
        partition: Of train and test images; None for the split of the data.
    """
    return Origin(
        # A directory's name need not be UTF-8.
        study=None if study is None else legible(study),
        variant=variant,
        seed=seed,
        data=data.provenance.source,
        data_digest=data_digest,
        partition=partition,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
